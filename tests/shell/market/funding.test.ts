import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { parseBinanceIntervals, parseBinanceMarks } from '../../../src/shell/market/binance-parse.ts';
import { createBinanceMarket } from '../../../src/shell/market/binance.ts';
import { createBybitMarket } from '../../../src/shell/market/bybit.ts';
import { createFetchJson } from '../../../src/shell/market/fetch-json.ts';
import {
  binanceFunding,
  bybitFunding,
  okxFunding,
  perHour,
} from '../../../src/shell/market/funding-history.ts';
import { parseHyperliquidFunding } from '../../../src/shell/market/hyperliquid-parse.ts';
import { createHyperliquidMarket } from '../../../src/shell/market/hyperliquid.ts';
import { parseOkxFunding } from '../../../src/shell/market/okx-parse.ts';
import { createOkxMarket } from '../../../src/shell/market/okx.ts';
import type { Ask } from '../../../src/shell/market/venue-history.ts';
import type { Answer, FakeServer } from './fake-server.ts';
import { fakeClock, json, startFakeServer } from './fake-server.ts';

const HOUR = 3_600_000;
/** 2025-10-10 16:00 UTC: everybody pays. */
const T = 1_760_112_000_000;
const NOW = T + 20 * 60_000;

const open: FakeServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((s) => s.close()));
});
async function serve(answer: Answer) {
  const server = await startFakeServer(answer);
  open.push(server);
  const clock = fakeClock(NOW);
  const taken: number[] = [];
  const limiter = { take: async (weight: number) => void taken.push(weight) };
  const fetchJson = createFetchJson({ venue: 'test', baseUrl: server.url, ...clock });
  return { server, taken, clock, deps: { fetchJson, limiter, historyLimiter: limiter, nowMs: clock.nowMs } };
}

describe('a rate per hour from payments', () => {
  const paid = (hours: number[], rate = 0.0008) => hours.map((h) => ({ tMs: T + h * HOUR, rate }));
  const hourly = (hours: number[], startMs = T - 100 * HOUR) =>
    perHour(paid(hours), startMs, 'test').map((s) => [(s.tMs - T) / HOUR, s.hourlyFraction]);

  test('each is for the time since the one before: 8 h, then 4 h, then 1 h', () => {
    expect(hourly([0, 8, 12, 13])).toEqual([
      [8, 0.0001],
      [12, 0.0002],
      [13, 0.0008],
    ]);
  });

  test('in any order; one that nothing comes before, or a hole, is for nobody knows how long', () => {
    expect(hourly([16, 0, 8])).toEqual([
      [8, 0.0001],
      [16, 0.0001],
    ]);
    expect(hourly([0, 24, 32])).toEqual([[32, 0.0001]]);
    expect(hourly([0, 3])).toEqual([]);
    expect(hourly([0])).toEqual([]);
  });

  test('what came before the start only tells the length', () => {
    expect(hourly([0, 8, 16], T + 9 * HOUR)).toEqual([[16, 0.0001]]);
  });

  test('stamps a few ms late are of the hour; a rate of more than 4 % an hour is none', () => {
    const late = [
      { tMs: T + 3, rate: 0.0008 },
      { tMs: T + 8 * HOUR + 12, rate: 0.0008 },
    ];
    expect(perHour(late, T, 'test')).toEqual([{ tMs: T + 8 * HOUR + 12, hourlyFraction: 0.0001 }]);
    expect(() => perHour(paid([0, 8], 0.33), T, 'test')).toThrow('no funding rate');
    expect(perHour(paid([0, 8], 0.31), T, 'test')).toHaveLength(1);
  });

  test('what was paid in all is what the hours add up to, whatever the intervals', () => {
    const interval = fc.constantFrom(1, 2, 4, 8);
    const rate = fc.double({ min: -0.01, max: 0.01, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(interval, rate), { minLength: 1, maxLength: 30 }), (steps) => {
        let tMs = T;
        const payments = [{ tMs, rate: 0 }];
        for (const [hours, r] of steps) payments.push({ tMs: (tMs += hours * HOUR), rate: r });
        const found = perHour(payments, T, 'test');
        expect(found.length).toBe(steps.length);
        const total = found.reduce((sum, s, i) => sum + s.hourlyFraction * (steps[i]?.[0] ?? 0), 0);
        expect(total).toBeCloseTo(
          steps.reduce((sum, [, r]) => sum + r, 0),
          12,
        );
      }),
    );
  });
});

