import { afterEach, describe, expect, test } from 'vitest';
import { alertsIntoQueue } from '../../src/app/alert-queue.ts';
import { settleDoubts } from '../../src/app/settle-doubts.ts';
import type { BridgeWorld, WorldOptions } from '../support/bridge-world.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';
import { flushAlert } from '../support/flush-market.ts';

let world: BridgeWorld;
const open = async (o?: WorldOptions): Promise<BridgeWorld> => (world = await openBridgeWorld(o));
afterEach(() => world.close());

const onlyDecision = async (w: BridgeWorld) => {
  const { items } = await w.store.listDecisions({ limit: 10 });
  expect(items).toHaveLength(1);
  return items[0]!;
};
const entriesOnVenue = (w: BridgeWorld): number =>
  new Set(
    w.venue
      .account(w.account)!
      .fills.filter((f) => f['dir'] === 'Open Long')
      .map((f) => f['oid']),
  ).size;

describe('an alert', () => {
  test('becomes a position with its stop and two take profits, in one signed action', async () => {
    const w = await open();
    const actions = w.venue.stats().actions;
    expect(await w.post()).toMatchObject({ status: 202, body: { status: 'accepted' } });
    await w.settle();
    expect(w.venue.stats().actions - actions).toBe(1);
    const decision = await onlyDecision(w);
    expect(decision.explain).toContain('Approved: long');
    expect(w.position()!.szi).toBe(decision.plan!.sz);
    expect(w.stops()).toMatchObject([{ sz: decision.plan!.sz, triggerPx: decision.plan!.stopPx }]);
    expect(await w.store.openAlerts()).toEqual([]);
    expect((await w.store.listAlerts({ limit: 1 })).items[0]).toMatchObject({
      state: 'done',
      outcome: 'filled',
    });
    expect(await w.get('/api/v1/positions')).toMatchObject({
      items: [{ coin: 'BTC', isProtected: true, reason: null, unprotectedMs: 0, takeProfits: [{}, {}] }],
    });
  });

  test('posted many times at once is one entry', async () => {
    const w = await open();
    const answers = await Promise.all(Array.from({ length: 20 }, () => w.post()));
    expect(answers.filter((a) => a.status === 202)).toHaveLength(1);
    expect(answers.filter((a) => a.status === 200)).toHaveLength(19);
    await w.settle();
    expect(entriesOnVenue(w)).toBe(1);
    expect(w.stops()).toHaveLength(1);
  });

  test('a second alert for the coin is refused while the first one is on its way', async () => {
    const w = await open();
    await Promise.all([w.post(), w.post(flushAlert({ exchange: 'BINANCE', ticker: 'BTCUSDT.P' }))]);
    await w.settle();
    const { items } = await w.store.listDecisions({ limit: 10 });
    expect(items.map((d) => d.status).sort()).toEqual(['approved', 'refused']);
    expect(items.find((d) => d.status === 'refused')!.reasons).toEqual(['position-open']);
    expect(entriesOnVenue(w)).toBe(1);
  });

  test('that nobody can decide on yet waits: stored before recovery, decided after', async () => {
    const w = await open({ isRecovered: false });
    expect((await w.post()).status).toBe(202);
    await w.settle();
    expect((await w.store.listDecisions({ limit: 1 })).items).toEqual([]);
    const after = await w.reborn();
    await after.settle();
    expect((await onlyDecision(after)).alertId).toBeDefined();
  });
});

describe('a lost reply', () => {
  test('after the venue applied the order: one entry, one stop, a final state', async () => {
    const w = await open();
    w.venue.faults.inject({ kind: 'drop-reply', count: 1, where: { type: 'order' } });
    await w.post();
    await w.settle();
    expect(entriesOnVenue(w)).toBe(1);
    expect(w.stops()).toHaveLength(1);
    expect((await w.store.listAlerts({ limit: 1 })).items[0]).toMatchObject({
      state: 'done',
      outcome: 'filled',
    });
    const intents = await w.store.intentsOf((await onlyDecision(w)).alertId);
    expect(intents.map((i) => i.state)).toEqual(['landed', 'landed', 'landed', 'landed']);
    expect(w.desk.unresolved.size).toBe(0);
  });

  test('before the venue saw the order: the fence kills it, nothing is placed twice or ever', async () => {
    const w = await open();
    w.venue.faults.inject({ kind: 'drop-request', count: 1, where: { type: 'order' } });
    await w.post();
    await w.settle();
    expect(w.position()).toBeUndefined();
    expect((await w.store.listAlerts({ limit: 1 })).items[0]).toMatchObject({
      state: 'done',
      outcome: 'never-landed',
    });
    expect(w.desk.pending.size).toBe(0);
  });
});

