import { afterEach, expect, test } from 'vitest';
import { rehearse } from '../../src/app/rehearse.ts';
import type { BridgeWorld } from '../support/bridge-world.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';

let world: BridgeWorld;
afterEach(() => world.close());

test('goes as far as an approved order and leaves nothing behind', async () => {
  world = await openBridgeWorld();
  const { desk, store, venue } = world;
  let cloids = 0;
  const { digest } = desk;
  desk.digest = (text) => {
    cloids++;
    return digest(text);
  };
  const { actions } = venue.stats();
  const nonce = await store.lastNonce(desk.entrySigner.address);
  await rehearse(desk);
  // The legs of an approval were made: entry, stop and take profits.
  expect(cloids).toBeGreaterThanOrEqual(3);
  expect((await store.listDecisions({ limit: 1 })).items).toEqual([]);
  expect((await store.listIntents({ limit: 1 })).items).toEqual([]);
  expect(await store.openAlerts()).toEqual([]);
  expect([desk.pending.size, desk.plans.size, venue.stats().actions]).toEqual([0, 0, actions]);
  expect(await store.lastNonce(desk.entrySigner.address)).toBe(nonce);
  expect((await world.post()).status).toBe(202);
  await world.settle();
  expect(world.stops()).toHaveLength(1);
});

test('a store that cannot be read is named, not thrown; a desk that stops is left alone', async () => {
  world = await openBridgeWorld();
  const { usage } = world.desk.store;
  world.desk.store.usage = () => Promise.reject(new Error('disk gone'));
  await rehearse(world.desk);
  expect(world.lines.filter((l) => l.event === 'rehearsal.failed')).toMatchObject([
    { fields: { message: 'disk gone' } },
  ]);
  world.desk.store.usage = usage;
  world.desk.isStopping = true;
  world.desk.digest = () => expect.fail('decided');
  await rehearse(world.desk);
  expect(world.lines.filter((l) => l.event === 'rehearsal.failed')).toHaveLength(1);
});
