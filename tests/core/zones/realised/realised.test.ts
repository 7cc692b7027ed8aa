import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sampleAt } from '../../../../src/core/zones/open-interest.ts';
import { addToBucket, BUCKET_MS } from '../../../../src/core/zones/realised/buckets.ts';
import { dayState, marketWide, marketWideState } from '../../../../src/core/zones/realised/day-state.ts';
import { heardBySteps, heardFraction, heardTimes } from '../../../../src/core/zones/realised/heard.ts';
import { realisedLevels } from '../../../../src/core/zones/realised/levels.ts';
import type { RealisedInput } from '../../../../src/core/zones/realised/realised-view.ts';
import { realisedView } from '../../../../src/core/zones/realised/realised-view.ts';
import type {
  RealisedWindow,
  HeardSpan,
  Liquidation,
  LiquidationBucket,
} from '../../../../src/core/zones/realised/types.ts';
import { sideVelocity } from '../../../../src/core/zones/realised/velocity.ts';
import { windowSums } from '../../../../src/core/zones/realised/window-sums.ts';

const MIN = 60_000;
const HOUR = 60 * MIN;
const DAY = 24 * HOUR;
const NOW = 1_760_140_800_000; // a whole hour
const ALWAYS = [{ fromMs: NOW - 40 * DAY, toMs: NOW }];

const liq = (side: 'long' | 'short', usd: number, agoMs: number, px = 100): Liquidation => ({
  venue: 'bybit',
  coin: 'BTC',
  side,
  px,
  sz: usd / px,
  notionalUsd: usd,
  timeMs: NOW - agoMs,
});

const bucketsOf = (list: readonly Liquidation[]): LiquidationBucket[] => {
  const known = new Map<string, LiquidationBucket>();
  for (const l of list) {
    const key = `${Math.floor(l.timeMs / BUCKET_MS)} ${l.side}`;
    known.set(key, addToBucket(known.get(key) ?? null, l));
  }
  return [...known.values()].sort((a, b) => a.tMs - b.tMs);
};

describe('heard: outside of spans silence means nothing', () => {
  const spans: HeardSpan[] = [
    { venue: 'bybit', fromMs: 30, toMs: 50 },
    { venue: 'binance', fromMs: 0, toMs: 10 },
    { venue: 'okx', fromMs: 40, toMs: 60 },
    { venue: 'okx', fromMs: 70, toMs: 70 },
  ];

  test('venues that overlap count once; half of 0..80 was heard', () => {
    const times = heardTimes(spans);
    expect(times).toEqual([
      { fromMs: 0, toMs: 10 },
      { fromMs: 30, toMs: 60 },
    ]);
    expect(heardFraction(times, 0, 80)).toBe(0.5);
    expect([...heardBySteps(times, 0, 20, 4)]).toEqual([0.5, 0.5, 1, 0]);
  });

  test('by steps is the same as one by one', () => {
    const span = fc.tuple(fc.integer({ min: -50, max: 250 }), fc.integer({ min: 0, max: 60 }));
    fc.assert(
      fc.property(fc.array(span, { maxLength: 12 }), (list) => {
        const times = heardTimes(list.map(([f, n]) => ({ venue: 'okx' as const, fromMs: f, toMs: f + n })));
        const steps = heardBySteps(times, 0, 20, 10);
        for (const [i, share] of steps.entries())
          expect(share).toBeCloseTo(heardFraction(times, i * 20, (i + 1) * 20), 9);
      }),
    );
  });
});

