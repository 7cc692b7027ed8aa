import type { Intent, OrderLeg } from '../core/execute/types.ts';

/** The written-before-sending record of one leg, in state 'sending'. All legs of one action share nonce and expiry. */
export function newIntent(
  leg: OrderLeg,
  o: Pick<Intent, 'alertId' | 'decisionId' | 'signer' | 'nonce' | 'expiresAfterMs'> & { nowMs: number },
): Intent {
  const { nowMs, ...action } = o;
  return {
    cloid: leg.cloid,
    ...action,
    coin: leg.coin,
    role: leg.role,
    isBuy: leg.isBuy,
    px: leg.px,
    sz: leg.sz,
    reduceOnly: leg.reduceOnly,
    triggerPx: 'triggerPx' in leg.type ? leg.type.triggerPx : null,
    state: 'sending',
    oid: null,
    filledSz: null,
    avgPx: null,
    reason: null,
    message: null,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
}
