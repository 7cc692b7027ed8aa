import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { meanByDay, meanOf } from '../../../src/core/review/statistics.ts';

const DAY_MS = 86_400_000;
const on = (day: number, value: number) => ({ atMs: day * DAY_MS + 1, value });

test('a mean over days, by hand', () => {
  // Mean 2. Days are off by (1−2) + (1−2) = −2 and (4−2) = 2: √((4 + 4) · 2/1) ÷ 3 = 4/3, times t of one degree.
  const { n, mean, ci95 } = meanByDay([on(1, 1), on(1, 1), on(2, 4)]) ?? { n: 0, mean: 0, ci95: null };
  expect([n, mean]).toEqual([3, 2]);
  expect(ci95?.[0]).toBeCloseTo(2 - (12.706 * 4) / 3, 9);
  expect(ci95?.[1]).toBeCloseTo(2 + (12.706 * 4) / 3, 9);
});

test('nothing, and a single day, say nothing of the spread', () => {
  expect(meanByDay([])).toBeNull();
  expect(meanByDay([on(1, 1), on(1, 2)])).toEqual({ n: 2, mean: 1.5, ci95: null });
});

test('with one value a day it is the plain interval; copies of a day do not narrow it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 40 }),
      (xs) => {
        const plain = meanOf(xs)!;
        const daily = meanByDay(xs.map((x, day) => on(day, x)))!;
        expect(daily.mean).toBeCloseTo(plain.mean, 9);
        expect(daily.ci95![0]).toBeCloseTo(plain.ci95![0], 6);
        expect(daily.ci95![1]).toBeCloseTo(plain.ci95![1], 6);
        const twice = meanByDay(xs.flatMap((x, day) => [on(day, x), on(day, x)]))!;
        expect(twice.ci95![0]).toBeCloseTo(daily.ci95![0], 6);
        expect(meanOf([...xs, ...xs])!.ci95![0]).toBeGreaterThanOrEqual(plain.ci95![0] - 1e-9);
      },
    ),
  );
});
