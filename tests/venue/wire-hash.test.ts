import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashOf } from '../../src/venue/core/wire.ts';

test('the hash of a trade or payment is 32 bytes of hex that begin with its number', () => {
  // Times of today have bit 31 set, which is a sign to the bit operators.
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeNat(), fc.integer({ min: 1.7e12, max: 1.9e12 })), (n) => {
      expect(hashOf(n)).toMatch(/^0x[0-9a-f]{64}$/);
      expect(hashOf(n).slice(2, 18)).toBe(n.toString(16).padStart(16, '0'));
    }),
  );
});
