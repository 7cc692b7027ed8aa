import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blendObserved } from '../../../src/core/zones/blend-observed.ts';
import { gridPx } from '../../../src/core/zones/log-grid.ts';
import type { ObservedPosition, ObservedSide } from '../../../src/core/zones/observed-sides.ts';
import { OBSERVED_HALF_LIFE_MS, observedSides } from '../../../src/core/zones/observed-sides.ts';
import { LIQUIDATABLE_SHARE, sideGrid, totalUsd } from '../../../src/core/zones/side-grid.ts';

const MARK = 100;
const OI = 1_000;
const at = (bucket: number): number => gridPx(sideGrid('long', MARK).from + bucket);
const long = (bucket: number | null, notionalUsd: number, ageMs = 0): ObservedPosition => ({
  side: 'long',
  liquidationPx: bucket === null ? null : at(bucket),
  notionalUsd,
  ageMs,
});
const seen = (positions: readonly ObservedPosition[], openInterestUsd = OI): ObservedSide =>
  observedSides({ markPx: MARK, openInterestUsd, positions }).long;
const SIZE = sideGrid('long', MARK).usd.length;
/** An estimate of all of the side, LIQUIDATABLE_SHARE of open interest, with 1/8, 2/8, 1/8 in the first buckets. */
const estimate = (): Float64Array => {
  const usd = new Float64Array(SIZE);
  for (const [i, part] of [1, 2, 1, 4].entries()) usd[i] = (OI * LIQUIDATABLE_SHARE * part) / 8;
  return usd;
};
const head = (usd: Float64Array, n = 3): number[] => Array.from(usd.subarray(0, n));

test('worked example: 400 of 1,000 known, half of that with a liquidation price', () => {
  const side = seen([long(0, 150), long(2, 50), long(null, 200)]);
  expect(side).toMatchObject({ knownUsd: 400, liquidatableUsd: 200, coverage: 0.4 });
  // The share is what was guessed, one half: the unknown 600 lie as 60 % of the estimate says.
  const usd = blendObserved(estimate(), estimate(), side);
  for (const [i, x] of [150 + 37.5, 75, 50 + 37.5].entries()) expect(usd[i]).toBeCloseTo(x, 9);
});

test('worked example: all of 400 liquidatable, so that more than half of the rest is taken to be', () => {
  const share = (0.05 * 0.5 + 0.4 * 1) / 0.45;
  const usd = blendObserved(estimate(), estimate(), seen([long(0, 400)]));
  expect(usd[1]).toBeCloseTo(125 * 0.6 * (share / 0.5), 9);
});

test('nothing known leaves the estimate to the last digit; everything known leaves nothing of it', () => {
  expect([...blendObserved(estimate(), estimate(), seen([]))]).toEqual([...estimate()]);
  expect(head(blendObserved(estimate(), estimate(), seen([long(1, OI)])))).toEqual([0, OI, 0]);
  expect(seen([long(1, 1.5 * OI)]).coverage).toBe(1);
  // One tiny hedged position does not wipe out the map.
  const usd = blendObserved(estimate(), estimate(), seen([long(null, OI / 10_000)]));
  expect(totalUsd(usd)).toBeGreaterThan(0.99 * totalUsd(estimate()));
});

test('other venues’ mass stays whatever is known of this one', () => {
  const own = estimate();
  const all = own.map((x) => 3 * x);
  expect(head(blendObserved(all, own, seen([long(1, OI)])))).toEqual([125, 250 + OI, 125]);
});

test('a level at or beyond the mark, on the other side or out of reach is not on the grid; out of reach is still known', () => {
  const side = seen([
    { side: 'short', liquidationPx: 110, notionalUsd: 500, ageMs: 0 },
    { side: 'long', liquidationPx: MARK, notionalUsd: 70, ageMs: 0 },
    { side: 'long', liquidationPx: 120, notionalUsd: 70, ageMs: 0 },
    { side: 'long', liquidationPx: 10, notionalUsd: 200, ageMs: 0 },
  ]);
  expect([side.positions, side.knownUsd, totalUsd(side.grid.usd)]).toEqual([1, 200, 0]);
  // Just below the mark still counts, in the bucket beside it.
  expect(seen([{ side: 'long', liquidationPx: 99.999, notionalUsd: 9, ageMs: 0 }]).grid.usd.at(-1)).toBe(9);
});

