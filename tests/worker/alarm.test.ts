import {
  createScheduledController,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import worker from '../../src/shell/runtime/worker.ts';
import {
  actions,
  alarmAtMs,
  closeWorld,
  desk,
  enter,
  idle,
  NOW_MS,
  onVenue,
  openWorld,
  read,
  rows,
  saidSoFar,
  stopsOnVenue,
} from './world.ts';
import type { World } from './world.ts';

const PERIOD_MS = 45_000;
let world: World;
beforeEach(() => {
  world = openWorld();
});
afterEach(closeWorld);

const cron = async (): Promise<void> => worker.scheduled(createScheduledController(), env);

test('the alarm is set again before its work, so that a handler that throws does not end the schedule', async () => {
  world.isUp = false; // never reached before: the desk cannot be put together, the handler throws
  for (let i = 1; i <= 8; i++) {
    vi.setSystemTime(NOW_MS + i * PERIOD_MS);
    await expect(runDurableObjectAlarm(desk())).rejects.toThrow('userRole');
    expect(await alarmAtMs()).toBe(NOW_MS + (i + 1) * PERIOD_MS);
  }
  expect(saidSoFar()).toContain('alarm.failed');
  world.isUp = true;
  expect(await runDurableObjectAlarm(desk())).toBe(true);
  await idle();
  expect(await rows('guard')).toMatchObject([{ verdict: 'protected' }]);
});

test('an account that could not be read is looked at again after 10 s, a readable one after 45 s', async () => {
  await read('positions');
  await idle();
  expect(await runDurableObjectAlarm(desk())).toBe(true);
  expect(await alarmAtMs()).toBe(NOW_MS + PERIOD_MS);
  vi.setSystemTime(NOW_MS + PERIOD_MS);
  world.isUp = false;
  expect(await runDurableObjectAlarm(desk())).toBe(true);
  expect(await alarmAtMs()).toBe(NOW_MS + PERIOD_MS + 10_000);
});

test.each([
  ['lost', 0],
  ['two periods late', 2 * PERIOD_MS],
])('cron brings an alarm back that is %s', async (what, lateMs) => {
  await read('positions');
  await idle();
  await runDurableObjectAlarm(desk());
  if (what === 'lost') await runInDurableObject(desk(), (_, state) => state.storage.deleteAlarm());
  const nowMs = NOW_MS + PERIOD_MS + lateMs;
  vi.setSystemTime(nowMs);
  await cron();
  expect(await alarmAtMs()).toBe(nowMs);
});

test('cron, requests and a new start leave an alarm alone that is still to come or a little late', async () => {
  await read('positions');
  await idle();
  await runDurableObjectAlarm(desk());
  const dueMs = await alarmAtMs();
  for (const lateMs of [-PERIOD_MS, 0, 2 * PERIOD_MS - 1]) {
    vi.setSystemTime(NOW_MS + PERIOD_MS + lateMs);
    await cron();
    await evictDurableObject(desk());
    await read('positions');
    await idle();
    expect(await alarmAtMs()).toBe(dueMs);
  }
});

test.each([
  ['in memory', false],
  ['evicted', true],
])('a stop that is gone is back after the next alarm: object %s', async (_, isEvicted) => {
  await enter();
  const [before] = stopsOnVenue(world);
  if (isEvicted) await evictDurableObject(desk());
  world.venue.faults.inject({ kind: 'lose-stop', how: 'vanish' });
  expect(stopsOnVenue(world)).toHaveLength(0);
  vi.setSystemTime(NOW_MS + PERIOD_MS);
  world.sent = [];
  expect(await runDurableObjectAlarm(desk())).toBe(true);
  await idle();
  const [after] = stopsOnVenue(world);
  expect(after?.oid).not.toBe(before?.oid);
  // Where the decision wanted it, for the whole position.
  expect(after?.triggerPx).toBe(before?.triggerPx);
  expect(Number(after?.sz)).toBeCloseTo(onVenue(world).positions[0]?.szi ?? 0, 8);
  expect(actions(world).every((a) => a.action.orders.every((o) => o.r))).toBe(true);
  expect((await rows('guard'))[0]).toMatchObject({ verdict: 'repaired' });
  expect(await rows('positions')).toMatchObject([{ isProtected: true }]);
});

test('fills are polled: a stop that triggered closes the trade at the next alarm', async () => {
  await enter();
  const [stop] = stopsOnVenue(world);
  vi.setSystemTime(NOW_MS + PERIOD_MS);
  world.venue.setPrice('BTC', { markPx: Math.floor(Number(stop?.triggerPx) * 0.999) });
  expect(onVenue(world).positions).toHaveLength(0);
  await runDurableObjectAlarm(desk());
  await idle();
  expect(await rows('trades')).toMatchObject([{ coin: 'BTC', closedAtMs: NOW_MS + PERIOD_MS }]);
  expect(await rows('positions')).toEqual([]);
});
