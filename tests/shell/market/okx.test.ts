import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  okxInstrument,
  parseOkxCandles,
  parseOkxContracts,
  parseOkxMarks,
} from '../../../src/shell/market/okx-parse.ts';
import { createOkxMarket } from '../../../src/shell/market/okx.ts';
import type { Answer } from './fake-server.ts';
import { json } from './fake-server.ts';
import { venueSetup } from './venue-setup.ts';

const BAR = 300_000;
const T = 1_760_129_700_000;
const NOW = T + 10 * BAR + 60_000;

const ok = (data: unknown) => ({ code: '0', msg: '', data });
const instrument = (instId: string, ctVal: string, more: Record<string, string> = {}) => ({
  instId,
  instType: 'SWAP',
  ctType: 'linear',
  ctVal,
  ctMult: '1',
  ctValCcy: instId.split('-')[0],
  settleCcy: 'USDT',
  state: 'live',
  ...more,
});
const INSTRUMENTS = [
  instrument('BTC-USDT-SWAP', '0.01'),
  instrument('PEPE-USDT-SWAP', '10000000'),
  instrument('BTC-USD-SWAP', '100', { ctType: 'inverse', ctValCcy: 'USD', settleCcy: 'BTC' }),
  instrument('OLD-USDT-SWAP', '1', { state: 'suspend' }),
  instrument('ODD-USDT-SWAP', '100', { ctValCcy: 'USD' }),
];
/** 1,250 contracts of 0.01 are 12.5 coins. */
const bar = (t: number, px = 100): string[] => [
  String(t),
  `${px}`,
  `${px + 2}`,
  `${px - 2}`,
  `${px + 1}`,
  '1250',
  '12.5',
  '1250',
  t + BAR <= NOW ? '1' : '0',
];
/** Newest first, older than `after`, at most `limit` and never more than 300 or 100; the first endpoint ends after 1,440 bars. */
const candlePage = (path: string, query: URLSearchParams): string[][] => {
  const isRecent = path === '/api/v5/market/candles';
  const limit = Math.min(Number(query.get('limit')), isRecent ? 300 : 100);
  const end = isRecent ? NOW - 1_440 * BAR : NOW - 10_000 * BAR;
  const bars = [];
  const newest = Math.floor(Math.min(Number(query.get('after')) - 1, NOW) / BAR) * BAR;
  for (let t = newest; t > end && bars.length < limit; t -= BAR) bars.push(bar(t));
  return bars;
};
const marks = [
  { instType: 'SWAP', instId: 'BTC-USDT-SWAP', markPx: '100000.5', ts: String(NOW - 1_000) },
  { instType: 'SWAP', instId: 'PEPE-USDT-SWAP', markPx: '0.0000121', ts: String(NOW - 1_000) },
];
const openInterest = [
  { instId: 'BTC-USDT-SWAP', instType: 'SWAP', oi: '200000', oiCcy: '2000', oiUsd: '1', ts: String(NOW) },
  { instId: 'PEPE-USDT-SWAP', instType: 'SWAP', oi: '3', oiCcy: '30000000', oiUsd: '1', ts: String(NOW) },
];
const venue: Answer = (asked, response) => {
  const answers: Record<string, unknown> = {
    '/api/v5/public/instruments': INSTRUMENTS,
    '/api/v5/public/mark-price': marks,
    '/api/v5/public/open-interest': openInterest,
  };
  return json(ok(answers[asked.path] ?? candlePage(asked.path, asked.query)))(asked, response);
};
/** The venue, but for one path. */
const butFor =
  (path: string, reply: unknown): Answer =>
  (asked, response) =>
    (asked.path === path ? json(reply) : venue)(asked, response);

async function setup(answer: Answer = venue) {
  const { parts, ...rest } = await venueSetup('okx', answer, NOW);
  return { ...rest, market: createOkxMarket(parts) };
}

test.each([
  ['BTC', 'BTC-USDT-SWAP', 1],
  ['kPEPE', 'PEPE-USDT-SWAP', 1_000],
])('%s is %s × %d', (coin, instId, perCoin) => {
  expect(okxInstrument(coin)).toEqual({ instId, perCoin });
});

