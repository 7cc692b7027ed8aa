import type { Side } from '../../core/shared/coin.ts';
import { seededRandom } from '../../core/shared/seeded-random.ts';
import { blendObserved } from '../../core/zones/blend-observed.ts';
import { DEFAULT_MIX, leverageKernel } from '../../core/zones/leverage-kernel.ts';
import { maintenanceOf } from '../../core/zones/liquidation-px.ts';
import { gridPosition } from '../../core/zones/log-grid.ts';
import { createMapEngine } from '../../core/zones/map-engine.ts';
import type { ObservedPosition } from '../../core/zones/observed-sides.ts';
import { isBeyond, observedSides } from '../../core/zones/observed-sides.ts';
import { correlation, ranksOf } from '../../core/zones/score/rank-statistics.ts';
import { LIQUIDATABLE_SHARE, sideGrid, totalUsd } from '../../core/zones/side-grid.ts';
import type { SyntheticPosition } from '../../venue/market/side-book.ts';
import { SYNTHETIC_COINS } from '../../venue/market/synthetic-coins.ts';
import type { SyntheticMarket } from '../../venue/market/synthetic-market.ts';
import { createSyntheticMarket } from '../../venue/market/synthetic-market.ts';
import type { OptionValues } from './commands.ts';
import { entriesTable, scoreEntries } from './score-entries.ts';

const COINS = ['BTC', 'ETH', 'SOL'];
const START_MS = 1_760_054_400_000;
const HISTORY_BARS = 3_000;
const BAR_MS = 300_000;
/** Prices this far from the mark are compared, in rows of so many buckets of 0.1 %. */
const REACH = 0.1;
const ROW = 3;
const COVERAGES = [0.1, 0.3, 0.6] as const;
/** How long ago the "read an hour ago" rows were read, ms. */
const OLD_MS = 3_600_000;

/** How much of the truth one way of looking sees: means over markets, coins and sides. */
export interface SyntheticScore {
  name: string;
  /** Share of true mass that lies where the map, brought to the same total, puts its own: 0..1. */
  captured: number;
  /** Rank correlation of rows with the truth. */
  rho: number;
}

export interface SyntheticScores {
  markets: number;
  coins: readonly string[];
  series: number;
  rows: SyntheticScore[];
}

type Look = Omit<SyntheticScore, 'name'>;

/**
 * The map and its blends against a truth that is known: the built-in synthetic market's holders and their liquidation
 * prices, one market per seed, both sides. The population is made up; only comparisons between rows mean anything.
 */
export function scoreSynthetic(o: { markets: number; from: number }): SyntheticScores {
  const series = Array.from({ length: o.markets }, (_, i) => looksOf(o.from + i)).flat();
  const mean = (name: string, key: keyof Look): number =>
    series.reduce((sum, s) => sum + (s.get(name)?.[key] ?? Number.NaN), 0) / series.length;
  const names = [...(series[0]?.keys() ?? [])];
  return {
    markets: o.markets,
    coins: COINS,
    series: series.length,
    rows: names.map((name) => ({ name, captured: mean(name, 'captured'), rho: mean(name, 'rho') })),
  };
}

/** Every way of looking at each side of each coin of one market, by name. */
function looksOf(seed: number): Map<string, Look>[] {
  const coins = SYNTHETIC_COINS.filter((c) => COINS.includes(c.coin));
  const market = createSyntheticMarket({ seed, startMs: START_MS, historyBars: HISTORY_BARS, coins });
  const earlier = new Map(COINS.map((coin) => [coin, market.population(coin)]));
  market.advanceTo(START_MS + OLD_MS);
  return COINS.flatMap((coin) =>
    (['long', 'short'] as const).map((side) =>
      look({ market, seed, coin, side, earlier: earlier.get(coin) ?? [] }),
    ),
  );
}

interface Subject {
  market: SyntheticMarket;
  seed: number;
  coin: string;
  side: Side;
  /** Everybody, as they stood OLD_MS ago. */
  earlier: readonly SyntheticPosition[];
}

function look(o: Subject): Map<string, Look> {
  const { market, coin, side } = o;
  const markPx = market.mark(coin);
  const isOurs = (p: SyntheticPosition): boolean => p.side === side;
  const holders = market.population(coin).filter(isOurs);
  const openInterestUsd = holders.reduce((sum, p) => sum + p.notionalUsd, 0);
  const estimated = estimateOf(o, true, openInterestUsd);
  const blend = (positions: readonly ObservedPosition[]): Float64Array =>
    blendObserved(estimated, estimated, observedSides({ markPx, openInterestUsd, positions })[side]);
  const asRead = (all: readonly SyntheticPosition[], ageMs: number): ObservedPosition[] =>
    all.map((p) => ({ side, liquidationPx: p.liquidationPx, notionalUsd: p.sz * markPx, ageMs }));
  const truth = rowsOf(blend(asRead(holders, 0)), o);
  const old = o.earlier.filter((p) => isOurs(p) && !isBeyond(p, extremeSince(market, coin, side)));
  const looks: [string, Float64Array][] = [
    ['map', estimated],
    ['noSweep', estimateOf(o, false, openInterestUsd)],
    ...COVERAGES.map((c): [string, Float64Array] => [
      `known ${c * 100} %`,
      blend(asRead(someOf(holders, c, o), 0)),
    ]),
    ...COVERAGES.map((c): [string, Float64Array] => [
      `largest ${c * 100} %`,
      blend(asRead(largestOf(holders, c), 0)),
    ]),
    ...COVERAGES.map((c): [string, Float64Array] => [
      `known ${c * 100} %, read 1 h ago`,
      blend(asRead(someOf(old, c, o), OLD_MS)),
    ]),
  ];
  const n = truth.length;
  const naive: [string, Float64Array][] = [
    ['distance', Float64Array.from({ length: n }, (_, i) => (side === 'long' ? n - i : i + 1))],
    ['uniform', new Float64Array(n).fill(1)],
  ];
  return new Map(
    [...looks.map(([name, usd]) => [name, rowsOf(usd, o)] as const), ...naive].map(([name, rows]) => [
      name,
      { captured: captured(rows, truth), rho: correlation(ranksOf(rows), ranksOf(truth)) ?? 0 },
    ]),
  );
}

