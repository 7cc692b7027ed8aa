// What trading brought, net of fees and funding, always with its sample size and uncertainty. Pure; no claim of edge.
import type { Mean } from './statistics.ts';
import { maxDrawdown, meanOf, wilson } from './statistics.ts';
import type { Trade } from './types.ts';

export const GROUPINGS = ['strategy', 'coin', 'side', 'exit', 'day', 'week', 'month'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface PerformanceStats {
  /** Closed trades: everything below is about these. */
  n: number;
  /** Those that are still open; not counted in anything else. */
  open: number;
  netPnlUsd: number;
  /** Before fees and funding. */
  pnlUsd: number;
  feesUsd: number;
  /** Positive = received. */
  fundingUsd: number;
  /** Share of trades with a net result above zero, with Wilson's interval; null without trades. */
  hitRate: { n: number; share: number; ci95: [number, number] } | null;
  /** Net result ÷ planned risk, of trades that had a plan, with a t interval. */
  netR: Mean | null;
  /** Net result ÷ notional entered, bps. */
  netBps: Mean | null;
  /** Deepest fall of the summed net result, in order of closing, USD. */
  maxDrawdownUsd: number;
  /** Entry against the decision's mark, bps, positive = worse. */
  slippageBps: Mean | null;
  unprotectedMs: { total: number; max: number };
  holdMs: Mean | null;
}

export interface PerformanceGroup extends PerformanceStats {
  group: Partial<Record<Grouping, string>>;
}

export interface Performance {
  total: PerformanceStats;
  /** By group, sorted by its values. */
  items: PerformanceGroup[];
}

/** @param trades any order; a trade belongs to the day, week (Monday) or month it closed in, UTC; open ones to their opening */
export function performanceOf(trades: readonly Trade[], by: readonly Grouping[]): Performance {
  const total = createTally();
  const groups = new Map<string, { group: PerformanceGroup['group']; tally: Tally }>();
  // Drawdowns need the order of closing, and each group keeps the order of the whole.
  const sorted = [...trades].sort((a, b) => (a.closedAtMs ?? 0) - (b.closedAtMs ?? 0));
  for (const trade of sorted) {
    add(total, trade);
    if (by.length === 0) continue;
    const values = by.map((g) => valueOf(trade, g));
    const key = values.join('\u0000');
    let found = groups.get(key);
    if (found === undefined) {
      const group = Object.fromEntries(by.map((g, i) => [g, values[i] ?? '']));
      groups.set(key, (found = { group, tally: createTally() }));
    }
    add(found.tally, trade);
  }
  const byKey = [...groups].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return {
    total: statsOf(total),
    items: byKey.map(([, g]) => ({ group: g.group, ...statsOf(g.tally) })),
  };
}

/** What is added up trade by trade: a hundred thousand of them are walked once, while a webhook waits. */
interface Tally {
  open: number;
  wins: number;
  pnlUsd: number;
  feesUsd: number;
  fundingUsd: number;
  /** Of closed trades, in order of closing. */
  netPnlUsd: number[];
  netR: number[];
  netBps: number[];
  slippageBps: number[];
  holdMs: number[];
  unprotectedMs: { total: number; max: number };
}

const createTally = (): Tally => ({
  open: 0,
  wins: 0,
  pnlUsd: 0,
  feesUsd: 0,
  fundingUsd: 0,
  netPnlUsd: [],
  netR: [],
  netBps: [],
  slippageBps: [],
  holdMs: [],
  unprotectedMs: { total: 0, max: 0 },
});

function add(to: Tally, t: Trade): void {
  if (t.closedAtMs === null) {
    to.open += 1;
    return;
  }
  if (t.netPnlUsd > 0) to.wins += 1;
  to.pnlUsd += t.pnlUsd;
  to.feesUsd += t.feesUsd;
  to.fundingUsd += t.fundingUsd;
  to.netPnlUsd.push(t.netPnlUsd);
  to.holdMs.push(t.closedAtMs - t.openedAtMs);
  to.unprotectedMs.total += t.unprotectedMs;
  to.unprotectedMs.max = Math.max(to.unprotectedMs.max, t.unprotectedMs);
  const netBps = netBpsOf(t);
  if (netBps !== null) to.netBps.push(netBps);
  if (t.rMultiple !== null) to.netR.push(t.rMultiple);
  if (t.slippageBps !== null) to.slippageBps.push(t.slippageBps);
}

function statsOf(t: Tally): PerformanceStats {
  const n = t.netPnlUsd.length;
  return {
    n,
    open: t.open,
    netPnlUsd: t.netPnlUsd.reduce((a, usd) => a + usd, 0),
    pnlUsd: t.pnlUsd,
    feesUsd: t.feesUsd,
    fundingUsd: t.fundingUsd,
    hitRate: n === 0 ? null : { n, share: t.wins / n, ci95: wilson(t.wins, n) },
    netR: meanOf(t.netR),
    netBps: meanOf(t.netBps),
    maxDrawdownUsd: maxDrawdown(t.netPnlUsd),
    slippageBps: meanOf(t.slippageBps),
    unprotectedMs: t.unprotectedMs,
    holdMs: meanOf(t.holdMs),
  };
}

function netBpsOf(t: Trade): number | null {
  const notionalUsd = t.entryPx * t.enteredSz;
  return notionalUsd > 0 ? (t.netPnlUsd / notionalUsd) * 10_000 : null;
}

function valueOf(t: Trade, by: Grouping): string {
  const day = Math.floor((t.closedAtMs ?? t.openedAtMs) / DAY_MS);
  switch (by) {
    case 'strategy':
      return t.strategy ?? 'none';
    case 'coin':
      return t.coin;
    case 'side':
      return t.side;
    case 'exit':
      return t.closedAtMs === null ? 'open' : (t.exitReason ?? 'none');
    case 'day':
      return isoDate(day);
    case 'week':
      // Day 0 of the epoch was a Thursday.
      return isoDate(day - ((((day + 3) % 7) + 7) % 7));
    case 'month':
      return isoDate(day).slice(0, 7);
  }
}

const DAY_MS = 86_400_000;

/** YYYY-MM-DD of a day since the epoch, proleptic Gregorian (Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
function isoDate(days: number): string {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const doe = z - era * 146_097;
  const yoe = Math.floor(
    (doe - Math.floor(doe / 1_460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365,
  );
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const day = doy - Math.floor((153 * mp + 2) / 5) + 1;
  const month = mp < 10 ? mp + 3 : mp - 9;
  const year = yoe + era * 400 + (month <= 2 ? 1 : 0);
  const two = (x: number): string => String(x).padStart(2, '0');
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
}
