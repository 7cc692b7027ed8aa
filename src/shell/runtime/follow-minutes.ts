import type { MinuteBook } from '../../app/minute-book.ts';
import { createMinuteBook } from '../../app/minute-book.ts';
import type { Clock, Log, MarketSource } from '../../app/ports.ts';
import { createHyperliquidMinutes } from '../market/hyperliquid-minutes.ts';
import { every } from './every.ts';

/** Holes are looked for this often, ms; how often a coin is asked for is the book's business. */
const FILL_MS = 10_000;

/** One-minute bars of Hyperliquid: a connection of their own, for as long as the process runs. */
export function followMinutes(o: {
  /** Where the market is that is shown: not always where orders go. */
  wsUrl: string;
  clock: Clock;
  log: Log;
  /** Hyperliquid's: its pace is that of all market data. */
  source: Pick<MarketSource, 'minutes'> | undefined;
}): { book: MinuteBook; run(coins: readonly string[]): () => Promise<void> } {
  const book = createMinuteBook({
    clock: o.clock,
    log: o.log,
    feed: createHyperliquidMinutes({ wsUrl: o.wsUrl }),
    source: o.source ?? {},
  });
  return {
    book,
    run(coins) {
      book.start(coins);
      const stopFilling = every(
        () => FILL_MS,
        () => book.fill(),
        (e) =>
          o.log.error('loop.failed', {
            what: 'minutes',
            message: e instanceof Error ? e.message : 'unknown',
          }),
      );
      return async () => {
        await Promise.all([stopFilling(), book.stop()]);
      };
    },
  };
}
