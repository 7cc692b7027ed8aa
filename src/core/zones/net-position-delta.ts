// Longs less shorts by the price at which they were opened: where positions stand, not where they end.
import type { Candle } from '../shared/candle.ts';
import type { Side } from '../shared/coin.ts';
import type { KernelTap } from './leverage-kernel.ts';
import { gridPosition, gridPx } from './log-grid.ts';
import { DEFAULT_ANCHORS } from './map-engine.ts';
import { LIQUIDATABLE_SHARE } from './side-grid.ts';

/** Rows of the profile at most: each is a whole number of the grid's buckets of 0.1 %. */
export const PROFILE_ROWS_MAX = 48;

/** Known positions by the price they were opened at: buckets of the map's grid, ascending, only those with any. */
export interface EntryBins {
  px: number[];
  longUsd: number[];
  shortUsd: number[];
}

/** What was opened between two prices and still stands. Shares of all that stands on that side, 0..1. */
export interface NetPositionRow {
  loPx: number;
  hiPx: number;
  longShare: number;
  shortShare: number;
  /** longShare − shortShare, −1..1: above 0 longs stand here, below 0 shorts. All rows add up to 0. */
  netShare: number;
  /** The same in USD, by the part of Hyperliquid's one-sided open interest taken to be liquidatable; null: unknown. */
  netUsd: number | null;
  /** The same of positions whose entry is known. They lie outside of the rows as well, so these need not add up. */
  observedNetShare: number | null;
}

export interface NetPositionDelta {
  bars: number;
  /** Lowest first, of equal width and without a gap, from the lowest to the highest price of the bars. */
  rows: NetPositionRow[];
  /** Mean entry of what stands (of its logarithm), USD. */
  longEntryPx: number;
  shortEntryPx: number;
  /** Share of the longs that were opened above the mark, and of the shorts that were opened below it, 0..1. */
  longUnderWaterShare: number;
  shortUnderWaterShare: number;
  /** Known entries, weighed by the age of their reading, USD; null: none known on one of the sides. */
  observed: { longUsd: number; shortUsd: number } | null;
}

export interface NetPositionInput {
  /** Hyperliquid's closed five-minute bars, oldest first. */
  candles: readonly Candle[];
  /** The map's own for this venue: what is left of a side depends on how far its levels lie from entry. */
  kernel: readonly KernelTap[];
  markPx: number;
  /** Hyperliquid's, one-sided; null: not known. */
  openInterestUsd: number | null;
  observed?: EntryBins | null | undefined;
}

/** Estimated mass by entry: `long[i]` and `short[i]` were opened in bucket `from + i` of the grid. */
export interface Standing {
  from: number;
  long: Float64Array;
  short: Float64Array;
}

/** Entries of one layer that decay alike, and how far from entry they are liquidated, in buckets. */
interface Layer {
  halfLifeMs: number;
  weights: number[];
  longOffsets: number[];
  shortOffsets: number[];
}

/**
 * The positions behind the map of these bars, by entry instead of by liquidation price: opened, aged and swept by the
 * same rules, to the bucket (a test holds their sums against the engine's). Walks back from the newest bar and keeps the
 * lowest low and the highest high, so no level is ever stored. Null without bars.
 */
export function standingByEntry(candles: readonly Candle[], kernel: readonly KernelTap[]): Standing | null {
  const newest = candles.at(-1);
  if (newest === undefined) return null;
  const layers = layersOf(kernel);
  const lows = candles.map((c) => gridPosition(c.l));
  const highs = candles.map((c) => gridPosition(c.h));
  const from = Math.round(lows.reduce((a, b) => Math.min(a, b)));
  const size = Math.round(highs.reduce((a, b) => Math.max(a, b))) - from + 1;
  const standing = { from, long: new Float64Array(size), short: new Float64Array(size) };
  /** Longs at or above the one bucket, and shorts at or below the other, were reached by a later bar. */
  let [longEnd, shortEnd] = [Infinity, -Infinity];
  for (let i = candles.length - 1; i >= 0; i--) {
    const { t, c, v } = candles[i]!;
    const [low, high, close] = [lows[i]!, highs[i]!, gridPosition(c)];
    const entries = [
      [close, DEFAULT_ANCHORS.close],
      [high, DEFAULT_ANCHORS.high],
      [low, DEFAULT_ANCHORS.low],
    ] as const;
    // What the bar's own close lies beyond was dead on arrival.
    const [longBelow, shortAbove] = [
      Math.min(longEnd, Math.ceil(close)),
      Math.max(shortEnd, Math.floor(close)),
    ];
    for (const layer of layers) {
      const opened = v * c * 2 ** (-(newest.t - t) / layer.halfLifeMs);
      for (const [at, share] of entries) {
        const bucket = Math.round(at) - from;
        standing.long[bucket]! += opened * share * longsBelow(layer, at, longBelow);
        standing.short[bucket]! += opened * share * shortsAbove(layer, at, shortAbove);
      }
    }
    longEnd = Math.min(longEnd, Math.ceil(low));
    shortEnd = Math.max(shortEnd, Math.floor(high));
  }
  return standing;
}

/** Weight of an entry's longs whose level lies in a bucket below `end`. Levels round to the nearest bucket, halves up. */
function longsBelow({ weights, longOffsets }: Layer, at: number, end: number): number {
  let sum = 0;
  for (let k = 0; k < weights.length; k++) if (at + longOffsets[k]! + 0.5 < end) sum += weights[k]!;
  return sum;
}

