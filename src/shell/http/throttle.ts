import type { Clock } from '../../app/ports.ts';

/** Requests per minute and token unless the deps say otherwise. The page asks about three a second at most. */
export const READS_PER_MINUTE = 1_200;

/**
 * A bucket per token that refills evenly. Only tokens that were let in get one, so there are as many as tokens.
 * @returns seconds to wait before the next try, or null when the request may pass
 */
export function createThrottle(
  clock: Clock,
  perMinute: number,
): (token: string, cost: number) => number | null {
  const buckets = new Map<string, { left: number; atMs: number }>();
  const perMs = perMinute / 60_000;
  return (token, cost) => {
    const nowMs = clock.nowMs();
    const bucket = buckets.get(token) ?? { left: perMinute, atMs: nowMs };
    buckets.set(token, bucket);
    bucket.left = Math.min(perMinute, bucket.left + Math.max(0, nowMs - bucket.atMs) * perMs);
    bucket.atMs = nowMs;
    if (bucket.left < cost) return Math.ceil((cost - bucket.left) / perMs / 1_000);
    bucket.left -= cost;
    return null;
  };
}
