import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cancelOutcome,
  noopOutcome,
  orderOutcome,
  plainOutcome,
} from '../../../src/shell/exchange/hyperliquid-outcome.ts';
import type { PostResult } from '../../../src/shell/exchange/post-json.ts';

const json = (body: unknown): PostResult => ({ kind: 'json', body, dateMs: null });
const answer = (type: string, ...statuses: unknown[]): PostResult =>
  json({ status: 'ok', response: { type, data: { statuses } } });
const err = (text: string): PostResult => json({ status: 'err', response: text });
const plain = json({ status: 'ok', response: { type: 'default' } });
const gone = { error: 'Order was never placed, already canceled, or filled. asset=4' };

describe('an order', () => {
  test('has one outcome per leg, also when some are refused', () => {
    const result = answer(
      'order',
      { filled: { totalSz: '0.02', avgPx: '1891.4', oid: 77747314, cloid: '0x01' } },
      { error: 'Invalid TP/SL price. asset=1' },
      { resting: { oid: 77738308 } },
      'waitingForTrigger',
      'waitingForFill',
    );
    expect(orderOutcome(result, 5)).toEqual({
      kind: 'answered',
      legs: [
        { kind: 'filled', sz: 0.02, avgPx: 1891.4, oid: 77747314 },
        { kind: 'refused', message: 'Invalid TP/SL price. asset=1' },
        { kind: 'resting', oid: 77738308 },
        { kind: 'waiting', armed: true },
        { kind: 'waiting', armed: false },
      ],
    });
  });

  test('is refused whole when one error stands for the batch', () => {
    expect(orderOutcome(answer('order', { error: 'Insufficient margin to place order.' }), 4)).toEqual({
      kind: 'refused',
      message: 'Insufficient margin to place order.',
    });
  });

  test.each([
    'User or API Wallet 0x0123456789012345678901234567890123456789 does not exist.',
    'L1 error: User or API Wallet 0x0123456789012345678901234567890123456789 does not exist.',
    'Must deposit before performing actions. User: 0x0123456789012345678901234567890123456789',
    'Action already expired',
    'Too many cumulative requests sent (97460 > 97456) for cumulative volume traded $87457.46. Place taker orders to free up 1 request per USDC traded.',
    'Signed action over weight limit of 200.',
    'Only post-only orders allowed immediately after a network upgrade',
  ])('is refused by: %s', (text) => {
    expect(orderOutcome(err(text), 1)).toEqual({ kind: 'refused', message: text });
  });

  test.each([
    ['a duplicate nonce', err('Invalid nonce: duplicate nonce 1741107452532')],
    ['a text nobody knows', err('Something went wrong.')],
    ['too few statuses', answer('order', { resting: { oid: 1 } })],
    ['too many statuses', answer('order', 'waitingForFill', 'waitingForFill', 'waitingForFill')],
    ['no statuses', answer('order')],
    ['a status nobody knows', answer('order', { resting: { oid: 1 } }, 'success')],
    [
      'a fill without a price',
      answer('order', { resting: { oid: 1 } }, { filled: { totalSz: '1', oid: 2 } }),
    ],
    ['another action’s answer', plain],
    ['null', json(null)],
    ['HTTP 429', { kind: 'http', status: 429 } as const],
    ['HTTP 422', { kind: 'http', status: 422 } as const],
    ['HTTP 502', { kind: 'http', status: 502 } as const],
    ['a time-out', { kind: 'broken', message: 'no answer within 3000 ms' } as const],
  ])('is in doubt after %s', (_, result) => {
    expect(orderOutcome(result, 2).kind).toBe('unknown');
  });

  test('is not sent when the connection never came up', () => {
    expect(orderOutcome({ kind: 'not-sent', message: 'x' }, 2)).toEqual({ kind: 'not-sent', message: 'x' });
  });

  test('no answer whatsoever makes it throw, or pass for placed without the venue saying so', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 1, max: 5 }), (body, count) => {
        expect(orderOutcome(json(body), count).kind).toBe('unknown');
      }),
    );
  });
});

describe('a cancel', () => {
  test('of a gone order is a success', () => {
    expect(cancelOutcome(answer('cancel', 'success', gone), 2)).toEqual({
      kind: 'answered',
      items: ['canceled', 'gone'],
    });
  });

  test('with an error that does not mean gone is in doubt', () => {
    expect(cancelOutcome(answer('cancel', 'success', { error: 'Engine busy' }), 2).kind).toBe('unknown');
  });

  test('one error for all of it refuses all of it', () => {
    expect(cancelOutcome(answer('cancel', { error: 'Invalid asset' }), 3).kind).toBe('refused');
  });
});

test('leverage has no legs', () => {
  expect(plainOutcome(plain)).toEqual({ kind: 'answered', legs: [] });
  expect(plainOutcome(err('Cannot switch leverage type with open position.')).kind).toBe('refused');
  expect(plainOutcome(answer('order')).kind).toBe('unknown');
});

test.each([
  [plain, 'ok'],
  [err('Invalid nonce: duplicate nonce 1741107452532'), 'duplicate-nonce'],
  [err('Nonce too low'), 'duplicate-nonce'],
  [err('User or API Wallet 0x0123456789012345678901234567890123456789 does not exist.'), 'unreachable'],
  [json('nonce'), 'unreachable'],
  [{ kind: 'http', status: 429 } as const, 'unreachable'],
  [{ kind: 'broken', message: 'x' } as const, 'unreachable'],
  [{ kind: 'not-sent', message: 'x' } as const, 'unreachable'],
])('a noop answered %j is %s', (result, expected) => {
  expect(noopOutcome(result)).toBe(expected);
});

test('the venue’s words come through without anything that could be a key or a signature', () => {
  const secret = 'ab12'.repeat(16);
  const outcome = orderOutcome(err(`Must deposit before performing actions. ${secret}\n\u0007`), 1);
  expect(outcome).toEqual({ kind: 'refused', message: 'Must deposit before performing actions. …  ' });
});
