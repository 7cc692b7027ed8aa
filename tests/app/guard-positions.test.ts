import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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
const lastRun = async () => (await w.store.listGuardRuns({ limit: 1 })).items[0]!;

describe('the guard', () => {
  test('finds nothing to do when the bracket stands', async () => {
    await opened();
    const actions = w.venue.stats().actions;
    await w.guard();
    expect(w.venue.stats().actions).toBe(actions);
    expect(await lastRun()).toMatchObject({ verdict: 'protected', positions: 1, findings: [] });
  });

  test.each([
    ['cancelled by hand', 'cancel', 'stop-missing'],
    ['gone without a word', 'vanish', 'stop-missing'],
    ['shrunk to half', 'half-size', 'stop-too-small'],
    ['moved beyond the liquidation price', 'far-trigger', 'stop-beyond-liquidation'],
  ] as const)('puts back a stop that was %s', async (_what, how, code) => {
    await opened();
    const planned = w.stops()[0]!;
    // Past the seconds in which an acknowledgement outweighs a reading.
    await w.clock.advanceTo(w.clock.nowMs() + 60_000);
    await w.guard();
    w.venue.faults.inject({ kind: 'lose-stop', how });
    await w.guard();
    expect(w.stops()).toMatchObject([{ sz: planned.sz, triggerPx: planned.triggerPx }]);
    expect(await lastRun()).toMatchObject({ verdict: 'repaired', findings: [{ coin: 'BTC', code }] });
  });

  test('signs with its own wallet, not with the one for entries', async () => {
    await opened();
    await w.clock.advanceTo(w.clock.nowMs() + 60_000);
    w.venue.faults.inject({ kind: 'lose-stop', how: 'cancel' });
    const entryNonce = await w.store.lastNonce(w.desk.entrySigner.address);
    await w.guard();
    expect(await w.store.lastNonce(w.desk.entrySigner.address)).toBe(entryNonce);
    expect(await w.store.lastNonce(w.desk.guardSigner.address)).toBeGreaterThan(0);
    expect(w.desk.guardSigner.address).not.toBe(w.desk.entrySigner.address);
  });

  test('places the stop at once when the venue refuses it but fills the entry', async () => {
    w.venue.faults.inject({
      kind: 'refuse-leg',
      message: 'Invalid TP/SL price.',
      where: { legRole: 'stop' },
    });
    await opened();
    expect(w.stops()).toHaveLength(1);
    const intents = (await w.store.listIntents({ limit: 50 })).items;
    expect(
      intents
        .filter((i) => i.role === 'stop')
        .map((i) => i.state)
        .sort(),
    ).toEqual(['acked', 'refused']);
  });

  test('sizes the stop to the position when the entry fills only partly', async () => {
    w.venue.faults.inject({ kind: 'partial-fill', fraction: 0.4, where: { legRole: 'entry' } });
    await opened();
    expect(w.stops()).toHaveLength(1);
    expect(w.stops()[0]!.sz).toBeCloseTo(w.position()!.szi, 8);
  });

  test('resizes the stop after the first take profit, the new one before the old one goes', async () => {
    await opened();
    const before = w.stops()[0]!;
    const [decision] = (await w.store.listDecisions({ limit: 1 })).items;
    w.setPrice(decision!.plan!.takeProfits[0]!.px + 50);
    await w.guard();
    expect(w.position()!.szi).toBeLessThan(before.sz);
    expect(w.stops()).toHaveLength(1);
    expect(w.stops()[0]!.sz).toBeCloseTo(w.position()!.szi, 8);
    const orders = w.venue.events().filter((e) => e.kind === 'order' && e.order['isTrigger'] === true);
    const oldEnds = orders.findIndex(
      (e) => e.kind === 'order' && e.order.oid === before.oid && e.status !== 'open',
    );
    const newRests = orders.findIndex((e) => e.kind === 'order' && e.order.oid === w.stops()[0]!.oid);
    expect(newRests).toBeGreaterThanOrEqual(0);
    expect(newRests).toBeLessThan(oldEnds);
  });

  test('closes a position whose stop the venue refuses twice', async () => {
    await opened();
    await w.clock.advanceTo(w.clock.nowMs() + 60_000);
    w.venue.faults.inject({ kind: 'lose-stop', how: 'cancel' });
    w.venue.faults.inject({
      kind: 'refuse-leg',
      message: 'Invalid TP/SL price.',
      count: null,
      where: { legRole: 'stop' },
    });
    await w.guard();
    expect(w.position()).toBeUndefined();
    expect(w.lines.some((l) => l.level === 'error' && l.event === 'position.closed-by-guard')).toBe(true);
  });

  test('a tighter stop that the venue refuses costs nothing: the old one stands, and it is tried again', async () => {
    await opened();
    await w.clock.advanceTo(w.clock.nowMs() + 60_000);
    await w.guard();
    const [old] = w.stops();
    const tighterPx = old!.triggerPx + 500;
    w.desk.plannedStops.set('BTC', tighterPx);
    const message = 'Invalid TP/SL price.';
    w.venue.faults.inject({ kind: 'refuse-leg', message, count: 3, where: { legRole: 'stop' } });
    for (let pass = 1; pass <= 3; pass++) {
      await w.guard();
      expect(w.stops()).toEqual([old]);
      expect(await lastRun()).toMatchObject({ verdict: 'repaired' });
    }
    expect(w.desk.repairFailures.size).toBe(0);
    await w.guard();
    expect(w.stops()).toMatchObject([{ triggerPx: tighterPx, sz: old!.sz }]);
  });

  describe('a stop that the venue takes and does not arm', () => {
    const answerUnarmed = (count: number): void => {
      const data = { statuses: ['waitingForFill'] };
      const body = JSON.stringify({ status: 'ok', response: { type: 'order', data } });
      const where = { type: 'order' };
      w.venue.faults.inject({ kind: 'http', when: 'before', status: 200, body, count, where });
    };
    const halved = async (): Promise<number> => {
      await opened();
      await w.clock.advanceTo(w.clock.nowMs() + 60_000);
      await w.guard();
      w.venue.faults.inject({ kind: 'lose-stop', how: 'half-size' });
      return w.stops()[0]!.oid;
    };

    test('takes no other stop away: the half that stands stays until one of full size does', async () => {
      const half = await halved();
      answerUnarmed(1);
      const standing: number[] = [];
      const { cancel } = w.desk.guardSigner;
      w.desk.guardSigner.cancel = (items, o) => {
        if (items.some((i) => i.oid === half)) standing.push(w.stops().length);
        return cancel(items, o);
      };
      await w.guard();
      expect(standing).toEqual([2]);
      expect(w.stops()).toMatchObject([{ sz: w.position()!.szi }]);
    });

    test('is a repair that failed: the position is closed after two', async () => {
      await halved();
      answerUnarmed(2);
      await w.guard();
      expect(w.position()).toBeUndefined();
    });
  });

  test('does nothing when the account cannot be read, and entries stop until it can', async () => {
    await opened();
    const actions = w.venue.stats().actions;
    w.venue.faults.inject({ kind: 'http', status: 502, count: null, where: { path: 'info' } });
    await w.guard();
    expect(w.venue.stats().actions).toBe(actions);
    expect(await lastRun()).toMatchObject({ verdict: 'unreadable', findings: [] });
    expect(w.desk.account!.positions).toHaveLength(1);
    await w.clock.advanceTo(w.clock.nowMs() + 200_000);
    expect((await w.get('/readyz'))['ready']).toBe(false);
  });

  test('protects in every trading state', async () => {
    await opened();
    await w.clock.advanceTo(w.clock.nowMs() + 60_000);
    w.desk.tradingState = 'HALTED';
    w.venue.faults.inject({ kind: 'lose-stop', how: 'cancel' });
    await w.guard();
    expect(w.stops()).toHaveLength(1);
  });

  test('goes on when the store cannot write', async () => {
    await opened();
    await w.clock.advanceTo(w.clock.nowMs() + 60_000);
    w.venue.faults.inject({ kind: 'lose-stop', how: 'cancel' });
    const broken = () => Promise.reject(new Error('disk full'));
    Object.assign(w.desk.store, {
      commitIntents: broken,
      advanceIntent: broken,
      recordGuardRun: broken,
      commitNonce: broken,
    });
    await w.guard();
    expect(w.stops()).toHaveLength(1);
  });

  test('one hung reply does not delay the next pass beyond its own time-out', async () => {
    await opened();
    await w.clock.advanceTo(w.clock.nowMs() + 60_000);
    w.venue.faults.inject({ kind: 'lose-stop', how: 'cancel' });
    w.venue.faults.inject({ kind: 'drop-reply', mode: 'hang', where: { type: 'order' } });
    await w.guard();
    await w.settle();
    // The stop whose reply was lost rests; it was found by reading, not doubled.
    expect(w.stops()).toHaveLength(1);
  });
});