describe('Binance: the running rate per hour', () => {
  const premium = (symbol: string, lastFundingRate: string, nextFundingTime: number) => ({
    symbol,
    markPrice: '100.0',
    lastFundingRate,
    nextFundingTime,
    time: NOW,
  });
  const setup = (fundingInfo: Answer, premiums: unknown[]) =>
    serve((asked, response) => {
      if (asked.path === '/fapi/v1/fundingInfo') return fundingInfo(asked, response);
      if (asked.path === '/fapi/v1/premiumIndex') return json(premiums)(asked, response);
      return json({ symbol: asked.query.get('symbol'), openInterest: '1' })(asked, response);
    });
  const four = { symbol: 'ENAUSDT', fundingIntervalHours: 4, adjustedFundingRateCap: '0.02' };
  const rates = async (market: ReturnType<typeof createBinanceMarket>, coins: string[]) =>
    (await market.marks(coins)).map((m) => m.fundingHourlyFraction);

  test('listed intervals count, all others are eight hours; a contract that expires pays none', async () => {
    const { deps, server } = await setup(json([four]), [
      premium('BTCUSDT', '0.00080000', T + 8 * HOUR),
      premium('ENAUSDT', '-0.00080000', T + 4 * HOUR),
      premium('OLDUSDT', '', 0),
    ]);
    const market = createBinanceMarket(deps);
    await vi.waitFor(async () =>
      expect(await rates(market, ['BTC', 'ENA', 'OLD'])).toEqual([0.0001, -0.0002, null]),
    );
    expect(server.asked.filter((a) => a.path === '/fapi/v1/fundingInfo').length).toBe(1);
  });

  test('a next payment farther ahead than the interval: that is not its interval', async () => {
    const { deps } = await setup(json([four]), [
      premium('BTCUSDT', '0.0008', T + 8 * HOUR),
      premium('ENAUSDT', '0.0008', T + 8 * HOUR),
    ]);
    const market = createBinanceMarket(deps);
    await vi.waitFor(async () => expect(await rates(market, ['BTC', 'ENA'])).toEqual([0.0001, null]));
  });

  test('intervals that cannot be read are unknown, not eight hours; asked again after five minutes, marks go on', async () => {
    let isWell = false;
    const info: Answer = (asked, response) => (isWell ? json([]) : json({ code: -1 }, 400))(asked, response);
    const { deps, server, clock } = await setup(info, [premium('BTCUSDT', '0.0008', T + 8 * HOUR)]);
    const market = createBinanceMarket(deps);
    const asked = () => server.asked.filter((a) => a.path === '/fapi/v1/fundingInfo').length;
    for (let i = 0; i < 3; i++) expect(await rates(market, ['BTC'])).toEqual([null]);
    await vi.waitFor(() => expect(asked()).toBe(1));
    isWell = true;
    expect(await rates(market, ['BTC'])).toEqual([null]);
    expect(asked()).toBe(1);
    clock.advance(50_000);
    expect(await rates(market, ['BTC'])).toEqual([null]);
    expect(asked()).toBe(1);
  });

  test('a reply of another shape is refused', () => {
    expect(() => parseBinanceIntervals([{ symbol: 'BTCUSDT' }], 'test')).toThrow('fundingIntervalHours');
    expect(parseBinanceMarks([premium('BTCUSDT', 'x', 5)], 'test').get('BTCUSDT')?.funding).toBeNull();
  });
});

