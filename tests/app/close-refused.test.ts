import { afterEach, beforeEach, expect, test } from 'vitest';
import { noteCloseRefused } from '../../src/app/close-refused.ts';
import type { BridgeWorld } from '../support/bridge-world.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';
import { tradeByHand } from '../support/by-hand.ts';

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

test('stops refused to a position that is gone do not close the next one on the coin', async () => {
  await w.clock.advanceTo(w.clock.nowMs() + 60_000);
  w.venue.faults.inject({ kind: 'lose-stop', how: 'cancel' });
  w.venue.faults.inject({
    kind: 'refuse-leg',
    message: 'Invalid TP/SL price.',
    count: 2,
    where: { legRole: 'stop' },
  });
  await w.guard();
  expect(w.position()).toBeUndefined();
  await w.clock.advanceTo(w.clock.nowMs() + 60_000);
  await w.guard();
  tradeByHand(w, true, '0.05');
  await w.guard();
  expect(w.position()).toMatchObject({ szi: 0.05 });
  expect(w.stops()).toMatchObject([{ sz: 0.05 }]);
});
