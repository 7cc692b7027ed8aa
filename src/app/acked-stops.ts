import type { Intent } from '../core/execute/types.ts';
import type { AccountState } from '../core/guard/types.ts';
import type { Desk } from './desk.ts';
import { hasPassed } from './has-passed.ts';

/**
 * Readings may lag the venue's own answers by seconds: an acknowledged stop counts for this long even if unseen, ms. A
 * second one placed too early is swept; one that a person cancelled at once is missed for this long.
 */
const OVERLAY_MS = 8_000;

/** Notes a stop the venue just acknowledged, so that a lagging reading does not make the guard place a second one. */
export function rememberStop(desk: Desk, intent: Intent, oid: number): void {
  const nowMs = desk.clock.nowMs();
  desk.ackedStops.set(intent.cloid, {
    oid,
    ackedAtMs: nowMs,
    order: {
      coin: intent.coin,
      oid,
      cloid: intent.cloid,
      isBuy: intent.isBuy,
      limitPx: intent.px,
      sz: intent.sz,
      origSz: intent.sz,
      reduceOnly: true,
      isTrigger: true,
      triggerPx: intent.triggerPx,
      orderType: 'Stop Market',
      isPositionTpsl: false,
      isUnarmedChild: false,
      timestampMs: nowMs,
    },
  });
}

/** A stop we asked to be cancelled protects no longer, whatever became of the request. */
export function forgetStops(desk: Desk, oids: readonly number[]): void {
  for (const [cloid, note] of desk.ackedStops) if (oids.includes(note.oid)) desk.ackedStops.delete(cloid);
}

/** The reading plus our own acknowledged stops it is too old to show. Notes older than the overlay are dropped. */
export function withAckedStops(desk: Desk, account: AccountState): AccountState {
  if (desk.ackedStops.size === 0) return account;
  const seen = new Set(account.openOrders.map((o) => o.oid));
  const missing: AccountState['openOrders'] = [];
  for (const [cloid, note] of desk.ackedStops) {
    if (seen.has(note.oid) || hasPassed(OVERLAY_MS, note.ackedAtMs, account.readAtMs))
      desk.ackedStops.delete(cloid);
    else missing.push(note.order);
  }
  return missing.length === 0 ? account : { ...account, openOrders: [...account.openOrders, ...missing] };
}
