import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exitPosition } from '../../src/app/exit-position.ts';
import { applyFills } from '../../src/app/take-fills.ts';
import type { BridgeWorld } from '../support/bridge-world.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';
import { openPosition, tradeByHand } from '../support/by-hand.ts';

let w: BridgeWorld;
beforeEach(async () => {
  w = await openBridgeWorld();
  await openPosition(w);
});
afterEach(() => w.close());

/** The process is dead; the stop fires, and somebody buys `px` by hand. */
const stoppedOutAndBought = async (px: number, laterMs: number): Promise<void> => {
  // The old process looks at nothing any more.
  w.desk.isStopping = true;
  w.setPrice(w.stops()[0]!.triggerPx - 300);
  expect(w.position()).toBeUndefined();
  await w.clock.advanceTo(w.clock.nowMs() + laterMs);
  w.setPrice(px);
  tradeByHand(w, true, '0.05');
  expect(w.position()).toMatchObject({ szi: 0.05 });
};
const reborn = async (): Promise<BridgeWorld> => {
  const next = await w.reborn();
  await next.settle();
  await next.guard();
  await next.settle();
  return next;
};
const plan = async () => (await w.store.listDecisions({ limit: 1 })).items[0]!.plan!;

describe('a position opened by hand while no process ran, where the bridge had one', () => {
  test('is not closed because the old stop price was passed: it gets a stop 3 % from its own entry', async () => {
    const { stopPx } = await plan();
    await stoppedOutAndBought(stopPx - 500, 1_000);
    const next = await reborn();
    expect(next.position()).toMatchObject({ szi: 0.05 });
    expect(next.stops()).toHaveLength(1);
    expect(next.stops()[0]!.triggerPx / next.position()!.entryPx).toBeCloseTo(0.97, 4);
  });

  test('is not closed because the old time stop is over', async () => {
    const { timeStopAtMs, markPx } = await plan();
    await stoppedOutAndBought(markPx * 1.005, timeStopAtMs! - w.clock.nowMs() + 60_000);
    const next = await reborn();
    expect(next.position()).toMatchObject({ szi: 0.05 });
    expect(next.stops()).toHaveLength(1);
    expect(next.desk.exits.size + next.desk.plans.size).toBe(0);
    expect(await next.store.openTrades()).toMatchObject([{ decisionId: null }]);
  });

  test('is not what an exit from before was asked for', async () => {
    w.venue.setRules({ halted: true });
    await exitPosition(w.desk, 'BTC', 'flatten');
    w.venue.setRules({ halted: false });
    expect(w.position()).toBeDefined();
    await stoppedOutAndBought((await plan()).stopPx - 500, 1_000);
    const next = await reborn();
    expect(next.position()).toMatchObject({ szi: 0.05 });
    expect(next.desk.exits.size).toBe(0);
  });
});

describe('a position opened by hand where the bridge’s has just ended, while it runs', () => {
  const pushed = async (): Promise<void> => {
    await applyFills(w.desk, await w.desk.reader.fillsSince(w.clock.nowMs() - 60_000));
    await w.guard();
    await w.settle();
  };
  const ownStop = (): void => {
    expect(w.position()!.szi).toBeCloseTo(0.05, 8);
    expect(w.stops()).toHaveLength(1);
    expect(w.stops()[0]!.triggerPx / w.position()!.entryPx).toBeCloseTo(0.97, 4);
    expect([...w.desk.plans.keys(), ...w.desk.plannedStops.keys()]).toEqual([]);
  };

  test('between two readings: it is not closed because the old stop price was passed', async () => {
    const { stopPx } = await plan();
    w.setPrice(stopPx - 300);
    expect(w.position()).toBeUndefined();
    w.setPrice(stopPx - 500);
    tradeByHand(w, true, '0.05');
    await pushed();
    ownStop();
  });

  test('by way of the other side: neither', async () => {
    const { stopPx } = await plan();
    tradeByHand(w, false, (w.position()!.szi + 0.05).toFixed(5));
    await pushed();
    expect(w.position()!.szi).toBeCloseTo(-0.05, 8);
    w.setPrice(stopPx - 500);
    tradeByHand(w, true, '0.1');
    await pushed();
    ownStop();
  });
});

describe('the bridge’s own position, after a restart', () => {
  test('keeps its planned stop, also when a part was closed by hand meanwhile', async () => {
    w.desk.isStopping = true;
    const { stopPx } = await plan();
    tradeByHand(w, false, '0.05');
    w.venue.faults.inject({ kind: 'lose-stop', how: 'cancel' });
    const next = await reborn();
    expect(next.stops()).toMatchObject([{ triggerPx: stopPx, sz: next.position()!.szi }]);
  });

  test('is closed when its time stop is over', async () => {
    w.desk.isStopping = true;
    await w.clock.advanceTo((await plan()).timeStopAtMs! + 60_000);
    const next = await reborn();
    expect(next.position()).toBeUndefined();
  });

  test('is closed by an exit from before', async () => {
    w.venue.setRules({ halted: true });
    await exitPosition(w.desk, 'BTC', 'flatten');
    w.desk.isStopping = true;
    w.venue.setRules({ halted: false });
    const next = await reborn();
    expect(next.position()).toBeUndefined();
  });
});
