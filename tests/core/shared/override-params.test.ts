import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COIN_PARAMS, CoinParams, paramsOf } from '../../../src/core/shared/coin-params.ts';
import type { CoinVersion } from '../../../src/core/shared/override-params.ts';
import {
  COIN_FIELDS,
  CoinChanges,
  overridesOf,
  withOverrides,
} from '../../../src/core/shared/override-params.ts';

const btc = paramsOf('BTC') as CoinParams;
const version = (changes: CoinVersion['changes'], n = 1): CoinVersion => ({
  version: n,
  atMs: n,
  changes,
  by: 'x',
});

describe('changes', () => {
  test('every parameter can be named, but not the coin', () => {
    expect(COIN_FIELDS).toEqual(Object.keys(CoinParams.shape).filter((k) => k !== 'coin'));
    for (const field of COIN_FIELDS) {
      const own = Reflect.get(btc, field) as unknown;
      expect(CoinChanges.safeParse({ [field]: own }).success).toBe(true);
      expect(CoinChanges.safeParse({ [field]: null }).success).toBe(true);
      expect(CoinChanges.safeParse({ [field]: 'x' }).success).toBe(false);
    }
    for (const bad of [
      {},
      { coin: 'ETH' },
      { nope: 1 },
      [],
      null,
      'x',
      { riskFraction: 0.021 },
      { leverage: 1.5 },
    ])
      expect(CoinChanges.safeParse(bad).success).toBe(false);
  });
});

describe('overrides', () => {
  test('the last word on a field counts, null is the default again', () => {
    const versions = [
      version({ driftBpsMax: 50, leverage: 4 }),
      version({ driftBpsMax: 30 }),
      version({ leverage: null }),
    ];
    expect(overridesOf(versions)).toEqual({ driftBpsMax: 30 });
    expect(overridesOf([...versions, version({ driftBpsMax: null })])).toEqual({});
  });

  test('none give the defaults of every coin', () => {
    for (const defaults of COIN_PARAMS)
      expect(withOverrides(defaults, {}, { maxLeverage: 5 })).toEqual({ ok: true, params: defaults });
  });

  test.each([
    [{ riskFraction: 0.03 }, 'riskFraction', null],
    [{ stopDistanceBpsMin: 500 }, 'stopDistanceBpsMin', null],
    [{ takeProfitR: [2, 1] }, 'takeProfitR', null],
    [{ leverage: 11 }, 'leverage', { maxLeverage: 10 }],
    [{ surprise: 1 }, '', null],
  ] as const)('%j is refused by name', (changes, field, meta) => {
    const merged = withOverrides(btc, changes, meta);
    expect(merged.ok).toBe(false);
    expect(merged.ok ? [] : merged.issues.map((i) => i.field)).toEqual([field]);
  });

  test('whatever is changed: what comes out keeps every bound, names its own coin, or is refused with a field', () => {
    const value = fc.oneof(fc.double(), fc.integer({ min: -10, max: 6_000_000 }), fc.boolean(), fc.constant(null), fc.tuple(fc.double(), fc.double())); // prettier-ignore
    const changes = fc.dictionary(fc.constantFrom(...COIN_FIELDS, 'coin'), value, { maxKeys: 4 });
    let taken = 0;
    fc.assert(
      fc.property(changes, (c) => {
        const merged = withOverrides(btc, overridesOf([version(c)]), { maxLeverage: 20 });
        taken += merged.ok ? 1 : 0;
        const good = merged.ok
          ? CoinParams.safeParse(merged.params).success &&
            merged.params.coin === 'BTC' &&
            merged.params.stopDistanceBpsMin < merged.params.stopDistanceBpsMax
          : merged.issues.length > 0 && merged.issues.every((i) => i.message !== '');
        expect(good).toBe(true);
      }),
      { numRuns: 2_000 },
    );
    expect(taken).toBeGreaterThan(50);
  });
});