test('an outcome that could not be written down is established again, and the coin is free afterwards', async () => {
  const w = await open();
  const { recordOutcome } = w.desk.store;
  w.desk.store.recordOutcome = () => Promise.reject(new Error('disk full'));
  await w.post();
  await w.settle();
  expect(entriesOnVenue(w)).toBe(1);
  expect((await w.store.unresolvedIntents()).length).toBe(4);
  w.desk.store.recordOutcome = recordOutcome;
  await settleDoubts(w.desk);
  expect(w.desk.settling.size).toBe(0);
  await w.clock.advanceTo(w.clock.nowMs() + 31_000);
  await settleDoubts(w.desk);
  await w.settle();
  expect(await w.store.unresolvedIntents()).toEqual([]);
  expect((await w.store.listAlerts({ limit: 1 })).items[0]).toMatchObject({
    state: 'done',
    outcome: 'filled',
  });
  expect(entriesOnVenue(w)).toBe(1);
  expect(w.stops()).toHaveLength(1);
  expect([...w.desk.pending.keys(), ...w.desk.unresolved.keys()]).toEqual([]);
});

test('alerts whose decision could not be begun, because the store did not answer, are taken up again', async () => {
  const w = await open();
  const { usage } = w.desk.store;
  w.desk.store.usage = () => Promise.reject(new Error('no answer'));
  await w.post();
  await w.settle();
  expect((await w.store.listAlerts({ limit: 1 })).items[0]).toMatchObject({ state: 'new' });
  w.desk.store.usage = usage;
  await alertsIntoQueue(w.desk);
  await w.settle();
  expect((await w.store.listAlerts({ limit: 1 })).items[0]).toMatchObject({
    state: 'done',
    outcome: 'filled',
  });
  expect(entriesOnVenue(w)).toBe(1);
});

describe('a crash', () => {
  test('between the 202 and the decision: the alert is executed once after the restart', async () => {
    const w = await open({ isRecovered: false });
    await w.post();
    const after = await w.reborn();
    const again = await w.reborn();
    await after.settle();
    await again.settle();
    expect(entriesOnVenue(w)).toBe(1);
    expect(w.stops()).toHaveLength(1);
  });

  test('and a long sleep: the alert is refused as stale, not lost', async () => {
    const w = await open({ isRecovered: false });
    await w.post();
    await w.clock.advanceTo(w.clock.nowMs() + 600_000);
    const after = await w.reborn();
    await after.settle();
    expect(await onlyDecision(after)).toMatchObject({ status: 'refused', reasons: ['stale-alert'] });
    expect(entriesOnVenue(w)).toBe(0);
  });

  test('after the intents were committed, before anything was sent: the fence proves it, the alert ends', async () => {
    const w = await open();
    // The send never happens: a process that dies between the commit and the first byte.
    w.desk.entrySigner.order = () => new Promise(() => undefined);
    await w.post();
    await expect.poll(async () => (await w.store.unresolvedIntents()).length).toBe(4);
    const after = await w.reborn();
    await after.settle();
    expect(entriesOnVenue(w)).toBe(0);
    expect((await after.store.listAlerts({ limit: 1 })).items[0]).toMatchObject({
      state: 'done',
      outcome: 'never-landed',
    });
  });

  test('after the venue had filled the order: the position is found, protected and booked', async () => {
    const w = await open();
    const { order } = w.desk.entrySigner;
    w.desk.entrySigner.order = async (...args) => {
      await order(...args);
      return new Promise(() => undefined);
    };
    await w.post();
    await expect.poll(() => entriesOnVenue(w)).toBe(1);
    const after = await w.reborn();
    await after.settle();
    expect(entriesOnVenue(w)).toBe(1);
    expect(w.stops()).toHaveLength(1);
    expect((await after.store.listAlerts({ limit: 1 })).items[0]).toMatchObject({
      state: 'done',
      outcome: 'filled',
    });
    expect(await after.store.openTrades()).toMatchObject([{ coin: 'BTC', side: 'long' }]);
  });

  test('nonces rise across the restart even when the clock jumps back', async () => {
    const w = await open();
    await w.post();
    await w.settle();
    const before = await w.store.lastNonce(w.desk.entrySigner.address);
    w.desk.entryNonces.next();
    const after = await w.reborn();
    expect(after.desk.entryNonces.next()).toBeGreaterThan(before);
  });
});
