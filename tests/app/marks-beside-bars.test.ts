import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MarketBook } from '../../src/app/market-book.ts';
import { createMarketBook } from '../../src/app/market-book.ts';
import type { Clock, MarketSource } from '../../src/app/ports.ts';
import type { Candle } from '../../src/core/shared/candle.ts';
import { every } from '../../src/shell/runtime/every.ts';

const BAR_MS = 300_000;
const POLL_MS = 10_000;
/** Twenty seconds before all bars close at once. */
const START_MS = 1_760_129_700_000 - 20_000;
const VENUES = ['hyperliquid', 'binance', 'bybit'] as const;
const COINS = ['BTC', 'ETH', 'SOL'];
type Venue = (typeof VENUES)[number];

const pxAt = (coin: string, t: number): number =>
  100 *
  (1 + COINS.indexOf(coin)) *
  (1 + 0.03 * Math.sin(t / BAR_MS / 40) + 0.008 * Math.sin(t / BAR_MS / 7) + 0.001 * Math.sin(t / 20_000));
const barAt = (coin: string, t: number): Candle => {
  const [o, c] = [pxAt(coin, t), pxAt(coin, t + BAR_MS)];
  return { t, o, c, h: Math.max(o, c) * 1.002, l: Math.min(o, c) * 0.998, v: 1_000 };
};

interface Pace {
  /** How long the next answer to a question about bars takes, ms. */
  barsMs(venue: Venue, coin: string): number;
  marksMs(venue: Venue): number;
}
const AT_ONCE: Pace = { barsMs: () => 0, marksMs: () => 0 };

interface HandClock extends Clock {
  /** Moves to `ms`, never back; all that can go on does, before time moves and after every sleep that ends. */
  advanceTo(ms: number): Promise<void>;
}

/** Time passes by waits alone: a turn of the event loop takes none. */
function handClock(): HandClock {
  let nowMs = START_MS;
  const sleepers: { atMs: number; wake: () => void }[] = [];
  const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
  return {
    nowMs: () => nowMs,
    sleep: (ms) =>
      ms <= 0
        ? Promise.resolve()
        : new Promise((wake) => {
            sleepers.push({ atMs: nowMs + ms, wake });
            sleepers.sort((a, b) => a.atMs - b.atMs);
          }),
    async advanceTo(ms) {
      await settle();
      for (let next = sleepers[0]; next !== undefined && next.atMs <= ms; next = sleepers[0]) {
        sleepers.shift();
        nowMs = next.atMs;
        next.wake();
        await settle();
      }
      nowMs = ms;
    },
  };
}

/** Venues that answer when they like, on a clock moved by hand. */
function world(pace: Pace) {
  const clock = handClock();
  const at = { ...pace };
  const under = new Map<string, number>();
  /** The most questions about one coin's bars that one venue had to answer at the same time. */
  const seen = { atOnce: 0 };
  const down = new Set<Venue>();
  const source = (venue: Venue): MarketSource => ({
    venue,
    async marks(coins) {
      await clock.sleep(at.marksMs(venue));
      if (down.has(venue)) throw new Error('no connection');
      return coins.map((coin) => ({
        coin,
        markPx: pxAt(coin, clock.nowMs()),
        openInterestUsd: 1e6,
        fundingHourlyFraction: 0,
      }));
    },
    async candles(coin, startMs, endMs) {
      const key = `${venue} ${coin}`;
      under.set(key, (under.get(key) ?? 0) + 1);
      seen.atOnce = Math.max(seen.atOnce, under.get(key) ?? 0);
      await clock.sleep(at.barsMs(venue, coin));
      under.set(key, (under.get(key) ?? 0) - 1);
      const out: Candle[] = [];
      for (let t = Math.ceil(startMs / BAR_MS) * BAR_MS; t < endMs; t += BAR_MS) out.push(barAt(coin, t));
      return out;
    },
  });
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const book = createMarketBook({
    clock,
    log: silent,
    sources: VENUES.map(source),
    coins: COINS,
    meta: () => new Map(),
    backfillBars: 100,
  });
  return { at, book, clock, down, seen };
}

