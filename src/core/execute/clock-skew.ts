/** One comparison of the venue's clock with ours. */
export interface ClockSample {
  /** Venue − ours, ms: positive when our clock is behind. */
  skewMs: number;
  /** The true difference lies within ± this, ms: half the round trip, and half of what the venue's clock rounds to. */
  uncertaintyMs: number;
  /** When, by our clock, ms since the epoch. */
  atMs: number;
}

/**
 * What the newest comparisons say together: their median, so that one slow answer or one of the venue's machines with
 * a clock of its own does not decide. Samples older than `ageMsMax` say nothing; null when none is left.
 */
export function clockSkew(
  samples: readonly ClockSample[],
  nowMs: number,
  ageMsMax: number,
): ClockSample | null {
  // A sample from the future was taken before our clock was set back: it compared another clock.
  const fresh = samples.filter((s) => s.atMs <= nowMs && nowMs - s.atMs <= ageMsMax);
  const sorted = [...fresh].sort((a, b) => a.skewMs - b.skewMs);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
