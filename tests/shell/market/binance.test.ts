import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  binanceSymbol,
  parseBinanceCandles,
  parseBinanceMarks,
  parseBinanceOpenInterest,
} from '../../../src/shell/market/binance-parse.ts';
import { createBinanceMarket } from '../../../src/shell/market/binance.ts';
import type { Answer } from './fake-server.ts';
import { json } from './fake-server.ts';
import { venueSetup } from './venue-setup.ts';

const BAR = 300_000;
const T = 1_760_129_700_000;
const NOW = T + 10 * BAR + 60_000;

const kline = (t: number, px = 100) => [
  t,
  `${px}.00`,
  `${px + 2}.00`,
  `${px - 2}.00`,
  `${px + 1}.00`,
  '12.500',
  t + BAR - 1,
  '1250.0',
  99,
  '6.0',
  '600.0',
  '0',
];
const premium = (symbol: string, markPrice: string, time = NOW - 1_000) => ({
  symbol,
  markPrice,
  indexPrice: markPrice,
  estimatedSettlePrice: markPrice,
  lastFundingRate: '0.0001',
  nextFundingTime: NOW,
  interestRate: '0.0001',
  time,
});

/** Answers klines by the range asked, like the venue: at most `limit`, from startTime on, the running bar included. */
const venue: Answer = (asked, response) => {
  const symbol = asked.query.get('symbol');
  if (symbol === 'NOSUCHUSDT') return json({ code: -1121, msg: 'Invalid symbol.' }, 400)(asked, response);
  if (asked.path === '/fapi/v1/klines') {
    const start = Math.ceil(Number(asked.query.get('startTime')) / BAR) * BAR;
    const end = Number(asked.query.get('endTime'));
    const bars = [];
    for (let t = start; t <= Math.min(end, NOW) && bars.length < Number(asked.query.get('limit')); t += BAR)
      bars.push(kline(t));
    return json(bars)(asked, response);
  }
  if (asked.path === '/fapi/v1/premiumIndex')
    return json([
      premium('BTCUSDT', '100000.5'),
      premium('1000PEPEUSDT', '0.0121'),
      premium('OLDUSDT', '0.0'),
    ])(asked, response);
  return json({ symbol, openInterest: '2000.000', time: NOW })(asked, response);
};

async function setup(answer: Answer = venue) {
  const { parts, ...rest } = await venueSetup('binance', answer, NOW);
  const historyLimiter = { take: async () => undefined };
  return { ...rest, market: createBinanceMarket({ ...parts, historyLimiter }) };
}

test.each([
  ['BTC', 'BTCUSDT'],
  ['HYPE', 'HYPEUSDT'],
  ['kPEPE', '1000PEPEUSDT'],
  ['kBONK', '1000BONKUSDT'],
])('%s is %s', (coin, symbol) => {
  expect(binanceSymbol(coin)).toBe(symbol);
});

describe('candles', () => {
  test('closed bars as numbers, the running one left out', async () => {
    const { market, server, taken } = await setup();
    const candles = await market.candles('kPEPE', T, NOW);
    expect(candles.map((c) => c.t)).toEqual(Array.from({ length: 10 }, (_, i) => T + i * BAR));
    expect(candles[0]).toEqual({ t: T, o: 100, h: 102, l: 98, c: 101, v: 12.5 });
    expect(server.asked[0]?.query.get('symbol')).toBe('1000PEPEUSDT');
    expect(taken).toEqual([1]);
  });

  test('a long range is read page by page, without holes or repeats', async () => {
    const { market, server, taken } = await setup();
    const from = T + 10 * BAR - 3_200 * BAR;
    const candles = await market.candles('BTC', from, NOW);
    expect(candles.length).toBe(3_200);
    expect(candles.every((c, i) => c.t === from + i * BAR)).toBe(true);
    expect(server.asked.length).toBe(3);
    expect(taken).toEqual([10, 10, 2]);
  });

  test('a coin that is not listed is unsupported, not empty', async () => {
    const { market } = await setup();
    await expect(market.candles('NOSUCH', T, NOW)).rejects.toMatchObject({
      reason: 'unsupported',
      message: 'binance does not list NOSUCH (NOSUCHUSDT)',
    });
  });

  const bars = Array.from({ length: 11 }, (_, i) => kline(T + i * BAR));
  test.each([
    ['an empty list', [], 'incomplete', /no bar at all/],
    ['a frozen series', bars.slice(0, 5), 'incomplete', /frozen/],
    [
      'prices ten times too high from one bar on',
      bars.map((b, i) => (i < 5 ? b : kline(T + i * BAR, 1_000))),
      'malformed',
      /bar 5 .* opens at/,
    ],
    ['newest first', bars.toReversed(), 'malformed', /bar 1 .* not after/],
    ['a short bar', [[T, '1', '1', '1', '1']], 'malformed', /0/],
    ['an error envelope with 200', { code: 0, msg: 'busy' }, 'malformed', /the whole/],
  ])('%s is refused', async (_, reply, reason, message) => {
    const { market } = await setup(json(reply));
    await expect(market.candles('BTC', T, NOW)).rejects.toMatchObject({ reason, message });
  });
});

