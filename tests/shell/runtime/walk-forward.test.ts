import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TradesOf, TunedTrade } from '../../../src/shell/runtime/replay/walk-forward.ts';
import { walkForward } from '../../../src/shell/runtime/replay/walk-forward.ts';

const DAY_MS = 86_400_000;
const DAYS = 40;
const time = { fromMs: 0, toMs: DAYS * DAY_MS, folds: 4 };

/** One trade a day. */
const daily = (bps: (day: number) => number): TunedTrade[] =>
  Array.from({ length: DAYS }, (_, day) => ({
    openedAtMs: day * DAY_MS + 1,
    netBps: bps(day),
    netR: bps(day) / 100,
  }));
const field = (byName: Record<string, Record<string, TunedTrade[]>>): TradesOf =>
  new Map(Object.entries(byName).map(([name, byCoin]) => [name, new Map(Object.entries(byCoin))]));

test('a setting that is better throughout is chosen, and judged on the folds after the first only', () => {
  const w = walkForward(
    field({ committed: { BTC: daily((d) => -10 - (d % 3)) }, better: { BTC: daily((d) => 20 + (d % 5)) } }),
    { coins: ['BTC'], ...time },
  );
  expect(w.outOfSample.tuned.trades).toBe(30);
  expect(w.outOfSample.tuned.netBps?.mean).toBeCloseTo(22, 9);
  expect(w.outOfSample.committed.netBps?.mean).toBeCloseTo(-11, 9);
  expect(w.differenceRPerDay?.mean).toBeCloseTo(0.33, 9);
  expect(w.isBetter).toBe(true);
  expect(w.chosen['BTC']).toEqual({ candidate: 'better', trades: 40, meanBps: 22 });
});

test('one that was good only while it was looked at is found out', () => {
  // Best in every fold until it is chosen for the next, where it loses: the past misleads each time.
  const fad = daily((d) => (d < 10 ? 100 : -100));
  const w = walkForward(field({ committed: { BTC: daily((d) => d % 3) }, fad: { BTC: fad } }), {
    coins: ['BTC'],
    ...time,
  });
  expect(w.isBetter).toBe(false);
  expect(w.outOfSample.tuned.netBps?.mean ?? 0).toBeLessThan(w.outOfSample.committed.netBps?.mean ?? 0);
  expect(w.chosen['BTC']?.candidate).toBe('committed');
});

test('a few lucky trades of one coin do not outweigh what all coins say', () => {
  const w = walkForward(
    field({
      committed: { A: daily(() => 5), B: daily(() => 5), C: daily(() => 5).slice(0, 2) },
      other: { A: daily(() => -40), B: daily(() => -40), C: daily(() => 60).slice(0, 2) },
    }),
    { coins: ['A', 'B', 'C'], ...time },
  );
  expect(w.chosen['C']?.candidate).toBe('committed');
});

test('what comes later changes no choice: only the judged trades of the last fold may differ', () => {
  const bps = fc.array(fc.integer({ min: -200, max: 200 }), { minLength: DAYS, maxLength: DAYS });
  fc.assert(
    fc.property(bps, bps, fc.integer({ min: -200, max: 200 }), (a, b, late) => {
      const last = (DAYS * 3) / 4;
      const run = (list: number[]) =>
        walkForward(field({ committed: { X: daily((d) => a[d]!) }, other: { X: daily((d) => list[d]!) } }), {
          coins: ['X'],
          ...time,
          toMs: time.toMs,
        });
      const changed = b.map((x, day) => (day >= last ? late : x));
      const [one, two] = [run(b), run(changed)];
      const sum = (w: typeof one) => (w.outOfSample.tuned.netBps?.mean ?? 0) * w.outOfSample.tuned.trades;
      const lateOf = (list: number[]) => list.slice(last).reduce((x, y) => x + y, 0);
      const gap = sum(two) - sum(one);
      const swing = lateOf(changed) - lateOf(b);
      // The last fold was decided before it began: either it used the changed one, or it did not.
      expect(Math.min(Math.abs(gap), Math.abs(gap - swing))).toBeLessThan(1e-6);
    }),
  );
});
