import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Alert, canonicalBody, keyOf } from '../../../src/core/alert/schema.ts';
import { exhaustion } from '../../support/alerts.ts';

describe('Alert', () => {
  test('accepts the sample of the contract', () => {
    expect(Alert.safeParse(exhaustion()).success).toBe(true);
  });

  test.each([
    ['an unknown field', { extra: 1 }],
    ['a missing measurement', { score: undefined }],
    ['an infinite price', { close: Number.POSITIVE_INFINITY }],
    ['a negative price', { low: -1 }],
    ['seconds instead of milliseconds', { barTime: 1_760_129_700 }],
    ['another version', { v: 2 }],
    ['a side that is none', { side: 'buy' }],
    ['a fractional time', { sentAt: 1_760_130_000_412.5 }],
    ['markup in the ticker', { ticker: '<b>' }],
  ])('refuses %s', (_what, change) => {
    const body = JSON.parse(JSON.stringify({ ...exhaustion(), ...change })) as unknown;
    const parsed = Alert.safeParse('close' in change ? { ...exhaustion(), ...change } : body);
    expect(parsed.success).toBe(false);
  });
});

describe('keyOf and canonicalBody', () => {
  test('a resend and a twin alert differ in sentAt only and are the same alert', () => {
    const a = exhaustion();
    const b = exhaustion({ sentAt: a.sentAt + 999 });
    expect(keyOf(b)).toBe(keyOf(a));
    expect(canonicalBody(b)).toBe(canonicalBody(a));
  });

  test('any measurement changes the body but not the key; meaning changes the key', () => {
    const a = exhaustion();
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1e6, noNaN: true }), (close) => {
        fc.pre(close !== a.close);
        const b = exhaustion({ close });
        expect(keyOf(b)).toBe(keyOf(a));
        expect(canonicalBody(b)).not.toBe(canonicalBody(a));
      }),
    );
    for (const change of [
      { side: 'short' as const },
      { barTime: a.barTime + 300_000 },
      { ticker: 'ETHUSDT.P' },
      { interval: '15' },
    ])
      expect(keyOf(exhaustion(change))).not.toBe(keyOf(a));
  });

  test('the order of keys does not matter', () => {
    const a = exhaustion();
    const reversed = Object.fromEntries(
      Object.entries({
        ...a,
        cascade: Object.fromEntries(Object.entries(a.cascade).toReversed()),
      }).toReversed(),
    );
    expect(canonicalBody(Alert.parse(reversed))).toBe(canonicalBody(Alert.parse(a)));
    expect(canonicalBody(Alert.parse(a))).not.toContain('sentAt');
  });
});
