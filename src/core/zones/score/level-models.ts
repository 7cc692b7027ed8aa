import type { Candle } from '../../shared/candle.ts';
import type { Side } from '../../shared/coin.ts';
import type { Heat } from '../heat.ts';
import { gridPosition } from '../log-grid.ts';
import type { MapEngine } from '../map-engine.ts';
import { massBetween } from '../mass-between.ts';

/** Anything that says, before a bar, how much would be liquidated between two prices. Scores compare only with its own. */
export interface LevelModel {
  push(candle: Candle): void;
  /**
   * From `nearPx` to `farPx`: downward for longs, upward for shorts. `openPx` is where price stands when asked.
   */
  massBetween(side: Side, nearPx: number, farPx: number, openPx: number): number;
}

/** The map itself. */
export function mapModel(engine: MapEngine): LevelModel {
  const mass = massBetween(engine);
  return {
    push: (candle) => void engine.push(candle),
    massBetween: (side, nearPx, farPx) => mass(side, nearPx, farPx),
  };
}

/** The heat: where the map's method says that liquidations are likely, for ranking the prices of one moment. */
export const heatModel = (heat: Heat): LevelModel => ({
  push: (candle) => void heat.push(candle),
  massBetween: (side, nearPx, farPx, openPx) => heat.between(side, nearPx, farPx, openPx),
});

/** Naive: the farther from price, the more stands there; nothing else is known. */
export const distanceModel = (): LevelModel => ({
  push: () => undefined,
  massBetween: (_, nearPx, farPx, openPx) =>
    Math.abs(Math.log(farPx / openPx) ** 2 - Math.log(nearPx / openPx) ** 2),
});

/** Naive: every row alike. */
export const uniformModel = (): LevelModel => ({ push: () => undefined, massBetween: () => 1 });

/** Naive: the nearer, the more. */
export const inverseDistanceModel = (): LevelModel => ({
  push: () => undefined,
  massBetween: (_, nearPx, farPx, openPx) => 1 / Math.abs(Math.log(middlePx(nearPx, farPx) / openPx)),
});

/** Naive: the part of the range that the last `bars` bars did not visit. */
export function unsweptModel(bars: number): LevelModel {
  const recent: Candle[] = [];
  return {
    push(candle) {
      recent.push(candle);
      if (recent.length > bars) recent.shift();
    },
    massBetween(side, nearPx, farPx, openPx) {
      const edge =
        side === 'long'
          ? recent.reduce((px, c) => Math.min(px, c.l), nearPx)
          : recent.reduce((px, c) => Math.max(px, c.h), nearPx);
      const beyond = (side === 'long' ? edge - farPx : farPx - edge) / openPx;
      // Rows that are free in full must tie: their widths differ in the last digits, or by their logarithm, and any
      // order among them would be one by distance.
      return Math.max(0, Math.round(beyond * 1e9));
    },
  };
}

/** Naive: the longer price has not been there, the more. */
export function levelAgeModel(): LevelModel {
  const bars: Candle[] = [];
  return {
    push: (candle) => void bars.push(candle),
    massBetween(side, nearPx, farPx) {
      const px = middlePx(nearPx, farPx);
      return bars.length - 1 - bars.findLastIndex((c) => (side === 'long' ? c.l <= px : c.h >= px));
    },
  };
}

/** Naive: the more was traded there, the more. A bar's turnover counts evenly over its range. */
export function volumeProfileModel(): LevelModel {
  const traded = new Map<number, number>();
  const bucketOf = (px: number): number => Math.round(gridPosition(px));
  return {
    push({ l, h, c, v }) {
      const [from, to] = [bucketOf(l), bucketOf(h)];
      const each = (v * c) / (to - from + 1);
      for (let b = from; b <= to; b++) traded.set(b, (traded.get(b) ?? 0) + each);
    },
    massBetween(_, nearPx, farPx) {
      const [from, to] = [bucketOf(Math.min(nearPx, farPx)), bucketOf(Math.max(nearPx, farPx))];
      let sum = 0;
      for (let b = from; b <= to; b++) sum += traded.get(b) ?? 0;
      return sum / (to - from + 1);
    },
  };
}

const middlePx = (aPx: number, bPx: number): number => Math.sqrt(aPx * bPx);
