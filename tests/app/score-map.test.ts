// The map scores itself, day by day, on a made-up market played at accelerated time: through the flow that hears
// liquidations and the file that keeps them, as a bridge does, over a restart.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createMarketFlow } from '../../src/app/market-flow.ts';
import type { LiquidationListener } from '../../src/app/market-ports.ts';
import type { MarketPast, ScoredDaysStore } from '../../src/app/score-map-port.ts';
import { scoredDaysInMemory } from '../../src/app/score-map-port.ts';
import type { MapScores } from '../../src/app/score-map.ts';
import { createMapScores, SETTLED_AFTER_MS } from '../../src/app/score-map.ts';
import type { Candle } from '../../src/core/shared/candle.ts';
import { maintenanceOf } from '../../src/core/zones/liquidation-px.ts';
import type { HeardSpan, Liquidation } from '../../src/core/zones/realised/types.ts';
import type { ScoredDay } from '../../src/core/zones/score/score-day.ts';
import { mapFingerprint } from '../../src/core/zones/score/score-day-map.ts';
import { openSqliteHistory } from '../../src/shell/market/sqlite-history.ts';
import { storedCandles } from '../../src/shell/market/stored-candles.ts';
import { createSyntheticMarket } from '../../src/venue/market/synthetic-market.ts';
import { SYNTHETIC_COINS } from '../../src/venue/market/synthetic-coins.ts';

const MIN = 60_000;
const HOUR = 60 * MIN;
const DAY = 24 * HOUR;
const BAR = 5 * MIN;
/** Start of a UTC day. */
const D = Math.floor(1_760_140_800_000 / DAY) * DAY;

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const COINS = SYNTHETIC_COINS.filter((c) => c.coin === 'SOL' || c.coin === 'DOGE');
const names = COINS.map((c) => c.coin);
const tiersOf = (_: string, coin: string) =>
  maintenanceOf(COINS.find((c) => c.coin === coin)?.marginTiers ?? []);

function logger() {
  const events: [string, Record<string, unknown> | undefined][] = [];
  const note = (event: string, fields?: Record<string, unknown>) => void events.push([event, fields]);
  return { events, debug: note, info: note, warn: note, error: note };
}

/** A bridge's market side on a file: hears, reads bars, flushes and scores, hour by hour. */
async function bridgeOn(
  path: string,
  market: ReturnType<typeof createSyntheticMarket>,
  at: { nowMs: number },
) {
  const file = openSqliteHistory(path);
  const log = logger();
  const clock = { nowMs: () => at.nowMs, sleep: async () => undefined };
  let on: LiquidationListener | undefined;
  const source = storedCandles(
    {
      venue: 'hyperliquid',
      marks: async () => [],
      candles: async (coin, fromMs, toMs) =>
        market.history(coin, '5m').filter((b) => b.t >= fromMs && b.t < toMs),
    },
    file,
  );
  const flow = createMarketFlow({
    clock,
    log,
    coins: names,
    sources: [source],
    streams: [
      {
        venue: 'hyperliquid',
        start: (listener) => {
          on = listener;
          on.status(true, at.nowMs);
        },
        stop: async () => on?.status(false, at.nowMs),
      },
    ],
    history: file,
  });
  const scores = createMapScores({
    clock,
    log,
    coins: () => names,
    venues: ['hyperliquid'],
    tiersOf,
    past: { bars: file.candles, marks: async () => [], ...file },
    store: file,
    isMadeUp: true,
  });
  await flow.start();
  return {
    scores,
    log,
    async live(hours: number): Promise<void> {
      for (let i = 0; i < hours; i++) {
        // Reports come at the end of each quarter of an hour, in order.
        for (let quarter = 0; quarter < 4; quarter++) {
          const sinceMs = at.nowMs;
          at.nowMs += HOUR / 4;
          market.advanceTo(at.nowMs);
          for (const l of market.liquidations(sinceMs + 1))
            on?.liquidation({
              venue: 'hyperliquid',
              coin: l.coin,
              side: l.side,
              px: l.px,
              sz: l.notionalUsd / l.px,
              notionalUsd: l.notionalUsd,
              timeMs: l.t,
            });
        }
        for (const coin of names) await source.candles(coin, at.nowMs - 5 * DAY, at.nowMs);
        await flow.flush();
        await scores.scoreMissing();
      }
    },
    async stop(): Promise<void> {
      await flow.stop();
      file.close();
    },
  };
}

