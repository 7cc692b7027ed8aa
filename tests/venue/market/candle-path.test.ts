import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Candle } from '../../../src/core/shared/candle.ts';
import { seededRandom } from '../../../src/core/shared/seeded-random.ts';
import { expandCandle, type PathPoint } from '../../../src/venue/market/candle-path.ts';

const MINUTE = 60_000;

const aBar = fc
  .tuple(
    fc.double({ min: 1e-4, max: 1e5, noNaN: true }),
    fc.double({ min: 0, max: 0.2, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  )
  .map(([l, range, open, close]): Candle => {
    const h = l * (1 + range);
    const inside = (share: number): number => Math.min(h, Math.max(l, l + (h - l) * share));
    return { t: 1_700_000_000_000, o: inside(open), h, l, c: inside(close), v: 1 };
  });

const someOptions = fc.record({
  intervalMs: fc.constantFrom(MINUTE, 5 * MINUTE, 60 * MINUTE),
  mode: fc.constantFrom('worst-case' as const, 'seeded' as const),
  positionSide: fc.constantFrom('long' as const, 'short' as const, undefined),
  stepsPerLeg: fc.integer({ min: 1, max: 40 }),
  seed: fc.nat(),
});

const indexOf = (path: readonly PathPoint[], px: number): number => path.findIndex((p) => p.px === px);
const bar = (o: number, h: number, l: number, c: number): Candle => ({ t: 0, o, h, l, c, v: 1 });

/** For 200 equal bars: did the low come first? */
const orders = (seed: number): boolean[] => {
  const rng = seededRandom(seed);
  return Array.from({ length: 200 }, () => {
    const path = expandCandle(bar(100, 110, 90, 105), {
      intervalMs: MINUTE,
      mode: 'seeded',
      stepsPerLeg: 1,
      rng,
    });
    return path[1]!.px === 90;
  });
};

describe('expanding a bar to a path', () => {
  test('starts at the open, ends at the close, touches both extremes, stays inside, times rise inside the bar', () => {
    fc.assert(
      fc.property(aBar, someOptions, (candle, { seed, ...o }) => {
        const path = expandCandle(candle, { ...o, rng: seededRandom(seed) });
        const prices = path.map((p) => p.px);
        expect(prices).toHaveLength(1 + 3 * o.stepsPerLeg);
        expect(prices[0]).toBe(candle.o);
        expect(prices.at(-1)).toBe(candle.c);
        expect(Math.max(...prices)).toBe(candle.h);
        expect(Math.min(...prices)).toBe(candle.l);
        expect(path[0]!.offsetMs).toBe(0);
        expect(path.at(-1)!.offsetMs).toBeLessThan(o.intervalMs);
        for (let i = 1; i < path.length; i++)
          expect(path[i]!.offsetMs).toBeGreaterThan(path[i - 1]!.offsetMs);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['long', 'low'],
    ['short', 'high'],
  ] as const)('worst case for a %s position: the %s comes first', (positionSide, extreme) => {
    const path = expandCandle(bar(100, 110, 90, 105), {
      intervalMs: MINUTE,
      mode: 'worst-case',
      positionSide,
      stepsPerLeg: 3,
    });
    const lowIsFirst = indexOf(path, 90) < indexOf(path, 110);
    expect(lowIsFirst).toBe(extreme === 'low');
  });

  test.each([
    [bar(100, 102, 90, 95), 'high'],
    [bar(100, 110, 98, 105), 'low'],
    [bar(100, 110, 90, 105), 'low'],
  ])('worst case without a position visits the extreme nearer to the open: %j → %s', (candle, extreme) => {
    const path = expandCandle(candle, { intervalMs: MINUTE, mode: 'worst-case', stepsPerLeg: 2 });
    expect(indexOf(path, candle.l) < indexOf(path, candle.h) ? 'low' : 'high').toBe(extreme);
  });

  test('seeded: both orders occur, the same seed gives the same ones', () => {
    expect(orders(1)).toEqual(orders(1));
    expect(orders(1)).not.toEqual(orders(2));
    const lows = orders(1).filter(Boolean).length;
    expect(lows).toBeGreaterThan(65);
    expect(lows).toBeLessThan(135);
    expect(() =>
      expandCandle(bar(1, 1, 1, 1), { intervalMs: MINUTE, mode: 'seeded', stepsPerLeg: 1 }),
    ).toThrow(/random stream/);
  });

  test('prices between the corners are legal when decimals are given', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 1, max: 9 }), (decimals, stepsPerLeg) => {
        const candle = bar(100, 107, 93, 101);
        const path = expandCandle(candle, {
          intervalMs: MINUTE,
          mode: 'worst-case',
          stepsPerLeg,
          pxDecimals: decimals,
        });
        for (const p of path) expect(Number(p.px.toFixed(decimals))).toBe(p.px);
      }),
    );
  });

  test('reuses the given points, and gives the same path as fresh ones', () => {
    const o = { intervalMs: MINUTE, mode: 'worst-case', stepsPerLeg: 4 } as const;
    const out: PathPoint[] = [];
    const long = expandCandle(bar(100, 110, 90, 105), { ...o, stepsPerLeg: 9 }, out);
    const point = long[0];
    const again = expandCandle(bar(50, 60, 40, 45), o, out);
    expect(again).toBe(out);
    expect(again[0]).toBe(point);
    expect(again).toEqual(expandCandle(bar(50, 60, 40, 45), o));
  });
});