describe('window sums', () => {
  test('300 of longs, 100 of shorts: ΔL 200, ratio 3, largest 200, half of it in the top bucket', () => {
    const list = [
      liq('long', 200, MIN, 100),
      liq('long', 50, 2 * MIN, 101),
      liq('long', 50, 3 * MIN, 102),
      liq('short', 100, 4 * MIN, 103),
      liq('long', 999, 6 * MIN),
    ];
    expect(windowSums(list, ALWAYS, NOW, 5 * MIN)).toEqual({
      windowMs: 5 * MIN,
      heardFraction: 1,
      longUsd: 300,
      shortUsd: 100,
      deltaUsd: 200,
      ratio: 3,
      count: 4,
      largest: list[0],
      topBucketShare: 0.5,
      largestShare: 0.5,
    });
  });

  test('nobody listened: null, not zero. Listened and nothing came: zeros, and no ratio', () => {
    expect(windowSums([], [], NOW, HOUR)).toBeNull();
    expect(windowSums([liq('long', 1, 2 * HOUR)], ALWAYS, NOW, HOUR)).toMatchObject({
      longUsd: 0,
      count: 0,
      ratio: null,
      largest: null,
      topBucketShare: null,
      largestShare: null,
    });
  });

  test('half heard: the sum is what was heard, and says so', () => {
    const times = [{ fromMs: NOW - 30 * MIN, toMs: NOW }];
    expect(windowSums([liq('short', 7, MIN)], times, NOW, HOUR)).toMatchObject({
      heardFraction: 0.5,
      shortUsd: 7,
      ratio: 0,
    });
  });

  test.each([
    ['at the very start is out', HOUR, 0],
    ['a moment later is in', HOUR - 1, 1],
    ['now is in', 0, 1],
    ['the future is out', -1, 0],
  ])('%s', (_, agoMs, count) => {
    expect(windowSums([liq('long', 1, agoMs)], ALWAYS, NOW, HOUR)?.count).toBe(count);
  });
});

/** USD of the last steps of five minutes, newest last, in the middle of each. */
const steps = (usd: readonly number[], side: 'long' | 'short' = 'long'): Liquidation[] =>
  usd.flatMap((x, i) => (x > 0 ? [liq(side, x, (usd.length - i - 0.5) * 5 * MIN)] : []));

describe('velocity', () => {
  test('1, 10, 3, 2 million: 0.4 M a minute after 0.6, peak 2 M, fading', () => {
    const v = sideVelocity(steps([1e6, 10e6, 3e6, 2e6]), ALWAYS, 'long', NOW);
    expect(v).toMatchObject({
      usdPerMinute: 400_000,
      previousUsdPerMinute: 600_000,
      peakUsdPerMinute: 2_000_000,
      state: 'fading',
    });
    // Slower than now were all steps of the day but 10, 3 and itself.
    expect(v?.percentile).toBeCloseTo(286 / 288 - 1 / 288, 9);
  });

  test.each([
    [[0, 0, 0, 0], 'quiet'],
    [[0, 0, 0, 5], 'accelerating'],
    [[0, 4, 5], 'running'],
    [[0, 4, 5.001], 'accelerating'],
    [[10, 5, 4], 'running'],
    [[10, 5.001, 4], 'decelerating'],
    [[10, 3.9, 4], 'running'],
    [[10, 3.9, 3.9], 'fading'],
    [[10, 0, 0], 'fading'],
  ])('%j is %s', (usd, state) => {
    expect(sideVelocity(steps(usd), ALWAYS, 'long', NOW)?.state).toBe(state);
  });

  test('the same every step of the day is nothing out of the ordinary; after the hour an event is over', () => {
    expect(sideVelocity(steps(Array.from({ length: 288 }, () => 5)), ALWAYS, 'long', NOW)?.state).toBe(
      'quiet',
    );
    const later = steps([100, ...Array.from({ length: 12 }, () => 0)]);
    expect(sideVelocity(later, ALWAYS, 'long', NOW)?.state).toBe('quiet');
  });

  test.each([
    ['an hour', HOUR, 0, false],
    ['less than an hour', 54 * MIN, 0, true],
    ['not the last ten minutes', DAY, 6 * MIN, true],
  ])('heard %s', (_, sinceMs, untilMs, isNull) => {
    const times = [{ fromMs: NOW - sinceMs, toMs: NOW - untilMs }];
    expect(sideVelocity(steps([1, 2]), times, 'long', NOW) === null).toBe(isNull);
  });
});

