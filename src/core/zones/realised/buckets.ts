import type { Liquidation, LiquidationBucket } from './types.ts';

/** Length of a bucket, ms. */
export const BUCKET_MS = 900_000;

/** The bucket with one more liquidation in it; `bucket` null = the first of its side and interval. */
export function addToBucket(bucket: LiquidationBucket | null, l: Liquidation): LiquidationBucket {
  const { px, side, notionalUsd: usd } = l;
  const tMs = Math.floor(l.timeMs / BUCKET_MS) * BUCKET_MS;
  if (bucket === null) return { tMs, side, usd, count: 1, px, loPx: px, hiPx: px, largestUsd: usd };
  const all = bucket.usd + usd;
  return {
    tMs,
    side,
    usd: all,
    count: bucket.count + 1,
    px: bucket.px + (px - bucket.px) * (usd / all),
    loPx: Math.min(bucket.loPx, px),
    hiPx: Math.max(bucket.hiPx, px),
    largestUsd: Math.max(bucket.largestUsd, usd),
  };
}
