import { expect, test } from 'vitest';
import * as z from 'zod';
import { bars, mapOf, T0, zone } from '../../core/zones/signals/example-map.ts';
import { refusalOf, world } from './world.ts';

const Answer = z.strictObject({
  coin: z.string(),
  venue: z.string(),
  intervalMs: z.number(),
  t: z.array(z.number()),
  o: z.array(z.number()),
  h: z.array(z.number()),
  l: z.array(z.number()),
  c: z.array(z.number()),
  v: z.array(z.number()),
});

const withBars = async () => {
  const w = await world();
  w.setNow(T0 + 10_000);
  w.bridge.coinMarket = {
    map: mapOf([zone('long', 100, 2_000_000)]),
    candles: bars(900, (i) => 99 + (i % 5) / 5),
    fundingHourlyFraction: null,
    marginTiers: [],
    realised: null,
    ratios: [],
    openInterest: [],
  };
  return w;
};

test.each([
  ['', 300_000, 900],
  ['?interval=60', 3_600_000, 75],
])('bars%s as columns of one length', async (query, intervalMs, count) => {
  const answer = Answer.parse(await (await (await withBars()).get(`/api/v1/candles/BTC${query}`)).json());
  expect(answer).toMatchObject({ coin: 'BTC', intervalMs });
  for (const key of ['t', 'o', 'h', 'l', 'c', 'v'] as const) expect(answer[key]).toHaveLength(count);
  expect(answer.t.every((t, i) => i === 0 || t - (answer.t[i - 1] ?? 0) === intervalMs)).toBe(true);
});

test.each([
  ['/api/v1/candles/NOPE', 404, 'not-found'],
  ['/api/v1/candles/ETH', 503, 'market-stale'],
  ['/api/v1/candles/BTC?interval=7', 400, 'bad-query'],
])('%s without a market: %d %s', async (path, status, code) => {
  const res = await (await world()).get(path);
  expect(res.status).toBe(status);
  expect(await refusalOf(res)).toMatchObject({ code });
});
