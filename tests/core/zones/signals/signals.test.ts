import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  funding,
  marketState,
  marketStateCard,
  rsiSignal,
} from '../../../../src/core/zones/signals/bar-signals.ts';
import { mapQuality, signalsOf } from '../../../../src/core/zones/signals/signals-of.ts';
import {
  postSweepLevel,
  sweepConcentration,
  sweepVelocity,
  sweptDelta,
  sweptLevels,
} from '../../../../src/core/zones/signals/sweep-signals.ts';
import { LOOKBACKS, SIGNAL_THRESHOLDS as T } from '../../../../src/core/zones/signals/thresholds.ts';
import type { Timeframe } from '../../../../src/core/zones/signals/types.ts';
import type { Lookback } from '../../../../src/core/zones/signals/thresholds.ts';
import {
  cascade,
  cascadeRisk,
  crowding,
  magnet,
  maxPainDistance,
  zoneProximity,
} from '../../../../src/core/zones/signals/zone-signals.ts';
import type { Zone, ZoneMap } from '../../../../src/core/zones/types.ts';
import { bars, mapOf, sweep, T0, zone } from './example-map.ts';

const lookback = (timeframe: Timeframe): Lookback => {
  const found = LOOKBACKS.day.find((l) => l.timeframe === timeframe);
  if (found === undefined) throw new Error(timeframe);
  return found;
};
const [FIVE, HOUR] = [lookback('5m'), lookback('1h')];

describe('magnet: usd ÷ distance, nearest above against nearest below, twice as much pulls', () => {
  test('200k at 100 bp above against 50k at 100 bp below: 4 : 1, up by 3/5', () => {
    const c = magnet(mapOf([zone('short', 100, 200_000), zone('long', 100, 50_000)]), FIVE, T, 1);
    expect(c).toMatchObject({ score: 0.6, strength: 0.6, state: 'up', confidence: 1 });
    expect(c.numbers).toEqual({ aboveUsd: 200_000, aboveBps: 100, belowUsd: 50_000, belowBps: 100 });
  });

  test.each([
    [200_000, 'balanced', 0],
    [200_001, 'up', 0.333335],
  ])('exactly twice is balanced, a dollar more pulls (%d)', (usd, state, score) => {
    const c = magnet(mapOf([zone('short', 100, usd), zone('long', 100, 100_000)]), FIVE, T, 1);
    expect(c.state).toBe(state);
    expect(c.score).toBeCloseTo(score, 5);
  });

  test('the same dollars at half the distance pull twice as hard; a second cluster does not count', () => {
    const map = mapOf([zone('short', 100, 100_000), zone('long', 40, 100_000), zone('short', 200, 9e9)]);
    expect(magnet(map, FIVE, T, 1)).toMatchObject({ state: 'down', score: -(2.5 - 1) / 3.5 });
  });

  test('one side alone pulls fully; beyond reach there is nothing and no confidence', () => {
    expect(magnet(mapOf([zone('short', 300, 1)]), FIVE, T, 1)).toMatchObject({ score: 1, confidence: 1 });
    expect(magnet(mapOf([zone('short', 301, 1)]), FIVE, T, 1)).toMatchObject({ score: 0, confidence: 0 });
    expect(magnet(mapOf([zone('short', 301, 1)]), HOUR, T, 1).score).toBe(1);
  });
});