describe('OKX: the running rate per hour, between its two payments', () => {
  const row = (over: Record<string, string> = {}) => ({
    instId: 'BTC-USDT-SWAP',
    fundingRate: '0.0008',
    nextFundingRate: '',
    fundingTime: String(T),
    nextFundingTime: String(T + 8 * HOUR),
    ts: String(NOW),
    ...over,
  });
  const reply = (...data: unknown[]) => ({ code: '0', msg: '', data });

  test.each<[string, Record<string, string>, number | null]>([
    ['eight hours', {}, 0.0001],
    ['two', { nextFundingTime: String(T + 2 * HOUR) }, 0.0004],
    ['none at all', { nextFundingTime: String(T) }, null],
    ['backwards', { nextFundingTime: String(T - HOUR) }, null],
    ['of another instrument', { instId: 'ETH-USDT-SWAP' }, null],
  ])('%s', (_, over, rate) => {
    expect(parseOkxFunding(reply(row(over)), 'BTC-USDT-SWAP', 'test')).toBe(rate);
  });

  test('two coins with each reading of marks, every five minutes; old ones are unknown; failures stop no mark', async () => {
    let isWell = true;
    const { deps, server, clock } = await serve((asked, response) => {
      const instId = asked.query.get('instId') ?? '';
      const ids = ['BTC', 'ETH', 'SOL'].map((c) => `${c}-USDT-SWAP`);
      const answers: Record<string, unknown> = {
        '/api/v5/public/instruments': reply(
          ...ids.map((id) => ({
            instId: id,
            ctType: 'linear',
            ctVal: '1',
            ctMult: '1',
            ctValCcy: id.slice(0, 3),
            settleCcy: 'USDT',
            state: 'live',
          })),
        ),
        '/api/v5/public/mark-price': reply(
          ...ids.map((id) => ({ instId: id, markPx: '100', ts: String(clock.nowMs()) })),
        ),
        '/api/v5/public/open-interest': reply(
          ...ids.map((id) => ({ instId: id, oi: '1', oiCcy: '1', ts: String(clock.nowMs()) })),
        ),
        '/api/v5/public/funding-rate': isWell ? reply(row({ instId })) : { code: '50011', msg: '', data: [] },
      };
      return json(answers[asked.path])(asked, response);
    });
    const market = createOkxMarket(deps);
    const rates = async () => (await market.marks(['BTC', 'ETH', 'SOL'])).map((m) => m.fundingHourlyFraction);
    const asked = () => server.asked.filter((a) => a.path.endsWith('/funding-rate')).length;
    await rates();
    await vi.waitFor(() => expect(asked()).toBe(2));
    await vi.waitFor(async () => expect(await rates()).toEqual([0.0001, 0.0001, 0.0001]));
    expect(asked()).toBe(3);
    await rates();
    expect(asked()).toBe(3);
    isWell = false;
    clock.advance(300_000);
    // A refusal of one request leaves the venue alone for ten seconds: a reading of marks may be the one that waits.
    await market.marks(['BTC', 'ETH', 'SOL']).catch(() => []);
    clock.advance(601_000);
    await vi.waitFor(async () => {
      clock.advance(11_000);
      expect(await rates()).toEqual([null, null, null]);
    });
  });
});

