import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Candle } from '../../../src/core/shared/candle.ts';
import type { Side } from '../../../src/core/shared/coin.ts';
import type { KernelTap, LeverageMix } from '../../../src/core/zones/leverage-kernel.ts';
import { DEFAULT_MIX, leverageKernel } from '../../../src/core/zones/leverage-kernel.ts';
import { gridPosition } from '../../../src/core/zones/log-grid.ts';
import { binanceTiers } from '../../../src/core/zones/maintenance-tiers.ts';
import type { MapEngine } from '../../../src/core/zones/map-engine.ts';
import { createMapEngine, DEFAULT_ANCHORS } from '../../../src/core/zones/map-engine.ts';
import { arbCandles, arbSteps, arbTurn, BAR_MS, T0, toCandles } from './candle-paths.ts';

const SIDES = ['long', 'short'] as const;
const DAY_MS = 86_400_000;
const TWO_SPEEDS: LeverageMix = [
  [5, 0.4, 14],
  [25, 0.4, 2],
  [100, 0.2, 0.5],
];
const kernel = leverageKernel(TWO_SPEEDS, binanceTiers('BTC'));
const defaultKernel = leverageKernel(DEFAULT_MIX, binanceTiers('BTC'));
/** Nothing near the price: what a sweep has to look for is not refreshed by every bar. */
const farKernel = leverageKernel(
  [
    [4, 0.5, 7],
    [9, 0.5, 7],
  ],
  binanceTiers('BTC'),
);
const tap = (longRatio: number, shortRatio: number, weight = 1): KernelTap => ({
  weight,
  halfLifeMs: 7 * DAY_MS,
  longRatio,
  shortRatio,
});

function run(candles: readonly Candle[], k: readonly KernelTap[] = kernel, isSweeping = true): MapEngine {
  const engine = createMapEngine({ kernel: k, intervalMs: BAR_MS, isSweeping });
  for (const c of candles) engine.push(c);
  return engine;
}

/** Mass by bucket over a range wide enough for everything the engine can hold, around `px`. */
const REACH = 2_400;
function massAround(engine: MapEngine, side: Side, px: number): { from: number; mass: Float64Array } {
  const from = Math.round(gridPosition(px)) - REACH;
  const mass = new Float64Array(2 * REACH);
  engine.addTo(mass, side, from, 1);
  return { from, mass };
}
const bar = (t: number, l: number, h: number, c: number, v: number): Candle => ({ t, o: c, h, l, c, v });
const last = (candles: readonly Candle[]): Candle => candles.at(-1) ?? bar(T0, 1, 1, 1, 0);

/** The definition, level by level and without arrays: what the engine must agree with. */
function cohorts(candles: readonly Candle[], k: readonly KernelTap[]) {
  type Level = { side: Side; bucket: number; mass: number; t: number; halfLifeMs: number };
  let alive: Level[] = [];
  const nowOf = (x: Level, t: number) => x.mass * 2 ** (-(t - x.t) / x.halfLifeMs);
  const swept: { t: number; side: Side; mass: number }[] = [];
  for (const c of candles) {
    const isHit = (x: Level) =>
      x.side === 'long' ? x.bucket >= gridPosition(c.l) : x.bucket <= gridPosition(c.h);
    for (const side of SIDES) {
      const mass = alive.filter((x) => x.side === side && isHit(x)).reduce((n, x) => n + nowOf(x, c.t), 0);
      if (mass > 0) swept.push({ t: c.t, side, mass });
    }
    alive = alive.filter((x) => !isHit(x));
    for (const [px, share] of [
      [c.c, DEFAULT_ANCHORS.close],
      [c.h, DEFAULT_ANCHORS.high],
      [c.l, DEFAULT_ANCHORS.low],
    ] as const)
      for (const { weight, halfLifeMs, longRatio, shortRatio } of k)
        for (const side of SIDES) {
          const bucket = Math.round(gridPosition(px * (side === 'long' ? longRatio : shortRatio)));
          const isDead = side === 'long' ? bucket >= gridPosition(c.c) : bucket <= gridPosition(c.c);
          if (!isDead) alive.push({ side, bucket, mass: c.v * c.c * share * weight, t: c.t, halfLifeMs });
        }
  }
  const end = last(candles).t;
  const total = (side: Side) => alive.filter((x) => x.side === side).reduce((n, x) => n + nowOf(x, end), 0);
  const at = (side: Side, bucket: number) =>
    alive.filter((x) => x.side === side && x.bucket === bucket).reduce((n, x) => n + nowOf(x, end), 0);
  return { total, at, swept };
}

