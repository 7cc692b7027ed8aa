import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exitPosition } from '../../src/app/exit-position.ts';
import { guardPositions } from '../../src/app/guard-positions.ts';
import { hasPassed } from '../../src/app/has-passed.ts';
import type { BridgeWorld } from '../support/bridge-world.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';
import { placeStopByHand, tradeByHand } from '../support/by-hand.ts';

const HOUR_MS = 3_600_000;
let w: BridgeWorld;
beforeEach(async () => {
  w = await openBridgeWorld();
  await w.post();
  await w.settle();
  if (w.position() === undefined) throw new Error('no position');
});
afterEach(() => w.close());

/** Our clock was an hour ahead until now. */
const setBack = (): void => {
  const { clock, reader } = w.desk;
  const nowMs = (): number => clock.nowMs() - HOUR_MS;
  w.desk.clock = { ...clock, nowMs };
  w.desk.reader = {
    ...reader,
    accountState: async () => {
      const account = await reader.accountState();
      return { ...account, readAtMs: account.readAtMs - HOUR_MS };
    },
  };
};
const looks = async (): Promise<void> => {
  for (let i = 0; i < 3; i++) {
    await w.clock.advanceTo(w.clock.nowMs() + 10_000);
    await w.guard();
    await w.settle();
  }
};

describe('our clock is set back by an hour', () => {
  test('a surplus stop is swept all the same', async () => {
    await guardPositions(w.desk, 'fill');
    setBack();
    placeStopByHand(w, 90_000, w.position()!.szi);
    await looks();
    expect(w.stops()).toHaveLength(1);
  });

  test('an exit ends, and an entry is no longer on its way', async () => {
    await exitPosition(w.desk, 'BTC', 'flatten');
    setBack();
    await looks();
    expect(w.position()).toBeUndefined();
    expect([...w.desk.exits.keys(), ...w.desk.pending.keys()]).toEqual([]);
  });

  test('an exit that ended says nothing about what is opened by hand afterwards', async () => {
    await exitPosition(w.desk, 'BTC', 'flatten');
    setBack();
    await looks();
    tradeByHand(w, true, '0.05');
    await looks();
    expect(w.position()).toMatchObject({ szi: 0.05 });
  });

  test('the plan of a position that is gone is over', async () => {
    setBack();
    w.setPrice(w.stops()[0]!.triggerPx - 100);
    await looks();
    expect([...w.desk.plans.keys(), ...w.desk.plannedStops.keys()]).toEqual([]);
  });

  test('a stop that was acknowledged and that no reading ever showed does not count for an hour', async () => {
    const [note] = [...w.desk.ackedStops.values()];
    const stop = w.desk.account!.openOrders.find((o) => o.orderType === 'Stop Market')!;
    const ackedAtMs = w.clock.nowMs();
    w.desk.ackedStops.set('0x1', { ...note, oid: 999, ackedAtMs, order: { ...stop, oid: 999 } });
    setBack();
    w.venue.faults.inject({ kind: 'lose-stop', how: 'cancel' });
    await looks();
    expect(w.stops()).toHaveLength(1);
  });
});

test.each([
  [4_000, 0, 3_999, false],
  [4_000, 0, 4_000, true],
  [4_000, 6_000, 0, false],
  [0, 6_000, 0, false],
  [4_000, 30_000, 0, false],
  [4_000, 30_001, 0, true],
])('%i ms since %i at %i: %j', (ms, sinceMs, nowMs, expected) => {
  expect(hasPassed(ms, sinceMs, nowMs)).toBe(expected);
});