describe('marks', () => {
  test('marks and open interest in USD; funding is unknown while its intervals are', async () => {
    const { market, server } = await setup();
    expect(await market.marks(['BTC', 'kPEPE'])).toEqual([
      { coin: 'BTC', markPx: 100_000.5, openInterestUsd: 200_001_000, fundingHourlyFraction: null },
      { coin: 'kPEPE', markPx: 0.0121, openInterestUsd: 24.2, fundingHourlyFraction: null },
    ]);
    expect(server.asked.map((a) => a.path).sort()).toEqual([
      '/fapi/v1/fundingInfo',
      '/fapi/v1/openInterest',
      '/fapi/v1/openInterest',
      '/fapi/v1/premiumIndex',
    ]);
  });

  test('says which coins it lists; asking for another is unsupported', async () => {
    const { market } = await setup();
    expect(await market.supported(['BTC', 'FARTCOIN', 'OLD', 'kPEPE'])).toEqual(['BTC', 'kPEPE']);
    await expect(market.marks(['BTC', 'FARTCOIN'])).rejects.toMatchObject({ reason: 'unsupported' });
  });

  test('marks computed over a minute ago are frozen', async () => {
    const { market } = await setup(json([premium('BTCUSDT', '1.0', NOW - 61_000)]));
    await expect(market.marks(['BTC'])).rejects.toMatchObject({
      reason: 'incomplete',
      message: /frozen since 61 s/,
    });
  });

  test('open interest that answers for another symbol is refused', async () => {
    const { market } = await setup((asked, response) =>
      asked.path === '/fapi/v1/openInterest'
        ? json({ symbol: 'ETHUSDT', openInterest: '1' })(asked, response)
        : venue(asked, response),
    );
    await expect(market.marks(['BTC'])).rejects.toMatchObject({ message: /another symbol/ });
  });

  test('open interest that cannot be read fails the whole reading: never a null that means "unknown to us"', async () => {
    const { market } = await setup((asked, response) =>
      asked.path === '/fapi/v1/openInterest' ? json({}, 429)(asked, response) : venue(asked, response),
    );
    await expect(market.marks(['BTC'])).rejects.toMatchObject({ reason: 'rate-limited' });
  });
});

const FIXTURES = join(import.meta.dirname, '../../../../shared/data/fixtures/nautilus');
const recorded = (name: string): unknown =>
  JSON.parse(readFileSync(join(FIXTURES, `binance__http_futures_market_${name}.json`), 'utf8'));

describe.skipIf(!existsSync(FIXTURES))('recorded answers (skipped without the shared data folder)', () => {
  test('klines and mark price klines', () => {
    expect(parseBinanceCandles(recorded('klines'), 'recorded')).toEqual([
      { t: 1_499_040_000_000, o: 0.0163479, h: 0.8, l: 0.015758, c: 0.015771, v: 148_976.11427815 },
    ]);
    expect(parseBinanceCandles(recorded('mark_price_klines'), 'recorded')[0]?.v).toBe(0);
  });

  test('marks and open interest', () => {
    expect(parseBinanceMarks([recorded('premium_index')], 'recorded').get('BTCUSDT')).toEqual({
      markPx: 11_793.63104562,
      timeMs: 1_597_370_495_002,
      funding: { rate: 0.00038246, nextMs: 1_597_392_000_000 },
    });
    expect(parseBinanceOpenInterest(recorded('open_interest'), 'BTCUSDT', 'recorded')).toBe(10_659.509);
  });
});
