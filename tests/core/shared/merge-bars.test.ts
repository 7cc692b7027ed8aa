import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Candle } from '../../../src/core/shared/candle.ts';
import { mergeBars } from '../../../src/core/shared/merge-bars.ts';

const MIN = 60_000;
const bar = (t: number, o: number, h: number, l: number, c: number, v: number): Candle => ({
  t,
  o,
  h,
  l,
  c,
  v,
});

describe('mergeBars', () => {
  test('three bars of five minutes make one of fifteen; the rest, not whole yet, is its own', () => {
    const bars = [
      bar(0, 10, 12, 9, 11, 1),
      bar(5 * MIN, 11, 15, 10, 14, 2),
      bar(10 * MIN, 14, 14, 8, 9, 3),
      bar(15 * MIN, 9, 10, 9, 10, 4),
    ];
    expect(mergeBars(bars, 15 * MIN)).toEqual([bar(0, 10, 15, 8, 9, 6), bar(15 * MIN, 9, 10, 9, 10, 4)]);
  });

  test('a gap makes no bar', () => {
    expect(
      mergeBars([bar(0, 1, 1, 1, 1, 1), bar(60 * MIN, 2, 2, 2, 2, 1)], 15 * MIN).map((b) => b.t),
    ).toEqual([0, 60 * MIN]);
  });

  test('no volume is lost, no extreme is lost, and times are multiples of the interval', () => {
    const gen = fc
      .array(fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 0, max: 50 })), { maxLength: 60 })
      .map((list) => list.map(([px, v], i) => bar(i * 5 * MIN, px, px + 3, px - 0.5, px + 1, v)));
    fc.assert(
      fc.property(gen, fc.constantFrom(5, 15, 60, 240), (bars, minutes) => {
        const merged = mergeBars(bars, minutes * MIN);
        const sum = (list: readonly Candle[]): number => list.reduce((n, b) => n + b.v, 0);
        expect(sum(merged)).toBe(sum(bars));
        expect(Math.max(0, ...merged.map((b) => b.h))).toBe(Math.max(0, ...bars.map((b) => b.h)));
        expect(merged.every((b) => b.t % (minutes * MIN) === 0)).toBe(true);
        expect(merged.at(0)?.o).toBe(bars.at(0)?.o);
        expect(merged.at(-1)?.c).toBe(bars.at(-1)?.c);
      }),
    );
  });
});