/** One liquidation in the middle of each of the last days, newest last, USD. */
const days = (usd: readonly number[]): LiquidationBucket[] =>
  bucketsOf(usd.map((x, i) => liq('long', x, (usd.length - i - 0.5) * DAY)));

describe('24 h state', () => {
  test('days of 1 to 4 and now 50: above all of its history but today', () => {
    const found = dayState(days([1, 2, 3, 4, 50]), [{ fromMs: NOW - 5 * DAY, toMs: NOW }], NOW);
    expect(found.usualDayUsd).toBeGreaterThanOrEqual(2);
    expect(found.usualDayUsd).toBeLessThanOrEqual(4);
    // Two hours more than heard: a day counts from nine tenths of it on.
    expect(found.state?.days).toBeCloseTo(5 + 2 / 24, 9);
    // The day's event is twelve hours old: twelve of the 99 past sums hold it too, and count half.
    expect(found.state?.percentile).toBeCloseTo((99 - 12 / 2) / 99, 9);
    expect(found.state?.state).toBe('high');
  });

  test.each([
    [[5, 5, 5, 5, 5], 'normal'],
    [[5, 4, 3, 2, 1], 'calm'],
    [[9, 1, 1, 1, 1, 1, 1, 4], 'elevated'],
  ])('days %j: %s', (usd, state) => {
    const times = [{ fromMs: NOW - usd.length * DAY, toMs: NOW }];
    expect(dayState(days(usd), times, NOW).state?.state).toBe(state);
  });

  test('under a day: nothing. Under three days: a usual day but no state. Deaf today: no state', () => {
    const since = (from: number, to = 0) => [{ fromMs: NOW - from, toMs: NOW - to }];
    expect(dayState(days([1, 1]), since(0.5 * DAY), NOW)).toEqual({ usualDayUsd: null, state: null });
    expect(dayState(days([1, 1]), since(2 * DAY), NOW)).toEqual({ usualDayUsd: 1, state: null });
    expect(dayState(days([1, 1, 1, 1, 1]), since(5 * DAY, 0.2 * DAY), NOW).state).toBeNull();
  });

  test.each([
    [0, 'calm'],
    [49_999_999, 'calm'],
    [50e6, 'normal'],
    [200e6, 'elevated'],
    [500e6, 'high'],
    [999e6, 'high'],
    [1e9, 'extreme'],
  ])('market-wide %d USD is %s', (usd, state) => {
    expect(marketWideState(usd)).toBe(state);
  });

  const day = (longUsd: number, shortUsd: number, heard: number) =>
    ({ longUsd, shortUsd, heardFraction: heard }) as unknown as RealisedWindow;

  test.each<[string, RealisedWindow[], object]>([
    ['two coins', [day(40e6, 20e6, 1), day(1e6, 0, 0.9)], { usd: 61e6, longUsd: 41e6, shortUsd: 20e6, coins: 2, heardFraction: 0.95, state: 'normal' }],
    ['a day heard for two thirds', [day(40e6, 20e6, 0.66)], { state: null, heardFraction: 0.66 }],
    ['an hour of it, and extreme already', [day(1.2e9, 0, 0.04)], { state: 'extreme' }],
    ['a quiet day', [day(0, 0, 1)], { usd: 0, state: 'calm' }],
  ])('market-wide of %s', (_, heard, said) => {
    expect(marketWide(heard)).toMatchObject(said);
  }); // prettier-ignore

  test('market-wide of nobody listening is not known', () => {
    expect(marketWide([])).toBeNull();
  });
});

