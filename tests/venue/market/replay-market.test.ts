import { describe, expect, test } from 'vitest';
import type { Candle } from '../../../src/core/shared/candle.ts';
import { seededRandom } from '../../../src/core/shared/seeded-random.ts';
import { createReplayMarket, type ReplayOptions } from '../../../src/venue/market/replay-market.ts';
import { recordingSink } from './recording-sink.ts';

const BAR = 300_000;
const T0 = 1_700_000_100_000 - (1_700_000_100_000 % BAR);

/** A chain of plausible bars with whole-number prices, open = close before. */
function someBars(count: number, seed: number, startMs = T0): Candle[] {
  const random = seededRandom(seed);
  let px = 1_000;
  return Array.from({ length: count }, (_, i) => {
    const o = px;
    const c = Math.round(o * (1 + 0.01 * random.normal()));
    const h = Math.max(o, c) + Math.floor(5 * random.next());
    const l = Math.min(o, c) - Math.floor(5 * random.next());
    px = c;
    return { t: startMs + i * BAR, o, h, l, c, v: 10 + i };
  });
}

function play(o: Partial<ReplayOptions> & Pick<ReplayOptions, 'candles'>): {
  sink: ReturnType<typeof recordingSink>;
  closes: { nowMs: number; coins: string[] }[];
  steps: number;
} {
  const sink = recordingSink();
  const market = createReplayMarket({ interval: '5m', fromMs: T0, toMs: T0 + 1e10, sink, ...o });
  const closes: { nowMs: number; coins: string[] }[] = [];
  let steps = 0;
  for (let step = market.advance(); !step.done; step = market.advance()) {
    steps += 1;
    if (step.closed.length > 0)
      closes.push({ nowMs: step.nowMs, coins: step.closed.map(({ coin }) => coin) });
  }
  expect(market.barsLeft()).toBe(0);
  return { sink, closes, steps };
}

describe('replaying recorded bars', () => {
  test('bars before the start are history, bars from the end on are not played', () => {
    const bars = someBars(100, 1);
    const from = T0 + 60 * BAR;
    const { sink, closes } = play({
      candles: new Map([['BTC', bars]]),
      fromMs: from,
      toMs: T0 + 90 * BAR,
    });
    const given = sink.said.filter((s) => s.what === 'bars');
    expect(given[0]?.candles).toEqual(bars.slice(0, 60));
    expect(given.slice(1).flatMap((s) => s.candles)).toEqual(bars.slice(60, 90));
    expect(closes.map((c) => c.nowMs)).toEqual(bars.slice(60, 90).map((b) => b.t + BAR));
    const times = sink.said.flatMap((s) => (s.what === 'price' ? [s.atMs] : []));
    expect(Math.min(...times)).toBe(from);
  });

  test('at most 5,000 bars of history, the newest ones', () => {
    const bars = someBars(5_010, 2);
    const { sink } = play({ candles: new Map([['BTC', bars]]), fromMs: T0 + 5_005 * BAR });
    const first = sink.said.find((s) => s.what === 'bars');
    expect(first?.candles).toEqual(bars.slice(5, 5_005));
  });

  test('prices of each bar draw the bar again, and a bar is given only after its last price', () => {
    const candles = new Map([
      ['BTC', someBars(50, 3)],
      ['ETH', someBars(50, 4)],
    ]);
    const { sink } = play({ candles, stepsPerLeg: 3 });
    for (const [coin, bars] of candles) {
      let prices: number[] = [];
      let bar = 0;
      for (const s of sink.said.slice(2)) {
        if (s.coin !== coin) continue;
        if (s.what === 'price') prices.push(s.px);
        if (s.what !== 'bars') continue;
        const { o, h, l, c } = bars[bar]!;
        expect([prices[0], Math.max(...prices), Math.min(...prices), prices.at(-1)]).toEqual([o, h, l, c]);
        expect(prices).toHaveLength(10);
        expect(s.candles).toEqual([bars[bar]]);
        prices = [];
        bar += 1;
      }
      expect(bar).toBe(50);
    }
  });

  test('time never runs backwards over coins with different gaps, and each coin plays all its bars', () => {
    const btc = someBars(40, 5).filter((_, i) => i % 7 !== 3);
    const eth = someBars(30, 6, T0 + 5 * BAR).filter((_, i) => i < 10 || i > 15);
    const { sink, closes } = play({
      candles: new Map([
        ['BTC', btc],
        ['ETH', eth],
      ]),
    });
    let last = 0;
    for (const s of sink.said.slice(2)) {
      if (s.what !== 'price') continue;
      expect(s.atMs).toBeGreaterThanOrEqual(last);
      last = s.atMs;
    }
    expect(closes.filter((c) => c.coins.includes('BTC'))).toHaveLength(btc.length);
    expect(closes.filter((c) => c.coins.includes('ETH'))).toHaveLength(eth.length);
    const gap = T0 + 3 * BAR;
    expect(sink.said.some((s) => s.what === 'price' && s.coin === 'BTC' && s.atMs === gap)).toBe(false);
  });

  test('the worst case follows the position of the moment', () => {
    const wide: Candle[] = [0, 1].map((i) => ({ t: T0 + i * BAR, o: 100, h: 120, l: 90, c: 100, v: 1 }));
    let held: 'long' | 'short' = 'short';
    const { sink } = play({
      candles: new Map([['BTC', wide]]),
      stepsPerLeg: 1,
      positionSide: () => {
        held = held === 'long' ? 'short' : 'long';
        return held;
      },
    });
    const prices = sink.said.filter((s) => s.what === 'price').map((s) => s.px);
    expect(prices).toEqual([100, 100, 90, 120, 100, 100, 120, 90, 100]);
  });

  test('same seed, same prices; bar by bar gives the same as price by price', () => {
    const candles = new Map([
      ['BTC', someBars(60, 7)],
      ['ETH', someBars(60, 8)],
    ]);
    const seeded = (seed: number): unknown => play({ candles, mode: 'seeded', seed }).sink.said;
    expect(seeded(1)).toEqual(seeded(1));
    expect(seeded(1)).not.toEqual(seeded(2));
    const sink = recordingSink();
    const market = createReplayMarket({
      candles,
      interval: '5m',
      fromMs: T0,
      toMs: T0 + 1e9,
      sink,
      mode: 'seeded',
      seed: 1,
    });
    let bars = 0;
    for (let step = market.advanceBar(); !step.done; step = market.advanceBar()) bars += step.closed.length;
    expect(bars).toBe(120);
    expect(sink.said).toEqual(seeded(1));
  });

  test('nothing to play is done at once, an empty range is our own mistake', () => {
    const sink = recordingSink();
    const o = { candles: new Map([['BTC', []]]), interval: '5m', sink } as const;
    expect(createReplayMarket({ ...o, fromMs: 1, toMs: 2 }).advance()).toEqual({ done: true, nowMs: 1 });
    expect(() => createReplayMarket({ ...o, fromMs: 2, toMs: 2 })).toThrow(/replay from/);
    expect(sink.said).toEqual([]);
  });
});
