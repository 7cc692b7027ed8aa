import { isOurCloid } from '../core/execute/cloid.ts';
import { impliedMarkPx } from '../core/guard/check-stop.ts';
import type { ProtectionPolicy } from '../core/guard/plan-protection.ts';
import type { Position } from '../core/guard/types.ts';
import type { Desk } from './desk.ts';

/** Stop distance of a position nobody planned, bps of its entry. */
const DEFAULT_STOP_BPS = 300;
const REPAIR_FAILURES_MAX = 2;
/** A lone stop younger than this may belong to an entry whose fill the reading does not show yet, ms. */
const ORPHAN_GRACE_MS = 15_000;

/** By the desk's coins, which stay the same: made once for all passes. */
const szDecimals = new WeakMap<Desk['meta'], ProtectionPolicy['szDecimals']>();

function szDecimalsOf(meta: Desk['meta']): ProtectionPolicy['szDecimals'] {
  const known = szDecimals.get(meta);
  if (known !== undefined) return known;
  const made = Object.fromEntries([...meta].map(([coin, m]) => [coin, m.szDecimals]));
  szDecimals.set(meta, made);
  return made;
}

/**
 * The mark a position is judged by, USD per coin: the newer one of the market's and the one that its own result implies.
 * The market is read apart from the account, and may not be read at all: by a mark from before the price moved, a stop
 * in profit looks passed, and the position would be closed for it.
 */
export function markOf(desk: Desk, p: Position): number {
  const mark = desk.market.mark(p.coin);
  const isNewer = mark !== null && mark.markAtMs >= (desk.account?.readAtMs ?? 0);
  return isNewer ? mark.markPx : impliedMarkPx(p);
}

/** Of all coins held now. */
export const marksOf = (desk: Desk): ProtectionPolicy['markPx'] =>
  Object.fromEntries((desk.account?.positions ?? []).map((p) => [p.coin, markOf(desk, p)]));

/** What the guard judges by, from the desk's present state. */
export function policyOf(desk: Desk): ProtectionPolicy {
  return {
    plannedStopPx: Object.fromEntries([...desk.plannedStops].filter(([coin]) => !isOfOtherSide(desk, coin))),
    markPx: marksOf(desk),
    szDecimals: szDecimalsOf(desk.meta),
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
