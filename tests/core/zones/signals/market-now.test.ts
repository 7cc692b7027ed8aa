import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { marketNow } from '../../../../src/core/zones/signals/market-now.ts';
import { signalsOf } from '../../../../src/core/zones/signals/signals-of.ts';
import type { CoinSignals, SignalCard, SignalName } from '../../../../src/core/zones/signals/types.ts';
import { bars, mapOf, sweep, T0, zone } from './example-map.ts';

const card = (name: SignalName, state: string, score: number): SignalCard => ({
  name,
  state,
  score,
  strength: 1,
  confidence: 1,
  numbers: {},
});
const coin = (name: string, cards: SignalCard[], over: Partial<CoinSignals> = {}): CoinSignals => ({
  coin: name,
  asOfMs: T0,
  markPx: 100,
  timeframes: [
    { timeframe: '5m', cards, bias: 0.2, direction: 'up' },
    { timeframe: '1h', cards: [], bias: 0, direction: 'neutral' },
  ],
  unknown: [],
  agreement: 'mixed',
  confidence: 0.1,
  ...over,
});
const flowOf = (...cards: SignalCard[]) => marketNow([coin('BTC', cards)]).coins[0]?.flow;

describe('forced closing of one coin', () => {
  test.each([
    ['accelerating', -0.9, 'running', 'long'],
    ['running', -0.9, 'running', 'long'],
    ['decelerating', 0.7, 'running', 'short'],
    // What fades speaks against its own direction.
    ['fading', 0.8, 'fading', 'long'],
    ['fading', -0.8, 'fading', 'short'],
  ] as const)('reported %s with score %d: %s, %ss', (state, score, found, side) => {
    expect(flowOf(card('liquidation-velocity', state, score))).toEqual({
      state: found,
      side,
      by: ['reported'],
    });
  });

  test.each([
    ['liquidation-velocity', 'quiet'],
    ['liquidation-velocity', 'unknown'],
    ['sweep-velocity', 'none'],
  ] as const)('%s %s: quiet', (name, state) => {
    expect(flowOf(card(name, state, 0))).toEqual({ state: 'quiet', side: null, by: [] });
  });

  test('the more alarming of both counts, and who says so is told', () => {
    const reported = card('liquidation-velocity', 'fading', 0.5);
    const swept = card('sweep-velocity', 'running', -0.5);
    expect(flowOf(reported, swept)).toEqual({ state: 'running', side: 'long', by: ['estimated'] });
    expect(flowOf({ ...reported, state: 'running', score: -1 }, swept)?.by).toEqual([
      'reported',
      'estimated',
    ]);
    // Opposite sides: what was reported is the fact.
    expect(flowOf({ ...reported, state: 'running', score: 1 }, swept)).toEqual({
      state: 'running',
      side: 'short',
      by: ['reported'],
    });
  });

  test('is read from real cards: 60 % of what was near went in the newest bar, then nothing for two bars', () => {
    const candles = bars(600, () => 100);
    const of = (barsAgo: number) => {
      const map = mapOf([zone('long', 100, 1e5)], { sweeps: [sweep('long', barsAgo, 150_000)] });
      return marketNow([signalsOf({ map, candles, fundingHourlyFraction: 0, nowMs: T0 })]).coins[0];
    };
    expect(of(0)?.flow).toEqual({ state: 'running', side: 'long', by: ['estimated'] });
    expect(of(3)?.flow).toEqual({ state: 'fading', side: 'long', by: ['estimated'] });
    // 5m looks 45 minutes back.
    expect(of(10)?.flow.state).toBe('quiet');
    expect(of(0)).toMatchObject({ openInterest: 'unknown', isTooHot: false });
  });
});

test('counts whose closing runs on how many coins; those come first, then fading ones, then the confident', () => {
  const run = [card('sweep-velocity', 'running', -1)];
  const now = marketNow([
    coin('A', [], { confidence: 0.2 }),
    coin('B', [card('sweep-velocity', 'fading', -1)], { confidence: 0.9 }),
    coin('C', run, { confidence: 0 }),
    coin('D', [card('sweep-velocity', 'running', 1)], { confidence: 0.3 }),
    coin('E', run, { confidence: 0.1 }),
    coin('F', [], { confidence: 0.5 }),
  ]);
  expect(now.running).toEqual({ long: 2, short: 1 });
  expect(now.fading).toEqual({ long: 0, short: 1 });
  expect(now.coins.map((c) => c.coin)).toEqual(['D', 'E', 'C', 'B', 'F', 'A']);
});

test('both sides dense is too hot; open interest as its card says', () => {
  const [now] = marketNow([
    coin('BTC', [card('crowding', 'too-hot', 0), card('open-interest', 'washed-out', 0)]),
  ]).coins;
  expect(now).toMatchObject({ isTooHot: true, openInterest: 'washed-out', agreement: 'mixed' });
  expect(now?.timeframes).toEqual([
    { timeframe: '5m', direction: 'up', bias: 0.2 },
    { timeframe: '1h', direction: 'neutral', bias: 0 },
  ]);
});

test('no coin is lost and none counted twice', () => {
  const state = fc.constantFrom(
    'accelerating',
    'running',
    'decelerating',
    'fading',
    'quiet',
    'unknown',
    'none',
  );
  const arb = fc.array(fc.tuple(state, state, fc.double({ min: -1, max: 1, noNaN: true })), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(arb, (list) => {
      const now = marketNow(
        list.map(([a, b, score], i) =>
          coin(`C${i}`, [card('liquidation-velocity', a, score), card('sweep-velocity', b, -score)]),
        ),
      );
      expect(new Set(now.coins.map((c) => c.coin)).size).toBe(list.length);
      const counted = now.running.long + now.running.short + now.fading.long + now.fading.short;
      expect(counted).toBe(now.coins.filter((c) => c.flow.state !== 'quiet').length);
      for (const { flow } of now.coins) {
        expect(flow.side === null).toBe(flow.state === 'quiet');
        expect(flow.by.length > 0).toBe(flow.state !== 'quiet');
      }
    }),
  );
});
