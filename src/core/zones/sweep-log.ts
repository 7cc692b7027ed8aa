import type { Side } from '../shared/coin.ts';

/** Mass that one bar took on one side, in the engine's own unit and buckets. */
export interface SweptBuckets {
  /** Open of the bar that swept, ms. */
  t: number;
  side: Side;
  mass: number;
  /** Absolute buckets of the lowest and highest level taken. */
  loBucket: number;
  hiBucket: number;
}

/** A day of sweeps in a ring of typed arrays: recording allocates nothing. */
export interface SweepLog {
  record(t: number, side: Side, mass: number, loBucket: number, hiBucket: number): void;
  /** Sweeps of bars that opened at or after `sinceMs`, oldest first. */
  since(sinceMs: number): SweptBuckets[];
}

const DAY_MS = 86_400_000;

export function createSweepLog(intervalMs: number): SweepLog {
  const capacity = 2 * Math.ceil(DAY_MS / intervalMs);
  const t = new Float64Array(capacity);
  const sides = new Uint8Array(capacity);
  const mass = new Float64Array(capacity);
  const lo = new Int32Array(capacity);
  const hi = new Int32Array(capacity);
  let count = 0;
  return {
    record(at, side, m, loBucket, hiBucket) {
      const i = count++ % capacity;
      t[i] = at;
      sides[i] = side === 'long' ? 1 : 0;
      mass[i] = m;
      lo[i] = loBucket;
      hi[i] = hiBucket;
    },
    since(sinceMs) {
      const out: SweptBuckets[] = [];
      for (let n = Math.max(0, count - capacity); n < count; n++) {
        const i = n % capacity;
        if (t[i]! < sinceMs) continue;
        out.push({
          t: t[i]!,
          side: sides[i] === 1 ? 'long' : 'short',
          mass: mass[i]!,
          loBucket: lo[i]!,
          hiBucket: hi[i]!,
        });
      }
      return out;
    },
  };
}
