// Numbers of the method that no other test works out by hand; tests/docs/method.test.ts lists where the others are.
import { describe, expect, test } from 'vitest';
import { leverageKernel } from '../../../src/core/zones/leverage-kernel.ts';
import { liquidationPx, withCum } from '../../../src/core/zones/liquidation-px.ts';
import { gridPosition, gridPx } from '../../../src/core/zones/log-grid.ts';
import { createMapEngine } from '../../../src/core/zones/map-engine.ts';
import { partialOf } from '../../../src/core/zones/score/summarise.ts';
import { accountRatio, openInterestSignal } from '../../../src/core/zones/signals/flow-signals.ts';
import { signalsOf } from '../../../src/core/zones/signals/signals-of.ts';
import { CYCLE_MS, LOOKBACKS, SIGNAL_THRESHOLDS as T } from '../../../src/core/zones/signals/thresholds.ts';
import type { Lookback } from '../../../src/core/zones/signals/thresholds.ts';
import { BAR, mapOf, T0, zone } from './signals/example-map.ts';

const FIVE = LOOKBACKS.day.find((l): l is Lookback => l.timeframe === '5m')!;

describe('where a position is closed', () => {
  const flat = (mmr: number, maxLeverage = 1_000) => withCum([{ floorUsd: 0, mmr, maxLeverage }]);

  test('65,000 at 10x, 0.5 %: 58,793.97 and 71,144.28; to first order 58,825 and 71,175', () => {
    const at = (side: 'long' | 'short') =>
      liquidationPx({ side, px: 65_000, sz: 1, marginUsd: 6_500, tiers: flat(0.005) }) ?? Number.NaN;
    // 65,000 · 0.9 ÷ 0.995 and 65,000 · 1.1 ÷ 1.005.
    expect(at('long')).toBeCloseTo(58_793.97, 2);
    expect(at('short')).toBeCloseTo(71_144.28, 2);
    // The first-order form is what people know by heart; it is off by 0.05 % here.
    expect(at('long') / 58_825).toBeCloseTo(0.99947, 5);
    expect(at('short') / 71_175).toBeCloseTo(0.99957, 5);
  });

  test.each([
    [2, 0.5],
    [5, 0.2],
    [10, 0.1],
    [20, 0.05],
    [50, 0.02],
    [100, 0.01],
  ])('%dx without maintenance is closed %d of the price away', (leverage, distance) => {
    const o = { px: 200, sz: 3, marginUsd: 600 / leverage, tiers: flat(1e-9) };
    expect(1 - (liquidationPx({ ...o, side: 'long' }) ?? 0) / 200).toBeCloseTo(distance, 6);
    expect((liquidationPx({ ...o, side: 'short' }) ?? 0) / 200 - 1).toBeCloseTo(distance, 6);
  });
});

test('the grid: 2,304 buckets a decade, 0.09999 % each, bucket 0 at 1 USD', () => {
  expect(gridPosition(1)).toBe(0);
  expect(gridPosition(1_000)).toBeCloseTo(6_912, 9);
  expect((gridPx(1) - 1) * 100).toBeCloseTo(0.09999, 5);
});

test('turnover of a bar: 45 % at its close, 27.5 % at its high, 27.5 % at its low', () => {
  const tiers = withCum([{ floorUsd: 0, mmr: 0.004, maxLeverage: 125 }]);
  const kernel = leverageKernel([[20, 1, 7]], tiers);
  const engine = createMapEngine({ kernel, intervalMs: BAR });
  engine.push({ t: T0, o: 100, h: 102, l: 99, c: 101, v: 10 });
  // Turnover 10 · 101 = 1,010; a long at 20x is closed at 0.953815 of its entry.
  const from = Math.floor(gridPosition(90));
  const found = new Float64Array(200);
  engine.addTo(found, 'long', from, 1);
  const at = (entryPx: number): number => found[Math.round(gridPosition(entryPx * 0.953815)) - from] ?? 0;
  expect([at(101), at(102), at(99)].map((x) => Number(x.toFixed(6)))).toEqual([454.5, 277.75, 277.75]);
  expect(found.reduce((a, b) => a + b, 0)).toBeCloseTo(1_010, 9);
});

describe('thresholds at their edge', () => {
  const both = mapOf([zone('long', 100, 1e6), zone('short', 100, 1e6)]);

  test.each([
    // Excess over 65 % of what is left to 100 %: (2 · 0.3 − 0.3) ÷ 0.7 = 3/7; at the edge a tenth at least.
    [0.8, 'crowded-longs', -3 / 7],
    [0.65, 'crowded-longs', -0.1],
    [0.6499, 'even', 0],
    [0.3501, 'even', 0],
    [0.35, 'crowded-shorts', 0.1],
  ])('%d of the accounts long: %s, score %d', (longAccountFraction, state, score) => {
    const c = accountRatio([{ venue: 'binance', tMs: T0, longAccountFraction }], both, FIVE, T, T0);
    expect(c.state).toBe(state);
    expect(c.score).toBeCloseTo(score, 9);
    expect(c.strength).toBeCloseTo(Math.abs(score), 9);
  });

  test.each([
    [799, 'washed-out', 1],
    [801, 'steady', 0.995],
    [1_029, 'steady', 0.145],
    [1_030, 'loading', 0.15],
    [1_100, 'loading', 0.5],
  ])('1,000 → %d coins: %s, strength %d', (coins, state, strength) => {
    const samples = [
      { tMs: T0 - FIVE.windowMs, usd: 1, coins: 1_000 },
      { tMs: T0, usd: 1, coins },
    ];
    const c = openInterestSignal(samples, both, FIVE, T, T0);
    expect(c.state).toBe(state);
    expect(c.strength).toBeCloseTo(strength, 9);
  });

  test('a bias is the mean score by strength × confidence: 0.6 at 0.6 against −1 at 1 is −0.4, and down from ±0.4 on', () => {
    // Magnet: 200k against 50k at the same 100 bp = 4 : 1 = 3/5. Funding: twice the extreme, longs near = −1.
    const map = mapOf([zone('short', 100, 200_000), zone('long', 100, 50_000)]);
    const look = (directionBias: number) =>
      signalsOf(
        { map, candles: [], fundingHourlyFraction: 0.0001, nowMs: T0 },
        { ...T, directionBias: directionBias as typeof T.directionBias },
      ).timeframes.find((f) => f.timeframe === '5m');
    expect(look(0.15)?.bias).toBeCloseTo(-0.4, 9);
    expect(look(0.15)?.direction).toBe('down');
    expect(look(0.4 - 1e-9)?.direction).toBe('down');
    expect(look(0.4 + 1e-9)?.direction).toBe('neutral');
  });

  test('modes look every 30 s, 60 s and 5 min', () => {
    expect(CYCLE_MS).toEqual({ scalp: 30_000, day: 60_000, swing: 300_000 });
  });
});

test('partial rank correlation: .8 with each other, .8 and .4 with distance, is .48 ÷ √(.36 · .84) = .8729', () => {
  const [map, outcome, distance] = [
    [1, 2, 3, 4],
    [1, 3, 2, 4],
    [1, 2, 4, 3],
  ].map((ranks) => Float64Array.from(ranks));
  expect(partialOf([map!, outcome!, distance!])).toBeCloseTo(0.48 / Math.sqrt(0.36 * 0.84), 9);
  // As far as distance says, and no farther: the map as its own control.
  expect(partialOf([map!, outcome!, map!])).toBeNull();
});