test('a reading counts half after its half-life', () => {
  expect(seen([long(1, 400, OBSERVED_HALF_LIFE_MS)])).toMatchObject({ knownUsd: 200, coverage: 0.2 });
});

describe('whatever is known', () => {
  const arb = fc.array(
    fc.record({
      bucket: fc.option(fc.integer({ min: -5, max: SIZE - 2 })),
      usd: fc.integer({ min: 1, max: 400 }),
      ageMs: fc.integer({ min: 0, max: 4 * OBSERVED_HALF_LIFE_MS }),
    }),
    { maxLength: 8 },
  );
  const known = (rows: readonly { bucket: number | null; usd: number; ageMs: number }[]) =>
    rows.map((r) => long(r.bucket, r.usd, r.ageMs));

  test('mass is conserved: the known on the grid and the estimate’s part, and no bucket has less than is known there', () => {
    fc.assert(
      fc.property(arb, fc.double({ min: 0, max: 2, noNaN: true }), (rows, others) => {
        const side = seen(known(rows), 5_000);
        const own = estimate();
        const all = own.map((x) => x * (1 + others));
        const usd = blendObserved(all, own, side);
        const s = side.knownUsd > 0 ? side.liquidatableUsd / side.knownUsd : 0;
        const share = (0.05 * 0.5 + side.coverage * s) / (0.05 + side.coverage);
        const left = (1 - side.coverage) * (share / 0.5);
        expect(totalUsd(usd)).toBeCloseTo(
          totalUsd(side.grid.usd) + totalUsd(own) * others + totalUsd(own) * left,
          6,
        );
        for (const [i, x] of usd.entries()) expect(x).toBeGreaterThanOrEqual(side.grid.usd[i] ?? 0);
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('longs and shorts are mirror images', () => {
    fc.assert(
      fc.property(arb, (rows) => {
        const longs = known(
          rows.map((r) => ({ ...r, bucket: r.bucket === null ? null : Math.max(0, r.bucket) })),
        );
        const mirrored = longs.map((p): ObservedPosition => ({
          ...p,
          side: 'short',
          liquidationPx: p.liquidationPx === null ? null : MARK ** 2 / p.liquidationPx,
        }));
        const of = (positions: readonly ObservedPosition[]) =>
          observedSides({ markPx: MARK, openInterestUsd: OI, positions });
        const [a, b] = [of(longs).long, of(mirrored).short];
        expect([b.coverage, b.knownUsd, b.liquidatableUsd]).toEqual([
          a.coverage,
          a.knownUsd,
          a.liquidatableUsd,
        ]);
        // 100 lies on a bucket's middle: bucket k below the mark is bucket k above it. The upper half is shorter.
        const [down, up] = [a.grid.usd.toReversed(), b.grid.usd];
        for (const [i, x] of up.entries()) expect(x).toBeCloseTo(down[i] ?? 0, 9);
      }),
    );
  });

  test('a coin quoted in other units has the same map in its own', () => {
    fc.assert(
      fc.property(arb, fc.integer({ min: -6, max: 6 }), (rows, power) => {
        // ×10 in price is a whole number of buckets.
        const factor = 10 ** power;
        const scaled = known(rows).map((p) => ({
          ...p,
          liquidationPx: p.liquidationPx === null ? null : p.liquidationPx * factor,
        }));
        const there = observedSides({ markPx: MARK * factor, openInterestUsd: OI, positions: scaled }).long;
        const here = seen(known(rows));
        expect(there.coverage).toBe(here.coverage);
        const n = Math.min(there.grid.usd.length, here.grid.usd.length);
        for (let i = 1; i <= n; i++) expect(there.grid.usd.at(-i)).toBeCloseTo(here.grid.usd.at(-i) ?? 0, 9);
      }),
    );
  });
});
