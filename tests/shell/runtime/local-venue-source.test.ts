import { afterEach, expect, test } from 'vitest';
import { localVenueSource } from '../../../src/shell/runtime/market-sources.ts';
import { createVirtualClock } from '../../../src/shell/runtime/virtual-clock.ts';
import { serveVenue } from '../../../src/venue/serve.ts';
import { createVenue } from '../../../src/venue/venue.ts';
import { flushCandles, FLUSH_END_MS } from '../../support/flush-market.ts';

const COINS = ['BTC', 'ETH', 'SOL'];
let close: () => Promise<void>;
afterEach(() => close());

async function open(paceMs: number, after?: Promise<void>) {
  const clock = createVirtualClock(FLUSH_END_MS + 1_000);
  const venue = createVenue({
    nowMs: clock.nowMs,
    coins: COINS.map((coin) => ({ coin, szDecimals: 5, maxLeverage: 40 })),
  });
  for (const coin of COINS) {
    venue.addCandles(coin, '5m', flushCandles());
    venue.setPrice(coin, { markPx: 100 });
  }
  const server = await serveVenue({ venue });
  close = () => server.close();
  const source = localVenueSource(server.url, clock, paceMs, after);
  const read = COINS.map((coin) => source.candles(coin, FLUSH_END_MS - 3_600_000, FLUSH_END_MS));
  return { clock, venue, source, read };
}

test('paced, the first history is asked for at once and each other one a step later', async () => {
  const { clock, venue, read } = await open(40);
  for (const [n, bars] of read.entries()) {
    expect((await bars).length).toBeGreaterThan(10);
    expect(venue.stats().infoRequests).toBe(n + 1);
    await clock.advanceTo(clock.nowMs() + 40);
  }
});

test('unpaced, all are asked for at once, whatever the clock does', async () => {
  const { venue, read } = await open(0);
  for (const bars of read) expect((await bars).length).toBeGreaterThan(10);
  expect(venue.stats().infoRequests).toBe(COINS.length);
});

test('one history and all marks are there before the others may be asked for', async () => {
  const recovered = Promise.withResolvers<void>();
  const { clock, venue, source, read } = await open(40, recovered.promise);
  expect((await read[0])?.length).toBeGreaterThan(10);
  await clock.advanceTo(clock.nowMs() + 10_000);
  expect((await source.marks(COINS)).length).toBe(COINS.length);
  expect(venue.stats().infoRequests).toBe(2);
  recovered.resolve();
  expect((await read[1])?.length).toBeGreaterThan(10);
  await clock.advanceTo(clock.nowMs() + 40);
  expect((await read[2])?.length).toBeGreaterThan(10);
});
