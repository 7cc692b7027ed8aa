import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { signalFacts } from '../../src/app/signal-book.ts';
import { watchFading } from '../../src/app/watch-fading.ts';
import type { ZoneMap } from '../../src/core/zones/types.ts';
import { atStage, spentPx, type Stage } from '../../src/shell/runtime/sim/fade.ts';
import type { BridgeWorld } from '../support/bridge-world.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';

let w: BridgeWorld;
let flushed: ZoneMap;
beforeEach(async () => {
  w = await openBridgeWorld();
  await w.post();
  await w.settle();
  flushed = w.desk.market.zoneMap('BTC')!;
});
afterEach(() => w.close());

const decisions = async () => (await w.store.listDecisions({ limit: 50 })).items;
const own = async () =>
  (await w.store.listAlerts({ limit: 50 })).items.filter((a) => a.alert.kind === 'signal.fading');

/** The market as it is now, at a stage, seen by whatever desk looks. */
async function enter(world: BridgeWorld, stage: Stage): Promise<void> {
  const asOfMs = Math.floor(world.clock.nowMs() / 300_000) * 300_000;
  const map = atStage({ ...flushed, asOfMs }, 'long', stage);
  world.desk.market = { ...world.desk.market, zoneMap: () => map };
  signalFacts(world.desk, 'BTC');
  await world.settle();
}
/** Time passes as it does with the loops: marks and the account are read, and somebody looks. */
async function pass(world: BridgeWorld, ms: number): Promise<void> {
  await world.clock.advanceTo(world.clock.nowMs() + ms);
  await world.desk.market.refresh();
  await world.guard();
  await world.settle();
}
async function look(world: BridgeWorld): Promise<void> {
  await watchFading(world.desk);
  await world.settle();
}
/** Carried to between its targets, and spent there since a moment ago; the first look has seen it. */
async function spent(): Promise<void> {
  await enter(w, { name: 'carried', nearPx: null });
  await pass(w, 400_000);
  const [entry] = await decisions();
  const nearPx = spentPx(entry!)!;
  w.setPrice(nearPx);
  await pass(w, 1_000);
  await enter(w, { name: 'spent', nearPx });
  await look(w);
}
/** Spent for longer than it takes. */
async function due(): Promise<void> {
  await spent();
  await pass(w, 61_000);
}

