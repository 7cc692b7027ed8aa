/** Request weight per client address: a leaky bucket of `perMinute` that drains within a minute. */
export function createWeights(
  nowMs: () => number,
  perMinute = 1_200,
): (client: string, weight: number) => boolean {
  const level = new Map<string, { used: number; atMs: number }>();
  return (client, weight) => {
    const now = nowMs();
    const at = level.get(client) ?? { used: 0, atMs: now };
    // A leaky bucket: what was used drains at the allowed rate.
    at.used = Math.max(0, at.used - ((now - at.atMs) * perMinute) / 60_000);
    at.atMs = now;
    level.set(client, at);
    if (at.used + weight > perMinute) return false;
    at.used += weight;
    return true;
  };
}
