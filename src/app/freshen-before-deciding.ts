import type { AnyAlert } from '../core/alert/schema.ts';
import { coinOfTicker } from '../core/alert/coin-of-ticker.ts';
import type { Desk } from './desk.ts';
import { guardLateAfterMs } from './desk.ts';
import { guardPositions } from './guard-positions.ts';
import { createMutex } from './mutex.ts';

/** As old as a mark gets where a loop reads them, ms. */
const MARK_AGE_MS_MAX = 10_000;
/**
 * How long an alert waits for its coin's bars, ms. The mark is read first and is this much older when the wait ends: a
 * longer one would have it refused for its age, however good the bars.
 */
const BARS_WAIT_MS = 20_000;

/**
 * For a desk that sleeps between alerts: reads what a decision on this alert's coin rests on, if it is missing or old,
 * at the price of one or two round trips. What cannot be read, or not in time, stays old or missing and is refused as
 * such. Alerts that come together share readings: whoever waits is covered by the next one.
 */
export function freshenBeforeDeciding(desk: Desk): (alert: AnyAlert) => Promise<void> {
  const mutex = createMutex();
  const wanted = new Set<string>();
  const isOld = (coin: string): boolean => {
    const mark = desk.market.mark(coin);
    if (mark === null || desk.market.zoneMap(coin) === null) return true;
    return desk.clock.nowMs() - mark.markAtMs > MARK_AGE_MS_MAX;
  };
  const isGuardLate = (): boolean =>
    desk.guardLastOkMs === null ||
    desk.clock.nowMs() - desk.guardLastOkMs > guardLateAfterMs(desk.guardIntervalMs);
  return (alert) => {
    const coin = coinOfTicker(alert.ticker, new Set(desk.meta.keys()))?.coin;
    if (coin !== undefined) wanted.add(coin);
    return mutex.run(async () => {
      const coins = [...wanted].filter(isOld);
      wanted.clear();
      await Promise.all([
        coins.length > 0 ? desk.market.refresh(coins, BARS_WAIT_MS) : undefined,
        isGuardLate() ? guardPositions(desk, 'timer') : undefined,
      ]);
    });
  };
}
