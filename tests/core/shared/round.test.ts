import { Decimal } from 'decimal.js';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatPrice, formatSize } from '@nktkas/hyperliquid/utils';
import { floorSz, pxDecimals, roundPx, tickOf, toWire } from '../../../src/core/shared/round.ts';

const px = fc.double({ min: 1e-5, max: 9e5, noNaN: true });
const szDecimals = fc.integer({ min: 0, max: 5 });

/** The venue's rule, in decimal arithmetic: at most 5 significant figures and 6 − szDecimals places; integers always. */
function isLegal(value: number, decimals: number): boolean {
  const d = new Decimal(value);
  return d.isInteger() || (d.precision() <= 5 && d.decimalPlaces() <= 6 - decimals);
}

describe('roundPx', () => {
  test('gives a legal price on the asked side, less than one tick away', () => {
    fc.assert(
      fc.property(px, szDecimals, fc.constantFrom('up' as const, 'down' as const), (p, d, direction) => {
        fc.pre(p >= 10 ** -(6 - d));
        const out = roundPx(p, d, direction);
        expect(isLegal(out, d)).toBe(true);
        expect(direction === 'up' ? out >= p : out <= p).toBe(true);
        expect(
          new Decimal(out)
            .minus(p)
            .abs()
            .lt(new Decimal(tickOf(p, d)).times(1.0000001)),
        ).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test('is exact, with few digits and with many', () => {
    const value = fc.oneof(
      px,
      fc.tuple(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 0, max: 8 })).map(([n, d]) => n / 10 ** d),
    );
    fc.assert(
      fc.property(value, szDecimals, fc.constantFrom('up' as const, 'down' as const), (p, d, direction) => {
        fc.pre(p >= 10 ** -(6 - d));
        const mode = direction === 'up' ? Decimal.ROUND_UP : Decimal.ROUND_DOWN;
        expect(roundPx(p, d, direction)).toBe(
          new Decimal(p).toDecimalPlaces(pxDecimals(p, d), mode).toNumber(),
        );
      }),
      { numRuns: 3_000 },
    );
  });

  test('leaves a legal price alone', () => {
    for (const [value, d] of [
      [1234.5, 1],
      [0.001234, 0],
      [0.01234, 1],
      [123456, 5],
    ] as const)
      for (const direction of ['up', 'down'] as const) expect(roundPx(value, d, direction)).toBe(value);
  });

  test('rounding down agrees with the SDK below 100,000, where the SDK keeps every legal digit', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 99_999, noNaN: true }), szDecimals, (p, d) => {
        expect(roundPx(p, d, 'down')).toBe(Number(formatPrice(new Decimal(p).toFixed(), d)));
      }),
    );
  });

  test('refuses what is no price', () => {
    for (const bad of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => roundPx(bad, 2, 'up')).toThrow('price');
    expect(() => roundPx(0.000001, 5, 'down')).toThrow('rounds to 0');
  });
});

describe('floorSz', () => {
  test('is the largest number of lots that fits, as the SDK has it', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1e6, noNaN: true }), szDecimals, (sz, d) => {
        const out = floorSz(sz, d);
        expect(out <= sz && new Decimal(out).plus(`1e-${d}`).gt(sz)).toBe(true);
        fc.pre(out > 0);
        expect(out).toBe(Number(formatSize(new Decimal(sz).toFixed(), d)));
      }),
    );
  });

  test('does not lose a lot to binary fractions', () => {
    expect(floorSz(0.3, 1)).toBe(0.3);
    expect(floorSz(1e-9, 2)).toBe(0);
  });
});

test('toWire prints plain decimals', () => {
  expect([1e-7, 0.1, 100, 1e21, 0, 12.5].map(toWire)).toEqual([
    '0.0000001',
    '0.1',
    '100',
    '1000000000000000000000',
    '0',
    '12.5',
  ]);
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e12, noNaN: true }), (x) => {
      expect(Number(toWire(x))).toBe(x);
    }),
  );
});
