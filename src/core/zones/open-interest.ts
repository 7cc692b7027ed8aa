import type { OpenInterestSample } from './realised/types.ts';

/** A sample this much older than the moment asked for does not stand for it any more, ms. */
export const SAMPLE_AGE_MS_MAX = 900_000;

/** One venue's samples, oldest first. */
export type OpenInterestSeries = readonly OpenInterestSample[];

/** What stands for one venue's open interest at a moment; undefined when nothing does. */
export type OpenInterestAt = (atMs: number) => OpenInterestSample | undefined;

/** The newest sample at or before `atMs`, by bisection; undefined when there is none or it is too old. */
export function sampleAt(series: OpenInterestSeries, atMs: number): OpenInterestSample | undefined {
  let [lo, hi] = [0, series.length];
  while (lo < hi) {
    const middle = (lo + hi) >>> 1;
    if ((series[middle]?.tMs ?? 0) <= atMs) lo = middle + 1;
    else hi = middle;
  }
  const found = series[lo - 1];
  return found !== undefined && atMs - found.tMs <= SAMPLE_AGE_MS_MAX ? found : undefined;
}

/**
 * Change of open interest in coins over all venues that have a sample at both ends, fraction; null when none has.
 * Coins, because USD falls with price even when nobody closes. A venue that appears or drops out between does not count,
 * nor does one whose newest sample stands for both ends: samples that stopped coming are not open interest that stands still.
 *
 * Example: 100 → 80 coins on one venue, 300 → 300 on another: −20 ÷ 400 = −0.05.
 */
export function openInterestChange(
  venues: readonly OpenInterestAt[],
  fromMs: number,
  toMs: number,
): number | null {
  let [before, after] = [0, 0];
  for (const at of venues) {
    const [a, b] = [at(fromMs), at(toMs)];
    if (a === undefined || b === undefined || a.tMs === b.tMs) continue;
    before += a.coins;
    after += b.coins;
  }
  return before > 0 ? after / before - 1 : null;
}