describe('levels', () => {
  const levels = (list: readonly Liquidation[], usualDayUsd = 100) =>
    realisedLevels({ buckets: bucketsOf(list), usualDayUsd, openInterest: [], nowMs: NOW });

  test('three usual days of longs in one event leave support of strength 0.75, a day later 0.375', () => {
    const event = (agoMs: number) => [liq('long', 200, agoMs, 100), liq('long', 100, agoMs - 20 * MIN, 97)];
    const [fresh] = levels(event(20 * MIN));
    expect(fresh).toMatchObject({ kind: 'support', loPx: 97, hiPx: 100, notionalUsd: 300, toMs: NOW });
    expect(fresh?.px).toBeCloseTo(99, 9);
    expect(fresh?.strength).toBeCloseTo(0.75, 9);
    expect(fresh?.openInterestChangeFraction).toBeNull();
    const [old] = levels(event(DAY + 2 * BUCKET_MS));
    expect(old?.strength).toBeCloseTo(0.75 * 2 ** -((NOW - (old?.toMs ?? 0)) / DAY), 9);
    expect(old?.strength).toBeGreaterThan(0.36);
    expect(old?.strength).toBeLessThan(0.39);
  });

  test('shorts leave resistance; less than a usual day leaves nothing', () => {
    expect(levels([liq('short', 100, HOUR)]).map((l) => l.kind)).toEqual(['resistance']);
    expect(levels([liq('short', 99.9, HOUR)])).toEqual([]);
  });

  test('a trickle all day is no event, however much it adds up to', () => {
    const trickle = Array.from({ length: 96 }, (_, i) => liq('long', 4, i * BUCKET_MS));
    expect(levels(trickle)).toEqual([]);
  });

  test('events an hour apart are two, newest first, each with its change of open interest', () => {
    const series = [
      { tMs: NOW - 200 * MIN, usd: 0, coins: 1_000 },
      { tMs: NOW - 120 * MIN, usd: 0, coins: 900 },
      { tMs: NOW, usd: 0, coins: 450 },
    ];
    const found = realisedLevels({
      buckets: bucketsOf([liq('long', 500, 195 * MIN), liq('short', 500, 10 * MIN)]),
      usualDayUsd: 100,
      openInterest: [(atMs) => sampleAt(series, atMs)],
      nowMs: NOW,
    });
    expect(found.map((l) => l.kind)).toEqual(['resistance', 'support']);
    // A sample of an hour and three quarters ago does not stand for a quarter of an hour ago.
    expect(found[0]?.openInterestChangeFraction).toBeNull();
    expect(found[1]?.openInterestChangeFraction).toBeCloseTo(-0.1, 12);
  });
});

