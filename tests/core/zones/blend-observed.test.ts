import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ObservedPosition } from '../../../src/core/zones/blend-observed.ts';
import { blendObserved } from '../../../src/core/zones/blend-observed.ts';
import { gridPosition, gridPx } from '../../../src/core/zones/log-grid.ts';

const FROM = Math.round(gridPosition(100));
const at = (bucket: number): number => gridPx(FROM + bucket);
const long = (bucket: number | null, notionalUsd: number): ObservedPosition => ({
  side: 'long',
  liquidationPx: bucket === null ? null : at(bucket),
  notionalUsd,
});
const blend = (
  positions: readonly ObservedPosition[],
  estimated = [1, 2, 1],
  estimatedTotal = 8,
  openInterestUsd = 1_000,
) =>
  blendObserved({
    side: 'long',
    positions,
    estimated: Float64Array.from(estimated),
    estimatedTotal,
    fromBucket: FROM,
    openInterestUsd,
  });

test('400 of 1,000 known, half of that liquidatable: half of the other 600 lies where the estimate says', () => {
  const { usd, coverage } = blend([long(0, 150), long(2, 50), long(null, 200)]);
  expect(coverage).toBe(0.4);
  // 300 over an estimate of 8 in all: 37.5 for each unit of it.
  expect([...usd]).toEqual([150 + 37.5, 75, 50 + 37.5]);
});

test('nothing known leaves the estimate; everything known leaves nothing of it', () => {
  expect([...blend([]).usd]).toEqual([1, 2, 1]);
  expect(blend([]).coverage).toBe(0);
  expect([...blend([long(1, 1_000)]).usd]).toEqual([0, 1_000, 0]);
  expect(blend([long(1, 1_500)])).toMatchObject({ coverage: 1 });
});

test('positions of the other side and beyond the grid are not on it, but those beyond count as known', () => {
  const other: ObservedPosition = { side: 'short', liquidationPx: at(1), notionalUsd: 500 };
  expect([...blend([other]).usd]).toEqual([1, 2, 1]);
  const { usd, coverage } = blend([long(40, 500)]);
  expect(coverage).toBe(0.5);
  expect([...usd]).toEqual([62.5, 125, 62.5]);
});

describe('whatever is known', () => {
  const arb = fc.array(
    fc.record({ bucket: fc.option(fc.integer({ min: -5, max: 10 })), usd: fc.integer({ min: 1, max: 400 }) }),
    { maxLength: 8 },
  );
  test('all of the side together is the liquidatable share of open interest, and no bucket has less than is known there', () => {
    fc.assert(
      fc.property(arb, (known) => {
        const positions = known.map((k) => long(k.bucket, k.usd));
        const { usd } = blend(positions, [1, 2, 5], 8, 5_000);
        const all = known.reduce((sum, k) => sum + k.usd, 0);
        const liquidatable = known.reduce((sum, k) => (k.bucket === null ? sum : sum + k.usd), 0);
        const beyond = known.reduce(
          (sum, k) => (k.bucket !== null && (k.bucket < 0 || k.bucket > 2) ? sum + k.usd : sum),
          0,
        );
        const total = usd.reduce((a, b) => a + b, 0) + beyond;
        expect(total).toBeCloseTo(all === 0 ? 8 : (5_000 * liquidatable) / all, 6);
        for (const [i, x] of usd.entries()) {
          const here = known.reduce((sum, k) => (k.bucket === i ? sum + k.usd : sum), 0);
          expect(x).toBeGreaterThanOrEqual(here);
        }
      }),
    );
  });
});