test('contract values of linear USDT swaps that trade, worth an amount of their own coin', () => {
  expect([...parseOkxContracts(ok(INSTRUMENTS), 'test')]).toEqual([
    ['BTC-USDT-SWAP', 0.01],
    ['PEPE-USDT-SWAP', 10_000_000],
  ]);
});

describe('candles', () => {
  test('turned oldest first, contracts made coins, the unfinished bar left out', async () => {
    const { market } = await setup();
    const candles = await market.candles('BTC', T, NOW);
    expect(candles.map((c) => c.t)).toEqual(Array.from({ length: 10 }, (_, i) => T + i * BAR));
    expect(candles[0]).toEqual({ t: T, o: 100, h: 102, l: 98, c: 101, v: 12.5 });
  });

  test('kPEPE is a thousand PEPE: price × 1,000, coins ÷ 1,000', () => {
    const row = [String(T), '0.000012', '0.000013', '0.000011', '0.0000125', '3', '30000000', '360', '1'];
    const { candles } = parseOkxCandles(ok([row]), { contractCoins: 1e7, perCoin: 1_000, what: 'test' });
    expect(candles).toHaveLength(1);
    expect(candles[0]?.o).toBeCloseTo(0.012, 12);
    expect(candles[0]?.h).toBeCloseTo(0.013, 12);
    expect(candles[0]?.v).toBe(30_000);
  });

  test('pages back through the recent bars and on into the history, without holes or repeats', async () => {
    const { market, server, taken } = await setup();
    const from = T + 10 * BAR - 1_600 * BAR;
    const candles = await market.candles('BTC', from, NOW);
    expect(candles.length).toBe(1_600);
    expect(candles.every((c, i) => c.t === from + i * BAR)).toBe(true);
    const paths = server.asked.map((a) => a.path);
    expect(paths.filter((p) => p === '/api/v5/market/candles').length).toBe(6);
    expect(paths.filter((p) => p === '/api/v5/market/history-candles').length).toBe(2);
    expect(taken).toEqual([2, 1, 1, 1, 1, 1, 1, 2, 2]);
  });

  test('the contract value is read once an hour', async () => {
    const { market, server, clock } = await setup();
    const asked = () => server.asked.filter((a) => a.path === '/api/v5/public/instruments').length;
    await market.candles('BTC', T, NOW);
    await market.candles('BTC', T, NOW);
    expect(asked()).toBe(1);
    clock.advance(3_600_000);
    await market.supported(['BTC']);
    expect(asked()).toBe(2);
  });

  const bars = Array.from({ length: 10 }, (_, i) => bar(T + (9 - i) * BAR));
  test.each([
    [
      'an unknown contract value: 1,250 contracts are not 125 coins',
      ok(bars.map((b) => b.with(6, '125'))),
      'malformed',
      /contracts of 0.01 are not 125 coins/,
    ],
    [
      'prices ten times too high from one bar on',
      ok(bars.map((b, i) => (i > 4 ? b : bar(T + (9 - i) * BAR, 1_000)))),
      'malformed',
      /opens at/,
    ],
    ['the same page whatever is asked', ok(bars), 'malformed', /not older than asked/],
    ['an error inside a 200', { code: '51001', msg: 'no', data: [] }, 'unsupported', /51001/],
    ['a short row', ok([bars[0]?.slice(0, 5)]), 'malformed', /0/],
  ])('%s is refused', async (_, reply, reason, message) => {
    const { market } = await setup(butFor('/api/v5/market/candles', reply));
    await expect(market.candles('BTC', T - 40 * BAR, NOW)).rejects.toMatchObject({ reason, message });
  });

  test('no bars anywhere is refused', async () => {
    const { market } = await setup((asked, response) =>
      asked.path.startsWith('/api/v5/market/') ? json(ok([]))(asked, response) : venue(asked, response),
    );
    await expect(market.candles('BTC', T, NOW)).rejects.toMatchObject({
      reason: 'incomplete',
      message: /no bar at all/,
    });
  });

  test('a frozen series is refused', async () => {
    const { market } = await setup((asked, response) =>
      asked.path === '/api/v5/market/candles'
        ? json(ok(candlePage(asked.path, asked.query).filter((b) => Number(b[0]) < T + 5 * BAR)))(
            asked,
            response,
          )
        : venue(asked, response),
    );
    await expect(market.candles('BTC', T, NOW)).rejects.toMatchObject({
      reason: 'incomplete',
      message: /frozen/,
    });
  });

  test('a coin that is not listed is unsupported, not empty', async () => {
    const { market } = await setup();
    await expect(market.candles('NOSUCH', T, NOW)).rejects.toMatchObject({ reason: 'unsupported' });
  });

  test('"too many requests" inside a 200 leaves the venue alone for ten seconds', async () => {
    const { market, server } = await setup(json({ code: '50011', msg: 'Too Many Requests', data: [] }));
    await expect(market.candles('BTC', T, NOW)).rejects.toMatchObject({ reason: 'rate-limited' });
    await expect(market.marks(['BTC'])).rejects.toMatchObject({ reason: 'cooling-down' });
    expect(server.asked.length).toBe(1);
  });
});

