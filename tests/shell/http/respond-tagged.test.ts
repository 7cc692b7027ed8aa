import { describe, expect, test } from 'vitest';
import { bars, mapOf, T0, zone } from '../../core/zones/signals/example-map.ts';
import { READ_TOKEN, world } from './world.ts';
import type { World } from './world.ts';

async function withMarket(): Promise<World> {
  const w = await world();
  w.setNow(T0 + 10_000);
  w.bridge.map = mapOf([zone('long', 100, 2_000_000)]);
  w.bridge.coinMarket = {
    map: w.bridge.map,
    candles: bars(900, (i) => 99 + (i % 5) / 5),
    fundingHourlyFraction: null,
    marginTiers: [],
    realised: null,
    ratios: [],
    openInterest: [],
  };
  return w;
}
const again = async (w: World, path: string, etag: string) =>
  w.app.request(path, { headers: { authorization: `Bearer ${READ_TOKEN}`, 'if-none-match': etag } });

describe.each(['/api/v1/zones/BTC', '/api/v1/report/BTC', '/api/v1/heatmap/BTC'])('%s', (path) => {
  test('is 304 without a body to whoever has it, a second later too', async () => {
    const w = await withMarket();
    const first = await w.get(path);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^W\/"[0-9a-f]{32}"$/);
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    w.setNow(T0 + 11_000);
    for (const tag of [etag, `"x", ${etag}`, '*']) {
      const res = await again(w, path, tag);
      expect([res.status, await res.text(), res.headers.get('etag')]).toEqual([304, '', etag]);
      expect(res.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  test('is sent anew when it says something else', async () => {
    const w = await withMarket();
    const etag = (await w.get(path)).headers.get('etag') ?? '';
    const map = mapOf([zone('long', 101, 3_000_000)]);
    const candles = bars(901, (i) => 99 + (i % 7) / 5);
    w.bridge.map = map;
    w.bridge.coinMarket = {
      map,
      candles,
      fundingHourlyFraction: null,
      marginTiers: [],
      realised: null,
      ratios: [],
      openInterest: [],
    };
    const res = await again(w, path, etag);
    expect(res.status).toBe(200);
    expect(res.headers.get('etag')).not.toBe(etag);
  });

  test('needs the token even to hear that nothing changed', async () => {
    const w = await withMarket();
    const res = await w.app.request(path, { headers: { 'if-none-match': '*' } });
    expect(res.status).toBe(401);
  });
});

test('the picture is played once per closed bar', async () => {
  const w = await withMarket();
  const candles = bars(900, (i) => 99 + (i % 5) / 5);
  const map = mapOf([zone('long', 100, 2_000_000)]);
  w.bridge.coinMarket = {
    map,
    candles,
    fundingHourlyFraction: null,
    marginTiers: [],
    realised: null,
    ratios: [],
    openInterest: [],
  };
  const first = await (await w.get('/api/v1/heatmap/BTC')).text();
  const second = await (await w.get('/api/v1/heatmap/BTC')).text();
  expect(second).toBe(first);
  candles.push(...bars(901, (i) => 99 + (i % 5) / 5).slice(900));
  expect(await (await w.get('/api/v1/heatmap/BTC')).text()).not.toBe(first);
});