/** A reading on a clock that has to be moved for it to end. @returns how long it took, ms */
async function refreshed(
  w: { book: MarketBook; clock: HandClock },
  ...how: Parameters<MarketBook['refresh']>
): Promise<number> {
  const startedMs = w.clock.nowMs();
  const end = { atMs: Number.NaN };
  void w.book.refresh(...how).then(() => (end.atMs = w.clock.nowMs()));
  await w.clock.advanceTo(startedMs);
  for (let i = 0; Number.isNaN(end.atMs) && i < 1_000; i++) await w.clock.advanceTo(w.clock.nowMs() + 100);
  return end.atMs - startedMs;
}

const zonesOf = (book: MarketBook) => COINS.map((coin) => book.zones(coin)?.estimated ?? null);
const message = (book: MarketBook, venue: Venue) =>
  book.feeds().find((f) => f.venue === venue)?.message ?? null;

describe('marks do not wait for bars', () => {
  test.each([
    ['25 s', 25_000, 2],
    ['two minutes', 120_000, 1],
    ['for ever', 1e9, 0],
  ])('bars of all venues that take %s: no mark gets 12 s old meanwhile', async (_, barsMs, barsTaken) => {
    const w = world({ barsMs: () => 0, marksMs: () => 400 });
    await refreshed(w);
    const newestT = w.book.candles('BTC').at(-1)?.t ?? 0;
    w.at.barsMs = () => barsMs;
    const timers = {
      nowMs: w.clock.nowMs,
      after(ms: number, run: () => void) {
        let isOn = true;
        void w.clock.sleep(ms).then(() => isOn && run());
        return () => void (isOn = false);
      },
    };
    const stop = every(
      () => POLL_MS,
      () => w.book.refresh(),
      (e) => {
        throw e;
      },
      timers,
    );
    let oldestMs = 0;
    for (let s = 0; s < 400; s++) {
      await w.clock.advanceTo(w.clock.nowMs() + 1_000);
      for (const coin of COINS)
        oldestMs = Math.max(oldestMs, w.clock.nowMs() - (w.book.mark(coin)?.markAtMs ?? 0));
    }
    void stop();
    expect(oldestMs).toBeLessThan(12_000);
    expect(oldestMs).toBeGreaterThan(8_000);
    expect(w.seen.atOnce).toBe(1);
    // The bars of all coins closed after 20 s and after 320 s of these 400.
    expect(w.book.candles('BTC').at(-1)?.t).toBe(newestT + barsTaken * BAR_MS);
  });

  test('another venue’s bars do not hold up its marks either: it stays in the map', async () => {
    const w = world(AT_ONCE);
    await refreshed(w);
    w.at.barsMs = (venue) => (venue === 'bybit' ? 200_000 : 0);
    for (let s = 0; s < 180; s += 10) {
      await refreshed(w);
      await w.clock.advanceTo(START_MS + (s + 10) * 1_000);
      expect(w.book.zones('BTC')?.estimated.leftOut).toEqual([]);
    }
  });
});

