import { describe, expect, test } from 'vitest';
import { createMarkJudge } from '../../src/app/judge-marks.ts';
import { createMarketBook } from '../../src/app/market-book.ts';
import { createMarketFlow } from '../../src/app/market-flow.ts';
import type { MarketSource, MarkInfo } from '../../src/app/ports.ts';
import { ReadError } from '../../src/app/ports.ts';
import type { Candle } from '../../src/core/shared/candle.ts';

type Marks = Partial<Record<'hyperliquid' | 'binance' | 'bybit' | 'okx', number>>;

describe('the judge', () => {
  const judged = (...readings: Marks[]) => {
    const judge = createMarkJudge();
    for (const [i, marks] of readings.entries())
      for (const [venue, px] of Object.entries(marks)) judge.note(venue, 'BTC', px, i * 10_000);
    return (venue: string) => judge.against(venue, 'BTC');
  };

  test('far from two that agree is wrong, whoever it is', () => {
    const against = judged({ hyperliquid: 1_000, binance: 100, bybit: 101 });
    expect(against('hyperliquid')).toBe('mark 1000 is far from that of binance and bybit');
    expect(against('binance')).toBeNull();
    expect(against('bybit')).toBeNull();
    expect(against('okx')).toBeNull();
  });

  test('far from one alone, or from two that differ from each other, cannot be decided', () => {
    expect(judged({ hyperliquid: 1_000, binance: 100 })('hyperliquid')).toBeNull();
    const apart = judged({ hyperliquid: 1_000, binance: 100, bybit: 10 });
    expect(['hyperliquid', 'binance', 'bybit'].map(apart)).toEqual([null, null, null]);
  });

  test.each([
    [104.9, false],
    [106.5, true],
  ])('five per cent from both is the limit: %d', (px, isWrong) => {
    expect(judged({ hyperliquid: px, binance: 100, bybit: 101 })('hyperliquid') !== null).toBe(isWrong);
  });

  const drift = (of: (i: number) => Marks, readings: number) =>
    judged(...Array.from({ length: readings }, (_, i) => of(i)));
  const moving = (i: number) => 100 + 0.1 * i;

  test('unchanged over six readings while others moved 0.3 %: it stands still', () => {
    const still = (i: number): Marks => ({ hyperliquid: moving(i), binance: moving(i), bybit: 100 });
    expect(drift(still, 6)('bybit')).toBeNull();
    expect(drift(still, 7)('bybit')).toBe('mark 100 stands still while hyperliquid and binance move');
    expect(drift(still, 7)('binance')).toBeNull();
  });

  test('Hyperliquid needs two witnesses, the others one', () => {
    const one = (i: number): Marks => ({ hyperliquid: 100, binance: moving(i), bybit: 100 });
    expect(drift(one, 9)('hyperliquid')).toBeNull();
    expect(drift(one, 9)('bybit')).toMatch(/stands still/);
    expect(
      drift((i) => ({ hyperliquid: 100, binance: moving(i), bybit: moving(i) }), 9)('hyperliquid'),
    ).toMatch(/stands still/);
  });

  test('a calm market is not a frozen feed, and a mark that moves again is well', () => {
    const calm = (): Marks => ({ hyperliquid: 100.2, binance: 100, bybit: 100 });
    expect(drift(calm, 50)('bybit')).toBeNull();
    const back = (i: number): Marks => ({
      hyperliquid: moving(i),
      binance: moving(i),
      bybit: i < 9 ? 100 : moving(i),
    });
    expect(drift(back, 9)('bybit')).not.toBeNull();
    expect(drift(back, 10)('bybit')).toBeNull();
  });

  test('an old reading is no witness', () => {
    const judge = createMarkJudge();
    judge.note('binance', 'BTC', 100, 0);
    judge.note('bybit', 'BTC', 100, 0);
    judge.note('hyperliquid', 'BTC', 1_000, 46_000);
    expect(judge.against('hyperliquid', 'BTC')).toBeNull();
    judge.note('binance', 'BTC', 100, 46_000);
    judge.note('bybit', 'BTC', 100, 46_000);
    expect(judge.anyAgainst('hyperliquid')).toBe('BTC mark 1000 is far from that of binance and bybit');
  });
});

