import type { Candle } from '../../core/shared/candle.ts';

const BAR_MS = 300_000;
const QUIET_BARS = 600;
const FLUSH_BARS = 6;

/** Where the flush ends, as a share of the level it began at. */
export const FLUSH_CLOSE_RATIO = 0.966;
export const FLUSH_EXTREME_RATIO = 0.96;

/**
 * Five-minute bars of a scripted flush of longs, for tests and benchmarks (it proves nothing about markets): 600 quiet
 * bars around `px` that seed liquidation levels on both sides, six bars down to 96 % of it on eight times the volume,
 * and a rebound. A long entry at the end passes every gate.
 * @param endMs close of the last bar
 */
export function flushCandles(px: number, endMs: number): Candle[] {
  const candles: Candle[] = [];
  const startMs = endMs - (QUIET_BARS + FLUSH_BARS + 1) * BAR_MS;
  const volume = 1e7 / px;
  for (let i = 0; i < QUIET_BARS; i++) {
    const o = px * (1 + 0.0015 * Math.sin(i / 7));
    const c = px * (1 + 0.0015 * Math.sin((i + 1) / 7));
    const wick = 0.0006 * px;
    candles.push({
      t: startMs + i * BAR_MS,
      o,
      h: Math.max(o, c) + wick,
      l: Math.min(o, c) - wick,
      c,
      v: volume,
    });
  }
  let at = candles.at(-1)?.c ?? px;
  for (let i = 0; i < FLUSH_BARS; i++) {
    const c = at - (at - 0.961 * px) / (FLUSH_BARS - i);
    const l = i === FLUSH_BARS - 1 ? FLUSH_EXTREME_RATIO * px : c - 0.0004 * px;
    candles.push({ t: startMs + (QUIET_BARS + i) * BAR_MS, o: at, h: at + 0.0002 * px, l, c, v: 8 * volume });
    at = c;
  }
  const c = FLUSH_CLOSE_RATIO * px;
  candles.push({ t: endMs - BAR_MS, o: at, h: c + 0.0005 * px, l: at - 0.0005 * px, c, v: 2.5 * volume });
  return candles;
}
