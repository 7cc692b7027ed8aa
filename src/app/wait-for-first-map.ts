import { coinOfTicker } from '../core/alert/coin-of-ticker.ts';
import type { AnyAlert } from '../core/alert/schema.ts';
import type { Desk } from './desk.ts';
import { hasPassed } from './has-passed.ts';

/** A first reading takes seconds. An alert is good for two minutes; its price moves on meanwhile, ms. */
const WAIT_MS = 30_000;
const LOOK_MS = 250;

/**
 * For a desk whose loops keep the market fresh: right after the start they have not read it yet, and an entry that waited
 * through a restart would be refused for a map that is there seconds later. So it waits for its coin's first one, until
 * 30 s after the start at most; what is missing then is refused as such.
 */
export function waitForFirstMap(desk: Desk): (alert: AnyAlert) => Promise<void> {
  const startedAtMs = desk.clock.nowMs();
  return async ({ kind, ticker }) => {
    const coin = coinOfTicker(ticker, new Set(desk.meta.keys()))?.coin;
    if (kind !== 'cascade.exhaustion' || coin === undefined) return;
    while (desk.market.zoneMap(coin) === null && !hasPassed(WAIT_MS, startedAtMs, desk.clock.nowMs()))
      await desk.clock.sleep(LOOK_MS);
  };
}
