import type { Candle } from '../../../src/core/shared/candle.ts';

export const T0 = Date.UTC(2025, 0, 1);
export const TF_MS = 300_000;

/** Mulberry32: a seeded number source in [0, 1). */
export function seeded(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const tick = (x: number): number => Number(Math.max(0.1, Math.round(x * 10) / 10).toFixed(1));

export interface Tape {
  candles: Candle[];
  /** Open interest at each bar's close, or null for the whole tape. */
  oi: number[] | null;
  /** Funding rate that leans with the last flush, percent; null with `oi`. */
  funding: number[] | null;
}

/**
 * A random walk with a flush every ~60 bars, down and up by turns: 3–10 accelerating bars on rising volume, a
 * climax wick, then a rebound on fading volume. Prices on a tick of 0.1 around 1,000.
 */
export function syntheticTape(seed: number, bars: number, withOi: boolean): Tape {
  const random = seeded(seed);
  const candles: Candle[] = [];
  const oi: number[] = [];
  const funding: number[] = [];
  let px = 1000;
  let interest = 50_000;
  let flushLeft = 0;
  let reboundLeft = 0;
  let direction = 1;
  for (let i = 0; i < bars; i += 1) {
    if (flushLeft === 0 && reboundLeft === 0 && i > 115 && random() < 1 / 40) {
      direction = -direction;
      flushLeft = 3 + Math.floor(random() * 8);
    }
    const flushing = flushLeft > 0;
    const rebounding = !flushing && reboundLeft > 0;
    const drift = flushing
      ? direction * (3 + 8 * random() + 12 / flushLeft)
      : rebounding
        ? -direction * 9 * random()
        : (random() - 0.5) * 5 + (1000 - px) * 0.01;
    const open = px;
    const close = Math.max(50, open + drift);
    const climax = flushLeft === 1 ? 6 + 14 * random() : 1.5 * random();
    const above = flushing && direction > 0 ? climax : 1.5 * random();
    const below = flushing && direction < 0 ? climax : 1.5 * random();
    const volume =
      (20 + 40 * random()) * (flushing ? 3 + 12 / flushLeft : rebounding ? 1 + reboundLeft / 2 : 1);
    const [o, c] = [tick(open), tick(close)];
    candles.push({
      t: T0 + i * TF_MS,
      o,
      h: Math.max(o, c, tick(close + above)),
      l: Math.min(o, c, tick(close - below)),
      c,
      v: Math.round(volume * 1000) / 1000,
    });
    interest *= flushing ? 0.985 + 0.012 * random() : 1 + 0.002 * random();
    oi.push(Math.round(interest * 100) / 100);
    funding.push(Math.round((direction * 0.02 + 0.06 * (random() - 0.5)) * 1e5) / 1e5);
    px = c;
    if (flushing) {
      flushLeft -= 1;
      if (flushLeft === 0) reboundLeft = 4 + Math.floor(random() * 8);
    } else if (rebounding) reboundLeft -= 1;
  }
  return { candles, oi: withOi ? oi : null, funding: withOi ? funding : null };
}
