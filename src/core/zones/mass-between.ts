import type { Side } from '../shared/coin.ts';
import { gridPosition } from './log-grid.ts';
import type { MapEngine } from './map-engine.ts';

/** Mass of a side between two prices, in either order. A bucket that they cover in part counts in part. */
export type MassBetween = (side: Side, aPx: number, bPx: number) => number;

/** Reads an engine as often as wanted without allocating. */
export function massBetween(engine: MapEngine): MassBetween {
  let buckets = new Float64Array(512);
  return (side, aPx, bPx) => {
    const lo = gridPosition(Math.min(aPx, bPx)) + 0.5;
    const hi = gridPosition(Math.max(aPx, bPx)) + 0.5;
    const from = Math.floor(lo);
    const count = Math.floor(hi) - from + 1;
    if (count > buckets.length) buckets = new Float64Array(2 * count);
    const part = buckets.subarray(0, count).fill(0);
    engine.addTo(part, side, from, 1);
    let sum = 0;
    for (let i = 0; i < count; i++)
      sum += part[i]! * Math.max(0, Math.min(hi, from + i + 1) - Math.max(lo, from + i));
    return sum;
  };
}
