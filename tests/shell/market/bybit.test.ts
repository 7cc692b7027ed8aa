import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  bybitSymbol,
  parseBybitCandles,
  parseBybitOpenInterest,
} from '../../../src/shell/market/bybit-parse.ts';
import { createBybitMarket } from '../../../src/shell/market/bybit.ts';
import type { Answer } from './fake-server.ts';
import { json } from './fake-server.ts';
import { venueSetup } from './venue-setup.ts';

const BAR = 300_000;
const T = 1_760_129_700_000;
const NOW = T + 10 * BAR + 60_000;

const ok = (result: unknown) => ({ retCode: 0, retMsg: 'OK', result, retExtInfo: {}, time: NOW });
const bar = (t: number, px = 100): string[] => [
  String(t),
  `${px}`,
  `${px + 2}`,
  `${px - 2}`,
  `${px + 1}`,
  '12.5',
  '1250',
];
const ticker = (symbol: string, markPrice: string, more: Record<string, string> = {}) => ({
  symbol,
  lastPrice: '1',
  markPrice,
  openInterest: '999',
  fundingRate: '0.0008',
  deliveryTime: '0',
  ...more,
});

/** Newest first, at most `limit`, from the newest down, the running bar included: as the venue does. */
const venue: Answer = (asked, response) => {
  const q = asked.query;
  const symbol = q.get('symbol');
  if (symbol === 'NOSUCHUSDT')
    return json({ retCode: 10_001, retMsg: 'params error: Symbol Is Invalid', result: {}, time: NOW })(
      asked,
      response,
    );
  if (asked.path === '/v5/market/kline') {
    const bars = [];
    const newest = Math.floor(Math.min(Number(q.get('end')), NOW) / BAR) * BAR;
    for (let t = newest; t >= Number(q.get('start')) && bars.length < Number(q.get('limit')); t -= BAR)
      bars.push(bar(t));
    return json(ok({ category: 'linear', symbol, list: bars }))(asked, response);
  }
  if (asked.path === '/v5/market/tickers')
    return json(
      ok({
        category: 'linear',
        list: [
          ticker('BTCUSDT', '100000.5', { fundingIntervalHour: '8' }),
          ticker('1000PEPEUSDT', '0.0121'),
          ticker('BTC-27MAR26', ''),
          ticker('OLDUSDT', '0'),
        ],
      }),
    )(asked, response);
  const row = { openInterest: '4000', singleOpenInterest: '2000', timestamp: String(NOW - 60_000) };
  return json(ok({ symbol, category: 'linear', list: [row] }))(asked, response);
};

async function setup(answer: Answer = venue) {
  const { parts, ...rest } = await venueSetup('bybit', answer, NOW);
  return { ...rest, market: createBybitMarket(parts) };
}

test.each([
  ['BTC', 'BTCUSDT'],
  ['kPEPE', '1000PEPEUSDT'],
  ['kSHIB', 'SHIB1000USDT'],
])('%s is %s', (coin, symbol) => {
  expect(bybitSymbol(coin)).toBe(symbol);
});

