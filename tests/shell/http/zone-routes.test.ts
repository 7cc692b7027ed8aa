import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { MarketAnswer } from '../../../src/shell/http/market-routes.ts';
import { CoinReport, Heatmap, Signals } from '../../../src/shell/http/zone-schemas.ts';
import { bars, mapOf, T0, zone } from '../../core/zones/signals/example-map.ts';
import { OPERATE_TOKEN, refusalOf, world } from './world.ts';
import type { World } from './world.ts';

async function withMarket(): Promise<World> {
  const w = await world();
  w.setNow(T0 + 10_000);
  w.bridge.coinMarket = {
    map: mapOf([zone('long', 100, 2_000_000), zone('short', 150, 1_000_000)]),
    candles: bars(900, (i) => 99 + (i % 5) / 5),
    fundingHourlyFraction: 0.0000125,
    marginTiers: [{ lowerBoundUsd: 0, maxLeverage: 40 }],
    realised: null,
    ratios: [],
    openInterest: [],
  };
  return w;
}

describe('GET /api/v1/report/{coin}', () => {
  test('answers what its schema says, from the map and the health of its sources', async () => {
    const w = await withMarket();
    const res = await w.get('/api/v1/report/BTC');
    expect(res.status).toBe(200);
    const report = z.strictObject(CoinReport.shape).parse(await res.json());
    expect(report).toMatchObject({
      coin: 'BTC',
      dataSource: 'synthetic (seed 7)',
      atMs: T0 + 10_000,
      accuracy: null,
    });
    expect(report.keyLevels.length).toBe(2);
    expect(report.sources.map((s) => s.venue)).toEqual(['hyperliquid', 'binance']);
  });

  test('as Markdown', async () => {
    const res = await (await withMarket()).get('/api/v1/report/BTC?format=markdown');
    expect(res.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(await res.text()).toMatch(/^# BTC liquidation report, 2025-10-10 00:00 UTC\n/);
  });

  test.each([
    ['/api/v1/report/NOPE', 404, 'not-found'],
    ['/api/v1/report/ETH', 503, 'zones-missing'],
    ['/api/v1/report/ETH?format=pdf', 400, 'bad-query'],
    ['/api/v1/report/ETH?coin=BTC', 400, 'bad-query'],
  ])('%s without a map: %d %s', async (path, status, code) => {
    const res = await (await world()).get(path);
    expect(res.status).toBe(status);
    expect(await refusalOf(res)).toMatchObject({ code });
  });
});

describe('GET /api/v1/signals', () => {
  test('every coin with a map, on both timeframes, and what is not known', async () => {
    const res = await (await withMarket()).get('/api/v1/signals');
    const { items, notAvailable } = z.strictObject(Signals.shape).parse(await res.json());
    expect(items.length).toBe(18);
    expect(items[0]?.timeframes.map((f) => f.timeframe)).toEqual(['5m', '1h']);
    expect(notAvailable.length).toBeGreaterThan(0);
  });

  test('one coin; none while its map is not built; 404 for one that is not traded here', async () => {
    const one = Signals.parse(await (await (await withMarket()).get('/api/v1/signals?coin=ETH')).json());
    expect(one.items.length).toBe(1);
    const w = await world();
    expect(Signals.parse(await (await w.get('/api/v1/signals?coin=ETH')).json()).items).toEqual([]);
    expect((await w.get('/api/v1/signals?coin=NOPE')).status).toBe(404);
    expect((await w.get('/api/v1/signals?limit=5')).status).toBe(400);
  });
});

describe('GET /api/v1/market', () => {
  const ask = async (w: World) =>
    z.strictObject(MarketAnswer.shape).parse(await (await w.get('/api/v1/market')).json());

  test('every coin in a line, as its signals say', async () => {
    const w = await withMarket();
    const now = await ask(w);
    const signals = Signals.parse(await (await w.get('/api/v1/signals')).json());
    expect(now.coins.map((c) => c.confidence)).toEqual(signals.items.map((i) => i.confidence));
    expect(now).toMatchObject({ atMs: T0 + 10_000, missing: [], running: { long: 0, short: 0 } });
    expect(now.coins[0]?.timeframes).toEqual(
      signals.items[0]?.timeframes.map(({ timeframe, direction, bias }) => ({ timeframe, direction, bias })),
    );
    // A page asks every few seconds: the cards are more than ten times as much.
    expect(JSON.stringify(now.coins).length).toBeLessThan(JSON.stringify(signals.items).length / 10);
  });

  test('a coin without a map is missing, not quiet', async () => {
    const now = await ask(await world());
    expect(now.coins).toEqual([]);
    expect(now.missing).toHaveLength(18);
    expect(now.marketWide).toBeNull();
  });
});

describe('GET /api/v1/heatmap/{coin}', () => {
  test('answers what its schema says, with a cell for every column and row', async () => {
    const res = await (await withMarket()).get('/api/v1/heatmap/BTC');
    const map = z.strictObject(Heatmap.shape).parse(await res.json());
    expect(map).toMatchObject({ coin: 'BTC', venue: 'hyperliquid', bars: 900 });
    expect(map.cells.length).toBe(map.times.length * map.prices.length);
    expect(map.times.at(-1)).toBe(T0);
  });

  test('without bars or a map it is not ready; an unknown coin is not found', async () => {
    const w = await withMarket();
    if (w.bridge.coinMarket !== null) w.bridge.coinMarket = { ...w.bridge.coinMarket, candles: [] };
    const empty = await w.get('/api/v1/heatmap/BTC');
    expect(empty.status).toBe(503);
    expect(await refusalOf(empty)).toMatchObject({ code: 'market-stale' });
    expect((await (await world()).get('/api/v1/heatmap/BTC')).status).toBe(503);
    expect((await (await world()).get('/api/v1/heatmap/NOPE')).status).toBe(404);
  });
});

test.each(['/api/v1/report/BTC', '/api/v1/signals', '/api/v1/heatmap/BTC', '/api/v1/market'])(
  '%s needs the read token',
  async (path) => {
    const w = await withMarket();
    for (const token of [null, 'wrong', OPERATE_TOKEN]) expect((await w.get(path, token)).status).toBe(401);
  },
);