describe('cascade risk: smallest gap between stacked clusters', () => {
  // Bands are 10 bp wide: near edges 100 and 100 + gap + 10 bp away.
  const stacked = (side: 'long' | 'short', gapBps: number): ZoneMap =>
    mapOf([zone(side, 100, 1), zone(side, 110 + gapBps, 1)]);
  test.each([
    [199, 'high'],
    [201, 'moderate'],
    [499, 'moderate'],
    [501, 'low'],
  ])('a gap of %d bp is %s', (gapBps, level) => {
    for (const [direction, side] of [
      ['down', 'long'],
      ['up', 'short'],
    ] as const) {
      const risk = cascadeRisk(stacked(side, gapBps), direction, 0.1, T);
      expect(risk).toMatchObject({ level, clusters: 2 });
      expect((risk.gap ?? 0) * 10_000).toBeCloseTo(gapBps, 6);
      expect(risk.withinBps).toBeCloseTo(120 + gapBps, 6);
    }
  });

  test('fewer than two clusters is low, whatever there is on the other side', () => {
    expect(cascadeRisk(mapOf([zone('long', 100, 1)]), 'down', 0.1, T)).toMatchObject({
      level: 'low',
      gap: null,
    });
    expect(cascadeRisk(stacked('short', 10), 'down', 0.1, T)).toMatchObject({ level: 'low', clusters: 0 });
  });

  test('the card: high risk of a fall with 40 % of the longs within reach', () => {
    expect(cascade(stacked('long', 50), 'down', FIVE, T, 0.8)).toMatchObject({
      score: -1,
      strength: 0.4,
      confidence: 0.8,
      state: 'high',
    });
    expect(cascade(stacked('short', 300), 'up', HOUR, T, 1)).toMatchObject({ score: 0.5, strength: 0.2 });
  });
});

test('zone proximity: a short zone 25 of 100 bp away', () => {
  const map = mapOf([zone('short', 25, 5), zone('long', 60, 7)]);
  expect(zoneProximity(map, FIVE, T, 1)).toMatchObject({
    score: 0.75,
    strength: 0.75,
    state: 'at-short-zone',
  });
  expect(zoneProximity(mapOf([zone('long', 101, 1)]), FIVE, T, 1)).toMatchObject({ score: 0, state: 'away' });
});

test('max pain distance: longs 521 bp below, shorts 109 bp above: up by 412/630', () => {
  const c = maxPainDistance(mapOf([zone('long', 521, 226.9e6), zone('short', 109, 112.8e6)]), 1);
  expect(c.score).toBeCloseTo(412 / 630, 12);
  expect(c.numbers).toEqual({ longBps: 521, shortBps: 109 });
  expect(maxPainDistance(mapOf([zone('long', 521, 1)]), 1)).toMatchObject({ score: 0, confidence: 0 });
});

test.each([
  [250_000, 250_000, 'too-hot'],
  [250_000, 249_999, 'open'],
  [900_000, 0, 'open'],
])('crowding: %d and %d of a million each within reach is %s', (long, short, state) => {
  expect(crowding(mapOf([], { reachUsd: { long, short } }), T, 1)).toMatchObject({ score: 0, state });
});

describe('swept delta and ratio', () => {
  test('300k of longs and 100k of shorts: Δ 200k, ratio 3, longs squeezed, down by one half', () => {
    const map = mapOf([], { sweeps: [sweep('long', 1, 300_000), sweep('short', 0, 100_000)] });
    const c = sweptDelta(map, FIVE, T, 1);
    expect(c).toMatchObject({ score: -0.5, state: 'longs-squeezed' });
    expect(c.numbers).toMatchObject({ deltaUsd: 200_000, ratio: 3, share: 4 / 6 });
  });

  test.each([
    [200_000, 100_000, 'balanced'],
    [200_001, 100_000, 'longs-squeezed'],
    [100_000, 200_000, 'balanced'],
    [100_000, 200_001, 'shorts-squeezed'],
    [0, 0, 'none'],
  ])('%d long, %d short: %s', (long, short, state) => {
    const map = mapOf([], { sweeps: [sweep('long', 0, long), sweep('short', 0, short)] });
    expect(sweptDelta(map, FIVE, T, 1).state).toBe(state);
  });

  test('the window: 45 minutes back on 5m, 8 hours on 1h', () => {
    const map = mapOf([], { sweeps: [sweep('long', 95, 1_000), sweep('short', 8, 1_000)] });
    expect(sweptDelta(map, FIVE, T, 1).numbers).toMatchObject({ longUsd: 0, shortUsd: 1_000 });
    expect(sweptDelta(map, HOUR, T, 1).numbers).toMatchObject({ longUsd: 1_000, shortUsd: 1_000 });
  });
});

