/** No reading takes this long: what lies farther ahead was noted before our clock was set back, ms. */
const SET_BACK_MS = 30_000;

/**
 * Whether `ms` have passed since, by our clock. What it noted before it was set back would otherwise be waited for until
 * it has caught up, for hours.
 */
export const hasPassed = (ms: number, sinceMs: number, nowMs: number): boolean =>
  nowMs - sinceMs >= ms || sinceMs - nowMs > SET_BACK_MS;
