import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findClusters, HALF_WIDTH_MAX } from '../../../src/core/zones/clusters.ts';

const at = (n: number, ...peaks: [bucket: number, mass: number][]): Float64Array => {
  const a = new Float64Array(n);
  for (const [i, m] of peaks) a[i] = (a[i] ?? 0) + m;
  return a;
};

describe('findClusters', () => {
  test('one spike spreads to 1-4-6-4-1 sixteenths: its band is the three buckets at half height', () => {
    expect(findClusters(at(50, [20, 16]))).toEqual([{ lo: 19, hi: 21, peak: 20, mass: 16 }]);
  });

  test('two spikes apart are two clusters, ascending', () => {
    const found = findClusters(at(50, [40, 16], [10, 8]));
    expect(found.map((c) => [c.peak, c.mass])).toEqual([
      [10, 8],
      [40, 16],
    ]);
  });

  test('a bump below 15 % of the highest peak is no cluster, one above is', () => {
    expect(findClusters(at(50, [10, 14], [40, 100])).map((c) => c.peak)).toEqual([40]);
    expect(findClusters(at(50, [10, 16], [40, 100])).map((c) => c.peak)).toEqual([10, 40]);
  });

  test('a shoulder with a shallow valley belongs to the higher peak', () => {
    // Smoothed: 100 at 20 and 24, valley of 83 % between: prominence of the lower one is under 15 % of the top.
    const found = findClusters(at(50, [20, 100], [21, 80], [22, 80], [23, 80], [24, 97]));
    expect(found.length).toBe(1);
    expect(found[0]).toMatchObject({ mass: 437 });
  });

  test('mass at the very edge is found', () => {
    expect(findClusters(at(10, [0, 5]))[0]).toMatchObject({ lo: 0, peak: 0, mass: 5 });
    expect(findClusters(at(10, [9, 5]))[0]).toMatchObject({ hi: 9, peak: 9, mass: 5 });
  });

  test('a plateau becomes a band around its peak, not one as wide as itself', () => {
    const plateau = new Float64Array(80).fill(50, 10, 70);
    plateau[40] = 60;
    expect(findClusters(plateau)[0]).toMatchObject({
      lo: 40 - HALF_WIDTH_MAX,
      hi: 40 + HALF_WIDTH_MAX,
      peak: 40,
    });
  });

  test('nothing gives nothing', () => {
    expect(findClusters(at(10))).toEqual([]);
    expect(findClusters(at(0))).toEqual([]);
  });

  test('bands hold their peak, do not overlap, hold no more than all mass; some mass gives some cluster', () => {
    const arb = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e9, noNaN: true })), {
      maxLength: 120,
    });
    fc.assert(
      fc.property(arb, (values) => {
        const mass = Float64Array.from(values);
        const total = mass.reduce((a, b) => a + b, 0);
        const found = findClusters(mass);
        expect(found.length > 0 || total <= 1e-300).toBe(true);
        found.forEach((c, i) => {
          expect(c.lo).toBeGreaterThan(found[i - 1]?.hi ?? -1);
          expect(c.lo <= c.peak && c.peak <= c.hi && c.hi < mass.length).toBe(true);
          expect(c.mass).toBeGreaterThan(0);
        });
        expect(found.reduce((n, c) => n + c.mass, 0)).toBeLessThanOrEqual(total * (1 + 1e-12));
      }),
    );
  });

  test('twice the mass is the same bands with twice the mass', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1_000 }), { maxLength: 100 }), (values) => {
        const once = findClusters(Float64Array.from(values));
        const twice = findClusters(Float64Array.from(values, (v) => 2 * v));
        expect(twice).toEqual(once.map((c) => ({ ...c, mass: 2 * c.mass })));
      }),
    );
  });
});
