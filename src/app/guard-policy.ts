import { isOurCloid } from '../core/execute/cloid.ts';
import type { ProtectionPolicy } from '../core/guard/plan-protection.ts';
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

/** Marks of the coins held now, USD per coin; without those that are not known. */
export function marksOf(desk: Desk): ProtectionPolicy['markPx'] {
  const marks: Record<string, number> = {};
  for (const { coin } of desk.account?.positions ?? []) {
    const mark = desk.market.mark(coin);
    if (mark !== null) marks[coin] = mark.markPx;
  }
  return marks;
}

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
