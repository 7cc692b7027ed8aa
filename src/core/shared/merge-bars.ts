import type { Candle } from './candle.ts';

/**
 * Bars of a longer interval from shorter ones: open of the first, close of the last, extremes and volume of all. The
 * newest may be incomplete; a gap makes no bar.
 * @param bars oldest first; each lies within one interval
 * @param intervalMs bars begin at its multiples since the epoch
 */
export function mergeBars(bars: readonly Candle[], intervalMs: number): Candle[] {
  const merged: Candle[] = [];
  for (const b of bars) {
    const t = Math.floor(b.t / intervalMs) * intervalMs;
    const last = merged.at(-1);
    if (last?.t !== t) merged.push({ ...b, t });
    else Object.assign(last, { h: Math.max(last.h, b.h), l: Math.min(last.l, b.l), c: b.c, v: last.v + b.v });
  }
  return merged;
}
