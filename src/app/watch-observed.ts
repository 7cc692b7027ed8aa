import type { ObservedBook } from '../core/zones/observed-book.ts';
import type { Clock, Log, PositionReader, TradeFeed } from './ports.ts';
import { ReadError } from './ports.ts';

/** Request weight of one account's positions (Hyperliquid, rate limits). */
const READ_WEIGHT = 2;
/** Nobody to ask: look again after this, ms. */
const IDLE_MS = 1_000;
/** The longest wait between tries while nothing can be read, ms. */
const BACK_OFF_MS_MAX = 60_000;

export interface ObservedWatch {
  /** Reads the account that is worth it most, if any is due. */
  readNext(): Promise<void>;
  /** Until the next call is within the budget, ms. */
  waitMs(): number;
  stop(): Promise<void>;
}

/**
 * Fills the book of observed positions: addresses from public trades, their positions one account at a time. What
 * cannot be read is asked for ever more slowly, so that a venue that refuses is left alone; what was known stays.
 * @param o.weightPerMinute spent at most, > 0: one reading in 120,000 ÷ that many ms
 */
export function watchObserved(o: {
  clock: Clock;
  log: Log;
  book: ObservedBook;
  trades: TradeFeed;
  reader: PositionReader;
  coins: readonly string[];
  weightPerMinute: number;
}): ObservedWatch {
  const { book, clock, log } = o;
  const paceMs = (60_000 * READ_WEIGHT) / o.weightPerMinute;
  let failures = 0;
  let isIdle = false;
  o.trades.start(o.coins, {
    trades: (list) => {
      for (const trade of list) book.traded(trade, clock.nowMs());
    },
    status: (up) => log[up ? 'info' : 'warn'](up ? 'trades.up' : 'trades.down'),
  });
  return {
    async readNext() {
      const address = book.next(clock.nowMs());
      isIdle = address === null;
      if (address === null) return;
      try {
        book.took(address, await o.reader.positionsOf(address), clock.nowMs());
        if (failures > 0) log.info('observed.recovered', { failures });
        failures = 0;
      } catch (e) {
        if (!(e instanceof ReadError)) throw e;
        book.failed(address, clock.nowMs());
        failures += 1;
        if (failures === 1) log.warn('observed.unreadable', { message: e.message });
      }
    },
    waitMs: () =>
      Math.max(
        paceMs,
        isIdle ? IDLE_MS : 0,
        failures > 0 ? Math.min(BACK_OFF_MS_MAX, IDLE_MS * 2 ** Math.min(failures, 10)) : 0,
      ),
    stop: () => o.trades.stop(),
  };
}