describe('sweep velocity: the last two bars against the fastest', () => {
  // 50,000 in a bar of five minutes is 10,000 a minute.
  const after = (lastTwo: number): ZoneMap =>
    mapOf([], { sweeps: [sweep('long', 3, 50_000), sweep('long', 0, lastTwo)] });
  test('39,999 in ten minutes is under 40 % of the peak: fading, which speaks for a rise', () => {
    const c = sweepVelocity(after(39_999), FIVE, T, 1);
    expect(c).toMatchObject({
      state: 'fading',
      numbers: { peakUsdPerMinute: 10_000, usdPerMinute: 3_999.9 },
    });
    expect(c.score).toBeCloseTo(0.60001, 5);
  });

  test('40,000 is still running: down with its speed', () => {
    expect(sweepVelocity(after(40_000), FIVE, T, 1)).toMatchObject({ state: 'running', score: -0.4 });
  });

  test('no event below 5 % of what was within reach', () => {
    const little = (usd: number): string =>
      sweepVelocity(mapOf([], { sweeps: [sweep('short', 0, usd)] }), FIVE, T, 1).state;
    expect(little(10_526)).toBe('none');
    expect(little(10_527)).toBe('running');
  });
});

test('sweep concentration: the largest of four bars did 70 of 100', () => {
  const map = mapOf([], { sweeps: [70, 10, 10, 10].map((usd, i) => sweep('long', i, usd)) });
  expect(sweepConcentration(map, FIVE, 1)).toMatchObject({ strength: 0.7, state: 'spread' });
  expect(sweepConcentration(mapOf([]), FIVE, 1)).toMatchObject({ strength: 0, confidence: 0 });
});

describe('levels left by sweeps', () => {
  test('one run of longs is support at its weighted middle, with its dates; shorts are resistance', () => {
    const map = mapOf([], {
      sweeps: [sweep('short', 40, 50_000, 103), sweep('long', 4, 30_000, 99), sweep('long', 2, 10_000, 98)],
    });
    const [support, resistance] = sweptLevels(map, T);
    expect(support).toMatchObject({ kind: 'support', notionalUsd: 40_000, share: 40_000 / 140_000 });
    expect(support?.px).toBeCloseTo(98.75, 9);
    expect(support?.toMs).toBe(T0 - 2 * 300_000);
    expect(resistance).toMatchObject({ kind: 'resistance', px: 103 });
    expect(postSweepLevel(map, FIVE, T, 1)).toMatchObject({ state: 'support', numbers: { px: support?.px } });
  });

  test('a quarter of an hour without a sweep ends a run', () => {
    const at = (...agos: number[]) =>
      sweptLevels(mapOf([], { sweeps: agos.map((a) => sweep('long', a, 50_000)) }), T).length;
    expect(at(3, 0)).toBe(1);
    expect(at(4, 0)).toBe(2);
  });

  test('a level 150 bp away or on the wrong side of price is none', () => {
    const at = (px: number) =>
      postSweepLevel(mapOf([], { sweeps: [sweep('long', 1, 50_000, px)] }), FIVE, T, 1).state;
    expect(at(98.51)).toBe('support');
    expect(at(98.49)).toBe('none');
    expect(at(100.5)).toBe('none');
  });
});

describe('funding', () => {
  test.each([
    [0.00005, 'fragile-longs', -0.5],
    [-0.0001, 'fragile-shorts', 1],
    [0.0000499, 'normal', 0],
    [0, 'normal', 0],
  ])('%d an hour is %s', (rate, state, score) => {
    const c = funding(rate, mapOf([zone('long', 100, 1), zone('short', 100, 1)]), FIVE, T);
    expect(c).toMatchObject({ state, score, strength: Math.abs(score) });
  });

  test('without a cluster of the payers near it is half as strong; unknown is no signal', () => {
    expect(funding(0.0001, mapOf([zone('short', 100, 1)]), FIVE, T)).toMatchObject({
      score: -1,
      strength: 0.5,
    });
    expect(funding(null, mapOf([]), FIVE, T)).toMatchObject({ state: 'unknown', confidence: 0 });
  });
});

