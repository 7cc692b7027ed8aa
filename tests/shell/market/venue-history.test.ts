import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { createBinanceMarket } from '../../../src/shell/market/binance.ts';
import { createBybitMarket } from '../../../src/shell/market/bybit.ts';
import { createFetchJson } from '../../../src/shell/market/fetch-json.ts';
import { createOkxMarket } from '../../../src/shell/market/okx.ts';
import { binanceHistory } from '../../../src/shell/market/venue-history.ts';
import type { Answer, FakeServer } from './fake-server.ts';
import { fakeClock, json, startFakeServer } from './fake-server.ts';

const BAR = 300_000;
const NOW = 1_760_129_700_000;
const limiter = { take: async () => undefined };

const open: FakeServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((s) => s.close()));
});

/** Stamps within [from, to], both ends included, the newest `limit` of them, oldest first. */
const stamps = (from: number, to: number, limit: number): number[] => {
  const all = [];
  for (let t = Math.ceil(from / BAR) * BAR; t <= to; t += BAR) all.push(t);
  return all.slice(-limit);
};
/** Coins held at a moment: something to recognise it by. */
const coinsAt = (t: number): number => 1_000 + ((t / BAR) % 100);

/** All three venues on one server, each with its own names, units, order and limits. */
const venues: Answer = (asked, response) => {
  const q = asked.query;
  const n = (name: string): number => Number(q.get(name));
  const symbol = q.get('symbol');
  const bybit = (list: unknown) =>
    json({ retCode: 0, retMsg: 'OK', result: { symbol, category: 'linear', list } });
  const okx = (data: unknown) => json({ code: '0', msg: '', data });
  if (asked.path === '/futures/data/openInterestHist') {
    const list = stamps(n('startTime'), n('endTime'), Math.min(500, n('limit'))).map((t) => ({
      symbol,
      sumOpenInterest: String(coinsAt(t)),
      sumOpenInterestValue: String(coinsAt(t) * 100),
      timestamp: t,
    }));
    return json(list)(asked, response);
  }
  if (asked.path === '/futures/data/globalLongShortAccountRatio')
    return json(
      stamps(n('startTime'), n('endTime'), 500).map((t) => ({
        symbol,
        longShortRatio: '1.5',
        longAccount: '0.6',
        shortAccount: '0.4',
        timestamp: String(t),
      })),
    )(asked, response);
  if (asked.path === '/v5/market/open-interest')
    return bybit(
      stamps(n('startTime'), n('endTime'), Math.min(200, n('limit')))
        .toReversed()
        .map((t) => ({
          openInterest: String(2 * coinsAt(t)),
          singleOpenInterest: String(coinsAt(t)),
          timestamp: String(t),
        })),
    )(asked, response);
  if (asked.path === '/v5/market/mark-price-kline')
    return bybit(
      stamps(n('start'), n('end'), n('limit'))
        .toReversed()
        .map((t) => [String(t), '50', '51', '49', '50.5']),
    )(asked, response);
  if (asked.path === '/v5/market/account-ratio')
    return bybit(
      stamps(n('startTime'), n('endTime'), 500)
        .toReversed()
        .map((t) => ({ symbol, buyRatio: '0.25', sellRatio: '0.75', timestamp: String(t) })),
    )(asked, response);
  const inside = stamps(n('begin') + 1, n('end') - 1, Math.min(100, n('limit'))).toReversed();
  if (asked.path.endsWith('/open-interest-history'))
    return okx(inside.map((t) => [String(t), '7', String(coinsAt(t)), String(coinsAt(t) * 10)]))(
      asked,
      response,
    );
  if (asked.path.endsWith('/long-short-account-ratio-contract'))
    return okx(inside.map((t) => [String(t), '3']))(asked, response);
  return json({}, 404)(asked, response);
};

async function setup(answer: Answer = venues) {
  const server = await startFakeServer(answer);
  open.push(server);
  const clock = fakeClock(NOW);
  const common = (venue: string) => ({
    fetchJson: createFetchJson({ venue, baseUrl: server.url, ...clock }),
    limiter,
    nowMs: clock.nowMs,
  });
  return {
    server,
    binance: createBinanceMarket({ ...common('binance'), historyLimiter: limiter }),
    bybit: createBybitMarket(common('bybit')),
    okx: createOkxMarket(common('okx')),
  };
}
const steps = (list: readonly { tMs: number }[]): number[] => list.map((s) => (s.tMs - NOW) / BAR);

