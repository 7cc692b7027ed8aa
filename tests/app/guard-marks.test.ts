import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { applyFills } from '../../src/app/take-fills.ts';
import type { BridgeWorld } from '../support/bridge-world.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';
import { openPosition, placeStopByHand } from '../support/by-hand.ts';

let w: BridgeWorld;
beforeEach(async () => {
  w = await openBridgeWorld();
  await openPosition(w);
});
afterEach(() => w.close());

const firstTarget = async (): Promise<number> =>
  (await w.store.listDecisions({ limit: 1 })).items[0]!.plan!.takeProfits[0]!.px;

/** The market is not read in this world unless a test does it: its mark stays where the entry was. */
describe.each([0, 600_000])('the market was read before the price moved, %i ms ago', (ageMs) => {
  test('what is left after the first target keeps its break-even stop instead of being closed', async () => {
    w.setPrice((await firstTarget()) + 50);
    await w.clock.advanceTo(w.clock.nowMs() + ageMs);
    // The feed tells of the fill first, so that the plan is at break-even when the guard looks.
    await applyFills(w.desk, await w.desk.reader.fillsSince(w.clock.nowMs() - 86_400_000));
    const { entryPx } = w.position()!;
    await w.guard();
    await w.settle();
    expect(w.position()!.szi).toBeGreaterThan(0);
    expect(w.stops()).toMatchObject([{ sz: w.position()!.szi }]);
    expect(w.stops()[0]!.triggerPx).toBeGreaterThan(entryPx);
    expect(w.stops()[0]!.triggerPx).toBeLessThan(entryPx * 1.002);
  });

  test('a tighter stop placed by hand, in profit, stays', async () => {
    const markPx = (await firstTarget()) - 50;
    w.setPrice(markPx);
    await w.clock.advanceTo(w.clock.nowMs() + ageMs);
    placeStopByHand(w, Math.round(markPx) - 100, w.position()!.szi);
    await w.guard();
    await w.settle();
    expect(w.stops()).toMatchObject([{ triggerPx: Math.round(markPx) - 100 }]);
  });
});

test('a market read after the account counts: the price has passed the stop since', async () => {
  w.venue.faults.inject({ kind: 'lose-stop', how: 'cancel' });
  const [decision] = (await w.store.listDecisions({ limit: 1 })).items;
  const passedPx = decision!.plan!.stopPx - 100;
  const { mark } = w.desk.market;
  w.desk.market.mark = (coin) => ({ ...mark(coin)!, markPx: passedPx, markAtMs: w.clock.nowMs() + 1 });
  await w.guard();
  expect(w.position()).toBeUndefined();
});
