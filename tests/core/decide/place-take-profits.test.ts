import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TakeProfitInput } from '../../../src/core/decide/place-take-profits.ts';
import { placeTakeProfits } from '../../../src/core/decide/place-take-profits.ts';
import type { Side } from '../../../src/core/shared/coin.ts';
import { tickOf } from '../../../src/core/shared/round.ts';
import { decideInput, zone } from '../../support/decide-input.ts';

const params = decideInput().params!;

describe('take profits', () => {
  const tp: TakeProfitInput = {
    side: 'long',
    entryPx: 100,
    stopPx: 98,
    originPx: 101,
    extremePx: 97,
    sz: 1,
    szDecimals: 2,
    opposite: [],
    params: { ...params, takeProfitR: [1, 2], takeProfitFraction: 0.5 },
  };
  const at = (change: Partial<TakeProfitInput>) =>
    placeTakeProfits({ ...tp, ...change }).map((t) => [t.px, t.sz]);

  test('near edges and the way back, each half a stop distance beyond the one before, else multiples of it', () => {
    // Half of the way back (99) loses; all of it (101) is half a stop distance away: taken.
    expect(at({})).toEqual([
      [101, 0.5],
      [104, 0.5],
    ]);
    expect(at({ opposite: [zone('short', 102.5, 103)] })).toEqual([
      [101, 0.5],
      [102.5, 0.5],
    ]);
    expect(at({ opposite: [zone('short', 101.5, 103)], originPx: 100.5 })).toEqual([
      [101.5, 0.5],
      [104, 0.5],
    ]);
    // Half of the way from 97 to 106 is 101.5.
    expect(at({ originPx: 106 })[0]).toEqual([101.5, 0.5]);
    // More than twice the coin's multiple away is too far to wait for: 105 is 2.5 stop distances.
    expect(at({ originPx: 100.5, opposite: [zone('short', 105, 106)] })[0]).toEqual([102, 0.5]);
    expect(at({ originPx: 100.5, opposite: [zone('short', 104, 106)] })[0]).toEqual([104, 0.5]);
    const mirrored = { side: 'short' as const, stopPx: 102, originPx: 99, extremePx: 103 };
    expect(at({ ...mirrored, opposite: [zone('long', 97, 97.5)] })).toEqual([
      [99, 0.5],
      [97.5, 0.5],
    ]);
  });

  test('sizes are whole lots that add up, and the odd lot goes to the second', () => {
    expect(at({ sz: 1.01 })).toEqual([
      [101, 0.5],
      [104, 0.51],
    ]);
    expect(at({ sz: 7, szDecimals: 0 })).toEqual([
      [101, 3],
      [104, 4],
    ]);
    expect(at({ sz: 1, params: { ...tp.params, takeProfitFraction: 0.333 } })).toEqual([
      [101, 0.33],
      [104, 0.67],
    ]);
  });

  test('one where a part would be below $10 at the price that is sent, not at the one before rounding', () => {
    // 0.1 at 100.004 is sent at 100.00: $10. At 99.999, sent at 99.99, it is $9.999.
    const part = { entryPx: 98, stopPx: 96.5, extremePx: 96, originPx: 96.1, sz: 0.2, szDecimals: 4 };
    expect(at({ ...part, opposite: [zone('short', 100.004, 101)] })[0]).toEqual([100, 0.1]);
    expect(at({ ...part, opposite: [zone('short', 100, 101)] })).toHaveLength(2);
    expect(at({ ...part, opposite: [zone('short', 99.999, 101)] })).toHaveLength(1);
    // 0.0999 at 100.109 is $10.0009; at 100.10, which is sent, $9.99999.
    expect(at({ ...part, sz: 0.1999, opposite: [zone('short', 100.109, 101)] })).toEqual([[100.1, 0.1999]]);
    expect(
      at({ ...part, sz: 0.10001, szDecimals: 5, params: { ...tp.params, takeProfitFraction: 0.9999 } }),
    ).toHaveLength(1);
  });

  test('none where a multiple of the stop would be at or below zero: nothing is thrown and nothing invented', () => {
    const absurd = { side: 'short' as const, stopPx: 120, originPx: 99.9, extremePx: 119 };
    expect(at({ ...absurd, params: { ...tp.params, takeProfitR: [6, 9] } })).toEqual([]);
    expect(at({ ...absurd, params: { ...tp.params, takeProfitR: [2, 9] } })).toEqual([[60, 1]]);
  });

  test('beyond the entry, in order, legal, and each worth $10, on any scale', () => {
    const double = (min: number, max: number) =>
      fc.integer({ min: 0, max: 1e6 }).map((n) => min + ((max - min) * n) / 1e6);
    fc.assert(
      fc.property(
        fc.record({
          side: fc.constantFrom<Side>('long', 'short'),
          entryPx: fc.constantFrom(0.0071, 0.9999, 1.0001, 12.345, 104_600),
          r: double(0.0015, 0.08),
          usd: double(10, 200),
          fraction: double(0.01, 0.99),
          levels: fc.array(double(-0.05, 0.3), { maxLength: 5 }),
          szDecimals: fc.integer({ min: 0, max: 5 }),
        }),
        (s) => {
          // What the venue lists: a tick is a small part of the price.
          fc.pre(tickOf(s.entryPx, s.szDecimals) <= s.entryPx * 0.001);
          const g = s.side === 'long' ? 1 : -1;
          const lots = 10 ** s.szDecimals;
          const sz = Math.ceil((s.usd / s.entryPx) * lots) / lots;
          const list = placeTakeProfits({
            ...tp,
            side: s.side,
            entryPx: s.entryPx,
            stopPx: s.entryPx * (1 - g * s.r),
            extremePx: s.entryPx * (1 - g * s.r * 0.9),
            originPx: s.entryPx * (1 + g * 0.01),
            sz,
            szDecimals: s.szDecimals,
            opposite: s.levels.map((x) => zone('short', s.entryPx * (1 + g * x), s.entryPx * (1 + g * x))),
            params: { ...tp.params, takeProfitFraction: s.fraction },
          });
          expect(list.length).toBeGreaterThan(0);
          const way = [s.entryPx, ...list.map((target) => target.px)];
          expect(way.toSorted((a, b) => g * (a - b))).toEqual(way);
          expect(new Set(way).size).toBe(way.length);
          expect(list.length === 1 || list.every((target) => target.px * target.sz >= 10)).toBe(true);
          expect(Math.round(list.reduce((sum, t) => sum + t.sz, 0) * lots)).toBe(Math.round(sz * lots));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