describe('open interest every five minutes, oldest first, the start in and the end out, page by page', () => {
  test.each([
    // 1,200 stamps: three pages of 500, six of 200 (each with the marks beside it), and of OKX two days by 100.
    ['binance', 1_200, 100, 3],
    ['bybit', 1_200, 50, 12],
    ['okx', 576, 10, 6],
  ] as const)('%s: %d stamps', async (name, count, px, requests) => {
    const w = await setup();
    const list = (await w[name].openInterestHistory?.('BTC', NOW - 1_200 * BAR, NOW)) ?? [];
    expect(steps(list)).toEqual(Array.from({ length: count }, (_, i) => i - count));
    for (const s of list) {
      expect(s.coins).toBe(coinsAt(s.tMs));
      expect(s.usd).toBeCloseTo(s.coins * px, 6);
    }
    expect(w.server.asked).toHaveLength(requests);
  });

  test('OKX counts single PEPE, we count thousands; an older Bybit server counts both sides', async () => {
    const w = await setup();
    const [pepe] = (await w.okx.openInterestHistory?.('kPEPE', NOW - BAR, NOW)) ?? [];
    expect(pepe?.coins).toBeCloseTo(coinsAt(NOW - BAR) / 1_000, 9);
    expect(w.server.asked[0]?.query.get('instId')).toBe('PEPE-USDT-SWAP');
    const both = await setup((asked, response) =>
      asked.path === '/v5/market/open-interest'
        ? json({
            retCode: 0,
            retMsg: 'OK',
            result: { list: [{ openInterest: '10', timestamp: String(NOW - BAR) }] },
          })(asked, response)
        : venues(asked, response),
    );
    expect(await both.bybit.openInterestHistory?.('BTC', NOW - BAR, NOW)).toEqual([
      { tMs: NOW - BAR, coins: 5, usd: 250 },
    ]);
  });

  test('a stamp whose mark the venue does not tell is left out, not guessed', async () => {
    const w = await setup((asked, response) =>
      asked.path === '/v5/market/mark-price-kline'
        ? json({ retCode: 0, retMsg: 'OK', result: { list: [[String(NOW - BAR), '50', '1', '1', '1']] } })(
            asked,
            response,
          )
        : venues(asked, response),
    );
    expect(steps((await w.bybit.openInterestHistory?.('BTC', NOW - 3 * BAR, NOW)) ?? [])).toEqual([-1]);
  });
});

test.each([
  ['binance', 0.6],
  ['bybit', 0.25],
  ['okx', 0.75],
] as const)('accounts that are long on %s: %d', async (name, share) => {
  const w = await setup();
  const list = (await w[name].accountRatios?.('BTC', NOW - 3 * BAR, NOW)) ?? [];
  expect(steps(list)).toEqual([-3, -2, -1]);
  for (const r of list) {
    expect(r.venue).toBe(name);
    expect(r.longAccountFraction).toBeCloseTo(share, 12);
  }
});

describe('answers that are wrong are refused whole', () => {
  const answering =
    (path: string, value: unknown): Answer =>
    (asked, response) =>
      (asked.path === path ? json(value) : venues)(asked, response);

  test.each([
    [
      'of another symbol',
      '/futures/data/openInterestHist',
      [{ symbol: 'ETHUSDT', sumOpenInterest: '1', sumOpenInterestValue: '1', timestamp: NOW - BAR }],
      /another symbol/,
    ],
    [
      'without a number',
      '/futures/data/openInterestHist',
      [{ symbol: 'BTCUSDT', sumOpenInterest: '', sumOpenInterestValue: '1', timestamp: NOW - BAR }],
      /not a decimal/,
    ],
    [
      'twice the same moment',
      '/futures/data/openInterestHist',
      [1, 2].map((v) => ({
        symbol: 'BTCUSDT',
        sumOpenInterest: `${v}`,
        sumOpenInterestValue: '1',
        timestamp: NOW - BAR,
      })),
      /two stamps/,
    ],
  ])('open interest %s', async (_, path, value, says) => {
    const w = await setup(answering(path, value));
    await expect(w.binance.openInterestHistory?.('BTC', NOW - 2 * BAR, NOW)).rejects.toThrow(says);
  });

  test('shares that are no shares', async () => {
    const w = await setup(
      answering('/v5/market/account-ratio', {
        retCode: 0,
        retMsg: 'OK',
        result: { list: [{ buyRatio: '0.9', sellRatio: '0.9', timestamp: String(NOW - BAR) }] },
      }),
    );
    await expect(w.bybit.accountRatios?.('BTC', NOW - 2 * BAR, NOW)).rejects.toThrow(
      /not shares of one whole/,
    );
  });

  test('asked too often: said so, and the venue is left alone for a while', async () => {
    const w = await setup(
      answering('/v5/market/account-ratio', { retCode: 10_006, retMsg: 'Too many visits', result: {} }),
    );
    await expect(w.bybit.accountRatios?.('BTC', NOW - BAR, NOW)).rejects.toMatchObject({
      reason: 'rate-limited',
    });
    await expect(w.bybit.accountRatios?.('BTC', NOW - BAR, NOW)).rejects.toMatchObject({
      reason: 'cooling-down',
    });
    expect(w.server.asked).toHaveLength(1);
  });
});

const SAMPLES = '../shared/data/fixtures/nautilus/binance__http_futures_market_';
const has = existsSync(`${SAMPLES}open_interest_historical.json`);
test.skipIf(!has)(
  `recorded answers of Binance${has ? '' : ' (skipped: ../shared/data is not here)'}`,
  async () => {
    const sample = (name: string) => JSON.parse(readFileSync(`${SAMPLES}${name}.json`, 'utf8')) as unknown;
    const of = (name: string) => binanceHistory(async (_, parse) => parse(sample(name)));
    const [from, to] = [1_583_127_900_000, 1_583_128_200_001];
    expect(await of('open_interest_historical').openInterestHistory('BTC', from, to)).toEqual([
      { tMs: from, usd: expect.closeTo(150_570_784.078, 2), coins: 20_403.637 },
      { tMs: 1_583_128_200_000, usd: expect.closeTo(149_940_752.145, 2), coins: 20_401.367 },
    ]);
    const ratios = await of('global_long_short_account_ratio').accountRatios(
      'BTC',
      1_583_139_600_000,
      1_583_139_900_001,
    );
    expect(ratios.map((r) => Number(r.longAccountFraction.toFixed(4)))).toEqual([0.6622, 0.6618]);
  },
);