describe('rsi', () => {
  // Fourteen changes: 12 up and 2 down of the same size give 100·12/14 = 85.7; 2 up and 12 down 14.3; 9 and 5 64.3.
  const closes = (ups: number) => bars(15, (i) => 100 + Math.min(i, ups) - Math.max(0, i - ups));
  test.each([
    [12, 'overbought', -(600 / 7 - 50) / 50],
    [2, 'oversold', (50 - 100 / 7) / 50],
    [9, 'neutral', 0],
  ])('%d of 14 up: %s', (ups, state, score) => {
    const c = rsiSignal(closes(ups), mapOf([zone('long', 50, 1), zone('short', 50, 1)]), FIVE, T);
    expect(c.state).toBe(state);
    expect(c.score).toBeCloseTo(score, 9);
    expect(c.numbers['rsi']).toBeCloseTo((100 * ups) / 14, 9);
  });

  test('hours are made of whole hours; too few are no signal', () => {
    const hourly = rsiSignal(
      bars(15 * 12, (i) => 100 + i),
      mapOf([]),
      HOUR,
      T,
    );
    expect(hourly).toMatchObject({ state: 'overbought', numbers: { rsi: 100 }, strength: 0.5 });
    expect(
      rsiSignal(
        bars(14 * 12, (i) => 100 + i),
        mapOf([]),
        HOUR,
        T,
      ),
    ).toMatchObject({ confidence: 0 });
  });
});

describe('market state: the last day against the mean day before', () => {
  // Two days of 288 bars at price 1: volume 1 the first, k the second.
  const days = (k: number) =>
    bars(
      576,
      () => 1,
      (i) => (i < 288 ? 1 : k),
    );
  test.each([
    [10.1, 'extreme'],
    [9.9, 'high'],
    [5.1, 'high'],
    [4.9, 'elevated'],
    [2.1, 'elevated'],
    [1.9, 'normal'],
    [0.5, 'normal'],
    [0.4, 'calm'],
  ])('%d times as much is %s', (k, state) => {
    const found = marketState(days(k), T);
    expect(found?.state).toBe(state);
    expect(found?.multiple).toBeCloseTo(k, 9);
    expect(found?.turnoverUsd).toBeCloseTo(288 * k, 6);
  });

  test('with less than two days there is nothing to compare with', () => {
    expect(marketState(days(1).slice(1), T)).toBeNull();
    expect(marketStateCard([], T)).toMatchObject({ state: 'unknown', confidence: 0 });
  });
});

describe('quality of the map', () => {
  test.each<[string, Partial<ZoneMap>, number, number]>([
    ['whole and new', {}, T0, 1],
    ['one venue of three left out', { leftOut: [{ venue: 'okx', why: 'down' }] }, T0, 2 / 3],
    ['fifteen minutes old', {}, T0 + 900_000, 0.5],
    [
      'turnover only, half a day of bars',
      { sources: [{ venue: 'hyperliquid', bars: 144, weight: 1, scaledBy: 'turnover' }] },
      T0,
      0.25,
    ],
    ['no venue', { sources: [] }, T0, 0],
  ])('%s', (_, over, nowMs, quality) => {
    expect(mapQuality(mapOf([], over), nowMs)).toBeCloseTo(quality, 12);
  });
});

