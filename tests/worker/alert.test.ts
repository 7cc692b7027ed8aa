import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  actions,
  ask,
  closeWorld,
  desk,
  enter,
  entries,
  idle,
  NOW_MS,
  onVenue,
  openWorld,
  post,
  read,
  rows,
  stopsOnVenue,
} from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeEach(() => {
  world = openWorld();
});
afterEach(closeWorld);

test('an alert becomes a protected position: stored, decided, signed and sent inside the object', async () => {
  await enter();
  expect(await rows('decisions')).toMatchObject([{ status: 'approved', coin: 'BTC', side: 'long' }]);
  expect(await rows('alerts')).toMatchObject([{ state: 'done', outcome: 'filled' }]);

  // One signed action carried the entry with its stop, and both are on the venue.
  expect(entries(world)).toHaveLength(1);
  expect(entries(world)[0]?.action.orders.length).toBeGreaterThanOrEqual(2);
  const [position] = onVenue(world).positions;
  const [stop] = stopsOnVenue(world);
  expect(position?.szi).toBeGreaterThan(0);
  expect(stop).toMatchObject({ side: 'A', reduceOnly: true, isTrigger: true });
  expect(Number(stop?.sz)).toBeCloseTo(position?.szi ?? 0, 8);
  expect(Number(stop?.triggerPx)).toBeLessThan(position?.entryPx ?? 0);

  expect(await rows('positions')).toMatchObject([
    { coin: 'BTC', side: 'long', isProtected: true, unprotectedMs: 0, stop: { oid: stop?.oid } },
  ]);
  expect(await rows('trades')).toMatchObject([{ coin: 'BTC', side: 'long', closedAtMs: null }]);
});

test('a second delivery is answered 200 and changes nothing, also after the object was evicted', async () => {
  const alert = await enter();
  expect((await post({ ...alert, sentAt: NOW_MS + 1_000 })).status).toBe(200);
  await evictDurableObject(desk());
  expect((await post(alert)).status).toBe(200);
  await idle();
  expect(entries(world)).toHaveLength(1);
  expect(await rows('decisions')).toHaveLength(1);
});

test.each([
  ['still in memory', false],
  ['evicted since', true],
])('a fresh alert is not refused because the object slept for 40 s: %s', async (_, isEvicted) => {
  const alert = await read('example-alert?coin=BTC');
  await idle();
  if (isEvicted) await evictDurableObject(desk());
  vi.setSystemTime(NOW_MS + 40_000);
  world.asked = [];
  expect((await post(alert)).status).toBe(202);
  await idle();
  expect(await rows('decisions')).toMatchObject([{ status: 'approved' }]);
  expect(stopsOnVenue(world)).toHaveLength(1);
  expect(world.asked).toContain('metaAndAssetCtxs');
  // An evicted desk is put together again, one in memory is not.
  expect(world.asked.includes('meta')).toBe(isEvicted);
  // No bar has closed since: history comes out of the object's storage.
  expect(world.asked).not.toContain('candleSnapshot');
});

test('a reply that is lost makes no second entry: the doubt is ended and the position protected', async () => {
  await read('positions');
  await idle();
  world.venue.faults.inject({
    kind: 'drop-reply',
    mode: 'reset',
    where: { path: 'exchange', type: 'order' },
  });
  await enter();
  expect(entries(world)).toHaveLength(1);
  expect(stopsOnVenue(world)).toHaveLength(1);
  expect(await rows('alerts')).toMatchObject([{ state: 'done', outcome: 'filled' }]);
});

test('an alert that comes while the venue is down is stored and refused for that reason', async () => {
  const alert = await read('example-alert?coin=BTC');
  await idle();
  await evictDurableObject(desk());
  vi.setSystemTime(NOW_MS + 20_000);
  world.isUp = false;
  expect((await post(alert)).status).toBe(202);
  await idle();
  expect(entries(world)).toHaveLength(0);
  expect(await rows('decisions')).toMatchObject([{ status: 'refused', reasons: ['market-stale'] }]);
});

test('an alert before the venue was ever reached waits in the store, and is executed by the first alarm that reaches it', async () => {
  const alert = await read('example-alert?coin=BTC');
  await idle();
  await runInDurableObject(desk(), (_, state) => state.storage.deleteAll());
  await evictDurableObject(desk());
  world.isUp = false;
  world.sent = [];
  expect((await post(alert)).status).toBe(202);
  await idle();
  expect((await ask('/healthz')).status).toBe(503);
  world.isUp = true;
  expect(await runDurableObjectAlarm(desk())).toBe(true);
  await idle();
  expect(await rows('alerts')).toMatchObject([{ state: 'done', outcome: 'filled' }]);
  expect(entries(world)).toHaveLength(1);
  expect(stopsOnVenue(world)).toHaveLength(1);
});

test('state survives eviction: alert, decision, position with its stop, trade', async () => {
  await enter();
  const stored = async () => [await rows('alerts'), await rows('decisions'), await rows('orders')];
  const before = await stored();
  await evictDurableObject(desk());
  expect(await stored()).toEqual(before);
  expect(await rows('positions')).toMatchObject([{ coin: 'BTC', isProtected: true }]);
  expect(await rows('trades')).toMatchObject([{ coin: 'BTC', closedAtMs: null }]);
});

test('nonces only rise, though the object was evicted and the clock went back an hour', async () => {
  const wake = async (): Promise<number[]> => {
    world.sent = [];
    // The leverage is set once per coin; forgetting it makes the desk sign again.
    await runInDurableObject(desk(), (_, state) =>
      state.storage.sql.exec("delete from settings where name like 'leverage|%'"),
    );
    await evictDurableObject(desk());
    await read('positions');
    await idle();
    return actions(world).map((a) => a.nonce);
  };
  const first = await wake();
  vi.setSystemTime(NOW_MS - 3_600_000);
  const second = await wake();
  expect(first).toHaveLength(1);
  expect(second).toHaveLength(1);
  expect(second[0]).toBeGreaterThan(first[0] ?? Number.POSITIVE_INFINITY);
});
