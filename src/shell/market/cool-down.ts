import { MarketReadError } from './market-read-error.ts';

/**
 * Leaves a venue alone for `waitMs` after it said "too often" inside a 200, which `fetch-json` cannot see. Until then
 * nothing is asked: asking on turns a warning into a ban of minutes.
 */
export function createCoolDown(o: { venue: string; nowMs: () => number; waitMs: number }) {
  let untilMs = 0;
  return async <T>(what: string, ask: () => Promise<T>): Promise<T> => {
    if (o.nowMs() < untilMs)
      throw new MarketReadError(
        'cooling-down',
        `${o.venue} ${what}: not asked: the venue wants to be left alone for now`,
        { retryAtMs: untilMs },
      );
    try {
      return await ask();
    } catch (error) {
      if (error instanceof MarketReadError && error.reason === 'rate-limited' && error.retryAtMs === null)
        untilMs = o.nowMs() + o.waitMs;
      throw error;
    }
  };
}
