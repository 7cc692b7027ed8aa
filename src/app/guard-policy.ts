import { isOurCloid } from '../core/execute/cloid.ts';
import type { ProtectionPolicy } from '../core/guard/plan-protection.ts';
import type { Desk } from './desk.ts';

/** Stop distance of a position nobody planned, bps of its entry. */
const DEFAULT_STOP_BPS = 300;
const REPAIR_FAILURES_MAX = 2;
/** A lone stop younger than this may belong to an entry whose fill the reading does not show yet, ms. */
const ORPHAN_GRACE_MS = 15_000;

/** What the guard judges by, from the desk's present state. */
export function policyOf(desk: Desk): ProtectionPolicy {
  const marks = (desk.account?.positions ?? []).flatMap((p) => {
    const mark = desk.market.mark(p.coin);
    return mark === null ? [] : [[p.coin, mark.markPx] as const];
  });
  return {
    plannedStopPx: Object.fromEntries([...desk.plannedStops].filter(([coin]) => !isOfOtherSide(desk, coin))),
    markPx: Object.fromEntries(marks),
    szDecimals: Object.fromEntries([...desk.meta].map(([coin, m]) => [coin, m.szDecimals])),
    defaultStopBps: DEFAULT_STOP_BPS,
    repairFailures: Object.fromEntries(desk.repairFailures),
    repairFailuresMax: REPAIR_FAILURES_MAX,
    closeRefused: [...desk.closeRefused.keys()],
    orphanGraceMs: ORPHAN_GRACE_MS,
    unresolvedCoins: [...new Set([...desk.unresolved.keys(), ...desk.pending.keys()])],
    isOurs: isOurCloid,
    exits: Object.fromEntries([...desk.exits].map(([coin, e]) => [coin, { code: e.reason, side: e.side }])),
    areEntriesOff: desk.tradingState !== 'ACTIVE',
  };
}

/** After a flip by hand the old plan says nothing about the position: its stop price would look long passed. */
function isOfOtherSide(desk: Desk, coin: string): boolean {
  const [plan, held] = [desk.plans.get(coin), desk.account?.positions.find((p) => p.coin === coin)];
  return plan !== undefined && held !== undefined && plan.side !== held.side;
}
