import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { createMarketBook } from '../../../src/app/market-book.ts';
import type { MarketSource } from '../../../src/app/ports.ts';
import type { Candle } from '../../../src/core/shared/candle.ts';
import { DEFAULT_MIX, leverageKernel } from '../../../src/core/zones/leverage-kernel.ts';
import { binanceTiers } from '../../../src/core/zones/maintenance-tiers.ts';
import { createMapEngine } from '../../../src/core/zones/map-engine.ts';
import { parseBinanceCandles } from '../../../src/shell/market/binance-parse.ts';
import { createBinanceMarket } from '../../../src/shell/market/binance.ts';
import { createBybitMarket } from '../../../src/shell/market/bybit.ts';
import { createFetchJson } from '../../../src/shell/market/fetch-json.ts';
import { createOkxMarket } from '../../../src/shell/market/okx.ts';
import type { CandleHistory } from '../../../src/shell/market/stored-candles.ts';
import { storedCandles } from '../../../src/shell/market/stored-candles.ts';
import type { Answer, FakeServer } from './fake-server.ts';
import { fakeClock, json, startFakeServer } from './fake-server.ts';

const BAR = 300_000;
const T = 1_760_129_700_000;
const NOW = T + 10 * BAR + 60_000;

const open: FakeServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((s) => s.close()));
});
async function serve(answer: Answer) {
  const server = await startFakeServer(answer);
  open.push(server);
  const clock = fakeClock(NOW);
  const taken: number[] = [];
  const deps = {
    fetchJson: createFetchJson({ venue: 'test', baseUrl: server.url, ...clock }),
    limiter: { take: async (weight: number) => void taken.push(weight) },
    nowMs: clock.nowMs,
  };
  return { server, taken, deps };
}
const times = (from: number, to: number): number[] => {
  const out = [];
  for (let t = Math.ceil(from / BAR) * BAR; t <= Math.min(to, NOW); t += BAR) out.push(t);
  return out;
};
const px = ['100.0', '102.0', '98.0', '101.0'];
const BARS = Array.from({ length: 10 }, (_, i) => ({ t: T + i * BAR, o: 100, h: 102, l: 98, c: 101, v: 0 }));

