import { afterEach, describe, expect, test } from 'vitest';
import { createMarketBook } from '../../../src/app/market-book.ts';
import type { MarketSource } from '../../../src/app/ports.ts';
import type { Candle } from '../../../src/core/shared/candle.ts';
import { createBybitMarket } from '../../../src/shell/market/bybit.ts';
import { createFetchJson } from '../../../src/shell/market/fetch-json.ts';
import type { Answer, FakeServer } from './fake-server.ts';
import { fakeClock, json, startFakeServer } from './fake-server.ts';

const BAR = 300_000;
const NOW = 1_760_129_700_000 + 60_000;
const BARS = 300;

/** A slow wave around 100 with shorter ones on it: zones on both sides. */
const pxAt = (t: number): number =>
  100 + 3 * Math.sin(t / BAR / 40) + 0.8 * Math.sin(t / BAR / 7) + 0.2 * Math.sin(t / BAR);
const candleAt = (t: number): Candle => {
  const [o, c] = [pxAt(t), pxAt(t + BAR)];
  return { t, o, c, h: Math.max(o, c) * 1.001, l: Math.min(o, c) * 0.999, v: 1_000 };
};

const open: FakeServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((s) => s.close()));
});

type Mode =
  | 'well'
  | 'down'
  | 'frozen'
  | 'frozen marks'
  | 'marks ×10'
  | 'bars ×10'
  | 'all ×10'
  | 'empty'
  | 451
  | 403
  | 429;

/** Hyperliquid in memory and Bybit behind its real adapter on a server that behaves as told. */
async function setup() {
  const clock = fakeClock(NOW);
  let mode: Mode = 'well';
  let frozenAtMs = NOW;
  const ok = (result: unknown) => ({ retCode: 0, retMsg: 'OK', result });
  const answer: Answer = (asked, response) => {
    if (mode === 'down') return void response.destroy();
    if (typeof mode === 'number') return json({}, mode)(asked, response);
    const nowMs = mode === 'frozen' ? frozenAtMs : clock.nowMs();
    const q = asked.query;
    const symbol = q.get('symbol');
    if (mode === 'empty') return json(ok({ symbol, list: [] }))(asked, response);
    if (asked.path === '/v5/market/tickers') {
      const times = mode === 'marks ×10' || mode === 'all ×10' ? 10 : 1;
      const markPrice = (pxAt(mode === 'frozen marks' ? frozenAtMs : nowMs) * times).toFixed(6);
      return json(ok({ list: [{ symbol: 'BTCUSDT', markPrice }] }))(asked, response);
    }
    if (asked.path === '/v5/market/open-interest')
      return json(
        ok({
          symbol,
          list: [{ openInterest: '80000', singleOpenInterest: '40000', timestamp: String(nowMs) }],
        }),
      )(asked, response);
    const k = mode === 'bars ×10' || mode === 'all ×10' ? 10 : 1;
    const list = [];
    for (
      let t = Math.floor(Math.min(Number(q.get('end')), nowMs) / BAR) * BAR;
      t >= Number(q.get('start'));
      t -= BAR
    ) {
      const c = candleAt(t);
      list.push([String(t), ...[c.o, c.h, c.l, c.c].map((x) => (x * k).toFixed(6)), '1000', '1']);
    }
    return json(ok({ symbol, list }))(asked, response);
  };
  const server = await startFakeServer(answer);
  open.push(server);
  const bybit = createBybitMarket({
    fetchJson: createFetchJson({
      venue: 'bybit',
      baseUrl: server.url,
      nowMs: clock.nowMs,
      sleep: async () => undefined,
    }),
    limiter: { take: async () => undefined },
    nowMs: clock.nowMs,
  });
  const hyperliquid: MarketSource = {
    venue: 'hyperliquid',
    marks: async () => [
      { coin: 'BTC', markPx: pxAt(clock.nowMs()), openInterestUsd: 2e6, fundingHourlyFraction: 0 },
    ],
    candles: async (_, startMs, endMs) => {
      const out = [];
      for (let t = Math.ceil(startMs / BAR) * BAR; t < endMs; t += BAR) out.push(candleAt(t));
      return out;
    },
  };
  const silent = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  };
  /** Waiting for others never ends before they do, but for the turn of the event loop between maps. */
  const waiting = {
    ...clock,
    sleep: (ms: number) => (ms === 0 ? Promise.resolve() : new Promise<void>(() => undefined)),
  };
  const book = createMarketBook({
    clock: waiting,
    log: silent,
    sources: [hyperliquid, bybit],
    coins: ['BTC'],
    meta: () => new Map(),
    backfillBars: BARS,
  });
  return {
    book,
    clock,
    set(next: Mode) {
      mode = next;
      frozenAtMs = clock.nowMs();
    },
  };
}

