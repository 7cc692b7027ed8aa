import { afterEach, expect, test, vi } from 'vitest';
import type { MinuteBook } from '../../src/app/minute-book.ts';
import { createMinuteBook } from '../../src/app/minute-book.ts';
import { createFetchJson } from '../../src/shell/market/fetch-json.ts';
import { createHyperliquidMinutes } from '../../src/shell/market/hyperliquid-minutes.ts';
import { createHyperliquidMarket } from '../../src/shell/market/hyperliquid.ts';
import { serveVenue } from '../../src/venue/serve.ts';
import { createVenue } from '../../src/venue/venue.ts';

const MINUTE = 60_000;
const T0 = 1_760_130_000_000 - (1_760_130_000_000 % MINUTE);

const open: { book: MinuteBook; close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const { book, close } of open.splice(0)) {
    await book.stop();
    await close();
  }
});

test('paper mode: the simulated venue answers for the past and pushes the present, and the book holds it as it was', async () => {
  let nowMs = T0;
  const venue = createVenue({
    nowMs: () => nowMs,
    coins: [
      { coin: 'BTC', szDecimals: 5, maxLeverage: 40 },
      { coin: 'ETH', szDecimals: 4, maxLeverage: 25 },
    ],
  });
  const truth = Array.from({ length: 300 }, (_, i) => {
    const c = 100_000 + 10 * (i % 13);
    return { t: T0 + (i - 290) * MINUTE, o: c, h: c + 5, l: c - 5, c, v: 3 };
  });
  const past = truth.filter((b) => b.t < T0);
  venue.addCandles('BTC', '1m', past);
  venue.addCandles('ETH', '1m', past);
  const server = await serveVenue({ venue, host: '127.0.0.1', port: 0 });
  const clock = { nowMs: () => nowMs, sleep: async () => undefined };
  const silent = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  };
  const fetchJson = createFetchJson({ venue: 'hyperliquid', baseUrl: server.url, ...clock });
  const book = createMinuteBook({
    clock,
    log: silent,
    feed: createHyperliquidMinutes({ wsUrl: server.wsUrl, retryMs: 10 }),
    source: createHyperliquidMarket({ fetchJson, limiter: { take: async () => undefined }, ...clock }),
  });
  open.push({ book, close: () => server.close() });
  book.start(['BTC', 'ETH']);
  await vi.waitFor(() => expect(book.feeds()[0]?.message).toBeNull());
  nowMs = T0 + 2_000;
  await book.fill();
  expect(book.minutes('BTC')).toMatchObject({ fromMs: T0 - 240 * MINUTE, toMs: T0 });
  expect(book.minutes('BTC')?.bars).toEqual(past.slice(-240));

  // Two minutes go by: prices, then the bar as the market closed it, as the built-in market does.
  for (const bar of truth.slice(290, 292)) {
    for (const px of [bar.o, bar.h, bar.l, bar.c]) {
      nowMs += 14_000;
      venue.setPrice('BTC', { markPx: px, atMs: nowMs });
    }
    nowMs = bar.t + MINUTE;
    venue.setPrice('BTC', { markPx: bar.c, atMs: nowMs });
    venue.addCandles('BTC', '1m', [bar]);
    // Pushes are gathered within a turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
  }
  nowMs += 5_000;
  venue.setPrice('BTC', { markPx: 100_000, atMs: nowMs });
  await vi.waitFor(() => expect(book.minutes('BTC')?.toMs).toBe(T0 + 2 * MINUTE));
  expect(book.minutes('BTC')?.bars.slice(-2)).toEqual(truth.slice(290, 292));
  expect(book.minutes('ETH')?.toMs).toBe(T0);
});
