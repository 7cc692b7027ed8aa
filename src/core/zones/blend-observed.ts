import { assert } from '../shared/assert.ts';
import type { Side } from '../shared/coin.ts';
import { gridPosition } from './log-grid.ts';

/** A position whose liquidation price the venue itself tells. */
export interface ObservedPosition {
  side: Side;
  /** Null: it cannot be liquidated by price as things are. */
  liquidationPx: number | null;
  notionalUsd: number;
}

/**
 * One side's mass by bucket from positions that are known and an estimate for those that are not: what is known stands
 * as it is; the rest is taken to be liquidatable to the same part as the known ones (which replaces the guess of
 * LIQUIDATABLE_SHARE) and to lie where the estimate says. Nothing known leaves the estimate as it was.
 * @param o.estimated mass of buckets fromBucket, fromBucket + 1 …
 * @param o.estimatedTotal mass of the whole side, the buckets' and what lies beyond them, in the same unit
 * @param o.openInterestUsd one-sided, of which `positions` are a part
 * @returns USD by bucket, and the part of open interest that is known, 0..1
 */
export function blendObserved(o: {
  side: Side;
  positions: readonly ObservedPosition[];
  estimated: Float64Array;
  estimatedTotal: number;
  fromBucket: number;
  openInterestUsd: number;
}): { usd: Float64Array; coverage: number } {
  assert(o.openInterestUsd > 0, `open interest ${o.openInterestUsd}`);
  const own = o.positions.filter((p) => p.side === o.side);
  const known = own.reduce((sum, p) => sum + p.notionalUsd, 0);
  const coverage = Math.min(1, known / o.openInterestUsd);
  if (known === 0) return { usd: o.estimated.slice(), coverage: 0 };
  const usd = new Float64Array(o.estimated.length);
  let liquidatable = 0;
  for (const p of own) {
    if (p.liquidationPx === null) continue;
    liquidatable += p.notionalUsd;
    const i = Math.round(gridPosition(p.liquidationPx)) - o.fromBucket;
    if (i >= 0 && i < usd.length) usd[i] = (usd[i] ?? 0) + p.notionalUsd;
  }
  const unknown = Math.max(0, o.openInterestUsd - known) * (liquidatable / known);
  const factor = o.estimatedTotal > 0 ? unknown / o.estimatedTotal : 0;
  for (const [i, m] of o.estimated.entries()) usd[i] = (usd[i] ?? 0) + m * factor;
  return { usd, coverage };
}
