import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { toDigits } from '../../../src/core/shared/to-digits.ts';

test.each([
  [962.3018, 6, 962.302],
  [0.000_012_345_678, 6, 0.000_012_345_7],
  [123_456_789, 6, 123_457_000],
  [999_999.7, 6, 1_000_000],
  [1_000, 7, 1_000],
  [-3.217_592_65, 6, -3.217_59],
  [0, 6, 0],
  [1.234_567_8e-30, 6, 1.234_57e-30],
  [Number.POSITIVE_INFINITY, 6, Number.POSITIVE_INFINITY],
  [Number.NaN, 6, Number.NaN],
])('%d with %d digits is %d', (x, digits, is) => {
  expect(toDigits(x, digits)).toBe(is);
});

test('it is what toPrecision writes, but for halves', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-18, max: 1e15, noNaN: true }),
      fc.integer({ min: 1, max: 9 }),
      (x, digits) => {
        const text = x.toPrecision(digits);
        const found = toDigits(x, digits);
        // One step in the last digit, when x is halfway between two as far as doubles tell.
        const step = 10 ** (Math.floor(Math.log10(x)) - digits + 1);
        const isHalf = Math.abs(Math.abs(x - Number(text)) / step - 0.5) < 1e-6;
        expect(isHalf ? Math.abs(found - Number(text)) <= 1.001 * step : found === Number(text)).toBe(true);
        expect(Number(found.toPrecision(digits))).toBe(found);
      },
    ),
    { numRuns: 2_000 },
  );
});
