import { afterEach, expect, test } from 'vitest';
import { prepareWhatIsDue } from '../../src/app/prepare-account.ts';
import { recover } from '../../src/app/recover.ts';
import type { BridgeWorld } from '../support/bridge-world.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';
import { tradeByHand } from '../support/by-hand.ts';

let w: BridgeWorld;
afterEach(() => w.close());

test('while the account cannot be read no leverage is changed: a coin may be held by hand', async () => {
  w = await openBridgeWorld({ isRecovered: false });
  tradeByHand(w, true, '0.05');
  const { leverage } = w.venue.account(w.account)!.positions[0]!;
  w.venue.faults.inject({ kind: 'http', status: 502, count: null, where: { path: 'info' } });
  await recover(w.desk);
  const changes = (): number => w.venue.stats().byType['updateLeverage'] ?? 0;
  expect(changes()).toBe(0);
  w.venue.faults.clear();
  await w.guard();
  await prepareWhatIsDue(w.desk);
  expect(changes()).toBe(0);
  expect(w.venue.account(w.account)!.positions[0]!.leverage).toBe(leverage);
  tradeByHand(w, false, '0.05');
  await w.clock.advanceTo(w.clock.nowMs() + 61_000);
  await w.guard();
  await prepareWhatIsDue(w.desk);
  expect(changes()).toBe(1);
});
