import type { Finding } from '../core/guard/plan-protection.ts';
import type { AccountState } from '../core/guard/types.ts';
import type { Desk } from './desk.ts';

/** Findings that leave a position without a full valid stop (a duplicate or an oversized stop does not). */
const isGap = (f: Finding): boolean => f.action.kind !== 'cancel' && f.code !== 'stop-too-large';

/** Keeps each open position's time without a full valid stop, from one reading to the next. */
export function observeProtection(desk: Desk, account: AccountState, findings: readonly Finding[]): void {
  const exposed = new Set(findings.filter(isGap).map((f) => f.coin));
  const held = new Set(account.positions.map((p) => p.coin));
  for (const coin of held) {
    const clock = desk.protection.get(coin) ?? { totalMs: 0, sinceMs: null };
    if (exposed.has(coin)) clock.sinceMs ??= account.readAtMs;
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
