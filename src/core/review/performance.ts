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
  const groups = new Map<string, { group: PerformanceGroup['group']; trades: Trade[] }>();
  for (const trade of trades) {
    const group = Object.fromEntries(by.map((g) => [g, valueOf(trade, g)]));
    const key = by.map((g) => group[g]).join('\u0000');
    const found: { group: PerformanceGroup['group']; trades: Trade[] } = groups.get(key) ?? {
      group,
      trades: [],
    };
    found.trades.push(trade);
    groups.set(key, found);
  }
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, g]) => g);
  return {
    total: statsOf(trades),
    items: by.length === 0 ? [] : sorted.map((g) => ({ group: g.group, ...statsOf(g.trades) })),
  };
}

const sum = (trades: readonly Trade[], pick: (t: Trade) => number): number =>
  trades.reduce((a, t) => a + pick(t), 0);

const known = (values: readonly (number | null)[]): number[] => values.filter((v) => v !== null);

function statsOf(all: readonly Trade[]): PerformanceStats {
  const trades = all
    .filter((t) => t.closedAtMs !== null)
    .sort((a, b) => (a.closedAtMs ?? 0) - (b.closedAtMs ?? 0));
  const n = trades.length;
  const wins = trades.filter((t) => t.netPnlUsd > 0).length;
  return {
    n,
    open: all.length - n,
    netPnlUsd: sum(trades, (t) => t.netPnlUsd),
    pnlUsd: sum(trades, (t) => t.pnlUsd),
    feesUsd: sum(trades, (t) => t.feesUsd),
    fundingUsd: sum(trades, (t) => t.fundingUsd),
    hitRate: n === 0 ? null : { n, share: wins / n, ci95: wilson(wins, n) },
    netR: meanOf(known(trades.map((t) => t.rMultiple))),
    netBps: meanOf(known(trades.map(netBpsOf))),
    maxDrawdownUsd: maxDrawdown(trades.map((t) => t.netPnlUsd)),
    slippageBps: meanOf(known(trades.map((t) => t.slippageBps))),
    unprotectedMs: {
      total: sum(trades, (t) => t.unprotectedMs),
      max: trades.reduce((a, t) => Math.max(a, t.unprotectedMs), 0),
    },
    holdMs: meanOf(trades.map((t) => (t.closedAtMs ?? 0) - t.openedAtMs)),
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
  const yoe = Math.floor((doe - Math.floor(doe / 1_460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365); // prettier-ignore
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const day = doy - Math.floor((153 * mp + 2) / 5) + 1;
  const month = mp < 10 ? mp + 3 : mp - 9;
  const year = yoe + era * 400 + (month <= 2 ? 1 : 0);
  const two = (x: number): string => String(x).padStart(2, '0');
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
}
