import { afterEach, expect, test } from 'vitest';
import type { BridgeWorld } from '../support/bridge-world.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';
import { FLUSH_CLOSE } from '../support/flush-market.ts';

let w: BridgeWorld | undefined;
afterEach(() => w?.close());

test('a stop left behind by a position that was closed early is swept soon after its grace, not at the next timer', async () => {
  w = await openBridgeWorld();
  await w.post();
  await w.settle();
  w.venue.act(w.account, {
    type: 'order',
    grouping: 'na',
    orders: [
      {
        a: 0,
        b: false,
        p: String(Math.round(FLUSH_CLOSE * 0.95)),
        s: String(w.position()?.szi ?? 0),
        r: true,
        t: { limit: { tif: 'Ioc' } },
      },
    ],
  });
  expect(w.position()).toBeUndefined();
  await w.guard();
  expect(w.stops()).toHaveLength(1);
  // Nothing but the guard's own wish to look again: this world has no timer.
  for (let s = 0; s < 25 && w.stops().length > 0; s++) {
    await w.clock.advanceTo(w.clock.nowMs() + 1_000);
    // A look of the guard's own wish is no work in flight that could be waited for: it gets real turns.
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
    await w.settle();
  }
  expect(w.stops()).toEqual([]);
});
