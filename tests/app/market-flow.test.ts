import { expect, test } from 'vitest';
import type {
  HistoryBatch,
  LiquidationListener,
  LiquidationSource,
  MarketHistory,
} from '../../src/app/market-ports.ts';
import { createMarketFlow } from '../../src/app/market-flow.ts';
import type { MarketSource } from '../../src/app/ports.ts';
import { createSampleSeries } from '../../src/app/sample-series.ts';
import type { Liquidation, VenueName } from '../../src/core/zones/realised/types.ts';

const MIN = 60_000;
const HOUR = 60 * MIN;
const DAY = 24 * HOUR;
const T0 = 1_760_140_800_000;

/** A history in memory that answers as a file would. */
function memory(): MarketHistory & { batches: HistoryBatch[]; isBroken: boolean } {
  const batches: HistoryBatch[] = [];
  const all = <K extends keyof HistoryBatch>(kind: K) =>
    batches.flatMap((b) => [...b[kind]]) as HistoryBatch[K][number][];
  const newest = <T>(list: readonly T[], key: (t: T) => string): T[] => [
    ...new Map(list.map((t) => [key(t), t])).values(),
  ];
  const self = {
    batches,
    isBroken: false,
    liquidations: async (coin: string, since: number) =>
      all('liquidations').filter((l) => l.coin === coin && l.timeMs >= since),
    buckets: async (coin: string, since: number) =>
      newest(all('buckets'), (b) => `${b.coin} ${b.tMs} ${b.side}`)
        .filter((b) => b.coin === coin && b.tMs >= since)
        .sort((a, b) => a.tMs - b.tMs),
    spans: async () => newest(all('spans'), (s) => `${s.venue} ${s.fromMs}`).map((s) => ({ ...s })),
    samples: async (venue: VenueName, coin: string, since: number) =>
      all('samples').filter((s) => s.venue === venue && s.coin === coin && s.tMs >= since),
    ratios: async (coin: string) => all('ratios').filter((r) => r.coin === coin),
    async append(batch: HistoryBatch) {
      if (self.isBroken) throw new Error('disk full');
      batches.push(structuredClone(batch));
    },
    prune: async () => undefined,
  };
  return self;
}

function world(history: MarketHistory | null = null, sources: readonly Partial<MarketSource>[] = [{}]) {
  let nowMs = T0;
  const logged: string[] = [];
  const note = (event: string) => void logged.push(event);
  let listener: LiquidationListener | undefined;
  const stream: LiquidationSource = {
    venue: 'bybit',
    start: (on) => {
      listener = on;
    },
    stop: async () => listener?.status(false, nowMs),
  };
  const flow = createMarketFlow({
    clock: { nowMs: () => nowMs, sleep: async () => undefined },
    log: { debug: note, info: note, warn: note, error: note },
    coins: ['BTC', 'SOL'],
    streams: [stream],
    sources: sources.map((s): MarketSource => ({
      venue: 'hyperliquid',
      candles: async () => [],
      marks: async () => [],
      ...s,
    })),
    history,
  });
  const liquidation = (usd: number, agoMs = 0, side: 'long' | 'short' = 'long'): Liquidation => ({
    venue: 'bybit',
    coin: 'BTC',
    side,
    px: 100,
    sz: usd / 100,
    notionalUsd: usd,
    timeMs: nowMs - agoMs,
  });
  return {
    flow,
    logged,
    liquidation,
    pass: (ms: number) => void (nowMs += ms),
    now: () => nowMs,
    on: (): LiquidationListener => {
      if (listener === undefined) throw new Error('not started');
      return listener;
    },
    mark: (coins: number, funding: number | null = 0.0001, venue: VenueName = 'hyperliquid') =>
      flow.onMarks(
        venue,
        [{ coin: 'BTC', markPx: 100, openInterestUsd: coins * 100, fundingHourlyFraction: funding }],
        nowMs,
      ),
  };
}