/** How far price went against that side since OLD_MS ago: levels it crossed are known to be dead. */
function extremeSince(market: SyntheticMarket, coin: string, side: Side): number {
  const bars = market.history(coin, '1m').filter((c) => c.t >= START_MS);
  return side === 'long' ? Math.min(...bars.map((c) => c.l)) : Math.max(...bars.map((c) => c.h));
}

/** The map of the coin's bars alone, scaled as a running one is. */
function estimateOf(
  { market, coin, side }: Subject,
  isSweeping: boolean,
  openInterestUsd: number,
): Float64Array {
  const spec = SYNTHETIC_COINS.find((c) => c.coin === coin);
  const kernel = leverageKernel(DEFAULT_MIX, maintenanceOf([...(spec?.marginTiers ?? [])]));
  const engine = createMapEngine({ kernel, intervalMs: BAR_MS, isSweeping });
  for (const c of market.history(coin, '5m')) engine.push(c);
  const grid = sideGrid(side, market.mark(coin));
  engine.addTo(grid.usd, side, grid.from, (openInterestUsd * LIQUIDATABLE_SHARE) / engine.total(side));
  return grid.usd;
}

/** Buckets within REACH of the mark, in rows. */
function rowsOf(usd: Float64Array, { market, coin, side }: Subject): Float64Array {
  const markPx = market.mark(coin);
  const { from } = sideGrid(side, markPx);
  const near =
    side === 'long'
      ? usd.subarray(Math.ceil(gridPosition(markPx * (1 - REACH))) - from)
      : usd.subarray(0, Math.floor(gridPosition(markPx * (1 + REACH))) - from + 1);
  const rows = new Float64Array(Math.ceil(near.length / ROW));
  for (const [i, x] of near.entries()) rows[Math.floor(i / ROW)] = (rows[Math.floor(i / ROW)] ?? 0) + x;
  return rows;
}

/** Each holder with the same chance, the same ones at every coverage and more. */
function someOf(all: readonly SyntheticPosition[], coverage: number, o: Subject): SyntheticPosition[] {
  const random = seededRandom(`${o.seed}/${o.coin}/${o.side}`);
  return all.filter(() => random.next() < coverage);
}

/** The largest until they are that part of all, which is whom polling reads first. */
function largestOf(all: readonly SyntheticPosition[], coverage: number): SyntheticPosition[] {
  const wanted = coverage * all.reduce((sum, p) => sum + p.sz, 0);
  let known = 0;
  return all
    .toSorted((a, b) => b.sz - a.sz)
    .filter((p) => {
      const isWanted = known < wanted;
      known += p.sz;
      return isWanted;
    });
}

function captured(map: Float64Array, truth: Float64Array): number {
  const [m, t] = [totalUsd(map), totalUsd(truth)];
  return map.reduce((sum, x, i) => sum + Math.min(x / m, (truth[i] ?? 0) / t), 0);
}

/** For people. */
export function syntheticTable(s: SyntheticScores): string {
  return [
    `${s.markets} synthetic markets, ${s.coins.join(', ')}, both sides: ${s.series} series`,
    '  map                         captured    rho',
    ...s.rows.map((r) => `  ${r.name.padEnd(27)} ${r.captured.toFixed(3)}   ${r.rho.toFixed(3)}`),
  ].join('\n');
}

/** `npm run score -- --synthetic`. */
export function scoreMadeUp(o: OptionValues): Promise<number> {
  const count = (name: string, otherwise: number, min: number): number => {
    const n = Number(o[name] ?? otherwise);
    if (Number.isSafeInteger(n) && n >= min) return n;
    throw new Error(`--${name} must be a whole number from ${min} on`);
  };
  const which = { markets: count('markets', 4, 1), from: count('seed', 1, 0) };
  const [synthetic, entries] = [scoreSynthetic(which), scoreEntries(which)];
  process.stdout.write(
    o['json'] === true
      ? `${JSON.stringify({ synthetic, entries })}\n`
      : `${syntheticTable(synthetic)}\n${entriesTable(entries)}\n`,
  );
  return Promise.resolve(0);
}
