import { gridPosition } from '../log-grid.ts';
import type { Times } from './heard.ts';
import { heardFraction } from './heard.ts';
import type { Liquidation, RealisedWindow } from './types.ts';

/** Share of the price buckets whose USD counts as concentrated: the largest quarter. */
const TOP_SHARE = 0.25;

/**
 * Cumulative liquidations of the last `windowMs`: longs, shorts, ΔL = long − short, their ratio, the largest, and how
 * concentrated they are (mission §3: cumulative liquidations, long/short ratio, largest single, concentration). Over 2
 * longs are squeezed, under ½ shorts, by trading literature. Null when nobody was listened to: silence says nothing.
 *
 * Example: 300 of longs and 100 of shorts heard → ΔL 200, ratio 3.
 */
export function windowSums(
  liquidations: readonly Liquidation[],
  times: Times,
  nowMs: number,
  windowMs: number,
): RealisedWindow | null {
  const heard = heardFraction(times, nowMs - windowMs, nowMs);
  if (heard === 0) return null;
  const usd = { long: 0, short: 0 };
  const byBucket = new Map<number, number>();
  let largest: Liquidation | null = null;
  let count = 0;
  for (const l of liquidations) {
    if (l.timeMs <= nowMs - windowMs || l.timeMs > nowMs) continue;
    count += 1;
    usd[l.side] += l.notionalUsd;
    const bucket = Math.round(gridPosition(l.px));
    byBucket.set(bucket, (byBucket.get(bucket) ?? 0) + l.notionalUsd);
    if (largest === null || l.notionalUsd > largest.notionalUsd) largest = l;
  }
  const all = usd.long + usd.short;
  return {
    windowMs,
    heardFraction: heard,
    longUsd: usd.long,
    shortUsd: usd.short,
    deltaUsd: usd.long - usd.short,
    ratio: usd.short > 0 ? usd.long / usd.short : null,
    count,
    largest,
    topBucketShare: all > 0 ? Math.min(1, topOf([...byBucket.values()]) / all) : null,
    largestShare: all > 0 ? Math.min(1, (largest?.notionalUsd ?? 0) / all) : null,
  };
}

const topOf = (usd: number[]): number =>
  usd
    .sort((a, b) => b - a)
    .slice(0, Math.ceil(usd.length * TOP_SHARE))
    .reduce((a, b) => a + b, 0);
