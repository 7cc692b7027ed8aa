import type { Candle } from '../../shared/candle.ts';
import type { Side } from '../../shared/coin.ts';
import { gridPosition } from '../log-grid.ts';
import type { MapEngine } from '../map-engine.ts';

/** Anything that says, before a bar, how much would be liquidated between two prices. Scores compare only with its own. */
export interface LevelModel {
  push(candle: Candle): void;
  /**
   * From `nearPx` to `farPx`: downward for longs, upward for shorts. `openPx` is where price stands when asked.
   */
  massBetween(side: Side, nearPx: number, farPx: number, openPx: number): number;
}

/** The map itself. A bucket that the range covers in part counts in part. */
export function mapModel(engine: MapEngine): LevelModel {
  let buckets = new Float64Array(64);
  return {
    push: (candle) => void engine.push(candle),
    massBetween(side, nearPx, farPx) {
      const lo = gridPosition(Math.min(nearPx, farPx)) + 0.5;
      const hi = gridPosition(Math.max(nearPx, farPx)) + 0.5;
      const from = Math.floor(lo);
      const count = Math.floor(hi) - from + 1;
      if (count > buckets.length) buckets = new Float64Array(2 * count);
      const part = buckets.subarray(0, count).fill(0);
      engine.addTo(part, side, from, 1);
      return part.reduce(
        (sum, mass, i) => sum + mass * Math.max(0, Math.min(hi, from + i + 1) - Math.max(lo, from + i)),
        0,
      );
    },
  };
}

/** Naive: the farther from price, the more stands there; nothing else is known. */
export const distanceModel = (): LevelModel => ({
  push: () => undefined,
  massBetween: (_, nearPx, farPx, openPx) =>
    Math.abs(Math.log(farPx / openPx) ** 2 - Math.log(nearPx / openPx) ** 2),
});

/** Naive: every row alike. */
export const uniformModel = (): LevelModel => ({ push: () => undefined, massBetween: () => 1 });

/** Naive: the part of the range that the last `bars` bars did not visit. */
export function unsweptModel(bars: number): LevelModel {
  const recent: Candle[] = [];
  return {
    push(candle) {
      recent.push(candle);
      if (recent.length > bars) recent.shift();
    },
    massBetween(side, nearPx, farPx) {
      const edge =
        side === 'long'
          ? recent.reduce((px, c) => Math.min(px, c.l), nearPx)
          : recent.reduce((px, c) => Math.max(px, c.h), nearPx);
      return Math.max(0, side === 'long' ? Math.log(edge / farPx) : Math.log(farPx / edge));
    },
  };
}
