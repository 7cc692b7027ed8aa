import type { Clock, Log } from '../../app/ports.ts';
import { watchObserved } from '../../app/watch-observed.ts';
import type { ObservedBook } from '../../core/zones/observed-book.ts';
import { createFetchJson } from '../market/fetch-json.ts';
import { createHyperliquidPositions } from '../market/hyperliquid-positions.ts';
import { createHyperliquidTrades } from '../market/hyperliquid-trades.ts';
import { every } from './every.ts';

const READ_TIMEOUT_MS = 3_000;

/**
 * Watches who trades at the venue and reads what they hold, for as long as the process runs. Its own connection and its
 * own cool-down: a refused reading here stops no candle and no order.
 * @returns stop
 */
export function observePositions(o: {
  /** Where the market is that is shown: not always where orders go. */
  apiUrl: string;
  wsUrl: string;
  clock: Clock;
  log: Log;
  book: ObservedBook;
  coins: readonly string[];
  weightPerMinute: number;
}): () => Promise<void> {
  const { clock, log } = o;
  const fetchJson = createFetchJson({
    venue: 'hyperliquid',
    baseUrl: o.apiUrl,
    nowMs: clock.nowMs,
    sleep: clock.sleep,
    timeoutMs: READ_TIMEOUT_MS,
    // The next account is as good as the same one again, and costs what was planned.
    retries: 0,
  });
  const watch = watchObserved({
    clock,
    log,
    book: o.book,
    trades: createHyperliquidTrades({ wsUrl: o.wsUrl }),
    reader: createHyperliquidPositions({ fetchJson }),
    coins: o.coins,
    weightPerMinute: o.weightPerMinute,
  });
  const stopReading = every(watch.waitMs, watch.readNext, (e) =>
    log.error('loop.failed', { what: 'observed', message: e instanceof Error ? e.message : 'unknown' }),
  );
  return async () => {
    await Promise.all([stopReading(), watch.stop()]);
  };
}
