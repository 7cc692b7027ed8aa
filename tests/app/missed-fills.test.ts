import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BridgeWorld } from '../support/bridge-world.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';
import { openPosition } from '../support/by-hand.ts';

const DAY_MS = 86_400_000;
let w: BridgeWorld;
beforeEach(async () => {
  w = await openBridgeWorld();
  await openPosition(w);
});
afterEach(() => w.close());

test.each([0, 2, 6])(
  'a position stopped out while no process ran is booked by the next one, %i days later',
  async (days) => {
    w.desk.isStopping = true;
    w.setPrice(w.stops()[0]!.triggerPx - 300);
    expect(w.position()).toBeUndefined();
    const stoppedAtMs = w.clock.nowMs();
    await w.clock.advanceTo(stoppedAtMs + days * DAY_MS + 60_000);
    const next = await w.reborn();
    await next.settle();
    expect(await next.store.openTrades()).toEqual([]);
    const [trade] = await next.store.tradesSince(0);
    expect(trade).toMatchObject({ exitReason: 'stop', closedAtMs: stoppedAtMs });
    expect(trade!.netPnlUsd).toBeLessThan(-50);
  },
);
