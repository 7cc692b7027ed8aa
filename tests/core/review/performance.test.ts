import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GROUPINGS, performanceOf } from '../../../src/core/review/performance.ts';
import { maxDrawdown, meanOf, t975, wilson } from '../../../src/core/review/statistics.ts';
import type { Trade } from '../../../src/core/review/types.ts';
import { seededRandom } from '../../../src/core/shared/seeded-random.ts';

const DAY_MS = 86_400_000;

const trade = (over: Partial<Trade> = {}): Trade => ({
  id: 'x', coin: 'BTC', side: 'long', strategy: 'max-pain', alertId: null, decisionId: null,
  openedAtMs: 1_760_000_000_000, closedAtMs: 1_760_000_600_000, entryPx: 100, exitPx: 101, sz: 10,
  pnlUsd: 10, feesUsd: 1, fundingUsd: -0.5, netPnlUsd: 8.5, rMultiple: 0.5, slippageBps: 2, unprotectedMs: 0,
  exitReason: 'take-profit', plannedRiskUsd: 17, decisionMarkPx: 100, enteredSz: 10, exitedSz: 10, ...over,
}); // prettier-ignore

const money = fc.double({ min: -1e5, max: 1e5, noNaN: true });
const trades = fc.array(
  fc
    .record({
      coin: fc.constantFrom('BTC', 'ETH', 'kPEPE'),
      side: fc.constantFrom<'long' | 'short'>('long', 'short'),
      strategy: fc.constantFrom('max-pain', 'zones', null),
      netPnlUsd: money,
      feesUsd: fc.double({ min: 0, max: 100, noNaN: true }),
      openedAtMs: fc.integer({ min: 1_500_000_000_000, max: 1_900_000_000_000 }),
      hold: fc.option(fc.integer({ min: 0, max: 10 * DAY_MS })),
      rMultiple: fc.option(fc.double({ min: -5, max: 5, noNaN: true })),
      unprotectedMs: fc.nat({ max: 60_000 }),
    })
    .map(({ hold, ...t }) => trade({ ...t, closedAtMs: hold === null ? null : t.openedAtMs + hold })),
  { maxLength: 60 },
);
const close = (a: number, b: number, scale = 1): boolean => Math.abs(a - b) <= 1e-9 * (1 + Math.abs(scale));

describe('statistics', () => {
  test.each([
    [1, 12.706],
    [9, 2.262],
    [30, 2.042],
    [40, 2.021],
    [60, 2.0003],
    [120, 1.9799],
    [1_000, 1.9623],
  ])('t with %i degrees of freedom is %f', (df, t) => {
    expect(t975(df)).toBeCloseTo(t, 3);
  });

  test('t falls with every degree of freedom, to the normal quantile', () => {
    for (let df = 1; df < 500; df++) expect(t975(df + 1)).toBeLessThan(t975(df));
    expect(t975(1_000_000)).toBeCloseTo(1.959964, 5);
  });

  test.each([
    // Newcombe 1998, table I, Wilson without continuity correction
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('Wilson of %i in %i', (hits, n, lo, hi) => {
    const [a, b] = wilson(hits, n);
    expect(a).toBeCloseTo(lo, 4);
    expect(b).toBeCloseTo(hi, 4);
  });

  test('Wilson holds the share, stays within 0 and 1, mirrors, and narrows with n', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, p) => {
        const hits = Math.round(n * p);
        const [lo, hi] = wilson(hits, n);
        expect(0 <= lo && lo <= hits / n && hits / n <= hi && hi <= 1).toBe(true);
        const [mlo, mhi] = wilson(n - hits, n);
        expect([mlo, mhi]).toEqual([expect.closeTo(1 - hi, 9), expect.closeTo(1 - lo, 9)]);
        const [wlo, whi] = wilson(hits * 4, n * 4);
        expect(whi - wlo).toBeLessThan(hi - lo);
      }),
    );
  });

  test('the interval of the mean holds the truth about 95 times in 100', () => {
    const random = seededRandom('t interval');
    for (const n of [5, 30, 60]) {
      let holds = 0;
      const runs = 2_000;
      for (let i = 0; i < runs; i++) {
        const [lo, hi] = meanOf(Array.from({ length: n }, () => 3 + 2 * random.normal()))?.ci95 ?? [0, 0];
        if (lo <= 3 && 3 <= hi) holds += 1;
      }
      expect(holds / runs).toBeGreaterThan(0.935);
      expect(holds / runs).toBeLessThan(0.965);
    }
  });

  test('no values have no mean, one has no interval', () => {
    expect(meanOf([])).toBeNull();
    expect(meanOf([4])).toEqual({ n: 1, mean: 4, ci95: null });
  });

  test('drawdown: known cases, and its bounds', () => {
    expect(maxDrawdown([])).toBe(0);
    expect(maxDrawdown([5, -2, -4, 3, -1])).toBe(6);
    expect(maxDrawdown([-3, 10])).toBe(3);
    fc.assert(
      fc.property(fc.array(money), (steps) => {
        const d = maxDrawdown(steps);
        const losses = steps.filter((s) => s < 0).reduce((a, s) => a - s, 0);
        const worst = Math.max(0, ...steps.map((s) => -s));
        expect(d).toBeGreaterThanOrEqual(worst - 1e-6);
        expect(d).toBeLessThanOrEqual(losses + 1e-6);
      }),
    );
  });
});

