import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clockSkew } from '../../../src/core/execute/clock-skew.ts';

const NOW = 1_760_130_000_000;
const AGE_MS_MAX = 600_000;
const sample = (skewMs: number, ageMs = 0) => ({ skewMs, uncertaintyMs: 10, atMs: NOW - ageMs });

describe('clockSkew', () => {
  test('is the median: neither one slow answer nor one clock of its own decides', () => {
    const samples = [sample(20), sample(-15), sample(9_000), sample(0), sample(30)];
    expect(clockSkew(samples, NOW, AGE_MS_MAX)?.skewMs).toBe(20);
  });

  test('is unknown without samples, with old ones alone, or with ones from before our clock was set back', () => {
    expect(clockSkew([], NOW, AGE_MS_MAX)).toBeNull();
    expect(clockSkew([sample(5, AGE_MS_MAX + 1)], NOW, AGE_MS_MAX)).toBeNull();
    expect(clockSkew([sample(5, -1)], NOW, AGE_MS_MAX)).toBeNull();
    expect(clockSkew([sample(5, AGE_MS_MAX)], NOW, AGE_MS_MAX)?.skewMs).toBe(5);
  });

  test('lies between the samples, and at the true value when most of them do', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -100_000, max: 100_000 }),
        fc.array(fc.integer({ min: -1e9, max: 1e9 }), { maxLength: 2 }),
        (trueMs, outliers) => {
          const samples = [...outliers, trueMs, trueMs, trueMs].map((s) => sample(s));
          expect(clockSkew(samples, NOW, AGE_MS_MAX)?.skewMs).toBe(trueMs);
        },
      ),
    );
  });
});