describe('a position whose signals fade near the opposite zone', () => {
  test('is closed by the guard, once, with a decision that says why, and the trade names it', async () => {
    await due();
    const left = w.position()!.szi;
    expect(left).toBeGreaterThan(0);
    await look(w);
    await pass(w, 5_000);
    expect(w.position()).toBeUndefined();
    expect(await own()).toMatchObject([{ state: 'done', outcome: 'fading-exit', alert: { side: 'long' } }]);
    const [exit] = await decisions();
    expect(exit).toMatchObject({ status: 'approved', reasons: ['fading-exit'], legs: [], plan: null });
    const closes = (await w.store.listIntents({ limit: 50 })).items.filter((i) => i.role === 'close');
    expect(closes).toMatchObject([
      { reduceOnly: true, sz: left, decisionId: exit!.id, signer: w.desk.guardSigner.address },
    ]);
    const [trade] = (await w.store.listTrades({ limit: 5 })).items;
    expect(trade).toMatchObject({ exitReason: 'fading-exit' });
    expect(trade!.netPnlUsd).toBeGreaterThan(0);
    await pass(w, 20_000);
    expect(w.stops()).toEqual([]);
    expect(w.desk.exits.size).toBe(0);
    await look(w);
    expect(await own()).toHaveLength(1);
  });

  test('is left alone until it has been so for a minute without a break', async () => {
    await spent();
    await pass(w, 40_000);
    await look(w);
    expect(await own()).toEqual([]);
    const nearPx = w.desk.market.mark('BTC')!.markPx;
    await enter(w, { name: 'carried', nearPx: null });
    await look(w);
    await pass(w, 61_000);
    await enter(w, { name: 'spent', nearPx });
    await look(w);
    await pass(w, 40_000);
    await look(w);
    expect(await own()).toEqual([]);
    await pass(w, 21_000);
    await look(w);
    expect(await own()).toHaveLength(1);
  });

  test.each<[string, () => void]>([
    ['while HALTED', () => void (w.desk.tradingState = 'HALTED')],
    ['when it is switched off', () => void (w.desk.params = w.desk.params.map((p) => ({ ...p, exitOnFading: false })))],
    ['before recovery is done', () => void (w.desk.isRecovered = false)],
    ['when the account is not known', () => void (w.desk.account = null)],
    ['when the account was read long ago', () => void (w.desk.account = { ...w.desk.account!, readAtMs: 0 })],
    ['when no plan of ours is behind it', () => void w.desk.plans.delete('BTC')],
    ['when the plan is of the other side', () => void w.desk.plans.set('BTC', { ...w.desk.plans.get('BTC')!, side: 'short' })],
    ['when the mark is old', () => void (w.desk.market = { ...w.desk.market, mark: () => ({ coin: 'BTC', markPx: 97_000, openInterestUsd: null, fundingHourlyFraction: null, markAtMs: 0 }) })],
    ['when there is no mark', () => void (w.desk.market = { ...w.desk.market, mark: () => null })],
    ['when there is no map', () => void (w.desk.market = { ...w.desk.market, zoneMap: () => null })],
    ['when an order of the coin is in doubt', () => void w.desk.unresolved.set('BTC', 1)],
  ])('nothing is asked %s', async (_, change) => {
    await due();
    change();
    await look(w);
    expect(await own()).toEqual([]);
    expect(w.position()).toBeDefined();
  }); // prettier-ignore

  test('a refusal at the decision is asked again with the next bar, not before', async () => {
    await due();
    // The guard is late by then: what is due waits for data that is fresh.
    w.desk.guardLastOkMs = 0;
    await look(w);
    await look(w);
    expect(await own()).toMatchObject([{ state: 'done', outcome: 'guard-late' }]);
    for (let i = 0; i < 7; i++) await pass(w, 45_000);
    await look(w);
    await pass(w, 5_000);
    expect((await own()).map((a) => a.outcome)).toEqual(['fading-exit', 'guard-late']);
    expect(w.position()).toBeUndefined();
  });

  test('a store that cannot write is asked again at the next look', async () => {
    await due();
    const { receiveAlert } = w.desk.store;
    w.desk.store.receiveAlert = () => Promise.reject(new Error('disk full'));
    await look(w);
    expect(w.lines.some((l) => l.event === 'fading.not-stored')).toBe(true);
    expect(w.position()).toBeDefined();
    w.desk.store.receiveAlert = receiveAlert;
    await look(w);
    await pass(w, 5_000);
    expect(w.position()).toBeUndefined();
  });

  describe('the process ends', () => {
    /** From now on these writes fail; a new process has a store that works again. */
    let mend: () => void = () => undefined;
    const breaks = (...verbs: ('commitDecision' | 'setSetting' | 'finishAlert')[]): void => {
      const before = { ...w.desk.store };
      const gone = (): Promise<never> => Promise.reject(new Error('gone'));
      for (const verb of verbs) w.desk.store[verb] = gone;
      mend = () => void Object.assign(w.desk.store, before);
    };
    const restarted = async (): Promise<BridgeWorld> => {
      mend();
      mend = () => undefined;
      const after = await w.reborn();
      await after.settle();
      await pass(after, 5_000);
      return after;
    };

    test('before it was decided: what was seen then is decided from what is known now, and refused', async () => {
      await due();
      breaks('commitDecision');
      await look(w);
      expect(await own()).toMatchObject([{ state: 'new' }]);
      const after = await restarted();
      const [alert] = await own();
      expect(alert!.state).toBe('done');
      // The new process has seen no direction peak or turn: not known is not fading.
      expect(alert!.outcome).toBe('fading-over');
      expect(after.position()).toBeDefined();
      expect(after.stops()).toHaveLength(1);
    });

    test('after it was decided and before it was asked for: it is carried out, and once', async () => {
      await due();
      breaks('setSetting', 'finishAlert');
      w.venue.faults.inject({ kind: 'drop-request', mode: 'reset', count: 4, where: { type: 'order' } });
      await look(w);
      expect(await own()).toMatchObject([{ state: 'working' }]);
      expect(w.position()).toBeDefined();
      const after = await restarted();
      expect(after.position()).toBeUndefined();
      expect(await own()).toMatchObject([{ state: 'done', outcome: 'fading-exit' }]);
    });

    test('while it is carried out: it goes on, and the trade still says why', async () => {
      await due();
      w.venue.faults.inject({ kind: 'drop-request', mode: 'reset', count: 4, where: { type: 'order' } });
      await look(w);
      expect(w.position()).toBeDefined();
      const after = await restarted();
      expect(after.position()).toBeUndefined();
      expect((await after.store.listTrades({ limit: 5 })).items[0]).toMatchObject({
        exitReason: 'fading-exit',
      });
    });

    test('decided, and somebody closed it and opened another by hand: that one is left alone', async () => {
      await due();
      breaks('finishAlert');
      w.venue.faults.inject({ kind: 'drop-request', mode: 'reset', count: 4, where: { type: 'order' } });
      await look(w);
      const sz = w.position()!.szi;
      const sell = { a: 0, b: false, p: '90000', s: String(2 * sz), r: false, t: { limit: { tif: 'Ioc' } } };
      w.venue.act(w.account, { type: 'order', orders: [sell], grouping: 'na' } as never);
      const after = await restarted();
      expect(after.position()!.szi).toBeLessThan(0);
      expect(after.desk.exits.size).toBe(0);
    });
  });
});
