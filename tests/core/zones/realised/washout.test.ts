import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OpenInterestSeries } from '../../../../src/core/zones/open-interest.ts';
import { openInterestChange as change, sampleAt } from '../../../../src/core/zones/open-interest.ts';
import type { FundingSample, VenueName } from '../../../../src/core/zones/realised/types.ts';
import { openInterestWashout, washoutThreshold } from '../../../../src/core/zones/washout.ts';

const openInterestChange = (venues: readonly OpenInterestSeries[], fromMs: number, toMs: number) =>
  change(
    venues.map((s) => (atMs: number) => sampleAt(s, atMs)),
    fromMs,
    toMs,
  );

const MIN = 60_000;
const NOW = 1_760_140_800_000;

/** Coins by minutes ago; USD follow a price of 100. */
const series = (points: readonly [agoMin: number, coins: number][]): OpenInterestSeries =>
  points.map(([ago, coins]) => ({ tMs: NOW - ago * MIN, coins, usd: coins * 100 }));

describe('samples', () => {
  const s = series([
    [60, 1],
    [30, 2],
    [20, 3],
  ]);

  test.each([
    [61, undefined],
    [60, 1],
    [46, 1],
    [44, undefined],
    [30, 2],
    [21, 2],
    [20, 3],
    [5, 3],
    [4, undefined],
  ])('%d minutes ago: %s coins, and none from more than a quarter of an hour before', (ago, coins) => {
    expect(sampleAt(s, NOW - ago * MIN)?.coins).toBe(coins);
  });

  test('100 → 80 and 300 → 300: −5 %; a venue that was not there before does not count', () => {
    const [a, b, late] = [
      series([
        [60, 100],
        [0, 80],
      ]),
      series([
        [60, 300],
        [0, 300],
      ]),
      series([[0, 9_999]]),
    ];
    expect(openInterestChange([a, b, late], NOW - 60 * MIN, NOW)).toBeCloseTo(-0.05, 12);
    expect(openInterestChange([late], NOW - 60 * MIN, NOW)).toBeNull();
    // One sample is no change: it stands for both ends.
    expect(openInterestChange([series([[8, 100]])], NOW - 5 * MIN, NOW)).toBeNull();
    expect(openInterestChange([], NOW - 60 * MIN, NOW)).toBeNull();
  });
});

const washout = (
  venues: readonly [VenueName, OpenInterestSeries][],
  more: { coin?: string; side?: 'long' | 'short'; funding?: FundingSample[] } = {},
) =>
  openInterestWashout({
    coin: 'SOL',
    side: 'long',
    sinceMs: NOW - 30 * MIN,
    nowMs: NOW,
    openInterest: new Map(venues),
    funding: [],
    ...more,
  });