describe('in the market book', () => {
  const BAR = 300_000;
  const POLL = 10_000;
  const pxAt = (t: number): number => 100 + 3 * Math.sin(t / BAR / 6) + 0.8 * Math.sin(t / BAR / 2);
  const candleAt = (t: number): Candle => {
    const [o, c] = [pxAt(t), pxAt(t + BAR)];
    return { t, o, c, h: Math.max(o, c) * 1.001, l: Math.min(o, c) * 0.999, v: 1_000 };
  };

  function world() {
    let nowMs = 1_760_129_760_000;
    const factor: Record<string, number> = {};
    const frozenAt: Record<string, number> = {};
    const refuses: Record<string, string> = {};
    const source = (venue: MarketSource['venue']): MarketSource => ({
      venue,
      async marks(): Promise<MarkInfo[]> {
        if (refuses[venue] !== undefined) throw new ReadError(refuses[venue]);
        const markPx = pxAt(frozenAt[venue] ?? nowMs) * (factor[venue] ?? 1);
        return [{ coin: 'BTC', markPx, openInterestUsd: 1e6, fundingHourlyFraction: 0 }];
      },
      async candles(_, startMs, endMs) {
        const out: Candle[] = [];
        for (let t = Math.ceil(startMs / BAR) * BAR; t < endMs; t += BAR) out.push(candleAt(t));
        return out;
      },
    });
    const silent = {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: () => undefined,
    };
    const clock = {
      nowMs: () => nowMs,
      sleep: (ms: number) => (ms === 0 ? Promise.resolve() : new Promise<void>(() => undefined)),
    };
    const sources = (['hyperliquid', 'binance', 'bybit', 'okx'] as const).map(source);
    const flow = createMarketFlow({
      clock,
      log: silent,
      coins: ['BTC'],
      streams: [],
      sources,
      history: null,
    });
    const book = createMarketBook({
      clock,
      log: silent,
      sources,
      coins: ['BTC'],
      meta: () => new Map(),
      backfillBars: 300,
      flow,
    });
    const poll = async (times = 1): Promise<void> => {
      for (let i = 0; i < times; i++) {
        nowMs += POLL;
        await book.refresh();
      }
    };
    const message = (venue: string) => book.feeds().find((f) => f.venue === venue)?.message ?? null;
    return {
      book,
      poll,
      factor,
      refuses,
      message,
      freeze: (v: string) => (frozenAt[v] = nowMs),
      thaw: (v: string) => delete frozenAt[v],
    };
  }

  test('one down, one lying, one that answers 451, at once: said in that poll, and the map is Hyperliquid’s own', async () => {
    const [sick, alone] = [world(), world()];
    for (const venue of ['binance', 'bybit', 'okx']) alone.refuses[venue] = 'not asked';
    await sick.poll();
    await alone.poll();
    expect(sick.book.zoneMap('BTC')?.sources).toHaveLength(4);
    sick.refuses['binance'] = 'HTTP 451, not served here';
    sick.refuses['okx'] = 'no connection';
    sick.factor['bybit'] = 10;
    await sick.poll(6);
    await alone.poll(6);
    // The two that cannot be read go when their marks are too old to compare; the liar goes at once.
    expect(sick.book.zoneMap('BTC')?.leftOut.map((l) => l.venue)).toEqual(['binance', 'bybit', 'okx']);
    expect(sick.book.zoneMap('BTC')?.bins).toEqual(alone.book.zoneMap('BTC')?.bins);
    expect(sick.message('binance')).toMatch(/451/);
    expect(sick.message('okx')).toMatch(/no connection/);
    expect(sick.message('bybit') ?? sick.book.zoneMap('BTC')?.leftOut[1]?.why).toMatch(/far from/);
    expect(sick.message('hyperliquid')).toBeNull();
  });

  test('Hyperliquid ×10 against three: no map within that poll, said, no sample kept; well again when it is over', async () => {
    const { book, poll, factor, message } = world();
    await poll();
    expect(book.zoneMap('BTC')?.sources).toHaveLength(4);
    factor['hyperliquid'] = 10;
    await poll();
    expect(book.zoneMap('BTC')).toBeNull();
    expect(message('hyperliquid')).toMatch(/BTC mark .* is far from that of binance and bybit and okx/);
    await poll(12);
    const samples = book.openInterest('BTC');
    expect(samples.length).toBeGreaterThan(0);
    expect(Math.max(...samples.map((s) => s.coins))).toBeLessThan(1e6 / 90);
    expect(Math.min(...samples.map((s) => s.coins))).toBeGreaterThan(1e6 / 110);
    factor['hyperliquid'] = 1;
    await poll(2);
    expect(book.zoneMap('BTC')?.sources).toHaveLength(4);
    expect(message('hyperliquid')).toBeNull();
  });

  test('a venue whose mark stands still is left out as soon as the market has moved; Hyperliquid’s takes the map along', async () => {
    const { book, poll, freeze, thaw, message } = world();
    await poll();
    freeze('okx');
    const from = book.mark('BTC')?.markPx ?? 0;
    let polls = 0;
    for (; polls < 300 && message('okx') === null; polls++) await poll();
    expect(polls).toBeGreaterThan(5);
    const moved = Math.abs((book.mark('BTC')?.markPx ?? 0) / from - 1);
    expect(moved).toBeGreaterThan(0.0025);
    expect(moved).toBeLessThan(0.004);
    expect(book.zoneMap('BTC')?.leftOut).toEqual([
      { venue: 'okx', why: expect.stringMatching(/stands still/) },
    ]);
    thaw('okx');
    await poll();
    expect(book.zoneMap('BTC')?.leftOut).toEqual([]);
    freeze('hyperliquid');
    for (polls = 0; polls < 300 && message('hyperliquid') === null; polls++) await poll();
    expect(book.zoneMap('BTC')).toBeNull();
    expect(message('hyperliquid')).toMatch(/stands still/);
  });
});
