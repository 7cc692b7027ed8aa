import type { Mean } from '../../../core/review/statistics.ts';
import { meanByDay } from '../../../core/review/statistics.ts';
import { performanceOf } from '../../../core/review/performance.ts';
import type { Trade } from '../../../core/review/types.ts';
import { exitOf } from '../../../core/decide/exit-for.ts';
import type { Candle } from '../../../core/shared/candle.ts';
import type { Baselines } from './baselines.ts';
import { baselinesOf } from './baselines.ts';
import type { Replayed } from './play-replay.ts';

/** What a replay prints; docs/replay.md explains each field. */
export interface ReplayReport {
  dataSource: string;
  fromMs: number;
  toMs: number;
  /** Bars played, all coins, without history. */
  bars: number;
  barsPerSecond: number;
  /** Cascade alerts; heartbeats are not sent. */
  alerts: number;
  approved: number;
  refused: Record<string, number>;
  exits: Record<string, number>;
  /** Alerts without a final state at the end. */
  lost: number;
  trades: number;
  openPositions: number;
  netPnlUsd: number;
  feesUsd: number;
  /** Net result ÷ notional entered, a trade's, bps; the interval takes a day as one observation. */
  netBps: { n: number; mean: number | null; ci95: [number, number] | null };
  netR: Mean | null;
  hitRate: { n: number; share: number; ci95: [number, number] } | null;
  maxDrawdownFraction: number;
  equityUsd: number;
  unprotectedMsMax: number;
  baselines: Baselines;
  byCoin: Record<string, { approved: number; trades: number; netPnlUsd: number; netBps: number | null }>;
}

export function replayReport(
  r: Replayed,
  o: {
    dataSource: string;
    fromMs: number;
    toMs: number;
    seconds: number;
    candles: ReadonlyMap<string, readonly Candle[]>;
  },
): ReplayReport {
  const trades = [...r.rows.trades.values()];
  const closed = trades.filter((t) => t.closedAtMs !== null);
  const { total } = performanceOf(trades, []);
  const played = new Map(
    [...o.candles].map(([coin, bars]) => [coin, bars.filter((b) => b.t >= o.fromMs && b.t < o.toMs)]),
  );
  const bps = meanByDay(closed.map((t) => ({ atMs: t.openedAtMs, value: netBpsOf(t) })));
  return {
    dataSource: o.dataSource,
    fromMs: o.fromMs,
    toMs: o.toMs,
    bars: r.bars,
    barsPerSecond: Math.round(r.bars / o.seconds),
    ...decisionsOf(r),
    trades: closed.length,
    openPositions: r.openPositions,
    netPnlUsd: cents(total.netPnlUsd),
    feesUsd: cents(total.feesUsd),
    netBps: { n: closed.length, mean: bps?.mean ?? null, ci95: bps?.ci95 ?? null },
    netR: total.netR,
    hitRate: total.hitRate,
    maxDrawdownFraction: r.maxDrawdownFraction,
    equityUsd: cents(r.equityUsd),
    unprotectedMsMax: r.unprotectedMsMax,
    baselines: baselinesOf(
      played,
      closed.map((t) => ({ coin: t.coin, side: t.side, heldMs: (t.closedAtMs ?? 0) - t.openedAtMs })),
    ),
    byCoin: Object.fromEntries([...o.candles.keys()].map((coin) => [coin, coinPart(r, closed, coin)])),
  };
}

function decisionsOf({
  rows,
}: Replayed): Pick<ReplayReport, 'alerts' | 'approved' | 'refused' | 'exits' | 'lost'> {
  const refused: Record<string, number> = {};
  const exits: Record<string, number> = {};
  let approved = 0;
  for (const d of rows.decisions.values()) {
    const exit = exitOf(d)?.code;
    if (exit !== undefined) exits[exit] = (exits[exit] ?? 0) + 1;
    else if (d.status === 'approved') approved += 1;
    else for (const reason of d.reasons) refused[reason] = (refused[reason] ?? 0) + 1;
  }
  const lost = [...rows.alerts.values()].filter((a) => a.state !== 'done').length;
  return { alerts: rows.alerts.size, approved, refused, exits, lost };
}

function coinPart({ rows }: Replayed, closed: readonly Trade[], coin: string) {
  const own = closed.filter((t) => t.coin === coin);
  return {
    approved: [...rows.decisions.values()].filter((d) => d.coin === coin && d.plan !== null).length,
    trades: own.length,
    netPnlUsd: cents(own.reduce((sum, t) => sum + t.netPnlUsd, 0)),
    netBps: own.length === 0 ? null : own.reduce((sum, t) => sum + netBpsOf(t), 0) / own.length,
  };
}

const netBpsOf = (t: Trade): number => (t.netPnlUsd / (t.entryPx * t.enteredSz)) * 10_000;
const cents = (usd: number): number => Math.round(usd * 100) / 100;