describe('bars of the mark as each venue sends them: closed ones, oldest first, no volume', () => {
  test('Binance: arrays like klines with zeroes for what was traded', async () => {
    const { server, taken, deps } = await serve((asked, response) => {
      const { query: q } = asked;
      const list = times(Number(q.get('startTime')), Number(q.get('endTime')));
      const rows = list.map((t) => [t, ...px, '0', t + BAR - 1, '0', 300, '0', '0', '0']);
      return json(rows)(asked, response);
    });
    const market = createBinanceMarket({ ...deps, historyLimiter: deps.limiter });
    expect(await market.markCandles?.('kPEPE', T, NOW)).toEqual(BARS);
    expect(server.asked.map((a) => [a.path, a.query.get('symbol'), a.query.get('interval')])).toEqual([
      ['/fapi/v1/markPriceKlines', '1000PEPEUSDT', '5m'],
    ]);
    expect(taken).toEqual([1]);
  });

  test('Bybit: newest first, five fields', async () => {
    const { server, taken, deps } = await serve((asked, response) => {
      const { query: q } = asked;
      const list = times(Number(q.get('start')), Number(q.get('end'))).toReversed();
      const result = {
        symbol: q.get('symbol'),
        category: 'linear',
        list: list.map((t) => [String(t), ...px]),
      };
      return json({ retCode: 0, retMsg: 'OK', result })(asked, response);
    });
    expect(await createBybitMarket(deps).markCandles?.('BTC', T, NOW)).toEqual(BARS);
    expect(server.asked.map((a) => a.path)).toEqual(['/v5/market/mark-price-kline']);
    expect(taken).toEqual([1]);
  });

  test('Bybit: bars of another symbol are refused', async () => {
    const result = { symbol: 'ETHUSDT', list: [] };
    const { deps } = await serve(json({ retCode: 0, retMsg: 'OK', result }));
    await expect(createBybitMarket(deps).markCandles?.('BTC', T, NOW)).rejects.toThrow('another symbol');
  });

  /** Newest first, older than `after`, a hundred at most; the recent ones end after 1,440. */
  const okx: Answer = (asked, response) => {
    const isRecent = asked.path === '/api/v5/market/mark-price-candles';
    const after = Number(asked.query.get('after'));
    const end = isRecent ? NOW - 1_440 * BAR : 0;
    const data = times(Math.max(after - 100 * BAR, end), after - 1)
      .toReversed()
      .map((t) => [String(t), ...px, t + BAR <= NOW ? '1' : '0']);
    return json({ code: '0', msg: '', data })(asked, response);
  };

  test('OKX: newest first, the unfinished one marked; kPEPE is a thousand PEPE', async () => {
    const { server, taken, deps } = await serve(okx);
    const bars = await createOkxMarket(deps).markCandles?.('kPEPE', T, NOW);
    expect(bars).toEqual(BARS.map((b) => ({ ...b, o: 1e5, h: 102e3, l: 98e3, c: 101e3 })));
    expect(server.asked[0]?.query.get('instId')).toBe('PEPE-USDT-SWAP');
    expect(taken).toEqual([2]);
  });

  test('OKX: on into the history, without holes or repeats', async () => {
    const { server, taken, deps } = await serve(okx);
    const from = T + 10 * BAR - 1_600 * BAR;
    const bars = (await createOkxMarket(deps).markCandles?.('BTC', from, NOW)) ?? [];
    expect(bars.length).toBe(1_600);
    expect(bars.every((c, i) => c.t === from + i * BAR)).toBe(true);
    expect(server.asked.filter((a) => a.path.endsWith('history-mark-price-candles')).length).toBe(2);
    // 1,440 at 20 requests in two seconds, the rest at 10: 2 and 4 of the 20 that are spent in two seconds.
    expect(taken.reduce((a, b) => a + b, 0)).toBe(16 * 2 + 2 * 4);
  });

  const FIXTURE = join(
    import.meta.dirname,
    '../../../../shared/data/fixtures/nautilus/binance__http_futures_market_mark_price_klines.json',
  );
  test.skipIf(!existsSync(FIXTURE))(
    "Binance's captured reply (skipped without the shared data folder)",
    () => {
      expect(parseBinanceCandles(JSON.parse(readFileSync(FIXTURE, 'utf8')), 'captured')).toEqual([
        {
          t: 1_591_256_460_000,
          o: 9_653.29201333,
          h: 9_654.56401333,
          l: 9_653.07367333,
          c: 9_653.07367333,
          v: 0,
        },
      ]);
    },
  );
});