test('a trade is booked from fills: targets, fees, R, and how long it was unprotected', async () => {
  await opened();
  const [decision] = (await w.store.listDecisions({ limit: 1 })).items;
  for (const target of decision!.plan!.takeProfits) {
    w.setPrice(target.px + 50);
    await w.guard();
  }
  expect(w.position()).toBeUndefined();
  const [trade] = (await w.store.listTrades({ limit: 10 })).items;
  expect(trade).toMatchObject({
    coin: 'BTC',
    exitReason: 'take-profit',
    alertId: decision!.alertId,
    unprotectedMs: 0,
  });
  const view = w.venue.account(w.account)!;
  expect(trade!.netPnlUsd).toBeCloseTo(view.equityUsd - 100_000, 4);
  expect(trade!.rMultiple).toBeCloseTo(trade!.netPnlUsd / decision!.plan!.riskUsd, 9);
  // A lone stop is swept once it is too old to belong to an entry whose fill a reading does not show yet.
  await w.clock.advanceTo(w.clock.nowMs() + 20_000);
  await w.guard();
  expect(w.stops()).toEqual([]);
});

test('after the stop has fired nothing of ours is left on the book', async () => {
  await opened();
  w.setPrice(w.stops()[0]!.triggerPx - 100);
  await w.guard();
  expect(w.position()).toBeUndefined();
  const [trade] = (await w.store.listTrades({ limit: 10 })).items;
  expect(trade).toMatchObject({ exitReason: 'stop' });
  expect(trade!.rMultiple!).toBeGreaterThan(-1.2);
  expect(trade!.rMultiple!).toBeLessThan(-0.5);
  expect(w.venue.account(w.account)!.orders).toEqual([]);
});