describe('what was paid, as each venue keeps it', () => {
  test('Binance: the payment before the start is asked for, to know how long the first one was for', async () => {
    const rows = [-8, 0, 8].map((h) => ({
      symbol: 'BTCUSDT',
      fundingRate: '0.00080000',
      fundingTime: T + h * HOUR + 1,
      markPrice: '1',
    }));
    const { deps, server } = await serve(json(rows));
    expect(await createBinanceMarket(deps).fundingHistory?.('BTC', T, T + 9 * HOUR)).toEqual([
      { tMs: T + 1, hourlyFraction: 0.0001 },
      { tMs: T + 8 * HOUR + 1, hourlyFraction: 0.0001 },
    ]);
    expect(Object.fromEntries(server.asked[0]!.query)).toEqual({
      symbol: 'BTCUSDT',
      startTime: String(T - 8 * HOUR),
      endTime: String(T + 9 * HOUR - 1),
      limit: '1000',
    });
  });

  test('Bybit: newest first', async () => {
    const list = [8, 0, -8].map((h) => ({
      symbol: 'BTCUSDT',
      fundingRate: '0.0008',
      fundingRateTimestamp: String(T + h * HOUR),
    }));
    const { deps } = await serve(json({ retCode: 0, retMsg: 'OK', result: { category: 'linear', list } }));
    expect(await createBybitMarket(deps).fundingHistory?.('BTC', T, T + 9 * HOUR)).toEqual([
      { tMs: T, hourlyFraction: 0.0001 },
      { tMs: T + 8 * HOUR, hourlyFraction: 0.0001 },
    ]);
  });

  test('OKX: newest first, what was paid and not what was announced, at 10 requests in two seconds', async () => {
    const data = [8, 0].map((h) => ({
      instId: 'BTC-USDT-SWAP',
      fundingRate: '0.5',
      realizedRate: '-0.0008',
      fundingTime: String(T + h * HOUR),
    }));
    const { deps, taken } = await serve(json({ code: '0', msg: '', data }));
    expect(await createOkxMarket(deps).fundingHistory?.('BTC', T, T + 9 * HOUR)).toEqual([
      { tMs: T + 8 * HOUR, hourlyFraction: -0.0001 },
    ]);
    expect(taken).toEqual([4]);
  });

  test('Hyperliquid: hourly as it is; 20 and one for each 20 rows', async () => {
    const rows = Array.from({ length: 48 }, (_, i) => ({
      coin: 'BTC',
      fundingRate: '0.0000125',
      premium: '0',
      time: T + i * HOUR + 7,
    }));
    const { deps, server, taken } = await serve(json(rows));
    const found = await createHyperliquidMarket(deps).fundingHistory?.('BTC', T, T + 48 * HOUR);
    expect(found?.length).toBe(48);
    expect(found?.[0]).toEqual({ tMs: T + 7, hourlyFraction: 0.0000125 });
    expect(server.asked[0]?.body).toEqual({
      type: 'fundingHistory',
      coin: 'BTC',
      startTime: T,
      endTime: T + 48 * HOUR - 1,
    });
    expect(taken).toEqual([23]);
  });

  test.each<[string, () => unknown]>([
    [
      'Binance',
      () => binanceFunding(async (_, parse) => parse([{ symbol: 'X', fundingRate: '0', fundingTime: 1 }])),
    ],
    [
      'Bybit',
      () =>
        bybitFunding(async (_, parse) =>
          parse({
            retCode: 0,
            retMsg: '',
            result: { list: [{ symbol: 'X', fundingRate: '0', fundingRateTimestamp: '1' }] },
          }),
        ),
    ],
    [
      'OKX',
      () =>
        okxFunding(async (_, parse) =>
          parse({ code: '0', msg: '', data: [{ instId: 'X', realizedRate: '0', fundingTime: '1' }] }),
        ),
    ],
  ])('%s: rows of something else are refused', async (_, make) => {
    const read = make() as (coin: string, a: number, b: number) => Promise<unknown>;
    await expect(read('BTC', 0, 1)).rejects.toThrow('another');
  });

  const DIR = join(import.meta.dirname, '../../../../shared/data/fixtures/nautilus');
  const captured = (name: string): unknown => JSON.parse(readFileSync(join(DIR, `${name}.json`), 'utf8'));
  describe.skipIf(!existsSync(DIR))('captured replies (skipped without the shared data folder)', () => {
    test('each venue', async () => {
      const answer =
        (name: string): Ask =>
        async (_, parse) =>
          parse(captured(name));
      expect(
        await binanceFunding(answer('binance__http_futures_market_funding_rate'))('BTC', 0, 2e12),
      ).toEqual([{ tMs: 1_570_636_800_000, hourlyFraction: 0.0000125 }]);
      expect(await bybitFunding(answer('bybit__http_get_funding_history'))('BTC', 0, 2e12)).toEqual([
        { tMs: 1_709_884_800_000, hourlyFraction: 0.0000125 },
      ]);
      expect(await okxFunding(answer('okx__http_get_funding_rate_history'))('BTC', 0, 2e12)).toEqual([
        { tMs: 1_704_067_200_000, hourlyFraction: 0.00015 / 8 },
      ]);
      const own = parseHyperliquidFunding(captured('hyperliquid__http_funding_history'), 'BTC', 'captured');
      expect(own.map((s) => s.hourlyFraction)).toEqual([0.0000125, -0.0000081, 0.0000033]);
    });
  });
});
