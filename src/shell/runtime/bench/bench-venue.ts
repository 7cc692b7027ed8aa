import { runChild } from './child.ts';
import { atLeast, atMost, type Figure } from './figure.ts';

export const VENUE_FIGURES = [
  'venue-core-orders-per-s',
  'venue-http-orders-per-s',
  'venue-prices-per-s',
  'venue-day-50-coins-s',
  'venue-rss-mb',
];

/**
 * How much the simulated venue carries. Nothing trades on these figures: the floors are a fraction of what one core of
 * a small machine does, low enough to hold on a busy one, high enough to notice work that grows with its history.
 */
export async function benchVenue(o: { isQuick: boolean }): Promise<Figure[]> {
  const child = runChild('src/shell/runtime/bench/venue-load.ts', o.isQuick ? ['quick'] : []);
  try {
    const [, json = '{}'] = await child.until(/result (\{.*\}) /);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- printed by our own script
    const r = JSON.parse(json) as Record<'day' | 'rssMb' | 'prices' | 'core' | 'http', number>;
    return [
      atLeast(
        'venue-core-orders-per-s',
        r.core,
        'orders/s',
        20_000,
        'orders that fill, without wire or signature',
      ),
      atLeast(
        'venue-http-orders-per-s',
        r.http,
        'orders/s',
        100,
        'signed orders that fill, 10 clients in the same process',
      ),
      atLeast(
        'venue-prices-per-s',
        r.prices,
        'prices/s',
        100_000,
        '50 coins, each with a position, a stop and a target',
      ),
      atMost(
        'venue-day-50-coins-s',
        r.day,
        's',
        10,
        'a day of 1 m candles, 7 prices each, guarded positions',
      ),
      atMost('venue-rss-mb', r.rssMb, 'MB', 250, 'the process after that day'),
    ];
  } finally {
    await child.stop();
  }
}
