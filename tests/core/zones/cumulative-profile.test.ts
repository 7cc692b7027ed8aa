import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { cumulativeProfile } from '../../../src/core/zones/cumulative-profile.ts';

test('mass from the mark outwards, and its difference, by hand', () => {
  const rows = cumulativeProfile({
    markPx: 100,
    bins: { px: [75, 94, 99.6, 100.4, 101.5], longUsd: [8, 4, 1, 0, 0], shortUsd: [0, 0, 0, 2, 5] },
  });
  expect(rows.map((r) => [r.distanceFraction, r.longUsd, r.shortUsd, r.deltaUsd])).toEqual([
    [0.005, 1, 2, 1],
    [0.01, 1, 2, 1],
    [0.02, 1, 7, 6],
    [0.03, 1, 7, 6],
    [0.05, 1, 7, 6],
    [0.1, 5, 7, 2],
    [0.2, 5, 7, 2],
    [0.3, 13, 7, -6],
  ]);
});

test('nothing is lost on the way out, and the mirror image has the opposite difference', () => {
  const level = fc.record({
    off: fc.double({ min: 0.0001, max: 0.2999, noNaN: true }),
    usd: fc.double({ min: 0, max: 1e9, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(level), fc.array(level), (longs, shorts) => {
      const bins = (below: typeof longs, above: typeof shorts) => ({
        px: [...below.map((l) => 100 * (1 - l.off)), ...above.map((l) => 100 * (1 + l.off))],
        longUsd: [...below.map((l) => l.usd), ...above.map(() => 0)],
        shortUsd: [...below.map(() => 0), ...above.map((l) => l.usd)],
      });
      const rows = cumulativeProfile({ markPx: 100, bins: bins(longs, shorts) });
      const mirrored = cumulativeProfile({ markPx: 100, bins: bins(shorts, longs) });
      const total = (list: typeof longs): number => list.reduce((sum, l) => sum + l.usd, 0);
      expect(rows.at(-1)?.longUsd).toBeCloseTo(total(longs), 3);
      expect(rows.at(-1)?.shortUsd).toBeCloseTo(total(shorts), 3);
      rows.forEach((row, i) => {
        expect(row.longUsd).toBeGreaterThanOrEqual(rows[i - 1]?.longUsd ?? 0);
        expect(mirrored[i]?.deltaUsd).toBeCloseTo(-row.deltaUsd, 3);
      });
    }),
  );
});
