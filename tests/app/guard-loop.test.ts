import { afterEach, beforeEach, expect, test } from 'vitest';
import { runLoops } from '../../src/shell/runtime/run-loops.ts';
import type { Timers } from '../../src/shell/runtime/every.ts';
import type { BridgeWorld } from '../support/bridge-world.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';
import { openPosition } from '../support/by-hand.ts';

let w: BridgeWorld;
beforeEach(async () => {
  w = await openBridgeWorld();
  await openPosition(w);
});
afterEach(() => w.close());

test('the guard’s timer goes on when the record of a pass hangs for ever', async () => {
  const { clock } = w;
  const timers: Timers = {
    nowMs: clock.nowMs,
    after(ms, run) {
      let isOff = false;
      void clock.sleep(ms).then(() => (isOff ? undefined : run()));
      return () => (isOff = true);
    },
  };
  await runLoops(w.desk, null, timers);
  w.desk.store.recordGuardRun = () => new Promise(() => undefined);
  const passes: number[] = [];
  for (let minute = 0; minute < 3; minute++) {
    for (let turn = 0; turn < 60; turn++) {
      await clock.advanceTo(clock.nowMs() + 1_000);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    passes.push(w.desk.guardPasses);
  }
  expect(passes[1]).toBeGreaterThan(passes[0]!);
  expect(passes[2]).toBeGreaterThan(passes[1]!);
});
