import { expect, test } from 'vitest';
import { classifyRefusal } from '../../../src/core/execute/refusal.ts';

const OWN = `0x${'a1'.repeat(20)}`;
const OTHER = `0x${'b2'.repeat(20)}`;

test.each([
  [`User or API Wallet ${OWN} does not exist.`, 'agent-invalid'],
  [`L1 error: User or API Wallet ${OWN.toUpperCase().replace('0X', '0x')} does not exist.`, 'agent-invalid'],
  [`User or API Wallet ${OTHER} does not exist.`, 'signing-bug'],
  [`Must deposit before performing actions. User: ${OTHER}`, 'agent-invalid'],
  ['User has pending agent removal', 'agent-invalid'],
  ['Too many cumulative requests sent (97460 > 97456) for cumulative volume traded $87457.46.', 'quota'],
  ['Only post-only orders allowed immediately after a network upgrade', 'paused'],
  ['Trading is halted.', 'paused'],
  ['Invalid TP/SL price. asset=0', 'order'],
  ['Order must have minimum value of $10.', 'order'],
  ['', 'order'],
])('%s is about: %s', (message, is) => {
  expect(classifyRefusal(message, OWN)).toBe(is);
});