test('days of a made-up market are scored as they end, and a second start goes on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'accuracy-'));
  folders.push(folder);
  const path = join(folder, 'market.db');
  const at = { nowMs: D + 7 * HOUR };
  const market = createSyntheticMarket({
    seed: 11,
    startMs: at.nowMs,
    coins: COINS,
    historyBars: 6 * 288,
    flushBeforeMs: D + 40 * HOUR,
    flushCoin: 'SOL',
  });

  const first = await bridgeOn(path, market, at);
  expect(first.scores.accuracy()).toMatchObject({
    coins: [],
    all: { '1h': null, '4h': null },
    nextAtMs: D + DAY + SETTLED_AFTER_MS,
    isMadeUp: true,
  });
  await first.live(17);
  expect(first.log.events).toEqual([]); // midnight sharp: the day is not settled
  await first.live(1);
  expect(first.log.events).toEqual([['accuracy.scored', { days: 2 }]]);
  await first.live(24);
  expect(first.log.events).toEqual([
    ['accuracy.scored', { days: 2 }],
    ['accuracy.scored', { days: 2 }],
  ]);
  const before = first.scores.accuracy();
  expect(before.nextAtMs).toBe(D + 3 * DAY + SETTLED_AFTER_MS);
  const kept = await first.scores.days({ sinceMs: 0 });
  expect(kept.map((d) => [d.coin, (d.dayMs - D) / DAY])).toEqual([
    ['DOGE', 1],
    ['SOL', 1],
    ['DOGE', 0],
    ['SOL', 0],
  ]);
  // Seven hours of the first day were before the start; the second was heard whole.
  expect(kept[3]?.heardFraction).toBeCloseTo(17 / 24, 6);
  expect(kept[1]).toMatchObject({ heardFraction: 1, notEnough: null, bars: { day: 288, before: 864 } });
  const sol = before.coins.find((c) => c.coin === 'SOL');
  expect(sol?.latest.map((d) => d.dayMs)).toEqual([D + DAY, D]);
  expect(sol?.windows['1h']?.scores.model.units).toBeGreaterThan(5);
  expect(before.all['1h']?.scores.model.units).toBe(
    before.coins.reduce((n, c) => n + (c.windows['1h']?.scores.model.units ?? 0), 0),
  );
  await first.stop();

  // Off over midnight and until the afternoon.
  at.nowMs += 38 * HOUR;
  market.advanceTo(at.nowMs);
  const second = await bridgeOn(path, market, at);
  await second.live(1);
  expect(second.log.events).toEqual([['accuracy.scored', { days: 2 }]]);
  const after = await second.scores.days({ sinceMs: 0 });
  expect(after.slice(2)).toEqual(kept);
  expect(after[0]).toMatchObject({ dayMs: D + 2 * DAY, windows: {}, notEnough: { code: 'not-heard' } });
  expect(second.scores.accuracy().coins.find((c) => c.coin === 'SOL')).toMatchObject({
    windows: sol?.windows ?? {},
    latest: [{ dayMs: D + 2 * DAY }, { dayMs: D + DAY }, { dayMs: D }],
  });
  await second.stop();
}, 30_000);