const map = (book: ReturnType<typeof createMarketBook>) => {
  const found = book.zoneMap('BTC');
  if (found === null) throw new Error('no map');
  return found;
};
const weights = (book: ReturnType<typeof createMarketBook>) =>
  Object.fromEntries(map(book).sources.map((s) => [s.venue, Number(s.weight.toFixed(2))]));
const message = (book: ReturnType<typeof createMarketBook>, venue: string) =>
  book.feeds().find((f) => f.venue === venue)?.message ?? null;

test('two venues that are well: both in the map, weighted by one-sided open interest in USD', async () => {
  const { book } = await setup();
  await book.refresh();
  const px = map(book).markPx;
  expect(weights(book)).toEqual({
    hyperliquid: Number((2e6 / (2e6 + 40_000 * px)).toFixed(2)),
    bybit: Number(((40_000 * px) / (2e6 + 40_000 * px)).toFixed(2)),
  });
  expect(book.feeds().map((f) => f.message)).toEqual([null, null]);
});

describe('one venue that is not well', () => {
  const SAYS: [Mode, RegExp][] = [
    ['down', /no connection/],
    ['marks ×10', /far from/],
    ['bars ×10', /far from its mark/],
    ['all ×10', /far from Hyperliquid's/],
    ['empty', /does not list|no open interest|no bar/],
    [451, /451/],
    [403, /403/],
    [429, /429/],
  ];
  test.each(SAYS)('%s: said in the same poll, and the zones stay what they were', async (mode, says) => {
    const [sick, well] = [await setup(), await setup()];
    for (const w of [sick, well]) await w.book.refresh();
    sick.set(mode);
    for (const w of [sick, well]) {
      w.clock.advance(BAR);
      await w.book.refresh();
    }
    expect(message(sick.book, 'bybit')).toMatch(says);
    expect(message(sick.book, 'hyperliquid')).toBeNull();
    const nearest = (side: 'long' | 'short') => (b: typeof sick) => map(b.book).maxPain[side]?.peakPx ?? 0;
    for (const side of ['long', 'short'] as const)
      expect(Math.abs(nearest(side)(sick) / nearest(side)(well) - 1)).toBeLessThan(0.003);
    // With honest marks the bars taken before stay good for a quarter of an hour; otherwise it is left out at once.
    expect(map(sick.book).leftOut.map((l) => l.venue)).toEqual(mode === 'bars ×10' ? [] : ['bybit']);
  });

  test.each<Mode>(['bars ×10', 'all ×10'])('%s for a while leaves no trace once it is over', async (mode) => {
    const [sick, well] = [await setup(), await setup()];
    for (const w of [sick, well]) await w.book.refresh();
    sick.set(mode);
    for (let i = 0; i < 2; i++) {
      for (const w of [sick, well]) {
        w.clock.advance(BAR);
        await w.book.refresh();
      }
      sick.set(i === 0 ? mode : 'well');
    }
    for (const w of [sick, well]) {
      w.clock.advance(BAR);
      await w.book.refresh();
    }
    expect(map(sick.book).bins).toEqual(map(well.book).bins);
    expect(message(sick.book, 'bybit')).toBeNull();
  });

  test('×10 from the very first bar, with marks to match: never in a map, and read again when it is over', async () => {
    const [sick, well] = [await setup(), await setup()];
    sick.set('all ×10');
    await sick.book.refresh();
    await well.book.refresh();
    expect(weights(sick.book)).toEqual({ hyperliquid: 1 });
    sick.set('well');
    for (let i = 0; i < 2; i++)
      for (const w of [sick, well]) {
        w.clock.advance(BAR);
        await w.book.refresh();
      }
    expect(weights(sick.book)).toEqual(weights(well.book));
  });

  test('marks that stand still while bars go on: left out as soon as the market has moved 2 %', async () => {
    const { book, clock, set } = await setup();
    await book.refresh();
    const from = map(book).markPx;
    set('frozen marks');
    const seen = [];
    for (let i = 0; i < 90; i++) {
      clock.advance(BAR);
      await book.refresh();
      const moved = Math.abs(map(book).markPx / from - 1);
      seen.push({ moved, isOut: map(book).leftOut.some((l) => /does not follow the market/.test(l.why)) });
    }
    expect(seen.some((s) => s.moved > 0.022)).toBe(true);
    expect(seen.filter((s) => s.moved > 0.022 && !s.isOut)).toEqual([]);
    expect(seen.filter((s) => s.moved < 0.015 && s.isOut)).toEqual([]);
  });

  test('frozen: left out and said once its bars are fifteen minutes late, used again when they come', async () => {
    const { book, clock, set } = await setup();
    await book.refresh();
    set('frozen');
    for (let i = 0; i < 4; i++) {
      clock.advance(BAR);
      await book.refresh();
    }
    expect(weights(book)).toEqual({ hyperliquid: 1 });
    set('well');
    clock.advance(BAR);
    await book.refresh();
    expect(Object.keys(weights(book))).toEqual(['hyperliquid', 'bybit']);
  });
});