/** How far apart two masses are, in units of the tolerance: 1e-9 of `scale`. */
const apart = (a: number, b: number, scale: number): number => Math.abs(a - b) / (1e-9 * scale + 1e-12);

const cumulate = (m: Float64Array): number[] => {
  let sum = 0;
  return Array.from(m, (v) => (sum += v));
};

/** Buckets with long mass at or above `longBelow` or short mass at or below `shortAbove`, both prices. */
function onTheWrongSide(engine: MapEngine, longBelow: number, shortAbove: number): number[] {
  return SIDES.flatMap((side) => {
    const { from, mass } = massAround(engine, side, longBelow);
    const isWrong = (bucket: number): boolean =>
      side === 'long' ? bucket >= gridPosition(longBelow) : bucket <= gridPosition(shortAbove);
    return [...mass.keys()].filter((i) => mass[i] !== 0 && isWrong(from + i)).map((i) => from + i);
  });
}

describe('worked examples', () => {
  test('one bar at 100 with 20x and 0.4 % puts both sides where the formula says', () => {
    const engine = run([bar(T0, 100, 100, 100, 7)], [tap(0.953815, 1.045817)]);
    for (const [side, px] of [
      ['long', 95.3815],
      ['short', 104.5817],
    ] as const) {
      const { from, mass } = massAround(engine, side, 100);
      const hit = [...mass.keys()].filter((i) => mass[i] !== 0).map((i) => i + from);
      expect(hit).toEqual([Math.round(gridPosition(px))]);
      expect(engine.total(side)).toBeCloseTo(700, 9);
    }
  });

  test('mass halves in a half-life', () => {
    const engine = run([bar(T0, 100, 100, 100, 7), bar(T0 + 7 * DAY_MS, 100, 100, 100, 0)], [tap(0.9, 1.1)]);
    expect(engine.total('long')).toBeCloseTo(350, 9);
    expect(engine.asOfMs()).toBe(T0 + 7 * DAY_MS + BAR_MS);
  });

  test('a later low takes the long levels it reaches and says so; the shorts stay', () => {
    const engine = run(
      [bar(T0, 100, 100, 100, 7), bar(T0 + BAR_MS, 94.9, 100, 97, 0)],
      [tap(0.95, 1.05, 0.75), tap(0.9, 1.1, 0.25)],
    );
    const decay = 2 ** (-BAR_MS / (7 * DAY_MS));
    expect(engine.total('long')).toBeCloseTo(175 * decay, 9);
    expect(engine.total('short')).toBeCloseTo(700 * decay, 9);
    const [sweep, ...more] = engine.sweeps(0);
    expect(more).toEqual([]);
    const bucket = Math.round(gridPosition(95));
    expect(sweep).toMatchObject({ t: T0 + BAR_MS, side: 'long', loBucket: bucket, hiBucket: bucket });
    expect(sweep?.mass).toBeCloseTo(525 * decay, 9);
    expect(engine.sweeps(T0 + BAR_MS + 1)).toEqual([]);
  });

  test('a bar does not sweep its own levels, the next one does; what its close left behind is not seeded', () => {
    const wide = bar(T0, 98, 102, 100, 1);
    const engine = run([wide], [tap(0.99, 1.01)]);
    // From the close 99, from the low 97.02; from the high 100.98, above the close: dead on arrival.
    expect(engine.total('long')).toBeCloseTo(100 * (DEFAULT_ANCHORS.close + DEFAULT_ANCHORS.low), 9);
    expect(engine.sweeps(0)).toEqual([]);
    engine.push(bar(T0 + BAR_MS, 98, 100, 100, 0));
    expect(engine.total('long')).toBeCloseTo(100 * DEFAULT_ANCHORS.low * 2 ** (-BAR_MS / (7 * DAY_MS)), 9);
  });
});

