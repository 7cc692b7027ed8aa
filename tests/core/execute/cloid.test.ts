import * as fc from 'fast-check';
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { cloidOf, isOurCloid, type CloidParts } from '../../../src/core/execute/cloid.ts';
import { digest } from '../../../src/shell/digest.ts';

const parts: CloidParts = {
  salt: 'salt',
  account: '0xABCDEF0000000000000000000000000000000001',
  alertKey: 'max-pain|cascade.exhaustion|BINANCE|BTCUSDT.P|5|1760129700000|long',
  role: 'entry',
  index: 0,
  attempt: 1,
};

test('is the prefix and the head of the SHA-256 of its parts', () => {
  const text = `["salt","${parts.account.toLowerCase()}","${parts.alertKey}","entry",0,1]`;
  expect(cloidOf(digest, parts)).toBe(
    `0x5bac${createHash('sha256').update(text).digest('hex').slice(0, 28)}`,
  );
});

test('every part matters, the letter case of the account does not', () => {
  const variants: CloidParts[] = [
    parts,
    { ...parts, salt: 'other' },
    { ...parts, account: '0xabcdef0000000000000000000000000000000002' },
    { ...parts, alertKey: 'x' },
    { ...parts, role: 'stop' },
    { ...parts, index: 1 },
    { ...parts, attempt: 2 },
  ];
  expect(new Set(variants.map((p) => cloidOf(digest, p))).size).toBe(variants.length);
  expect(cloidOf(digest, { ...parts, account: parts.account.toLowerCase() })).toBe(cloidOf(digest, parts));
});

test('parts never run into each other', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (a, b, c, d) => {
      fc.pre(a !== c || b !== d);
      expect(cloidOf(digest, { ...parts, salt: a, alertKey: b })).not.toBe(
        cloidOf(digest, { ...parts, salt: c, alertKey: d }),
      );
    }),
  );
});

test('has the shape the venue wants and is recognised as ours, whatever the letter case', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), fc.nat(), (alertKey, index, attempt) => {
      const cloid = cloidOf(digest, { ...parts, alertKey, index, attempt });
      expect(cloid).toMatch(/^0x[0-9a-f]{32}$/);
      expect(isOurCloid(cloid)).toBe(true);
      expect(isOurCloid(cloid.toUpperCase().replace('0X', '0x'))).toBe(true);
    }),
  );
  expect(isOurCloid('0x5bad0000000000000000000000000000')).toBe(false);
  expect(isOurCloid(null)).toBe(false);
});
