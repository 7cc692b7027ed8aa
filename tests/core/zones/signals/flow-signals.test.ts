import { describe, expect, test } from 'vitest';
import {
  accountRatio,
  liquidationDelta,
  liquidationVelocity,
  openInterestSignal,
} from '../../../../src/core/zones/signals/flow-signals.ts';
import { LOOKBACKS, SIGNAL_THRESHOLDS as T } from '../../../../src/core/zones/signals/thresholds.ts';
import { signalsOf } from '../../../../src/core/zones/signals/signals-of.ts';
import type {
  RealisedView,
  RealisedWindow,
  SideVelocity,
} from '../../../../src/core/zones/realised/types.ts';
import { mapOf, T0, zone } from './example-map.ts';

const [near, far] = LOOKBACKS.day;
const hour = (longUsd: number, shortUsd: number): RealisedWindow => ({
  windowMs: 3_600_000,
  heardFraction: 0.9,
  longUsd,
  shortUsd,
  deltaUsd: longUsd - shortUsd,
  ratio: shortUsd > 0 ? longUsd / shortUsd : null,
  count: 5,
  largest: null,
  topBucketShare: null,
  largestShare: null,
});
const speed = (now: number, state: SideVelocity['state']): SideVelocity => ({
  usdPerMinute: now,
  previousUsdPerMinute: 100,
  peakUsdPerMinute: 100,
  percentile: 0.9,
  state,
});
const view = (change: Partial<RealisedView> = {}): RealisedView => ({
  coin: 'BTC',
  asOfMs: T0,
  windows: { '5m': null, '15m': null, '1h': hour(3_000, 1_000), '4h': null, '24h': null },
  velocity: { long: speed(90, 'running'), short: { ...speed(0, 'quiet'), peakUsdPerMinute: 10 } },
  state: null,
  usualDayUsd: 24_000,
  venues: [],
  levels: null,
  ...change,
});

describe('liquidation-delta', () => {
  test('three longs to a short at four times the usual pace', () => {
    // Usual hour 1,000; 4,000 ÷ (5 × 1,000) = 0.8; (1,000 − 3,000) ÷ 4,000 = −0.5.
    const c = liquidationDelta(view(), near!, T);
    expect(c).toMatchObject({ score: -0.5, strength: 0.8, confidence: 0.9, state: 'longs-squeezed' });
    expect(c.numbers).toMatchObject({ deltaUsd: 2_000, ratio: 3 });
  });
  test('is the mirror image for shorts', () => {
    const windows = { ...view().windows, '1h': hour(1_000, 3_000) };
    expect(liquidationDelta(view({ windows }), near!, T)).toMatchObject({
      score: 0.5,
      state: 'shorts-squeezed',
    });
  });
  test('is half as strong when the usual pace is not known, and nothing where nobody listened', () => {
    expect(liquidationDelta(view({ usualDayUsd: null }), near!, T).strength).toBe(0.5);
    expect(liquidationDelta(view(), far!, T)).toMatchObject({ state: 'unknown', confidence: 0 });
    expect(liquidationDelta(null, near!, T)).toMatchObject({ state: 'unknown', confidence: 0 });
  });
});

describe('liquidation-velocity', () => {
  test('running longs speak for a fall, fading ones for a rise', () => {
    expect(liquidationVelocity(view())).toMatchObject({ score: -0.9, state: 'running' });
    const velocity = { ...view().velocity, long: speed(20, 'fading') };
    expect(liquidationVelocity(view({ velocity }))).toMatchObject({ score: 0.8, state: 'fading' });
  });
  test('says nothing while it is quiet or not heard', () => {
    const velocity = { ...view().velocity, long: speed(20, 'quiet') };
    expect(liquidationVelocity(view({ velocity }))).toMatchObject({ score: 0, state: 'quiet' });
    expect(liquidationVelocity(view({ velocity: { long: null, short: null } })).confidence).toBe(0);
  });
});

describe('open-interest', () => {
  const samples = (now: number) => [
    { tMs: T0 - 2_700_000, usd: 1, coins: 1_000 },
    { tMs: T0, usd: 1, coins: now },
  ];
  test.each([
    [790, 'washed-out', true],
    [990, 'steady', true],
    [1_040, 'loading', true],
    [1_040, 'rising', false],
  ])('1,000 → %d coins is %s (zones near: %s), without a direction', (coins, state, hasZones) => {
    const map = mapOf(hasZones ? [zone('long', 100, 1e6)] : []);
    expect(openInterestSignal(samples(coins), map, near!, T, T0)).toMatchObject({ state, score: 0 });
  });
  test('without samples it is unknown', () => {
    expect(openInterestSignal([], mapOf([]), near!, T, T0)).toMatchObject({
      state: 'unknown',
      confidence: 0,
    });
  });
});

describe('account-ratio', () => {
  const ratio = (longAccountFraction: number) => [
    { venue: 'binance' as const, tMs: T0, longAccountFraction },
  ];
  test('a crowd of longs over its own cluster is fragile; a crowd of shorts the mirror image', () => {
    const map = mapOf([zone('long', 100, 1e6), zone('short', 100, 1e6)]);
    const longs = accountRatio(ratio(0.8), map, near!, T, T0);
    const shorts = accountRatio(ratio(0.2), map, near!, T, T0);
    expect(longs.state).toBe('crowded-longs');
    expect(longs.score).toBeLessThan(0);
    expect(shorts.score).toBeCloseTo(-longs.score, 12);
    expect(accountRatio(ratio(0.8), mapOf([]), near!, T, T0).strength).toBeCloseTo(longs.strength / 2, 12);
  });
  test('is even below the threshold and unknown without a ratio', () => {
    expect(accountRatio(ratio(0.64), mapOf([]), near!, T, T0)).toMatchObject({ score: 0, state: 'even' });
    expect(accountRatio([], mapOf([]), near!, T, T0)).toMatchObject({ confidence: 0, state: 'unknown' });
  });
  test('a ratio of more than an hour ago is none, and does not speak for a venue that went silent', () => {
    const ageMs = 3_600_000;
    expect(accountRatio(ratio(0.8), mapOf([]), near!, T, T0 + ageMs).state).toBe('crowded-longs');
    expect(accountRatio(ratio(0.8), mapOf([]), near!, T, T0 + ageMs + 1).state).toBe('unknown');
    const both = [...ratio(0.8), { venue: 'okx' as const, tMs: T0 + ageMs, longAccountFraction: 0.3 }];
    expect(accountRatio(both, mapOf([]), near!, T, T0 + ageMs + 1).numbers['longAccountFraction']).toBe(0.3);
  });
});

test('modes look nearer and farther', () => {
  const map = mapOf([zone('short', 400, 1e6)]);
  const magnet = (mode: 'scalp' | 'day' | 'swing') =>
    signalsOf({ map, candles: [], fundingHourlyFraction: null, nowMs: T0, mode }).timeframes[0]!.cards[0]!;
  expect(magnet('scalp').score).toBe(0);
  expect(magnet('day').score).toBe(0);
  expect(magnet('swing').score).toBe(1);
});