test('not listening is not calm: null until a stream is up, then sums of what was heard', async () => {
  const w = world();
  await w.flow.start();
  expect(w.flow.realised('BTC')).toBeNull();
  expect(w.flow.marketWide()).toBeNull();
  expect(w.flow.feeds()).toEqual([
    { venue: 'bybit liquidations', lastOkMs: null, message: 'liquidations: not connected yet' },
  ]);
  w.on().status(true, w.now());
  w.pass(HOUR);
  w.on().liquidation(w.liquidation(300, MIN));
  w.on().liquidation(w.liquidation(100, 2 * MIN, 'short'));
  const hour = w.flow.realised('BTC')?.windows['1h'];
  expect(hour).toMatchObject({ longUsd: 300, shortUsd: 100, heardFraction: 1 });
  expect(w.flow.realised('BTC')?.windows['24h']?.heardFraction).toBeCloseTo(1 / 24, 9);
  expect(w.flow.liquidationsSince('BTC', w.now() - 1.5 * MIN).map((l) => l.notionalUsd)).toEqual([300]);
  expect(w.flow.realised('SOL')?.windows['1h']).toMatchObject({ longUsd: 0, count: 0 });
  // An hour of the day says nothing of the day.
  expect(w.flow.marketWide()).toMatchObject({ usd: 400, longUsd: 300, shortUsd: 100, coins: 2, state: null });
  expect(w.flow.feeds()).toEqual([{ venue: 'bybit liquidations', lastOkMs: w.now(), message: null }]);
});

test('a stream that is down stops the listening at its last sign of life', async () => {
  const w = world();
  await w.flow.start();
  w.on().status(true, w.now());
  w.pass(30 * MIN);
  w.on().problem('liquidations: no sign of life');
  w.on().status(false, w.now() - MIN);
  w.pass(30 * MIN);
  expect(w.flow.realised('BTC')?.windows['1h']?.heardFraction).toBeCloseTo(29 / 60, 9);
  expect(w.flow.realised('BTC')?.windows['15m']).toBeNull();
  expect(w.flow.feeds()[0]?.message).toMatch(/no sign of life/);
  expect(w.logged).toEqual(['feed.stale']);
});

test('a report from the future or from hours ago is not taken', async () => {
  const w = world();
  await w.flow.start();
  w.on().status(true, w.now());
  w.pass(HOUR);
  w.on().liquidation(w.liquidation(1, -2 * MIN));
  w.on().liquidation(w.liquidation(1, 20 * MIN));
  expect(w.flow.realised('BTC')?.windows['1h']?.count).toBe(0);
});

test('open interest and funding are sampled once a minute; zero is a venue that does not tell', () => {
  const w = world();
  w.mark(1_000);
  w.pass(10_000);
  w.mark(1_001);
  w.pass(MIN);
  w.mark(0, null);
  w.pass(MIN);
  w.mark(900);
  expect(w.flow.openInterest('BTC').map((s) => s.coins)).toEqual([1_000, 900]);
  expect(w.flow.funding('BTC')).toHaveLength(2);
  expect(w.flow.openInterest('SOL')).toEqual([]);
});

test('washout since a cascade began: from the high, in coins', () => {
  const w = world();
  w.mark(1_000, 0.0001);
  const sinceMs = w.now() + MIN / 2;
  for (const coins of [1_000, 1_040, 1_000, 988]) {
    w.pass(MIN);
    w.mark(coins, -0.0001);
  }
  const found = w.flow.washout('BTC', 'long', sinceMs);
  expect(found?.dropFraction).toBeCloseTo(0.05, 12);
  expect(found).toMatchObject({ isWashedOut: true, funding: 'flipped', venues: ['hyperliquid'] });
  expect(w.flow.washout('SOL', 'long', sinceMs)).toBeNull();
});

test('a restart goes on where it stopped: sums, samples, and the time nobody listened counts as not heard', async () => {
  const kept = memory();
  const first = world(kept);
  await first.flow.start();
  first.on().status(true, first.now());
  for (let i = 0; i < 60; i++) {
    first.pass(MIN);
    first.mark(1_000 + i);
    first.on().liquidation(first.liquidation(10));
    if (i % 10 === 0) await first.flow.flush();
  }
  await first.flow.stop();
  const [before, oi] = [first.flow.realised('BTC'), first.flow.openInterest('BTC')];
  const second = world(kept);
  second.pass(2 * HOUR);
  await second.flow.start();
  second.on().status(true, second.now());
  second.pass(HOUR);
  expect(second.flow.openInterest('BTC')).toEqual(oi);
  const day = second.flow.realised('BTC')?.windows['24h'];
  expect(day?.longUsd).toBe(before?.windows['24h']?.longUsd);
  expect(day?.heardFraction).toBeCloseTo(2 / 24, 6);
  // Of the last two hours the first was missed, of the last four one more was heard.
  expect(second.flow.realised('BTC')?.windows['4h']?.heardFraction).toBeCloseTo(2 / 4, 6);
});

