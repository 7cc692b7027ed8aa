import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  auc,
  captureTopQuarter,
  correlation,
  ranksOf,
} from '../../../../src/core/zones/score/rank-statistics.ts';

const arbValues = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 2, maxLength: 40 });

describe('ranksOf', () => {
  test('ties share the mean of their ranks', () => {
    expect([...ranksOf([10, 30, 20, 20])]).toEqual([1, 4, 2.5, 2.5]);
  });

  test('ranks add up to n(n+1)/2 and keep the order', () => {
    fc.assert(
      fc.property(arbValues, (values) => {
        const ranks = ranksOf(values);
        const n = values.length;
        expect(ranks.reduce((a, b) => a + b, 0)).toBeCloseTo((n * (n + 1)) / 2, 9);
        for (let i = 1; i < n; i++)
          expect(Math.sign(ranks[i]! - ranks[0]!)).toBe(Math.sign(values[i]! - values[0]!));
      }),
    );
  });
});

describe('correlation', () => {
  test('worked example: 1 2 3 5 against 2 1 4 5', () => {
    expect(correlation([1, 2, 3, 5], [2, 1, 4, 5])).toBeCloseTo(8 / Math.sqrt(8.75 * 10), 9);
  });

  test('is null when one does not vary', () => {
    expect(correlation([1, 1, 1], [1, 2, 3])).toBeNull();
  });
});

describe('auc', () => {
  test('worked example, a tie counts half', () => {
    expect(auc([3, 2, 1, 2], [true, true, false, false])).toBe(0.875);
    expect(auc([1, 2], [true, true])).toBeNull();
  });

  test('turning scores upside down turns it into 1 − auc', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.boolean()), { minLength: 2 }),
        (rows) => {
          const hits = rows.map((r) => r[1]);
          const up = auc(
            rows.map((r) => r[0]),
            hits,
          );
          const down = auc(
            rows.map((r) => -r[0]),
            hits,
          );
          expect((up ?? 0.5) + (down ?? 0.5)).toBeCloseTo(1, 9);
        },
      ),
    );
  });
});

describe('captureTopQuarter', () => {
  test('the best quarter of the rows, ties shared out', () => {
    expect(captureTopQuarter([4, 3, 2, 1], [10, 0, 0, 30])).toBe(0.25);
    expect(captureTopQuarter([1, 1, 1, 1], [10, 0, 0, 30])).toBe(0.25);
    expect(captureTopQuarter([2, 2, 1, 1, 1, 1, 1, 1], [0, 8, 0, 0, 0, 0, 0, 8])).toBe(0.5);
    expect(captureTopQuarter([1, 2], [0, 0])).toBeNull();
  });

  test('a score that knows nothing captures a quarter, whatever the order of rows', () => {
    fc.assert(
      fc.property(arbValues, (amounts) => {
        const captured = captureTopQuarter(
          amounts.map(() => 1),
          amounts,
        );
        expect(captured ?? 0.25).toBeCloseTo(0.25, 9);
      }),
    );
  });
});