describe('candles', () => {
  test('turned oldest first, as numbers in coins, the running one left out', async () => {
    const { market, server } = await setup();
    const candles = await market.candles('kPEPE', T, NOW);
    expect(candles.map((c) => c.t)).toEqual(Array.from({ length: 10 }, (_, i) => T + i * BAR));
    expect(candles[0]).toEqual({ t: T, o: 100, h: 102, l: 98, c: 101, v: 12.5 });
    expect(Object.fromEntries(server.asked[0]?.query ?? [])).toEqual({
      category: 'linear',
      symbol: '1000PEPEUSDT',
      interval: '5',
      start: String(T),
      end: String(T + 10 * BAR - 1),
      limit: '1000',
    });
  });

  test('a long range is read page by page, without holes or repeats', async () => {
    const { market, server } = await setup();
    const from = T + 10 * BAR - 2_300 * BAR;
    const candles = await market.candles('BTC', from, NOW);
    expect(candles.length).toBe(2_300);
    expect(candles.every((c, i) => c.t === from + i * BAR)).toBe(true);
    expect(server.asked.length).toBe(3);
  });

  const bars = Array.from({ length: 11 }, (_, i) => bar(T + (10 - i) * BAR));
  const list = (rows: unknown) => ok({ category: 'linear', symbol: 'BTCUSDT', list: rows });
  test.each([
    ['an empty list', list([]), 'incomplete', /no bar at all/],
    ['a frozen series', list(bars.slice(6)), 'incomplete', /frozen/],
    [
      'prices ten times too high from one bar on',
      list(bars.map((b, i) => (i > 5 ? b : bar(T + (10 - i) * BAR, 1_000)))),
      'malformed',
      /bar 5 .* opens at/,
    ],
    ['oldest first', list(bars.toReversed()), 'malformed', /bar 1 .* not after/],
    ['bars of another symbol', ok({ symbol: 'ETHUSDT', list: bars }), 'malformed', /another symbol/],
    ['numbers that are none', list([[String(T), 'x', '1', '1', '1', '1']]), 'malformed', /decimal/],
  ])('%s is refused', async (_, reply, reason, message) => {
    const { market } = await setup(json(reply));
    await expect(market.candles('BTC', T, NOW)).rejects.toMatchObject({ reason, message });
  });

  test('a coin that is not listed is unsupported, not empty', async () => {
    const { market } = await setup();
    await expect(market.candles('NOSUCH', T, NOW)).rejects.toMatchObject({ reason: 'unsupported' });
  });

  test('"too many visits" inside a 200 is a refusal, and the venue is left alone for ten seconds', async () => {
    const busy = { retCode: 10_006, retMsg: 'Too many visits!', result: {}, time: NOW };
    const { market, server, clock } = await setup(json(busy));
    await expect(market.candles('BTC', T, NOW)).rejects.toMatchObject({
      reason: 'rate-limited',
      venueCode: 10_006,
    });
    clock.advance(9_999);
    await expect(market.candles('BTC', T, NOW)).rejects.toMatchObject({ reason: 'cooling-down' });
    expect(server.asked.length).toBe(1);
    clock.advance(1);
    await expect(market.candles('BTC', T, NOW)).rejects.toMatchObject({ reason: 'rate-limited' });
    expect(server.asked.length).toBe(2);
  });

  test('403 is "not served here", and not asked again', async () => {
    const { market, server } = await setup(json({}, 403));
    await expect(market.candles('BTC', T, NOW)).rejects.toMatchObject({ reason: 'blocked' });
    await expect(market.candles('BTC', T, NOW)).rejects.toMatchObject({ reason: 'cooling-down' });
    expect(server.asked.length).toBe(1);
  });
});

describe('marks', () => {
  test('open interest is one side only: 2,000 coins of the 4,000 both sides make, in USD', async () => {
    const { market } = await setup();
    expect(await market.marks(['BTC', 'kPEPE'])).toEqual([
      { coin: 'BTC', markPx: 100_000.5, openInterestUsd: 200_001_000, fundingHourlyFraction: 0.0001 },
      { coin: 'kPEPE', markPx: 0.0121, openInterestUsd: 24.2, fundingHourlyFraction: null },
    ]);
  });

  test('without the one-sided figure half of the other one', () => {
    const reply = ok({ symbol: 'BTCUSDT', list: [{ openInterest: '4000', timestamp: '5' }] });
    expect(parseBybitOpenInterest(reply, 'BTCUSDT', 'test')).toEqual({ coins: 2_000, timeMs: 5 });
  });

  test('says which coins it lists; asking for another is unsupported', async () => {
    const { market } = await setup();
    expect(await market.supported(['BTC', 'FARTCOIN', 'OLD', 'kPEPE'])).toEqual(['BTC', 'kPEPE']);
    await expect(market.marks(['BTC', 'FARTCOIN'])).rejects.toMatchObject({ reason: 'unsupported' });
  });

  test('open interest stamped twenty minutes ago is a feed that stands still', async () => {
    const { market, clock } = await setup();
    clock.advance(1_140_001);
    await expect(market.marks(['BTC'])).rejects.toMatchObject({ reason: 'incomplete', message: /frozen/ });
  });

  test('open interest that cannot be read fails the whole reading', async () => {
    const { market } = await setup((asked, response) =>
      asked.path === '/v5/market/open-interest'
        ? json(ok({ symbol: asked.query.get('symbol'), list: [] }))(asked, response)
        : venue(asked, response),
    );
    await expect(market.marks(['BTC'])).rejects.toMatchObject({ message: /no open interest at all/ });
  });
});

const FIXTURES = join(import.meta.dirname, '../../../../shared/data/fixtures/nautilus');

test.skipIf(!existsSync(FIXTURES))('a recorded answer (skipped without the shared data folder)', () => {
  const recorded: unknown = JSON.parse(
    readFileSync(join(FIXTURES, 'bybit__http_get_klines_linear.json'), 'utf8'),
  );
  expect(parseBybitCandles(recorded, 'BTCUSDT', 'recorded')).toEqual([
    { t: 1_709_891_679_000, o: 27_450, h: 27_460, l: 27_440, c: 27_455, v: 123.45 },
  ]);
});
