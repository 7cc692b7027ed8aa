import { expect, test } from 'vitest';
import type { MarketSource } from '../../../src/app/ports.ts';
import type { CoinMeta } from '../../../src/core/shared/coin.ts';
import type { Liquidation } from '../../../src/core/zones/realised/types.ts';
import { openSqliteHistory } from '../../../src/shell/market/sqlite-history.ts';
import { storedCandles } from '../../../src/shell/market/stored-candles.ts';
import { scoreKeptMarket } from '../../../src/shell/runtime/score-kept-market.ts';
import { syntheticHistory } from '../../../src/shell/runtime/synthetic-liquidations.ts';
import { createSyntheticMarket } from '../../../src/venue/market/synthetic-market.ts';
import { SYNTHETIC_COINS } from '../../../src/venue/market/synthetic-coins.ts';

const DAY = 86_400_000;
/** Start of a UTC day; the day before it is the one that is scored. */
const D = Math.floor(1_760_140_800_000 / DAY) * DAY;
const NOW_MS = D + 1_200_000;

const SOL = SYNTHETIC_COINS.filter((c) => c.coin === 'SOL');
const market = createSyntheticMarket({ seed: 11, startMs: D, coins: SOL, historyBars: 7 * 288 });
const bars = (scale = 1) =>
  market
    .history('SOL', '5m')
    .map((b) => ({ ...b, o: b.o * scale, h: b.h * scale, l: b.l * scale, c: b.c * scale }));
const source = (venue: MarketSource['venue'], scale = 1): MarketSource => ({
  venue,
  marks: async () => [],
  candles: async (coin, fromMs, toMs) =>
    coin === 'SOL' ? bars(scale).filter((b) => b.t >= fromMs && b.t < toMs) : [],
});
const clock = { nowMs: () => NOW_MS, sleep: async () => undefined };
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const meta = new Map<string, CoinMeta>([
  [
    'SOL',
    {
      coin: 'SOL',
      assetId: 5,
      szDecimals: 2,
      maxLeverage: 20,
      marginTiers: SOL[0]?.marginTiers.map((t) => ({ ...t })) ?? [],
      onlyIsolated: false,
      isDelisted: false,
    },
  ],
]);

test('a kept market: the bars, marks, samples and liquidations of the file, of all venues that have them', async () => {
  const file = openSqliteHistory(':memory:');
  const others = { ...source('binance', 1.001), markCandles: source('binance', 1.0005).candles };
  for (const s of [source('hyperliquid'), others].map((venue) => storedCandles(venue, file))) {
    await s.candles('SOL', D - 7 * DAY, D);
    await s.markCandles?.('SOL', D - 7 * DAY, D);
  }
  const liquidations = market.liquidations(D - DAY).map((l): Liquidation => ({
    venue: 'binance',
    coin: l.coin,
    side: l.side,
    px: l.px * 1.001,
    sz: 1,
    notionalUsd: l.notionalUsd,
    timeMs: l.t,
  }));
  const spans = [{ venue: 'binance' as const, fromMs: D - DAY, toMs: NOW_MS }];
  const samples = (['hyperliquid', 'binance'] as const).flatMap((venue, i) =>
    Array.from({ length: 288 }, (_, k) => ({
      venue,
      coin: 'SOL',
      tMs: D - DAY + k * 300_000,
      openInterestUsd: 1e6 * (i + 1),
      openInterestCoins: 1e4 * (i + 1),
      fundingHourlyFraction: null,
    })),
  );
  await file.append({ liquidations, buckets: [], spans, samples, ratios: [] });
  const scores = scoreKeptMarket({
    sources: [source('hyperliquid'), others],
    file,
    meta: () => meta,
    clock,
    log: silent,
  });
  await scores?.scoreMissing();
  const [day, ...rest] = await file.scoredDays({ sinceMs: 0 });
  expect(rest).toEqual([]); // the days before were not listened to, and no other coin is listed
  expect(day).toMatchObject({
    coin: 'SOL',
    dayMs: D - DAY,
    heardFraction: 1,
    venues: ['hyperliquid', 'binance'],
    notEnough: null,
    liquidations: liquidations.length,
  });
  expect(day?.windows['1h']?.model.units).toBeGreaterThan(0);
  expect(scores?.accuracy()).toMatchObject({ isMadeUp: false, coins: [{ coin: 'SOL' }] });
  file.close();
});

test('a made-up market: what it remembers of itself, named as such and kept nowhere', async () => {
  const scores = scoreKeptMarket({
    sources: [source('hyperliquid')],
    file: null,
    made: syntheticHistory(() => market),
    meta: () => meta,
    clock,
    log: silent,
  });
  await scores?.scoreMissing();
  expect(scores?.accuracy().isMadeUp).toBe(true);
  const days = await scores?.days({ sinceMs: 0 });
  // It lived through a week; three days of bars come before the first that can be scored.
  expect(days?.map((d) => (D - d.dayMs) / DAY)).toEqual([1, 2, 3, 4]);
  expect(days?.every((d) => d.notEnough?.code !== 'bars-missing' && d.notEnough?.code !== 'not-heard')).toBe(
    true,
  );
});

test('where nothing is kept nobody scores', () => {
  expect(
    scoreKeptMarket({ sources: [source('hyperliquid')], file: null, meta: () => meta, clock, log: silent }),
  ).toBeNull();
});
