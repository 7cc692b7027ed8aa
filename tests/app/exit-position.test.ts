import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exitPosition } from '../../src/app/exit-position.ts';
import { setTradingState } from '../../src/app/trading-state.ts';
import type { BridgeWorld } from '../support/bridge-world.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';

let w: BridgeWorld;
beforeEach(async () => {
  w = await openBridgeWorld();
});
afterEach(() => w.close());

const opened = async (): Promise<void> => {
  await w.post();
  await w.settle();
  expect(w.position()).toBeDefined();
};
const later = async (ms: number): Promise<void> => {
  await w.clock.advanceTo(w.clock.nowMs() + ms);
  await w.settle();
};
const closes = () =>
  w.store.listIntents({ limit: 50 }).then(({ items }) => items.filter((i) => i.role === 'close'));
const ordersOnVenue = () => w.venue.account(w.account)!.orders;

describe('exitPosition', () => {
  test('closes the position, says so, and leaves nothing of ours on the book', async () => {
    await opened();
    await later(20_000);
    expect(await exitPosition(w.desk, 'BTC', 'flatten')).toMatchObject({ coin: 'BTC', status: 'closed' });
    expect(w.position()).toBeUndefined();
    await w.guard();
    expect(ordersOnVenue()).toEqual([]);
    expect(await closes()).toMatchObject([
      { reduceOnly: true, state: 'acked', signer: w.desk.guardSigner.address },
    ]);
  });

  test('is over only when the position has been gone for a while, and is forgotten then', async () => {
    await opened();
    await exitPosition(w.desk, 'BTC', 'snapback-exit');
    expect([...w.desk.exits.keys()]).toEqual(['BTC']);
    await later(5_000);
    await w.guard();
    expect(w.desk.exits.size).toBe(0);
    expect(w.lines.filter((l) => l.event === 'exit.done')).toHaveLength(1);
  });

  test('asked for many times at once it is one close', async () => {
    await opened();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => exitPosition(w.desk, 'BTC', 'flatten')),
    );
    expect(answers.map((a) => a.status)).toEqual(Array.from({ length: 8 }, () => 'closed'));
    expect(await closes()).toHaveLength(1);
    expect(w.position()).toBeUndefined();
  });

  test('keeps the stop until the position is gone, and goes on after a partial fill', async () => {
    await opened();
    const before = w.stops()[0]!;
    w.venue.faults.inject({ kind: 'partial-fill', fraction: 0.25, count: 4, where: { legRole: 'close' } });
    expect(await exitPosition(w.desk, 'BTC', 'flatten')).toMatchObject({ status: 'pending' });
    expect(w.position()!.szi).toBeGreaterThan(0);
    expect(w.stops()).toMatchObject([{ oid: before.oid }]);
    await w.guard();
    expect(w.position()).toBeUndefined();
  });

  test('a lost reply leads to another try, never to a position of the other side', async () => {
    await opened();
    w.venue.faults.inject({ kind: 'drop-reply', mode: 'reset', where: { type: 'order' } });
    const before = w.venue.stats().actions;
    expect(await exitPosition(w.desk, 'BTC', 'flatten')).toMatchObject({ status: 'closed' });
    await w.settle();
    expect(w.position()).toBeUndefined();
    expect(w.venue.stats().actions - before).toBeLessThanOrEqual(6);
    expect(await w.store.unresolvedIntents()).toEqual([]);
  });

  test('goes on after a restart', async () => {
    await opened();
    w.venue.faults.inject({ kind: 'drop-request', mode: 'reset', count: 4, where: { type: 'order' } });
    expect(await exitPosition(w.desk, 'BTC', 'flatten')).toMatchObject({ status: 'pending' });
    const after = await w.reborn();
    await after.settle();
    await after.guard();
    expect(w.position()).toBeUndefined();
  });

  test('is no-position on a flat coin, and refused while the account cannot be read', async () => {
    expect(await exitPosition(w.desk, 'BTC', 'flatten')).toMatchObject({ status: 'no-position' });
    w.desk.account = null;
    w.venue.faults.inject({ kind: 'http', status: 502, count: null, where: { path: 'info' } });
    expect(await exitPosition(w.desk, 'BTC', 'flatten')).toMatchObject({ status: 'refused' });
    expect(w.desk.exits.size).toBe(0);
  });

  test('does not touch a position of the other side that was opened by hand meanwhile', async () => {
    await opened();
    w.venue.faults.inject({ kind: 'drop-request', mode: 'reset', count: 4, where: { type: 'order' } });
    await exitPosition(w.desk, 'BTC', 'flatten');
    const sz = w.position()!.szi;
    const order = { a: 0, b: false, p: '90000', s: String(2 * sz), r: false, t: { limit: { tif: 'Ioc' } } };
    w.venue.act(w.account, { type: 'order', orders: [order], grouping: 'na' } as never);
    expect(w.position()!.szi).toBeLessThan(0);
    await w.guard();
    expect(w.position()!.szi).toBeLessThan(0);
    expect(w.desk.exits.size).toBe(0);
    // The old side's stop goes once no reading can be too old to show the turn.
    await w.clock.advanceTo(w.clock.nowMs() + 5_000);
    await w.guard();
    expect(w.stops()).toHaveLength(1);
  });

  /** Nothing within 3 %, and then the stop is gone as well. */
  const refuseCloses = async (reason: 'flatten' | 'snapback-exit'): Promise<void> => {
    await opened();
    await later(20_000);
    w.venue.faults.inject({
      kind: 'refuse-leg',
      message: 'Order could not immediately match against any resting orders.',
      count: null,
      where: { legRole: 'close' },
    });
    expect(await exitPosition(w.desk, 'BTC', reason)).toMatchObject({ status: 'pending' });
    await later(10_000);
  };

  test('while the venue refuses the close, a lost stop is put back beside it, and the close goes on', async () => {
    await refuseCloses('flatten');
    w.venue.faults.inject({ kind: 'lose-stop', how: 'cancel' });
    await w.guard();
    expect(w.position()).toBeDefined();
    expect(w.stops()).toMatchObject([{ sz: w.position()!.szi }]);
    w.venue.faults.clear();
    await later(5_000);
    await w.guard();
    expect(w.position()).toBeUndefined();
  });

  test('dropped by a halt, a close that was refused is not tried on', async () => {
    await refuseCloses('snapback-exit');
    await setTradingState(w.desk, 'HALTED', 'test', 'operator');
    w.venue.faults.clear();
    await later(10_000);
    await w.guard();
    expect(w.position()).toBeDefined();
    expect(w.stops()).toHaveLength(1);
  });

  test('in HALTED only what a person asks for is closed', async () => {
    await opened();
    w.desk.tradingState = 'HALTED';
    expect(await exitPosition(w.desk, 'BTC', 'snapback-exit')).toMatchObject({ status: 'refused' });
    expect(await exitPosition(w.desk, 'BTC', 'flatten')).toMatchObject({ status: 'closed' });
  });
});

describe('a time stop', () => {
  const overdue = (): void => {
    w.desk.plans.set('BTC', { side: 'long', timeStopAtMs: w.clock.nowMs() + 60_000 });
  };

  test.each(['ACTIVE', 'REDUCING', 'HALTED'] as const)(
    'closes the position at its time in %s',
    async (state) => {
      await opened();
      overdue();
      w.desk.tradingState = state;
      await w.guard();
      expect(w.position()).toBeDefined();
      await later(60_000);
      await w.guard();
      expect(w.position()).toBeUndefined();
      const { items } = await w.store.listGuardRuns({ limit: 50 });
      expect(items.flatMap((r) => r.findings.map((f) => f.code))).toContain('time-stop');
    },
  );

  test('means the position it was planned for, not one of the other side', async () => {
    await opened();
    w.desk.plans.set('BTC', { side: 'short', timeStopAtMs: w.clock.nowMs() - 1 });
    await w.guard();
    expect(w.position()).toBeDefined();
  });
});
