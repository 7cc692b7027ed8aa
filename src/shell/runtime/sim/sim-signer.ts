// An agent wallet whose actions reach the matching core without signatures. The answers are the venue's, read by the
// shell's own functions.
import type { ExchangeSigner } from '../../../app/ports.ts';
import type { OrderLeg } from '../../../core/execute/types.ts';
import { toWire } from '../../../core/shared/round.ts';
import type { ActionWire, Answer } from '../../../venue/core/actions.ts';
import type { LegHook } from '../../../venue/core/place.ts';
import {
  cancelOutcome,
  noopOutcome,
  orderOutcome,
  plainOutcome,
} from '../../exchange/hyperliquid-outcome.ts';
import type { PostResult } from '../../exchange/post-json.ts';
import type { Life, Link } from './link.ts';
import type { SimVenue } from './sim-venue.ts';

/** A leg as it stands on the wire; the real one also fixes the order of keys, which is signed (tests compare them). */
export const wireLeg = (leg: OrderLeg) => ({
  a: leg.assetId,
  b: leg.isBuy,
  p: toWire(leg.px),
  s: toWire(leg.sz),
  r: leg.reduceOnly,
  t:
    'tif' in leg.type
      ? { limit: { tif: leg.type.tif } }
      : {
          trigger: {
            isMarket: leg.type.isMarket,
            triggerPx: toWire(leg.type.triggerPx),
            tpsl: leg.type.tpsl,
          },
        },
  c: leg.cloid,
});

/** Looks like a signature: foreign text that must not get into logs or the store (I10). */
export const CANARY = `0x${'c4'.repeat(65)}`;
const GARBLED: Answer = { status: 'err', response: `L1 error: cannot verify ${CANARY}` };

export interface SignerHooks {
  /** An action with these legs leaves the process under this nonce. */
  onSend(signer: string, nonce: number, legs: readonly OrderLeg[]): void;
  /** It was taken by the venue, which answered so. */
  onApplied(legs: readonly OrderLeg[], answer: Answer): void;
  /** A cancel is about to be applied. @returns told when it was */
  onCancel(): () => void;
  legFault: LegHook;
  /** Whether the venue's answer is replaced by words nobody knows, which hold a secret. */
  isGarbled(): boolean;
}

export function createSimSigner(o: {
  address: string;
  venue: SimVenue;
  link: Link;
  life: Life;
  hooks: SignerHooks;
}): ExchangeSigner {
  const { address, venue, link, life, hooks } = o;
  const post = async (
    what: string,
    action: ActionWire,
    e: { nonce: number; expiresAfter: number | null; legs?: readonly OrderLeg[] },
  ): Promise<PostResult> => {
    const { nonce, expiresAfter, legs = [] } = e;
    if (life.isAlive && action.type !== 'noop') hooks.onSend(address, nonce, legs);
    const carried = await link.send(life, what, () => {
      const wasCanceled = action.type === 'cancel' ? hooks.onCancel() : null;
      const answer = venue.submit({ signer: address, nonce, expiresAfter }, action, hooks.legFault);
      wasCanceled?.();
      if (legs.length > 0) hooks.onApplied(legs, answer);
      return answer;
    });
    if (carried.kind !== 'answer') return carried;
    return { kind: 'json', body: hooks.isGarbled() ? GARBLED : carried.value, dateMs: null };
  };
  return {
    address,
    async order(legs, { grouping, nonce, expiresAfterMs }) {
      const action: ActionWire = { type: 'order', orders: legs.map(wireLeg), grouping };
      const what = `order ${legs.map((l) => l.role).join('+')}`;
      return orderOutcome(
        await post(what, action, { nonce, expiresAfter: expiresAfterMs, legs }),
        legs.length,
      );
    },
    async cancel(items, { nonce, expiresAfterMs = null }) {
      const cancels = items.map(({ assetId, oid }) => ({ a: assetId, o: oid }));
      return cancelOutcome(
        await post('cancel', { type: 'cancel', cancels }, { nonce, expiresAfter: expiresAfterMs }),
        items.length,
      );
    },
    async setLeverage({ assetId, leverage, isCross, nonce }) {
      const action: ActionWire = { type: 'updateLeverage', asset: assetId, isCross, leverage };
      return plainOutcome(await post('leverage', action, { nonce, expiresAfter: null }));
    },
    async noop(nonce) {
      return noopOutcome(await post('noop', { type: 'noop' }, { nonce, expiresAfter: null }));
    },
  };
}
