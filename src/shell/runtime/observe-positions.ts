import type { Clock, Log } from '../../app/ports.ts';
import type { KeptObserved } from '../../app/watch-observed.ts';
import { watchObserved } from '../../app/watch-observed.ts';
import type { ObservedBook } from '../../core/zones/observed-book.ts';
import { createFetchJson } from '../market/fetch-json.ts';
import { createHyperliquidPositions } from '../market/hyperliquid-positions.ts';
import { createHyperliquidTrades } from '../market/hyperliquid-trades.ts';
import { every } from './every.ts';

const READ_TIMEOUT_MS = 3_000;
/** What was read is written this often, ms: a killed process forgets no more than that. */
const KEEP_MS = 10_000;

/**
 * Watches who trades at the venue and reads what they hold, for as long as the process runs. Its own connection and its
 * own cool-down: a refused reading here stops no candle and no order.
 * @returns stop: resolves when what was read is written
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
  kept?: KeptObserved | undefined;
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
    kept: o.kept,
  });
  const failed = (e: unknown): void =>
    log.error('loop.failed', { what: 'observed', message: e instanceof Error ? e.message : 'unknown' });
  const stopReading = every(watch.waitMs, watch.readNext, failed);
  const stopKeeping = every(() => KEEP_MS, watch.keep, failed);
  return async () => {
    // What listens and reads writes nothing: nobody waits for an answer under way.
    void stopReading();
    void watch.stop();
    await stopKeeping();
    await watch.keep();
  };
}
