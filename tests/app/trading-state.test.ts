import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exitPosition } from '../../src/app/exit-position.ts';
import { setTradingState } from '../../src/app/trading-state.ts';
import type { BridgeWorld } from '../support/bridge-world.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';

const STATES = ['ACTIVE', 'REDUCING', 'HALTED'] as const;
let w: BridgeWorld;
beforeEach(async () => {
  w = await openBridgeWorld();
});
afterEach(() => w.close());

const opened = async (): Promise<void> => {
  await w.post();
  await w.settle();
  expect(w.position()).toBeDefined();
  // Past the seconds in which an acknowledgement outweighs a reading.
  await w.clock.advanceTo(w.clock.nowMs() + 60_000);
};
const restingEntry = (cloid?: string): void => {
  const order = { a: 0, b: true, p: '90000', s: '0.01', r: false, t: { limit: { tif: 'Gtc' } } };
  const orders = [cloid === undefined ? order : { ...order, c: cloid }];
  w.venue.act(w.account, { type: 'order', orders, grouping: 'na' } as never);
};
const opening = () => w.venue.account(w.account)!.orders.filter((o) => !o.reduceOnly);

test.each(STATES)(
  'in %s a lost stop is put back, and a position that nobody planned gets one',
  async (state) => {
    await opened();
    await setTradingState(w.desk, state, 'test', 'operator');
    w.venue.faults.inject({ kind: 'lose-stop', how: 'cancel' });
    w.desk.plannedStops.clear();
    await w.guard();
    expect(w.stops()).toMatchObject([{ sz: w.position()!.szi }]);
  },
);

test.each(STATES)('entries are for ACTIVE alone: %s', async (state) => {
  await setTradingState(w.desk, state, 'test', 'operator');
  await w.post();
  await w.settle();
  const [decision] = (await w.store.listDecisions({ limit: 1 })).items;
  expect(decision!.status).toBe(state === 'ACTIVE' ? 'approved' : 'refused');
  expect(decision!.reasons).toEqual(state === 'ACTIVE' ? [] : ['state-not-active']);
});

test.each([
  ['ACTIVE', 'snapback-exit', 'closed'],
  ['REDUCING', 'snapback-exit', 'closed'],
  ['HALTED', 'snapback-exit', 'refused'],
  ['HALTED', 'opposite-exit', 'refused'],
  ['HALTED', 'flatten', 'closed'],
  ['HALTED', 'time-stop', 'closed'],
] as const)('in %s a %s is %s', async (state, reason, status) => {
  await opened();
  await setTradingState(w.desk, state, 'test', 'operator');
  expect(await exitPosition(w.desk, 'BTC', reason)).toMatchObject({ status });
  expect(w.position() === undefined).toBe(status === 'closed');
});

test('a halt ends exits that the bridge wanted by itself, and no others', async () => {
  await opened();
  const exit = { side: 'long', requestedAtMs: w.clock.nowMs(), decisionId: null, goneSinceMs: null } as const;
  w.desk.exits.set('BTC', { reason: 'snapback-exit', ...exit });
  w.desk.exits.set('ETH', { reason: 'flatten', ...exit });
  await setTradingState(w.desk, 'HALTED', 'test', 'operator');
  expect([...w.desk.exits.keys()]).toEqual(['ETH']);
});

test.each([
  ['ACTIVE', 2],
  ['REDUCING', 1],
  ['HALTED', 1],
] as const)(
  'in %s the resting orders to open, one of ours and one of a person, become %i',
  async (state, left) => {
    await setTradingState(w.desk, state, 'test', 'operator');
    restingEntry('0x5bac0000000000000000000000000001');
    restingEntry();
    await w.guard();
    expect(opening()).toHaveLength(left);
    expect(opening().filter((o) => o.cloid === null || o.cloid === undefined)).toHaveLength(1);
  },
);

describe('who set it and why', () => {
  test('is logged, shown and kept through a restart', async () => {
    await setTradingState(w.desk, 'REDUCING', 'daily-loss-cap: 3 % lost', 'limit');
    expect(w.lines.at(-1)).toMatchObject({ level: 'error', event: 'trading-state.changed' });
    const note = { state: 'REDUCING', reason: 'daily-loss-cap: 3 % lost', origin: 'limit' };
    expect(await w.get('/healthz')).toMatchObject({ tradingState: 'REDUCING', tradingStateNote: note });
    const after = await w.reborn();
    expect(after.desk.tradingState).toBe('REDUCING');
    expect(after.desk.tradingStateNote).toMatchObject({ ...note, sinceMs: w.clock.nowMs() });
  });

  test('a limit never loosens what was set, an operator may', async () => {
    await setTradingState(w.desk, 'HALTED', 'hands off', 'operator');
    await setTradingState(w.desk, 'REDUCING', 'daily-loss-cap');
    expect(w.desk.tradingStateNote).toMatchObject({ state: 'HALTED', reason: 'hands off' });
    await setTradingState(w.desk, 'ACTIVE', 'checked', 'operator');
    expect(w.desk.tradingState).toBe('ACTIVE');
  });

  test('a limit bites even when the store cannot write; loosening needs the store', async () => {
    w.desk.store.setSetting = () => Promise.reject(new Error('disk full'));
    await expect(setTradingState(w.desk, 'REDUCING', 'daily-loss-cap')).rejects.toThrow('disk full');
    expect(w.desk.tradingState).toBe('REDUCING');
    await expect(setTradingState(w.desk, 'ACTIVE', 'go', 'operator')).rejects.toThrow('disk full');
    expect(w.desk.tradingState).toBe('REDUCING');
  });

  test.each([
    ['HALTED', 'HALTED'],
    ['{"state":"REDUCING"}', 'REDUCING'],
    ['{"state":"GO"}', 'HALTED'],
    ['nonsense', 'HALTED'],
  ])('what is stored as %s is read as %s', async (saved, state) => {
    await w.store.setSetting('trading-state', saved);
    expect((await w.reborn()).desk.tradingState).toBe(state);
  });
});
