import type { Candle } from '../core/shared/candle.ts';
import type { ExtremesSince, ObservedBook } from '../core/zones/observed-book.ts';
import { FORGOTTEN_AFTER_MS } from '../core/zones/observed-book.ts';
import type { Clock, Log, ObservedMemory, PositionReader, TradeFeed } from './ports.ts';
import { ReadError } from './ports.ts';

/** Request weight of one account's positions (Hyperliquid, rate limits). */
const READ_WEIGHT = 2;
/** Nobody to ask: look again after this, ms. */
const IDLE_MS = 1_000;
/** The longest wait between tries while nothing can be read, ms. */
const BACK_OFF_MS_MAX = 60_000;
const BAR_MS = 300_000;

export interface ObservedWatch {
  /** Reads the account that is worth it most, if any is due. */
  readNext(): Promise<void>;
  /** Until the next call is within the budget, ms. */
  waitMs(): number;
  /**
   * Reads back what an earlier process knew, once marks are known, and writes what is new. Never throws; without a
   * memory it does nothing.
   */
  keep(): Promise<void>;
  stop(): Promise<void>;
}

/** Where readings outlive the process, and the bars that tell which of them price has ended meanwhile. */
export interface KeptObserved {
  memory: ObservedMemory;
  /** Hyperliquid's closed five-minute bars, oldest first. */
  candles(coin: string): readonly Candle[];
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
  kept?: KeptObserved | undefined;
}): ObservedWatch {
  const { book, clock, log } = o;
  const paceMs = (60_000 * READ_WEIGHT) / o.weightPerMinute;
  let failures = 0;
  let isIdle = false;
  const keep = o.kept === undefined ? () => Promise.resolve() : keeper({ ...o, kept: o.kept });
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
    keep,
    stop: () => o.trades.stop(),
  };
}

function keeper(o: {
  clock: Clock;
  log: Log;
  book: ObservedBook;
  coins: readonly string[];
  kept: KeptObserved;
}): () => Promise<void> {
  const { book, clock, log } = o;
  const { memory, candles } = o.kept;
  let restoredAtMs: number | null = null;
  let problem: string | null = null;
  return async () => {
    try {
      const nowMs = clock.nowMs();
      if (restoredAtMs === null) {
        if (!book.restore(await memory.accounts(nowMs - FORGOTTEN_AFTER_MS), nowMs)) return;
        restoredAtMs = nowMs;
      }
      for (const coin of o.coins) book.release(coin, extremesOf(candles(coin), restoredAtMs));
      const batch = book.unwritten();
      try {
        await memory.saveAccounts(batch.changed, batch.gone);
      } catch (e) {
        book.notWritten(batch);
        throw e;
      }
      problem = null;
    } catch (e) {
      const message = e instanceof Error ? e.message : 'unknown';
      if (message !== problem) log.warn('observed.not-kept', { message });
      problem = message;
    }
  };
}

/**
 * What closed bars say of the time until `untilMs`, from which on the book follows the marks itself. Not known while a
 * bar of that time is still open, or where bars do not go back far enough. The first bar may have been lower or higher
 * before the reading: then a level is given up that may be alive.
 */
const extremesOf =
  (bars: readonly Candle[], untilMs: number): ExtremesSince =>
  (sinceMs) => {
    const [first, last] = [bars[0], bars.at(-1)];
    if (first === undefined || last === undefined) return null;
    if (first.t > sinceMs || last.t + BAR_MS < untilMs) return null;
    let [loPx, hiPx] = [Number.POSITIVE_INFINITY, 0];
    for (let i = bars.length - 1; i >= 0; i--) {
      const bar = bars[i];
      if (bar === undefined || bar.t + BAR_MS <= sinceMs) break;
      [loPx, hiPx] = [Math.min(loPx, bar.l), Math.max(hiPx, bar.h)];
    }
    return { loPx, hiPx };
  };
