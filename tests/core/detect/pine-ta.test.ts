import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { atr, highest, history, lowest, rma, rsi, sma, type Step } from '../../../src/core/detect/pine-ta.ts';

const price = fc.double({ min: 0.01, max: 1e6, noNaN: true });
const series = fc.array(price, { minLength: 1, maxLength: 120 });
const length = fc.integer({ min: 1, max: 30 });
const run = (step: Step, xs: readonly number[]): number[] => xs.map((x) => step(x));
const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;
const close = (a: number, b: number): boolean =>
  (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
/** The bars on which two series differ. */
const differences = (got: readonly number[], want: readonly number[]): string[] =>
  got.length === want.length
    ? got.flatMap((g, i) => (close(g, want[i] ?? NaN) ? [] : [`bar ${i}: ${g} is not ${want[i]}`]))
    : [`${got.length} bars, not ${want.length}`];
const same = (got: readonly number[], want: readonly number[]): boolean => {
  expect(differences(got, want)).toEqual([]);
  return true;
};

/** The same functions, from their definitions, over the whole past at once. */
const brute = {
  window: (xs: readonly number[], n: number, f: (w: number[]) => number) =>
    xs.map((_, i) => (i < n - 1 ? NaN : f(xs.slice(i - n + 1, i + 1)))),
  rma(xs: readonly number[], n: number): number[] {
    const out: number[] = [];
    xs.forEach((x, i) => {
      if (i < n - 1) out.push(NaN);
      else if (i === n - 1) out.push(mean(xs.slice(0, n)));
      else out.push((1 / n) * x + (1 - 1 / n) * (out[i - 1] ?? NaN));
    });
    return out;
  },
  rsi(xs: readonly number[], n: number): number[] {
    const changes = xs.slice(1).map((x, i) => x - (xs[i] ?? NaN));
    const up = brute.rma(
      changes.map((c) => Math.max(c, 0)),
      n,
    );
    const down = brute.rma(
      changes.map((c) => -Math.min(c, 0)),
      n,
    );
    return [NaN, ...up.map((u, i) => (down[i] === 0 ? 100 : 100 - 100 / (1 + u / (down[i] ?? NaN))))];
  },
};

/** [name, ours, the definition] */
const SERIES: [string, (n: number) => Step, (xs: readonly number[], n: number) => number[]][] = [
  ['sma', sma, (xs, n) => brute.window(xs, n, mean)],
  ['rma', rma, (xs, n) => brute.rma(xs, n)],
  ['rsi', rsi, (xs, n) => brute.rsi(xs, n)],
  ['highest', highest, (xs, n) => brute.window(xs, n, (w) => Math.max(...w))],
  ['lowest', lowest, (xs, n) => brute.window(xs, n, (w) => Math.min(...w))],
  ['history', history, (xs, n) => xs.map((_, i) => xs[i - n] ?? NaN)],
];

describe('against the definitions', () => {
  test.each(SERIES)('%s', (_name, ours, definition) => {
    const property = fc.property(series, length, (xs, n) => same(run(ours(n), xs), definition(xs, n)));
    expect(fc.check(property)).toMatchObject({ failed: false });
  });

  test('atr', () => {
    const bar = fc.tuple(price, price, price).map(([a, b, c]) => ({
      low: Math.min(a, b, c),
      close: a,
      high: Math.max(a, b, c),
    }));
    const property = fc.property(fc.array(bar, { minLength: 1, maxLength: 80 }), length, (bars, n) => {
      const step = atr(n);
      const ranges = bars.map(({ low, high }, i) => {
        const before = bars[i - 1]?.close ?? low;
        return Math.max(high - low, Math.abs(high - before), Math.abs(low - before));
      });
      return same(
        bars.map((b) => step(b.high, b.low, b.close)),
        brute.rma(ranges, n),
      );
    });
    expect(fc.check(property)).toMatchObject({ failed: false });
  });

  test('the rsi stays within 0 and 100', () => {
    const property = fc.property(series, length, (xs, n) =>
      run(rsi(n), xs).every((v) => !(v < 0 || v > 100)),
    );
    expect(fc.check(property)).toMatchObject({ failed: false });
  });
});

test('first values come on the bar Pine gives them', () => {
  const flat = Array.from({ length: 20 }, () => 5);
  const first = (step: Step): number => run(step, flat).findIndex((v) => !Number.isNaN(v));
  expect([first(sma(14)), first(rma(14)), first(rsi(14)), first(highest(8)), first(history(3))]).toEqual([
    13, 13, 14, 7, 3,
  ]);
});

test('rsi is 100 when nothing fell and 0 when nothing rose', () => {
  expect(run(rsi(2), [1, 2, 3]).at(-1)).toBe(100);
  expect(run(rsi(2), [3, 2, 1]).at(-1)).toBe(0);
  expect(run(rsi(2), [3, 3, 3]).at(-1)).toBe(100);
});

test('na inside a window is skipped, a window of nothing but na is na', () => {
  expect(run(highest(3), [NaN, 2, NaN, NaN, NaN])).toEqual([NaN, NaN, 2, 2, NaN]);
  expect(run(lowest(2), [4, NaN, 7])).toEqual([NaN, 4, 7]);
});

test('a huge volume that has left the window leaves nothing behind in the mean', () => {
  const step = sma(3);
  [1e15, 0.1, 0.1].forEach(step);
  expect(step(0.1)).toBeCloseTo(0.1, 12);
});