test('a file that cannot be written or read is said, and nothing else stops', async () => {
  const broken = memory();
  broken.isBroken = true;
  broken.spans = () => Promise.reject(new Error('malformed'));
  const w = world(broken);
  await w.flow.start();
  w.on().status(true, w.now());
  w.mark(1_000);
  await w.flow.flush();
  expect(w.logged).toEqual(['market-history.unreadable', 'market-history.not-written']);
  w.pass(HOUR);
  expect(w.flow.realised('BTC')).not.toBeNull();
});

test('what could not be written is written the next time', async () => {
  const kept = memory();
  const w = world(kept);
  await w.flow.start();
  w.on().status(true, w.now());
  w.on().liquidation(w.liquidation(5));
  kept.isBroken = true;
  await w.flow.flush();
  kept.isBroken = false;
  w.on().liquidation(w.liquidation(7));
  await w.flow.flush();
  await w.flow.flush();
  expect((await kept.liquidations('BTC', 0)).map((l) => l.notionalUsd)).toEqual([5, 7]);
});

test('venues are asked once for each hole, from where it begins, and for ratios newer than the known ones', async () => {
  const asked: string[] = [];
  const binance: Partial<MarketSource> = {
    venue: 'binance',
    supported: async (coins) => coins.filter((c) => c === 'BTC'),
    async openInterestHistory(coin, startMs, endMs) {
      asked.push(`${coin} ${(startMs - T0) / MIN}..${(endMs - T0) / MIN}`);
      return [startMs, startMs + 5 * MIN].map((tMs) => ({ tMs, usd: 50, coins: 0.5 }));
    },
    async accountRatios(coin, startMs) {
      asked.push(`${coin} ratios ${(startMs - T0) / MIN}`);
      return [{ venue: 'binance', tMs: T0, longAccountFraction: 0.6 }];
    },
  };
  const w = world(null, [
    binance,
    { venue: 'okx', accountRatios: () => Promise.reject(new Error('HTTP 451')) },
  ]);
  await w.flow.readVenues();
  expect(asked).toEqual(['BTC -10080..0', 'BTC ratios -2880']);
  expect(w.flow.ratios('BTC')).toEqual([{ venue: 'binance', tMs: T0, longAccountFraction: 0.6 }]);
  expect(w.logged).toEqual(['market-flow.unread']);
  asked.length = 0;
  for (let i = 0; i < 10; i++) {
    w.pass(MIN);
    w.mark(1, null, 'binance');
  }
  await w.flow.readVenues();
  expect(asked).toEqual([`BTC ratios ${1 / MIN}`]);
  asked.length = 0;
  w.pass(HOUR);
  await w.flow.readVenues();
  expect(asked[0]).toBe('BTC 10..70');
});

test('a series is bounded: a minute for a day, five minutes for its length, the oldest gone', () => {
  const series = createSampleSeries(3 * DAY);
  for (let t = T0; t < T0 + 10 * DAY; t += MIN)
    series.push({ tMs: t, openInterestUsd: t, openInterestCoins: null, fundingHourlyFraction: null });
  const newest = T0 + 10 * DAY - MIN;
  const all = series.since(0);
  // What thinning keeps, and what came since it last ran.
  expect(all.length).toBeLessThan(1_440 + 2 * 288 + 2 * 512);
  expect(all[0]?.tMs).toBeGreaterThan(newest - 3 * DAY - 9 * HOUR);
  expect(series.since(newest - DAY)).toHaveLength(1_441);
  expect(series.at(newest + 30_000)?.tMs).toBe(newest);
  expect(series.at(0)).toBeUndefined();
  expect(all.every((s, i) => i === 0 || s.tMs > (all[i - 1]?.tMs ?? 0))).toBe(true);
});
