import { DEFAULT_MIX, leverageKernel } from '../../core/zones/leverage-kernel.ts';
import type { LeverageMix } from '../../core/zones/leverage-kernel.ts';
import { maintenanceOf } from '../../core/zones/liquidation-px.ts';
import type { NetPositionDelta } from '../../core/zones/net-position-delta.ts';
import { entryBins, netPositionDelta } from '../../core/zones/net-position-delta.ts';
import { correlation, ranksOf } from '../../core/zones/score/rank-statistics.ts';
import { LEVERAGE_CLASSES, LEVERAGE_SPREAD } from '../../venue/market/population.ts';
import { SYNTHETIC_COINS } from '../../venue/market/synthetic-coins.ts';
import { createSyntheticMarket } from '../../venue/market/synthetic-market.ts';

const COINS = ['BTC', 'ETH', 'SOL'];
const START_MS = 1_760_054_400_000;
const HISTORY_BARS = 3_000;
/** What a running bridge keeps of Hyperliquid's bars. */
const BARS_KEPT = 1_500;
/** Rows of the profile put together for the coarse figure. */
const COARSE = 4;
/** Points of the normal distribution that stand for a class's spread of leverage. */
const SPREAD_AT = [-1.5, -0.9, -0.3, 0.3, 0.9, 1.5] as const;

/** Mean rank correlation of the net by entry price with that of all holders, over markets and coins. */
export interface EntryScore {
  name: string;
  /** In the profile's own rows, and in rows four times as wide. */
  rho: number;
  rhoCoarse: number;
}

export interface EntryScores {
  markets: number;
  coins: readonly string[];
  series: number;
  rows: EntryScore[];
}

/**
 * The profile by entry price against holders whose entries are known. `price`: longs low, shorts high, and nothing else.
 * `rule`: the same method with the made-up population's own leverages and lives, which leaves out only the luck of the
 * draw: nobody who sees bars alone can do better.
 */
export function scoreEntries(o: { markets: number; from: number }): EntryScores {
  const series = Array.from({ length: o.markets }, (_, i) => looksOf(o.from + i)).flat();
  const mean = (name: string, key: 'rho' | 'rhoCoarse'): number =>
    series.reduce((sum, s) => sum + (s.get(name)?.[key] ?? Number.NaN), 0) / series.length;
  return {
    markets: o.markets,
    coins: COINS,
    series: series.length,
    rows: [...(series[0]?.keys() ?? [])].map((name) => ({
      name,
      rho: mean(name, 'rho'),
      rhoCoarse: mean(name, 'rhoCoarse'),
    })),
  };
}

function looksOf(seed: number): Map<string, Omit<EntryScore, 'name'>>[] {
  const coins = SYNTHETIC_COINS.filter((c) => COINS.includes(c.coin));
  const market = createSyntheticMarket({ seed, startMs: START_MS, historyBars: HISTORY_BARS, coins });
  return coins.map(({ coin, marginTiers }) => {
    const candles = market.history(coin, '5m').slice(-BARS_KEPT);
    const observed = entryBins(
      market.population(coin).map((p) => ({ side: p.side, entryPx: p.entryPx, usd: p.notionalUsd })),
    );
    const profileOf = (mix: LeverageMix): NetPositionDelta['rows'] =>
      netPositionDelta({
        candles,
        kernel: leverageKernel(mix, maintenanceOf([...marginTiers])),
        markPx: market.mark(coin),
        openInterestUsd: null,
        observed,
      })?.rows ?? [];
    const rows = profileOf(DEFAULT_MIX);
    const truth = rows.map((r) => r.observedNetShare ?? 0);
    return new Map(
      Object.entries({
        profile: rows.map((r) => r.netShare),
        price: rows.map((_, i) => -i),
        rule: profileOf(OWN_MIX).map((r) => r.netShare),
      }).map(([name, net]) => [
        name,
        {
          rho: rankCorrelation(net, truth),
          rhoCoarse: rankCorrelation(coarse(net), coarse(truth)),
        },
      ]),
    );
  });
}

/** The population's own leverages: the standing share of a class is what it opens by how long that lasts. */
const OWN_MIX: LeverageMix = LEVERAGE_CLASSES.flatMap(({ leverage, share, halfLifeDays }) =>
  SPREAD_AT.map(
    (z) =>
      [
        leverage * Math.exp(LEVERAGE_SPREAD * z),
        share * halfLifeDays * Math.exp((-z * z) / 2),
        halfLifeDays,
      ] as const,
  ),
);

const rankCorrelation = (a: readonly number[], b: readonly number[]): number =>
  a.length === b.length ? (correlation(ranksOf(a), ranksOf(b)) ?? 0) : Number.NaN;

function coarse(rows: readonly number[]): number[] {
  const out: number[] = [];
  for (const [i, x] of rows.entries()) out[Math.floor(i / COARSE)] = (out[Math.floor(i / COARSE)] ?? 0) + x;
  return out;
}

/** For people. */
export const entriesTable = (s: EntryScores): string =>
  [
    `net position by entry price against the same holders: ${s.series} series`,
    '  what                        rho     rho, rows ×4',
    ...s.rows.map((r) => `  ${r.name.padEnd(27)} ${r.rho.toFixed(3)}   ${r.rhoCoarse.toFixed(3)}`),
  ].join('\n');