describe('performance', () => {
  test('a worked example', () => {
    const list = [
      trade({ netPnlUsd: 10, rMultiple: 1, enteredSz: 10, closedAtMs: 1_760_000_600_000 }),
      trade({ netPnlUsd: -30, rMultiple: -1, coin: 'ETH', slippageBps: null, unprotectedMs: 900, closedAtMs: 1_760_000_700_000 }),
      trade({ netPnlUsd: 5, rMultiple: null, closedAtMs: 1_760_000_500_000, unprotectedMs: 100 }),
      trade({ closedAtMs: null, netPnlUsd: -1_000 }),
    ]; // prettier-ignore
    const { total, items } = performanceOf(list, ['coin']);
    expect(total).toMatchObject({
      n: 3,
      open: 1,
      netPnlUsd: -15,
      feesUsd: 3,
      fundingUsd: -1.5,
      maxDrawdownUsd: 30,
      unprotectedMs: { total: 1_000, max: 900 },
      hitRate: { n: 3, share: 2 / 3 },
      netR: { n: 2, mean: 0 },
      slippageBps: { n: 2, mean: 2 },
      holdMs: { n: 3, mean: 600_000 },
    });
    expect(total.netBps?.mean).toBeCloseTo(-50, 9);
    expect(items.map((i) => [i.group.coin, i.n, i.open, i.netPnlUsd])).toEqual([
      ['BTC', 2, 1, 15],
      ['ETH', 1, 0, -30],
    ]);
  });

  test('nothing traded claims nothing', () => {
    expect(performanceOf([], ['coin'])).toMatchObject({
      items: [],
      total: { n: 0, open: 0, netPnlUsd: 0, hitRate: null, netR: null, netBps: null, maxDrawdownUsd: 0 },
    });
  });

  test('periods are UTC, weeks begin on Monday', () => {
    const at = (iso: string) =>
      performanceOf([trade({ closedAtMs: Date.parse(iso) })], ['day', 'week', 'month']).items[0]?.group;
    expect(at('2026-11-22T23:59:59Z')).toEqual({ day: '2026-11-22', week: '2026-11-16', month: '2026-11' });
    expect(at('2026-11-23T00:00:00Z')).toEqual({ day: '2026-11-23', week: '2026-11-23', month: '2026-11' });
    expect(at('2024-02-29T12:00:00Z')).toEqual({ day: '2024-02-29', week: '2024-02-26', month: '2024-02' });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), (ms) => {
        const group = performanceOf([trade({ closedAtMs: ms })], ['day', 'week']).items[0]?.group;
        expect(group?.day).toBe(new Date(ms).toISOString().slice(0, 10));
        expect(new Date(`${group?.week}T00:00:00Z`).getUTCDay()).toBe(1);
        const daysIn = (Date.parse(`${group?.day}`) - Date.parse(`${group?.week}`)) / DAY_MS;
        expect(daysIn >= 0 && daysIn < 7).toBe(true);
      }),
    );
  });

  test('groups are a partition: whatever the grouping, sums and counts add up to the total', () => {
    fc.assert(
      fc.property(trades, fc.subarray([...GROUPINGS], { minLength: 1, maxLength: 3 }), (list, by) => {
        const { total, items } = performanceOf(list, by);
        const add = (pick: (i: (typeof items)[number]) => number) => items.reduce((a, i) => a + pick(i), 0);
        expect(add((i) => i.n)).toBe(total.n);
        expect(add((i) => i.open)).toBe(total.open);
        expect(add((i) => i.netR?.n ?? 0)).toBe(total.netR?.n ?? 0);
        expect(
          close(
            add((i) => i.netPnlUsd),
            total.netPnlUsd,
            1e7,
          ),
        ).toBe(true);
        expect(
          close(
            add((i) => i.feesUsd),
            total.feesUsd,
            1e4,
          ),
        ).toBe(true);
        expect(Math.max(0, ...items.map((i) => i.unprotectedMs.max))).toBe(total.unprotectedMs.max);
        expect(new Set(items.map((i) => JSON.stringify(i.group))).size).toBe(items.length);
      }),
    );
  });

  test('the order of trades does not matter, and scaling money scales it', () => {
    fc.assert(
      fc.property(trades, (list) => {
        const distinct = list.map((t, i) => ({ ...t, closedAtMs: t.closedAtMs === null ? null : t.closedAtMs + i })); // prettier-ignore
        const a = performanceOf(distinct, ['coin', 'side']);
        const b = performanceOf(distinct.toReversed(), ['side', 'coin']);
        expect(b.total.n).toBe(a.total.n);
        expect(b.items.length).toBe(a.items.length);
        const doubled = performanceOf(
          distinct.map((t) => ({ ...t, netPnlUsd: 2 * t.netPnlUsd })),
          [],
        ).total;
        expect(close(doubled.netPnlUsd, 2 * a.total.netPnlUsd, 1e7)).toBe(true);
        expect(close(doubled.maxDrawdownUsd, 2 * a.total.maxDrawdownUsd, 1e7)).toBe(true);
        expect(doubled.hitRate).toEqual(a.total.hitRate);
      }),
    );
  });
});