describe('marks', () => {
  test('contracts made coins made USD; kPEPE in thousands', async () => {
    const { market } = await setup();
    const [btc, pepe] = await market.marks(['BTC', 'kPEPE']);
    expect(btc).toEqual({
      coin: 'BTC',
      markPx: 100_000.5,
      openInterestUsd: 200_001_000,
      fundingHourlyFraction: null,
    });
    expect(pepe?.markPx).toBeCloseTo(0.0121, 12);
    expect(pepe?.openInterestUsd).toBeCloseTo(363, 9);
  });

  test('says which coins it lists; asking for another is unsupported', async () => {
    const { market } = await setup();
    expect(await market.supported(['BTC', 'OLD', 'ODD', 'kPEPE'])).toEqual(['BTC', 'kPEPE']);
    await expect(market.marks(['BTC', 'OLD'])).rejects.toMatchObject({ reason: 'unsupported' });
  });

  test('marks computed over a minute ago are frozen', async () => {
    const { market, clock } = await setup();
    clock.advance(59_001);
    await expect(market.marks(['BTC'])).rejects.toMatchObject({ reason: 'incomplete', message: /frozen/ });
  });

  test('open interest whose contracts do not make its coins is refused, but only for coins asked for', async () => {
    const wrong = openInterest.map((r) => (r.instId.startsWith('BTC') ? { ...r, oiCcy: '20000' } : r));
    const { market } = await setup(butFor('/api/v5/public/open-interest', ok(wrong)));
    await expect(market.marks(['BTC'])).rejects.toMatchObject({ reason: 'malformed' });
    expect((await market.marks(['kPEPE'])).length).toBe(1);
  });
});

const FIXTURES = join(import.meta.dirname, '../../../../shared/data/fixtures/nautilus');
const recorded = (name: string): unknown =>
  JSON.parse(readFileSync(join(FIXTURES, `okx__http_get_${name}.json`), 'utf8'));

describe.skipIf(!existsSync(FIXTURES))('recorded answers (skipped without the shared data folder)', () => {
  test('candles', () => {
    const o = { contractCoins: 0.01, perCoin: 1, what: 'recorded' };
    const { candles, oldestMs } = parseOkxCandles(recorded('candlesticks_full'), o);
    expect(oldestMs).toBe(1_747_093_980_000);
    expect(candles.map((c) => c.t)).toEqual([1_747_093_980_000, 1_747_094_040_000]);
    expect(candles[1]).toMatchObject({ o: 102_806.1, h: 102_820.4, l: 102_806.1, c: 102_820.4 });
    expect(candles[1]?.v).toBeCloseTo(10.4037, 10);
  });

  test('contract values and marks', () => {
    expect(parseOkxContracts(recorded('instruments_swap'), 'recorded').get('ETH-USDT-SWAP')).toBe(0.1);
    expect(parseOkxContracts(recorded('instruments_swap'), 'recorded').has('BTC-USD-SWAP')).toBe(false);
    expect(parseOkxMarks(recorded('mark_price'), 'recorded').get('BTC-USDT-SWAP')).toEqual({
      markPx: 84_660.1,
      timeMs: 1_744_590_349_506,
    });
  });
});