describe('a coin on both timeframes', () => {
  const look = (map: ZoneMap) => signalsOf({ map, candles: [], fundingHourlyFraction: null, nowMs: T0 });

  test('near and far point up: they agree, and confidence is 1.25 × the mean bias', () => {
    const s = look(mapOf([zone('short', 50, 500_000)]));
    expect(s.timeframes.map((f) => f.direction)).toEqual(['up', 'up']);
    expect(s.agreement).toBe('agree');
    const mean = (s.timeframes[0]!.bias + s.timeframes[1]!.bias) / 2;
    expect(s.confidence).toBeCloseTo(Math.min(1, mean * 1.25), 12);
  });

  test('overbought for minutes within hours of falling: conflicted, no confidence', () => {
    const candles = bars(204, (i) => 200 - 0.1 * Math.min(i, 189) + 0.3 * Math.max(0, i - 189));
    const s = signalsOf({ map: mapOf([]), candles, fundingHourlyFraction: null, nowMs: T0 });
    expect(s.timeframes.map((f) => f.direction)).toEqual(['down', 'up']);
    expect(s).toMatchObject({ agreement: 'conflicted', confidence: 0 });
  });

  test('one timeframe without a direction: mixed', () => {
    expect(
      look(mapOf([zone('short', 400, 500_000)], { maxPain: { long: null, short: null } })),
    ).toMatchObject({
      agreement: 'mixed',
      timeframes: [{ direction: 'neutral' }, { direction: 'up' }],
    });
  });

  test('an empty map says nothing', () => {
    expect(look(mapOf([]))).toMatchObject({ agreement: 'neutral', confidence: 0 });
  });

  const arbZones = fc.array(
    fc.record({
      side: fc.constantFrom('long' as const, 'short' as const),
      bps: fc.integer({ min: 0, max: 2_900 }),
      usd: fc.integer({ min: 1, max: 1_000_000_000 }),
    }),
    { maxLength: 12 },
  );
  const arbSweeps = fc.array(
    fc.record({
      side: fc.constantFrom('long' as const, 'short' as const),
      ago: fc.integer({ min: 0, max: 280 }),
      usd: fc.integer({ min: 0, max: 10_000_000 }),
      px: fc.integer({ min: 90, max: 110 }),
    }),
    { maxLength: 20 },
  );
  const arbMap = fc.tuple(arbZones, arbSweeps).map(([zones, sweeps]) =>
    mapOf(
      zones.map((z) => zone(z.side, z.bps, z.usd)),
      { sweeps: sweeps.map((s) => sweep(s.side, s.ago, s.usd, s.px)).toSorted((a, b) => a.t - b.t) },
    ),
  );

  test('every card stays within its bounds, and every number is finite', () => {
    fc.assert(
      fc.property(arbMap, fc.option(fc.double({ min: -1, max: 1, noNaN: true })), (map, rate) => {
        const s = signalsOf({
          map,
          candles: bars(700, (i) => 100 + (i % 7)),
          fundingHourlyFraction: rate,
          nowMs: T0,
        });
        expect(s.confidence).toBeGreaterThanOrEqual(0);
        expect(s.confidence).toBeLessThanOrEqual(1);
        for (const f of s.timeframes) {
          expect(Math.abs(f.bias)).toBeLessThanOrEqual(1);
          for (const c of f.cards) {
            expect(Math.abs(c.score)).toBeLessThanOrEqual(1);
            for (const x of [c.strength, c.confidence]) {
              expect(x).toBeGreaterThanOrEqual(0);
              expect(x).toBeLessThanOrEqual(1);
            }
            for (const n of Object.values(c.numbers)) expect(n === null || Number.isFinite(n)).toBe(true);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  test('long and short exchanged turns the magnet, max pain, proximity and delta around', () => {
    const mirrored = (map: ZoneMap): ZoneMap => {
      const other = (z: Zone): Zone =>
        zone(z.side === 'long' ? 'short' : 'long', z.distanceBps, z.notionalUsd);
      return mapOf(map.zones.map(other), {
        sweeps: map.sweeps.map((s) => ({
          ...s,
          side: s.side === 'long' ? ('short' as const) : ('long' as const),
        })),
      });
    };
    fc.assert(
      fc.property(arbMap, (map) => {
        const m = mirrored(map);
        for (const l of LOOKBACKS.day) {
          expect(magnet(m, l, T, 1).score).toBeCloseTo(-magnet(map, l, T, 1).score, 9);
          expect(sweptDelta(m, l, T, 1).score).toBeCloseTo(-sweptDelta(map, l, T, 1).score, 9);
          expect(cascade(m, 'up', l, T, 1).score).toBeCloseTo(-cascade(map, 'down', l, T, 1).score, 9);
        }
      }),
      { numRuns: 100 },
    );
  });
});