describe('the engine sweeps by the mark where it is told', () => {
  const kernel = leverageKernel(DEFAULT_MIX, binanceTiers('BTC'));
  const quiet: Candle[] = Array.from({ length: 50 }, (_, i) => ({
    t: T + i * BAR,
    o: 100,
    h: 100.1,
    l: 99.9,
    c: 100,
    v: 1_000,
  }));
  const wick = { t: T + 50 * BAR, o: 100, h: 100.1, l: 90, c: 100, v: 0 };
  const massAfter = (mark?: Pick<Candle, 'h' | 'l'>) => {
    const engine = createMapEngine({ kernel, intervalMs: BAR });
    for (const c of quiet) engine.push(c);
    engine.push(wick, mark);
    return { long: engine.total('long'), short: engine.total('short'), markBars: engine.markBars() };
  };

  test('a wick of trades that the mark did not follow closes nobody', () => {
    const [byTrade, byMark] = [massAfter(), massAfter({ h: 100.1, l: 99.9 })];
    expect(byMark.markBars).toBe(1);
    expect(byTrade.markBars).toBe(0);
    expect(byMark.long).toBeGreaterThan(1.2 * byTrade.long);
    expect(byMark.short).toBeCloseTo(byTrade.short, 6);
  });

  test('the same range by mark and by trade is the same map, and a wider one sweeps no less', () => {
    const range = fc.tuple(
      fc.double({ min: 80, max: 100, noNaN: true }),
      fc.double({ min: 100, max: 120, noNaN: true }),
    );
    expect(massAfter(wick)).toEqual({ ...massAfter(), markBars: 1 });
    fc.assert(
      fc.property(range, fc.double({ min: 0, max: 10, noNaN: true }), ([l, h], more) => {
        const [narrow, wide] = [massAfter({ l, h }), massAfter({ l: l - more, h: h + more })];
        expect(wide.long).toBeLessThanOrEqual(narrow.long);
        expect(wide.short).toBeLessThanOrEqual(narrow.short);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a book of venues with and without bars of the mark', () => {
  const candleAt = (t: number): Candle => {
    const c = 100 + Math.sin(t / BAR / 7);
    return { t, o: c, h: c * 1.001, l: c * 0.999, c, v: 1_000 };
  };
  const from = (startMs: number, endMs: number): Candle[] => times(startMs, endMs - 1).map(candleAt);
  const silent = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  };
  async function bookWith(markCandles: MarketSource['markCandles']) {
    const source = (venue: MarketSource['venue']): MarketSource => ({
      venue,
      marks: async () => [{ coin: 'BTC', markPx: 100, openInterestUsd: 1e6, fundingHourlyFraction: null }],
      candles: async (_, a, b) => from(a, b),
    });
    const binance = { ...source('binance'), ...(markCandles && { markCandles }) };
    const book = createMarketBook({
      clock: {
        nowMs: () => NOW,
        sleep: (ms) => (ms === 0 ? Promise.resolve() : new Promise<void>(() => undefined)),
      },
      log: silent,
      sources: [source('hyperliquid'), binance],
      coins: ['BTC'],
      meta: () => new Map(),
      backfillBars: 200,
    });
    await book.refresh();
    await book.refresh();
    return Object.fromEntries(book.zoneMap('BTC')?.sources.map((s) => [s.venue, s.sweptBy]) ?? []);
  }

  test.each<[string, MarketSource['markCandles'], string]>([
    ['none', undefined, 'trade'],
    ['all', async (_, a, b) => from(a, b), 'mark'],
    ['some are missing', async (_, a, b) => from(a, b).slice(0, 100), 'mixed'],
    ['refused', () => Promise.reject(new Error('HTTP 403')), 'trade'],
    [
      'ten times the price: not of this coin',
      async (_, a, b) =>
        from(a, b).map((c) => ({ ...c, o: c.o * 10, h: c.h * 10, l: c.l * 10, c: c.c * 10 })),
      'trade',
    ],
    ['lows that are a tenth', async (_, a, b) => from(a, b).map((c) => ({ ...c, l: c.l / 10 })), 'trade'],
  ])('%s: the map says how it was swept', async (_, markCandles, sweptBy) => {
    expect(await bookWith(markCandles)).toEqual({ hyperliquid: 'trade', binance: sweptBy });
  });
});

test('kept over a restart beside bars of trades, and forgotten with them', async () => {
  const kept = new Map<string, Candle[]>();
  const spans = new Map<string, { fromMs: number; toMs: number }>();
  const history: CandleHistory = {
    candleSpan: async (venue, coin) => spans.get(`${venue} ${coin}`) ?? null,
    candles: async (venue, coin, a, b) =>
      (kept.get(`${venue} ${coin}`) ?? []).filter((c) => c.t >= a && c.t < b),
    addCandles: async (venue, coin, span, list) => {
      spans.set(`${venue} ${coin}`, span);
      kept.set(`${venue} ${coin}`, [...(kept.get(`${venue} ${coin}`) ?? []), ...list]);
    },
    forgetCandles: async (venue, coin) => {
      spans.delete(`${venue} ${coin}`);
      kept.delete(`${venue} ${coin}`);
    },
  };
  const asked: number[] = [];
  const source: MarketSource = {
    venue: 'binance',
    marks: async () => [],
    candles: async () => [],
    markCandles: async (_, a, b) => {
      asked.push(a);
      return times(a, b - 1).map((t) => ({ t, o: 1, h: 1, l: 1, c: 1, v: 0 }));
    },
  };
  const read = (endMs: number) => storedCandles(source, history).markCandles?.('BTC', T, endMs);
  expect(await read(T + 3 * BAR)).toHaveLength(3);
  expect(await read(T + 5 * BAR)).toHaveLength(5);
  expect(asked).toEqual([T, T + 3 * BAR]);
  await storedCandles(source, history).forget?.('BTC');
  expect(kept.size).toBe(0);
  const { markCandles: _, ...without } = source;
  expect(storedCandles(without, history).markCandles).toBeUndefined();
});
