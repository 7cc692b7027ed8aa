import { afterEach, beforeEach, expect, test } from 'vitest';
import { noteCloseRefused } from '../../src/app/close-refused.ts';
import type { BridgeWorld } from '../support/bridge-world.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';

let w: BridgeWorld;
beforeEach(async () => {
  w = await openBridgeWorld();
  await w.post();
  await w.settle();
});
afterEach(() => w.close());

test('a close that the venue refused is tried on after a restart, although a stop stands', async () => {
  const held = w.desk.account?.positions[0];
  if (held === undefined) throw new Error('no position');
  await noteCloseRefused(w.desk, held);
  const next = await w.reborn();
  await next.guard();
  await next.settle();
  expect(next.position()).toBeUndefined();
});

test('another position on the coin is none of its business', async () => {
  const held = w.desk.account?.positions[0];
  if (held === undefined) throw new Error('no position');
  await noteCloseRefused(w.desk, { ...held, entryPx: held.entryPx * 1.01 });
  const next = await w.reborn();
  await next.guard();
  await next.settle();
  expect(next.position()).toBeDefined();
  expect(next.stops()).toHaveLength(1);
});