describe('properties', () => {
  test('agrees with the definition, level by level', () => {
    fc.assert(
      fc.property(fc.oneof(arbCandles, arbTurn), fc.constantFrom(kernel, farKernel), (candles, taps) => {
        const engine = run(candles, taps);
        const truth = cohorts(candles, taps);
        for (const side of SIDES) {
          expect(apart(engine.total(side), truth.total(side), engine.total(side))).toBeLessThanOrEqual(1);
          const { from, mass } = massAround(engine, side, last(candles).c);
          for (const i of [...mass.keys()].filter((_, n) => n % 37 === 0 || mass[n] !== 0))
            expect(
              apart(mass[i] ?? Number.NaN, truth.at(side, from + i), engine.total(side)),
            ).toBeLessThanOrEqual(1);
        }
        const dayAgo = last(candles).t - DAY_MS;
        const sweeps = engine.sweeps(dayAgo);
        const expected = truth.swept.filter((s) => s.t >= dayAgo);
        expect(sweeps.map((s) => [s.t, s.side])).toEqual(expected.map((s) => [s.t, s.side]));
        sweeps.forEach((s, i) =>
          expect(apart(s.mass, expected[i]?.mass ?? Number.NaN, s.mass)).toBeLessThanOrEqual(1),
        );
      }),
      { numRuns: 80 },
    );
  });

  test('mass is conserved: before × decay − swept + seeded = after', () => {
    // Levels beyond the range of any one bar, so that all of a bar's turnover is seeded.
    const far = [tap(0.9, 1.1, 0.5), tap(0.8, 1.2, 0.5)];
    fc.assert(
      fc.property(arbCandles, (candles) => {
        const engine = createMapEngine({ kernel: far, intervalMs: BAR_MS });
        const before = { long: 0, short: 0 };
        let t = T0;
        for (const c of candles) {
          engine.push(c);
          const swept = engine.sweeps(c.t);
          for (const side of SIDES) {
            const decayed = before[side] * 2 ** (-(c.t - t) / (7 * DAY_MS));
            const taken = swept.find((s) => s.side === side)?.mass ?? 0;
            expect(
              apart(engine.total(side), decayed - taken + c.v * c.c, decayed + c.v * c.c),
            ).toBeLessThanOrEqual(1);
            before[side] = engine.total(side);
          }
          t = c.t;
        }
      }),
    );
  });

  test('no mass where price has been', () => {
    fc.assert(
      fc.property(arbCandles, (candles) => {
        const end = last(candles);
        const engine = run(candles, defaultKernel);
        expect(onTheWrongSide(engine, end.c, end.c)).toEqual([]);
        // A bar without turnover only sweeps: what is left lies strictly beyond its range.
        engine.push({ ...end, t: end.t + BAR_MS, v: 0 });
        expect(onTheWrongSide(engine, end.l, end.h)).toEqual([]);
      }),
    );
  });

  test('ten times the price is the same map 2,304 buckets higher', () => {
    fc.assert(
      fc.property(arbCandles, (candles) => {
        const times10 = candles.map((c) => ({
          t: c.t,
          o: c.o * 10,
          h: c.h * 10,
          l: c.l * 10,
          c: c.c * 10,
          v: c.v / 10,
        }));
        const [a, b] = [run(candles), run(times10)];
        for (const side of SIDES) {
          const px = last(candles).c;
          const from = Math.round(gridPosition(px)) - 400;
          const [x, y] = [new Float64Array(800), new Float64Array(800)];
          a.addTo(x, side, from, 1);
          b.addTo(y, side, from + 2_304, 1);
          expect(apart(a.total(side), b.total(side), a.total(side))).toBeLessThanOrEqual(1);
          // A level on the edge of two buckets may fall either way: what is between two points may not.
          const [cx, cy] = [cumulate(x), cumulate(y)];
          const differing = cx.filter((v, i) => Math.abs(v - (cy[i] ?? 0)) > 1e-9 * a.total(side)).length;
          expect(differing).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('turned upside down, longs and shorts change places', () => {
    const mirrored = [tap(1 / 1.005, 1.005, 0.2), tap(1 / 1.02, 1.02, 0.5), tap(1 / 1.1, 1.1, 0.3)];
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 2, noNaN: true }), arbSteps, (px, steps) => {
        const candles = toCandles(px, steps);
        const flipped = candles.map((c) => ({
          t: c.t,
          o: 1 / c.o,
          h: 1 / c.l,
          l: 1 / c.h,
          c: 1 / c.c,
          v: c.v * c.c * c.c,
        }));
        const [a, b] = [run(candles, mirrored), run(flipped, mirrored)];
        expect(apart(a.total('long'), b.total('short'), a.total('long'))).toBeLessThanOrEqual(1);
        expect(apart(a.total('short'), b.total('long'), a.total('short'))).toBeLessThanOrEqual(1);
        const [sa, sb] = [a.sweeps(0), b.sweeps(0)];
        expect(sa.length).toBe(sb.length);
        for (const s of sa) {
          const other = sb.find((x) => x.t === s.t && x.side !== s.side);
          expect(apart(s.mass, other?.mass ?? Number.NaN, s.mass)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test('never negative, never anything but a number, whatever the feed says', () => {
    const wild = fc.array(
      fc.record({
        px: fc.double({ min: 1e-8, max: 1e9, noNaN: true }),
        spread: fc.double({ min: 1, max: 1e4, noNaN: true }),
        v: fc.double({ min: 0, max: 1e15, noNaN: true }),
        gapMs: fc.integer({ min: BAR_MS, max: 10 ** 12 }),
      }),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(wild, (bars) => {
        let t = T0;
        const engine = run(bars.map((b) => bar((t += b.gapMs), b.px / b.spread, b.px * b.spread, b.px, b.v)));
        for (const side of SIDES) {
          const { mass } = massAround(engine, side, bars.at(-1)?.px ?? 1);
          expect(mass.every((m) => m >= 0 && Number.isFinite(m))).toBe(true);
          expect(engine.total(side)).toBeGreaterThanOrEqual(0);
          expect(engine.total(side)).toBeLessThan(Infinity);
        }
        expect(engine.sweeps(0).every((s) => s.mass > 0 && s.loBucket <= s.hiBucket)).toBe(true);
      }),
    );
  });
});

test('a bar seen before changes nothing', () => {
  const candles = toCandles(100, [
    { move: 0.01, up: 0, down: 0.01, turnoverUsd: 1e6, gapBars: 0 },
    { move: -0.02, up: 0.01, down: 0, turnoverUsd: 2e6, gapBars: 0 },
  ]);
  const engine = run(candles);
  const before = engine.total('long');
  expect(candles.map((c) => engine.push(c))).toEqual([false, false]);
  expect(engine.total('long')).toBe(before);
  expect(engine.bars()).toBe(2);
});

test('years of bars keep their digits', () => {
  const engine = createMapEngine({ kernel: [tap(0.9, 1.1)], intervalMs: DAY_MS });
  for (let day = 0; day < 5_000; day++) engine.push(bar(T0 + day * DAY_MS, 100, 100, 100, 1));
  // Geometric series of a 7-day half-life.
  expect(engine.total('short') / (100 / (1 - 2 ** (-1 / 7)))).toBeCloseTo(1, 9);
});

test('negative control: without sweeping, levels that price went through stay', () => {
  const steps = [0.05, -0.1, 0.05].map((move) => ({
    move,
    up: 0.001,
    down: 0.001,
    turnoverUsd: 1e6,
    gapBars: 0,
  }));
  const candles = toCandles(100, steps);
  const [swept, kept] = [run(candles), run(candles, kernel, false)];
  expect(kept.total('long')).toBeGreaterThan(1.2 * swept.total('long'));
  expect(swept.sweeps(0).length).toBeGreaterThan(0);
  expect(kept.sweeps(0)).toEqual([]);
});

test('rubbish bars are our own bug, not data', () => {
  const engine = createMapEngine({ kernel, intervalMs: BAR_MS });
  for (const c of [
    bar(T0, 0, 1, 1, 1),
    bar(T0, 2, 3, 1, 1),
    bar(T0, 1, 1, 1, Number.NaN),
    bar(T0, 1, Infinity, 1, 1),
  ])
    expect(() => engine.push(c)).toThrow(/bar at/);
});