describe('washout', () => {
  const fall = series([
    [30, 1_000],
    [25, 1_040],
    [5, 990],
    [0, 988],
  ]);

  test('1,000 at the start, 1,040 at the high, 988 now: down 5 % and hardly falling any more', () => {
    const w = washout([['hyperliquid', fall]]);
    expect(w).toMatchObject({
      thresholdFraction: 0.05,
      isWashedOut: true,
      venues: ['hyperliquid'],
      funding: null,
    });
    expect(w?.dropFraction).toBeCloseTo(0.05, 12);
    expect(w?.recentChangeFraction).toBeCloseTo(-2 / 990, 12);
  });

  test('thresholds: 2 % for BTC and ETH, 5 % for the others', () => {
    expect(['BTC', 'ETH', 'SOL', 'kPEPE'].map(washoutThreshold)).toEqual([0.02, 0.02, 0.05, 0.05]);
    const small = series([
      [30, 1_000],
      [0, 975],
    ]);
    expect(washout([['okx', small]], { coin: 'BTC' })?.isWashedOut).toBe(true);
    expect(washout([['okx', small]], { coin: 'SOL' })?.isWashedOut).toBe(false);
  });

  test('price halves and nobody closes: USD fall, coins do not, no washout', () => {
    const held = series([
      [30, 1_000],
      [0, 1_000],
    ]).map((s, i) => ({ ...s, usd: i === 0 ? 1e5 : 5e4 }));
    expect(washout([['bybit', held]])).toMatchObject({ dropFraction: 0, isWashedOut: false });
  });

  test('the high is that of all venues together: coins that go from one to another wash nothing out', () => {
    const from = series([
      [30, 1_000],
      [20, 1_100],
      [0, 1_000],
    ]);
    const to = series([
      [30, 1_000],
      [20, 900],
      [0, 1_000],
    ]);
    expect(
      washout([
        ['okx', from],
        ['bybit', to],
      ]),
    ).toMatchObject({ dropFraction: 0, isWashedOut: false });
  });

  test('samples that stopped coming say how far it fell, and not that it has stopped falling', () => {
    const stalled = series([
      [30, 1_000],
      [12, 960],
      [6, 940],
    ]);
    expect(washout([['okx', stalled]])).toMatchObject({ recentChangeFraction: null, isWashedOut: true });
    expect(
      washout([
        ['okx', stalled],
        ['bybit', fall],
      ])?.recentChangeFraction,
    ).toBeCloseTo(-2 / 990, 12);
  });

  test('a venue silent since before, or from after the start, is not in it; with none left nothing is known', () => {
    const silent = series([
      [30, 500],
      [20, 100],
    ]);
    expect(
      washout([
        ['okx', silent],
        ['bybit', fall],
      ])?.venues,
    ).toEqual(['bybit']);
    expect(washout([['okx', silent]])).toBeNull();
    expect(washout([])).toBeNull();
  });

  const paid = (before: number, now: number): FundingSample[] => [
    { tMs: NOW - 600 * MIN, hourlyFraction: before },
    { tMs: NOW - 31 * MIN, hourlyFraction: before },
    { tMs: NOW - MIN, hourlyFraction: now },
  ];
  test.each([
    ['long', 0.0001, -0.0001, 'flipped'],
    ['long', 0.0001, 0.00005, 'reset'],
    ['long', 0.0001, 0.0001, 'unchanged'],
    ['long', 0.0001, 0.0003, 'unchanged'],
    ['long', -0.0001, -0.0002, 'reset'],
    ['short', -0.0001, 0.0001, 'flipped'],
    ['short', -0.0001, -0.00005, 'reset'],
    ['short', 0.0001, -0.0001, 'unchanged'],
  ] as const)('liquidated %ss, funding %d → %d an hour: %s', (side, before, now, state) => {
    expect(washout([['bybit', fall]], { side, funding: paid(before, now) })?.funding).toBe(state);
  });

  test('no funding from before, or none since: not known', () => {
    const [a, b, c] = paid(0.0001, -0.0001);
    if (a === undefined || b === undefined || c === undefined) throw new Error('three samples');
    expect(washout([['bybit', fall]], { funding: [c] })?.funding).toBeNull();
    expect(washout([['bybit', fall]], { funding: [a, b] })?.funding).toBeNull();
  });

  test('the drop is 0..1, does not depend on the unit, and order of venues does not matter', () => {
    const coins = fc.array(fc.double({ min: 1, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(coins, coins, (a, b) => {
        const of = (list: readonly number[], k: number) =>
          series(list.map((c, i) => [((list.length - 1 - i) * 30) / (list.length - 1), c * k]));
        const found = washout([
          ['okx', of(a, 1)],
          ['bybit', of(b, 1)],
        ]);
        const other = washout([
          ['bybit', of(b, 1_024)],
          ['okx', of(a, 1_024)],
        ]);
        expect(found?.dropFraction).toBeGreaterThanOrEqual(0);
        expect(found?.dropFraction).toBeLessThan(1);
        expect(other?.dropFraction).toBeCloseTo(found?.dropFraction ?? -1, 9);
      }),
    );
  });
});