describe('what goes wrong', () => {
  const bars: Candle[] = Array.from({ length: 5 * 288 }, (_, i) => {
    const px = 100 + 2 * Math.sin(i / 7);
    return { t: D - 4 * DAY + i * BAR, o: px, h: px + 0.5, l: px - 0.5, c: px, v: 10 };
  });
  const heard: HeardSpan[] = [{ venue: 'okx', fromMs: D, toMs: D + 9 * DAY }];
  const liquidations: Liquidation[] = Array.from({ length: 200 }, (_, i) => ({
    venue: 'okx',
    coin: 'SOL',
    side: i % 2 === 0 ? 'long' : 'short',
    px: 100 + 2.4 * Math.sin(i),
    sz: 1,
    notionalUsd: 100,
    timeMs: D + i * 7 * MIN,
  }));

  function world(over: Partial<MarketPast> = {}, store: ScoredDaysStore = scoredDaysInMemory()) {
    const at = { nowMs: D + DAY + SETTLED_AFTER_MS };
    const log = logger();
    const scores: MapScores = createMapScores({
      clock: { nowMs: () => at.nowMs, sleep: async () => undefined },
      log,
      coins: () => ['SOL'],
      venues: ['hyperliquid', 'okx'],
      tiersOf,
      past: {
        bars: async (venue) => (venue === 'hyperliquid' ? bars : []),
        marks: async () => [],
        liquidations: async () => liquidations,
        spans: async () => heard,
        samples: async () => [],
        ...over,
      },
      store,
      isMadeUp: false,
    });
    return { scores, log, at };
  }
  const newest = (w: { scores: MapScores }): ScoredDay | undefined => w.scores.accuracy().coins[0]?.latest[0];

  test('is logged with its reason, tried again, and stops nothing', async () => {
    const store = scoredDaysInMemory();
    let isBroken = true;
    const w = world(
      {},
      {
        scoredDays: store.scoredDays,
        saveScoredDay: (d) => (isBroken ? Promise.reject(new Error('disk full')) : store.saveScoredDay(d)),
      },
    );
    await w.scores.scoreMissing();
    expect(w.log.events).toEqual([
      ['accuracy.failed', { code: 'score-failed', failures: 1, message: 'disk full' }],
    ]);
    expect(newest(w)).toBeUndefined();
    isBroken = false;
    await w.scores.scoreMissing();
    expect(newest(w)).toMatchObject({ dayMs: D, notEnough: null });
    await w.scores.scoreMissing();
    expect(w.log.events.map(([event]) => event)).toEqual(['accuracy.failed', 'accuracy.scored']);
  });

  test('spans that cannot be read are no silence', async () => {
    const w = world({ spans: () => Promise.reject(new Error('malformed')) });
    await w.scores.scoreMissing();
    expect(w.log.events).toEqual([
      ['accuracy.failed', { code: 'score-failed', failures: 1, message: 'malformed' }],
    ]);
    expect(await w.scores.days({ sinceMs: 0 })).toEqual([]);
  });

  test('bars that are missing are looked for again after an hour, and a score takes the place of none', async () => {
    let kept: Candle[] = [];
    const w = world({ bars: async (venue) => (venue === 'hyperliquid' ? kept : []) });
    await w.scores.scoreMissing();
    expect(newest(w)?.notEnough?.code).toBe('bars-missing');
    expect(w.scores.accuracy().coins[0]?.windows).toEqual({ '1h': null, '4h': null });
    kept = bars;
    w.at.nowMs += 59 * MIN;
    await w.scores.scoreMissing();
    expect(newest(w)?.notEnough?.code).toBe('bars-missing');
    w.at.nowMs += MIN;
    await w.scores.scoreMissing();
    expect(newest(w)?.notEnough).toBeNull();
    expect(await w.scores.days({ sinceMs: 0 })).toHaveLength(1);
  });

  test('a day before anybody listened is no day without a score', async () => {
    const w = world({ spans: async () => [] });
    await w.scores.scoreMissing();
    expect(await w.scores.days({ sinceMs: 0 })).toEqual([]);
    expect(w.log.events).toEqual([]);
  });

  test('days of an earlier map stay, and are not in the means', async () => {
    const store = scoredDaysInMemory();
    const first = world({}, store);
    await first.scores.scoreMissing();
    const [day] = await store.scoredDays({ sinceMs: 0 });
    if (day === undefined) throw new Error('no day');
    expect(day.map).toBe(mapFingerprint());
    await store.saveScoredDay({ ...day, dayMs: D - DAY, map: 'another' });
    const again = world({}, store);
    await again.scores.scoreMissing();
    expect(again.scores.accuracy()).toMatchObject({ map: day.map, all: { '1h': { days: 1 } } });
    expect(again.scores.accuracy().coins[0]?.latest.map((d) => d.map)).toEqual([day.map, 'another']);
  });

  test('nothing is begun after stop', async () => {
    const w = world();
    w.scores.stop();
    await w.scores.scoreMissing();
    expect(await w.scores.days({ sinceMs: 0 })).toEqual([]);
  });
});
