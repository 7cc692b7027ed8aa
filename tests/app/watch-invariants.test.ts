import { expect, onTestFinished, test } from 'vitest';
import { checkInvariants } from '../../src/app/watch-invariants.ts';
import { flushAlert } from '../support/flush-market.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';

async function opened(o: Parameters<typeof openBridgeWorld>[0] = {}) {
  const w = await openBridgeWorld(o);
  onTestFinished(() => w.close());
  const violations = () => w.lines.filter((l) => l.event === 'invariant.violated').map((l) => l.fields);
  return { w, violations };
}

test('a protected position and finished alerts break nothing', async () => {
  const { w, violations } = await opened();
  await w.post();
  await w.settle();
  await w.clock.advanceTo(w.clock.nowMs() + 300_000);
  await w.guard();
  await checkInvariants(w.desk);
  expect(w.position()).toBeDefined();
  expect(violations()).toEqual([]);
});

test('I3: a position bare for more than 15 s is told once, and again after it was covered', async () => {
  const { w, violations } = await opened();
  await w.guard();
  const bareSince = (sinceMs: number | null): void =>
    void w.desk.protection.set('BTC', { totalMs: 0, sinceMs });
  const nowMs = w.clock.nowMs();
  bareSince(nowMs - 15_000);
  await checkInvariants(w.desk);
  expect(violations()).toEqual([]);
  bareSince(nowMs - 15_001);
  await checkInvariants(w.desk);
  await checkInvariants(w.desk);
  expect(violations()).toEqual([{ invariant: 'I3', coin: 'BTC', forMs: 15_001 }]);
  bareSince(null);
  await checkInvariants(w.desk);
  bareSince(nowMs - 16_000);
  await checkInvariants(w.desk);
  expect(violations()).toHaveLength(2);
});

test('I4: an alert open for more than two minutes is told once; while the venue is silent nothing is', async () => {
  const { w, violations } = await opened({ isRecovered: false });
  await w.post(flushAlert());
  await w.guard();
  await w.clock.advanceTo(w.clock.nowMs() + 121_000);
  await checkInvariants(w.desk);
  expect(violations()).toEqual([]);
  await w.guard();
  await checkInvariants(w.desk);
  await checkInvariants(w.desk);
  expect(violations()).toMatchObject([{ invariant: 'I4', kind: 'cascade.exhaustion' }]);
});