describe('the whole view', () => {
  const side = fc.constantFrom('long' as const, 'short' as const);
  const one = fc.record({
    side,
    usd: fc.double({ min: 1, max: 1e7, noNaN: true }),
    agoMs: fc.integer({ min: 0, max: 6 * DAY }),
    px: fc.double({ min: 50, max: 150, noNaN: true }),
  });
  const input = (list: readonly Liquidation[], heardMs: number): RealisedInput => {
    const sorted = list.toSorted((a, b) => a.timeMs - b.timeMs);
    return {
      coin: 'BTC',
      nowMs: NOW,
      recent: sorted,
      recentFromMs: Number.NEGATIVE_INFINITY,
      buckets: bucketsOf(sorted),
      spans: [{ venue: 'bybit', fromMs: NOW - heardMs, toMs: NOW }],
      openInterest: [],
    };
  };
  const cases = fc.tuple(fc.array(one, { maxLength: 60 }), fc.integer({ min: HOUR, max: 10 * DAY }));

  test('nobody listened: null', () => {
    expect(realisedView({ ...input([liq('long', 1, MIN)], HOUR), spans: [] })).toBeNull();
  });

  test('older than what is kept one by one counts as not heard, but not in the state of the day', () => {
    const list = [liq('long', 5, 20 * HOUR), liq('short', 1, HOUR)];
    const view = realisedView({
      ...input(list, 10 * DAY),
      recent: list.slice(1),
      recentFromMs: NOW - 6 * HOUR,
    });
    expect(view?.windows['24h']).toMatchObject({ heardFraction: 0.25, longUsd: 0, shortUsd: 1 });
    expect(view?.windows['4h']?.heardFraction).toBe(1);
    expect(view?.state).not.toBeNull();
  });

  test('mirrored: sides change places and nothing else does', () => {
    fc.assert(
      fc.property(cases, ([list, heardMs]) => {
        const of = (swap: boolean) =>
          realisedView(
            input(
              list.map((l) => liq((l.side === 'long') !== swap ? 'long' : 'short', l.usd, l.agoMs, l.px)),
              heardMs,
            ),
          );
        const [a, b] = [of(false), of(true)];
        expect(b?.velocity).toEqual({ long: a?.velocity.short, short: a?.velocity.long });
        expect(b?.state).toEqual(a?.state);
        expect(b?.windows['24h']?.longUsd).toBe(a?.windows['24h']?.shortUsd);
        // Not −0 for 0.
        expect((b?.windows['24h']?.deltaUsd ?? 0) + (a?.windows['24h']?.deltaUsd ?? 0)).toBe(0);
        const kinds = (v: typeof a) => v?.levels?.map((l) => `${l.kind} ${l.px} ${l.strength}`).sort();
        expect(kinds(b)).toEqual(
          kinds(a)
            ?.map((k) =>
              k.startsWith('s') ? k.replace('support', 'resistance') : k.replace('resistance', 'support'),
            )
            .sort(),
        );
      }),
      { numRuns: 60 },
    );
  });

  test('1,024 times the size and a tenth of the price: the same shares, states and strengths', () => {
    fc.assert(
      fc.property(cases, ([list, heardMs]) => {
        const of = (usd: number, px: number) =>
          realisedView(
            input(
              list.map((l) => liq(l.side, l.usd * usd, l.agoMs, l.px * px)),
              heardMs,
            ),
          );
        const [a, b] = [of(1, 1), of(1_024, 10)];
        expect(b?.state).toEqual(a?.state);
        for (const s of ['long', 'short'] as const) {
          expect(b?.velocity[s]?.state).toBe(a?.velocity[s]?.state);
          expect(b?.velocity[s]?.percentile).toBe(a?.velocity[s]?.percentile);
        }
        expect(b?.windows['24h']?.topBucketShare).toEqual(a?.windows['24h']?.topBucketShare);
        expect(b?.levels?.map((l) => l.strength)).toEqual(a?.levels?.map((l) => l.strength));
      }),
      { numRuns: 60 },
    );
  });

  test('shares stay within 0 and 1, a longer window never holds less, venues add up to the day', () => {
    fc.assert(
      fc.property(cases, ([list, heardMs]) => {
        const view = realisedView(
          input(
            list.map((l) => liq(l.side, l.usd, l.agoMs, l.px)),
            heardMs,
          ),
        );
        expect(view).not.toBeNull();
        if (view === null) return;
        const windows = Object.values(view.windows).filter((w) => w !== null);
        for (const [i, w] of windows.entries()) {
          for (const share of [w.heardFraction, w.topBucketShare ?? 0, w.largestShare ?? 0]) {
            expect(share).toBeGreaterThanOrEqual(0);
            expect(share).toBeLessThanOrEqual(1);
          }
          expect(w.count).toBeGreaterThanOrEqual(windows[i - 1]?.count ?? 0);
        }
        for (const l of view.levels ?? []) {
          expect(l.strength).toBeGreaterThan(0);
          expect(l.strength).toBeLessThanOrEqual(1);
          expect(l.px).toBeGreaterThanOrEqual(l.loPx * (1 - 1e-9));
          expect(l.px).toBeLessThanOrEqual(l.hiPx * (1 + 1e-9));
        }
        const day = view.windows['24h'];
        const sum = view.venues.reduce((n, v) => n + v.longUsd + v.shortUsd, 0);
        expect(sum).toBeCloseTo((day?.longUsd ?? 0) + (day?.shortUsd ?? 0), 3);
      }),
      { numRuns: 60 },
    );
  });

  test('20,000 of today in one view', () => {
    const today = Array.from({ length: 20_000 }, (_, i) =>
      liq(i % 3 ? 'long' : 'short', 1_000 + i, i * 4_000),
    );
    const view = realisedView(input(today, 30 * DAY));
    expect(view?.windows['24h']?.count).toBe(20_000);
  });
});