function shortsAbove({ weights, shortOffsets }: Layer, at: number, end: number): number {
  let sum = 0;
  for (let k = 0; k < weights.length; k++) if (at + shortOffsets[k]! + 0.5 >= end + 1) sum += weights[k]!;
  return sum;
}

function layersOf(kernel: readonly KernelTap[]): Layer[] {
  return [...new Set(kernel.map((tap) => tap.halfLifeMs))].map((halfLifeMs) => {
    const taps = kernel.filter((tap) => tap.halfLifeMs === halfLifeMs);
    return {
      halfLifeMs,
      weights: taps.map((tap) => tap.weight),
      longOffsets: taps.map((tap) => gridPosition(tap.longRatio)),
      shortOffsets: taps.map((tap) => gridPosition(tap.shortRatio)),
    };
  });
}

/**
 * Net position delta by entry price, an estimate of Hyperliquid alone. Every contract has one long and one short, so
 * both sides are brought to the same size and the net adds up to 0: it says at which prices longs stand and at which
 * shorts do, never that there are more of one. All of it comes from what price has swept since: a fall closes the longs
 * that were opened above, and leaves their shorts. Null without bars, or when a side has nothing left.
 *
 * Example: 100 and 100 opened at 100; a fall to 95 closes 40 of the longs; 60 and 60 open there. Long 60/120 at 100 and
 * 60/120 at 95, short 100/160 and 60/160: net −.125 at 100, +.125 at 95.
 */
export function netPositionDelta(i: NetPositionInput): NetPositionDelta | null {
  const standing = standingByEntry(i.candles, i.kernel);
  if (standing === null) return null;
  const totals = { long: totalOf(standing.long), short: totalOf(standing.short) };
  if (!(totals.long > 0 && totals.short > 0)) return null;
  const sizeUsd = i.openInterestUsd === null ? null : i.openInterestUsd * LIQUIDATABLE_SHARE;
  const known = knownOf(i.observed ?? null);
  const step = Math.ceil(standing.long.length / PROFILE_ROWS_MAX);
  const rows = Array.from({ length: Math.ceil(standing.long.length / step) }, (_, r): NetPositionRow => {
    const [lo, hi] = [r * step, (r + 1) * step];
    const share = (side: Side): number => totalOf(standing[side].subarray(lo, hi)) / totals[side];
    const [longShare, shortShare] = [share('long'), share('short')];
    const netShare = longShare - shortShare;
    return {
      loPx: rounded(gridPx(standing.from + lo - 0.5)),
      hiPx: rounded(gridPx(standing.from + hi - 0.5)),
      longShare,
      shortShare,
      netShare,
      netUsd: sizeUsd === null ? null : netShare * sizeUsd,
      observedNetShare: known === null ? null : known.netBetween(standing.from + lo, standing.from + hi),
    };
  });
  // Whoever was opened in the mark's own bucket is neither above nor below it.
  const markAt = Math.round(gridPosition(i.markPx)) - standing.from;
  return {
    bars: i.candles.length,
    rows,
    longEntryPx: rounded(meanPx(standing.from, standing.long)),
    shortEntryPx: rounded(meanPx(standing.from, standing.short)),
    longUnderWaterShare: totalOf(standing.long.filter((_, b) => b > markAt)) / totals.long,
    shortUnderWaterShare: totalOf(standing.short.filter((_, b) => b < markAt)) / totals.short,
    observed: known === null ? null : { longUsd: known.longUsd, shortUsd: known.shortUsd },
  };
}

interface Known {
  longUsd: number;
  shortUsd: number;
  /** Share of the known longs less share of the known shorts, in buckets fromBucket ≤ b < toBucket. */
  netBetween(fromBucket: number, toBucket: number): number;
}

/** Null unless entries of both sides are known: of one alone there is no net. */
function knownOf(bins: EntryBins | null): Known | null {
  if (bins === null) return null;
  const [longUsd, shortUsd] = [totalOf(bins.longUsd), totalOf(bins.shortUsd)];
  if (!(longUsd > 0 && shortUsd > 0)) return null;
  const buckets = bins.px.map((px) => Math.round(gridPosition(px)));
  return {
    longUsd,
    shortUsd,
    netBetween(fromBucket, toBucket) {
      const isIn = (_: number, k: number): boolean => buckets[k]! >= fromBucket && buckets[k]! < toBucket;
      return totalOf(bins.longUsd.filter(isIn)) / longUsd - totalOf(bins.shortUsd.filter(isIn)) / shortUsd;
    },
  };
}

/** @param entries entry, USD per coin, and size of each position by side, weighed by age */
export function entryBins(entries: readonly { side: Side; entryPx: number; usd: number }[]): EntryBins {
  const buckets = new Map<number, Record<Side, number>>();
  for (const { side, entryPx, usd } of entries) {
    const bucket = Math.round(gridPosition(entryPx));
    const known = buckets.get(bucket) ?? { long: 0, short: 0 };
    known[side] += usd;
    buckets.set(bucket, known);
  }
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  return {
    px: sorted.map(([bucket]) => rounded(gridPx(bucket))),
    longUsd: sorted.map(([, usd]) => usd.long),
    shortUsd: sorted.map(([, usd]) => usd.short),
  };
}

function totalOf(a: Float64Array | readonly number[]): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]!;
  return sum;
}

/** Of the logarithm: the middle of the buckets, weighed by what was opened there. */
function meanPx(from: number, mass: Float64Array): number {
  let [sum, at] = [0, 0];
  for (let b = 0; b < mass.length; b++) {
    sum += mass[b]!;
    at += mass[b]! * b;
  }
  return gridPx(from + at / sum);
}

const rounded = (px: number): number => Number(px.toPrecision(7));