describe('a reading waits', () => {
  test('for bars that come soon', async () => {
    const w = world({ barsMs: () => 3_000, marksMs: () => 500 });
    expect(await refreshed(w)).toBeLessThan(4_000);
    expect(zonesOf(w.book).every((z) => z?.sources.length === VENUES.length)).toBe(true);
  });

  test.each([[5_000, undefined] as const, [20_000, 20_000] as const])(
    'no longer than %d ms for those that do not; they are taken when they come',
    async (tookMs, barsWaitMs) => {
      const w = world({ barsMs: (venue) => (venue === 'hyperliquid' ? 60_000 : 500), marksMs: () => 500 });
      const args: Parameters<MarketBook['refresh']> = barsWaitMs === undefined ? [] : [COINS, barsWaitMs];
      expect(await refreshed(w, ...args)).toBeLessThanOrEqual(tookMs + 200);
      expect(w.book.zones('BTC')?.estimated.sources.map((s) => s.venue)).toEqual(['binance', 'bybit']);
      await w.clock.advanceTo(START_MS + 61_000);
      expect(w.book.zones('BTC')?.estimated.sources).toHaveLength(VENUES.length);
    },
  );

  test('for all bars where it is told to, while another reading brings younger marks', async () => {
    const w = world({ barsMs: () => 60_000, marksMs: () => 500 });
    const whole = refreshed(w, COINS, Number.POSITIVE_INFINITY);
    await w.clock.advanceTo(START_MS + 30_000);
    void w.book.refresh();
    await w.clock.advanceTo(START_MS + 31_000);
    expect(w.book.mark('BTC')?.markAtMs).toBe(START_MS + 30_500);
    expect(await whole).toBeGreaterThanOrEqual(60_500);
    expect(w.seen.atOnce).toBe(1);
    expect(w.book.zoneMap('BTC')?.sources.some((s) => s.venue === 'hyperliquid')).toBe(true);
  });

  test('no longer than five seconds for other venues, whatever it waits for bars', async () => {
    const w = world({
      barsMs: (venue) => (venue === 'hyperliquid' ? 500 : 60_000),
      marksMs: (venue) => (venue === 'bybit' ? 60_000 : 500),
    });
    expect(await refreshed(w, COINS, 20_000)).toBeLessThanOrEqual(5_200);
    expect(w.book.zoneMap('BTC')?.sources.map((s) => s.venue)).toEqual(['hyperliquid']);
  });

  test('for Hyperliquid’s marks as long as they take: without them it knows nothing', async () => {
    const w = world({ barsMs: () => 0, marksMs: (venue) => (venue === 'hyperliquid' ? 8_000 : 0) });
    expect(await refreshed(w)).toBeGreaterThanOrEqual(8_000);
    expect(w.book.mark('BTC')?.markAtMs).toBe(START_MS + 8_000);
  });

  test('for the bars of the coins it was asked about, though another reading has asked for them', async () => {
    const w = world({ barsMs: (_, coin) => (coin === 'SOL' ? 60_000 : 3_000), marksMs: () => 0 });
    void w.book.refresh();
    await w.clock.advanceTo(START_MS + 1_000);
    expect(await refreshed(w, ['BTC'], 20_000)).toBeLessThanOrEqual(2_200);
    expect(w.book.zoneMap('BTC')?.sources).toHaveLength(VENUES.length);
    expect(w.seen.atOnce).toBe(1);
  });
});

describe('what goes wrong while bars are on their way', () => {
  test('marks that cannot be read are said at once, and bars that come then do not take it back', async () => {
    const w = world(AT_ONCE);
    await refreshed(w);
    w.at.barsMs = () => 25_000;
    await w.clock.advanceTo(START_MS + 25_000);
    await refreshed(w);
    w.down.add('binance');
    await refreshed(w);
    expect(message(w.book, 'binance')).toBe('no connection');
    const okMs = w.book.feeds().find((f) => f.venue === 'binance')?.lastOkMs;
    await w.clock.advanceTo(START_MS + 60_000);
    expect(message(w.book, 'binance')).toBe('no connection');
    expect(w.book.feeds().find((f) => f.venue === 'binance')?.lastOkMs).toBe(okMs);
    w.down.delete('binance');
    await refreshed(w);
    expect(message(w.book, 'binance')).toBeNull();
  });
});

test('whatever the pace of bars and readings, zones are those of venues that answer at once', async () => {
  const delayMs = fc.constantFrom(0, 0, 700, 4_000, 9_000, 25_000, 70_000, 400_000);
  await fc.assert(
    fc.asyncProperty(
      fc.array(delayMs, { minLength: 1, maxLength: 40 }),
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 25 }),
      async (delays, pausesS) => {
        let asked = 0;
        const slow = world({ ...AT_ONCE, barsMs: () => delays[asked++ % delays.length] ?? 0 });
        const quick = world(AT_ONCE);
        for (const pause of pausesS) {
          void slow.book.refresh();
          await slow.clock.advanceTo(slow.clock.nowMs() + pause * 1_000);
          await quick.book.refresh();
          await quick.clock.advanceTo(slow.clock.nowMs());
        }
        slow.at.barsMs = () => 0;
        // What is on its way arrives; then both read once more.
        await slow.clock.advanceTo(slow.clock.nowMs() + 400_000);
        await quick.clock.advanceTo(slow.clock.nowMs());
        await slow.book.refresh();
        await quick.book.refresh();
        expect(slow.seen.atOnce).toBe(1);
        expect(zonesOf(slow.book)).toEqual(zonesOf(quick.book));
        for (const coin of COINS) expect(slow.book.candles(coin)).toEqual(quick.book.candles(coin));
      },
    ),
    { numRuns: 20 },
  );
});
