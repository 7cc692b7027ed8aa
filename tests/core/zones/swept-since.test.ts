import { expect, test } from 'vitest';
import { sweptSince } from '../../../src/core/zones/swept-since.ts';
import type { Sweep } from '../../../src/core/zones/types.ts';

const sweep = (t: number, side: 'long' | 'short', notionalUsd: number): Sweep => ({
  t,
  side,
  notionalUsd,
  loPx: 90,
  hiPx: 95,
});
const map = {
  sweeps: [sweep(100, 'long', 7), sweep(200, 'short', 50), sweep(200, 'long', 10), sweep(300, 'long', 20)],
  reachUsd: { long: 90, short: 0 },
};

test('counts the side that was swept, from the bar asked for on', () => {
  expect(sweptSince(map, 'long', 200)).toEqual({ notionalUsd: 30, share: 0.25 });
  expect(sweptSince(map, 'long', 0)).toEqual({ notionalUsd: 37, share: 37 / 127 });
});

test('nothing left within reach is a share of one, nothing swept is zero', () => {
  expect(sweptSince(map, 'short', 0)).toEqual({ notionalUsd: 50, share: 1 });
  expect(sweptSince(map, 'short', 201)).toEqual({ notionalUsd: 0, share: 0 });
  expect(sweptSince({ sweeps: [], reachUsd: { long: 0, short: 0 } }, 'long', 0).share).toBe(0);
});
