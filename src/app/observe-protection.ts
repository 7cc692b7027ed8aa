import { protectingStop } from '../core/guard/plan-protection.ts';
import type { AccountState } from '../core/guard/types.ts';
import type { Desk } from './desk.ts';
import { markOf } from './guard-policy.ts';

/** Keeps each open position's time without a full valid stop, from one reading to the next. */
export function observeProtection(desk: Desk, account: AccountState): void {
  const held = new Set(account.positions.map((p) => p.coin));
  for (const p of account.positions) {
    const { coin } = p;
    const clock = desk.protection.get(coin) ?? { totalMs: 0, sinceMs: null };
    const stop = protectingStop(p, account, markOf(desk, p), desk.meta.get(coin)?.szDecimals ?? 0);
    if (stop === undefined) clock.sinceMs ??= account.readAtMs;
    else if (clock.sinceMs !== null) {
      clock.totalMs += Math.max(0, account.readAtMs - clock.sinceMs);
      clock.sinceMs = null;
    }
    desk.protection.set(coin, clock);
  }
  for (const coin of desk.protection.keys()) if (!held.has(coin)) desk.protection.delete(coin);
}

/** Time without a full valid stop since the position was opened, ms, counting up while it lasts. */
export function unprotectedMsOf(desk: Desk, coin: string): number {
  const clock = desk.protection.get(coin);
  if (clock === undefined) return 0;
  return clock.totalMs + (clock.sinceMs === null ? 0 : Math.max(0, desk.clock.nowMs() - clock.sinceMs));
}
