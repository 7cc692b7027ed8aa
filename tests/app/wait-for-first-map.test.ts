import { afterEach, beforeEach, expect, test } from 'vitest';
import { waitForFirstMap } from '../../src/app/wait-for-first-map.ts';
import type { AnyAlert } from '../../src/core/alert/schema.ts';
import { exhaustion } from '../support/alerts.ts';
import type { BridgeWorld } from '../support/bridge-world.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';

let w: BridgeWorld;
beforeEach(async () => {
  w = await openBridgeWorld();
});
afterEach(() => w.close());

const turns = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => void setImmediate(resolve));
};

/** Waits from the start of a desk that has no map of any coin yet. */
function waiting(alert: AnyAlert = exhaustion()) {
  const { zoneMap } = w.desk.market;
  w.desk.market.zoneMap = () => null;
  const start = { isOver: false };
  void waitForFirstMap(w.desk)(alert).then(() => (start.isOver = true));
  return {
    start,
    mapCame: () => void (w.desk.market.zoneMap = zoneMap),
    pass: async (ms: number): Promise<void> => {
      await w.clock.advanceTo(w.clock.nowMs() + ms);
      await turns();
    },
  };
}

test('an entry waits for the first map of its coin', async () => {
  const { start, mapCame, pass } = waiting();
  await pass(5_000);
  expect(start.isOver).toBe(false);
  mapCame();
  await pass(300);
  expect(start.isOver).toBe(true);
});

test('it waits for 30 s at most', async () => {
  const { start, pass } = waiting();
  for (let s = 0; s < 29; s++) await pass(1_000);
  expect(start.isOver).toBe(false);
  await pass(1_250);
  expect(start.isOver).toBe(true);
});

test.each([
  ['another kind', { ...exhaustion(), kind: 'cascade.snapback' as const }],
  ['an unknown coin', exhaustion({ ticker: 'NOSUCHUSDT.P' })],
])('an alert of %s waits for nothing', async (_, alert) => {
  const { start } = waiting(alert);
  await turns();
  expect(start.isOver).toBe(true);
});

test('once the process runs for longer, a coin without a map is waited for no more', async () => {
  const wait = waitForFirstMap(w.desk);
  await w.clock.advanceTo(w.clock.nowMs() + 31_000);
  w.desk.market.zoneMap = () => null;
  const start = { isOver: false };
  void wait(exhaustion()).then(() => (start.isOver = true));
  await turns();
  expect(start.isOver).toBe(true);
});
