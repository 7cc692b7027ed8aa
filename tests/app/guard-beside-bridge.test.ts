import { afterEach, describe, expect, test } from 'vitest';
import type { Look, SecondGuard } from '../../src/app/guard-beside-bridge.ts';
import { noteCloseRefused } from '../../src/app/close-refused.ts';
import { createSecondGuard, lookBesideBridge } from '../../src/app/guard-beside-bridge.ts';
import { marksOfAccount } from '../../src/app/marks-of-account.ts';
import { createNonceSource } from '../../src/app/nonce-source.ts';
import { ReadError } from '../../src/app/ports.ts';
import { STANDS_FOR_MS } from '../../src/core/guard/due-findings.ts';
import { assembleDesk } from '../../src/shell/runtime/assemble-desk.ts';
import { openStore } from '../../src/shell/store/open-store.ts';
import type { BridgeWorld } from '../support/bridge-world.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';
import { tradeByHand } from '../support/by-hand.ts';
import { FLUSH_CLOSE } from '../support/flush-market.ts';

interface Beside {
  w: BridgeWorld;
  second: SecondGuard;
  bridge: { isProtecting: boolean };
  look(): Promise<Look>;
  pass(ms: number): Promise<void>;
}
let opened: Beside | undefined;
afterEach(async () => {
  await opened?.second.desk.store.close();
  await opened?.w.close();
});

/** A bridge that has opened a long with its stop, and a guard of its own store beside it on the same wallet. */
async function beside(isProtecting: boolean): Promise<Beside> {
  const w = await openBridgeWorld();
  await w.post();
  await w.settle();
  // From here on the bridge's guard looks only when a test lets it.
  w.desk.isStopping = true;
  const bridge = { isProtecting };
  const second = await secondGuard(w, bridge);
  opened = {
    w,
    second,
    bridge,
    look: () => lookBesideBridge(second),
    pass: (ms) => w.clock.advanceTo(w.clock.nowMs() + ms),
  };
  return opened;
}

async function secondGuard(w: BridgeWorld, bridge: { isProtecting: boolean }): Promise<SecondGuard> {
  const { clock, log, reader, guardSigner } = w.desk;
  const store = await openStore({
    url: 'file::memory:',
    nowMs: clock.nowMs,
    fatal: (e) => {
      throw e;
    },
  });
  const desk = await assembleDesk({
    clock,
    log,
    store,
    reader,
    entrySigner: guardSigner,
    guardSigner,
    sources: [],
    coins: [],
    mode: 'testnet',
    dataSource: () => 'test',
    guardIntervalMs: 45_000,
  });
  desk.market = marksOfAccount(() => desk.account);
  desk.guardNonces = await createNonceSource(store, clock, guardSigner.address, 1);
  return createSecondGuard(desk, () => Promise.resolve(bridge.isProtecting));
}

/** By another hand: looser than the one that stands. */
const placeSecondStop = (w: BridgeWorld): void => {
  w.venue.act(w.account, {
    type: 'order',
    grouping: 'na',
    orders: [
      {
        a: 0,
        b: false,
        p: String(Math.round(FLUSH_CLOSE * 0.85)),
        s: String(w.position()?.szi ?? 0),
        r: true,
        t: { trigger: { isMarket: true, triggerPx: String(Math.round(FLUSH_CLOSE * 0.95)), tpsl: 'sl' } },
      },
    ],
  });
};
const loseStop = (w: BridgeWorld): unknown => w.venue.faults.inject({ kind: 'lose-stop' });
const orders = (w: BridgeWorld): number => w.venue.stats().byType['order'] ?? 0;

describe('a guard beside a bridge', () => {
  test('finds a protected account protected, asks nobody and does nothing', async () => {
    const { w, look } = await beside(false);
    const before = orders(w);
    expect(await look()).toEqual({
      verdict: 'protected',
      positions: 1,
      isBridgeProtecting: null,
      findings: [],
    });
    expect(orders(w)).toBe(before);
  });

  test('puts a lost stop back at once where it stood, when the bridge is silent', async () => {
    const { w, look } = await beside(false);
    await look();
    const [stood] = w.stops();
    loseStop(w);
    expect(await look()).toMatchObject({ verdict: 'repaired', findings: [{ code: 'stop-missing' }] });
    expect(w.stops()).toEqual([{ ...stood, oid: expect.any(Number) }]);
  });

  test('a stop it never saw goes 3 % from the entry', async () => {
    const { w, look } = await beside(false);
    loseStop(w);
    await look();
    const entryPx = w.position()?.entryPx ?? 0;
    expect(w.stops()[0]!.triggerPx / entryPx).toBeCloseTo(0.97, 3);
  });

  test('leaves the repair to a working bridge, and does it when the bridge does not', async () => {
    const { w, look, pass } = await beside(true);
    await look();
    loseStop(w);
    expect((await look()).verdict).toBe('left-to-bridge');
    await pass(STANDS_FOR_MS - 1);
    expect((await look()).verdict).toBe('left-to-bridge');
    expect(w.stops()).toEqual([]);
    await pass(1);
    expect((await look()).verdict).toBe('repaired');
    expect(w.stops()).toHaveLength(1);
  });

  test('a gap that was gone in between starts its time anew', async () => {
    const { w, look, pass } = await beside(true);
    await look();
    loseStop(w);
    await look();
    await w.guard();
    await pass(STANDS_FOR_MS);
    expect((await look()).verdict).toBe('protected');
    loseStop(w);
    expect((await look()).verdict).toBe('left-to-bridge');
  });

  test('both act at the same moment: one stop too many, which only the bridge sweeps, never none', async () => {
    const { w, second, look, pass } = await beside(false);
    await look();
    loseStop(w);
    await Promise.all([w.guard(), look()]);
    expect(w.stops().length).toBeGreaterThanOrEqual(1);
    second.isBridgeProtecting = () => Promise.resolve(true);
    const before = w.venue.stats().byType['cancel'] ?? 0;
    for (let i = 0; i < 5; i++) {
      await pass(STANDS_FOR_MS);
      await look();
      expect(w.stops().length).toBeGreaterThanOrEqual(1);
    }
    expect(w.venue.stats().byType['cancel'] ?? 0).toBe(before);
    await pass(15_000);
    await w.guard();
    expect(w.stops()).toHaveLength(1);
    expect((await look()).verdict).toBe('protected');
  });

  test('sweeps a surplus stop itself when bridge and surplus have been like that long enough', async () => {
    const { w, look, pass } = await beside(false);
    await look();
    loseStop(w);
    await look();
    await w.guard(); // the bridge, not quite dead: it keeps what it finds
    placeSecondStop(w);
    expect(w.stops()).toHaveLength(2);
    await pass(15_000);
    expect((await look()).verdict).toBe('protected');
    expect(w.stops()).toHaveLength(2);
    await pass(STANDS_FOR_MS);
    expect((await look()).verdict).toBe('repaired');
    expect(w.stops()).toHaveLength(1);
  });

  test('a silence from before says nothing: the next surplus waits its full time again', async () => {
    const { w, second, look, pass } = await beside(false);
    await look();
    loseStop(w);
    await look();
    expect(second.silentSinceMs).toBeNull();
    await pass(10 * STANDS_FOR_MS);
    placeSecondStop(w);
    await look();
    expect(w.stops()).toHaveLength(2);
  });

  test('a close that the venue refuses is not repeated in the same look', async () => {
    const { w, second, look } = await beside(false);
    await look();
    loseStop(w);
    second.desk.repairFailures.set('BTC', 2);
    w.venue.setRules({ postOnly: true });
    const before = orders(w);
    expect((await look()).verdict).toBe('unprotected');
    expect(orders(w) - before).toBe(1);
  });

  test('a close refused once is no reason to close the next position on the coin, beside a working bridge', async () => {
    const { w, second, bridge, look, pass } = await beside(false);
    await look();
    const [held] = second.desk.account!.positions;
    await noteCloseRefused(second.desk, held!);
    second.desk.repairFailures.set('BTC', 2);
    tradeByHand(w, false, String(held!.sz));
    await look();
    bridge.isProtecting = true;
    tradeByHand(w, true, '0.05');
    await pass(15_000);
    await w.guard();
    expect(w.stops()).toHaveLength(1);
    for (let i = 0; i < 3; i++) {
      await pass(STANDS_FOR_MS);
      expect((await look()).verdict).toBe('protected');
    }
    expect(w.position()).toMatchObject({ szi: 0.05 });
    expect([...second.desk.closeRefused.keys(), ...second.desk.repairFailures.keys()]).toEqual([]);
  });

  test('what cannot be read leads to no action', async () => {
    const { w, second, look } = await beside(false);
    await look();
    loseStop(w);
    const before = w.venue.stats().actions;
    second.desk.reader = {
      ...second.desk.reader,
      accountState: () => Promise.reject(new ReadError('HTTP 502')),
    };
    expect(await look()).toMatchObject({ verdict: 'unreadable', positions: null });
    expect(w.venue.stats().actions).toBe(before);
  });

  test('another position on the coin does not get the old one’s stop', async () => {
    const { w, second, look } = await beside(false);
    await look();
    const old = second.stops.get('BTC');
    second.stops.set('BTC', { side: 'long', entryPx: 1, triggerPx: FLUSH_CLOSE * 2 });
    loseStop(w);
    await look();
    // A remembered stop above the mark would have closed the position.
    expect(w.position()?.szi).toBeGreaterThan(0);
    expect(w.stops()).toHaveLength(1);
    expect(old?.triggerPx).toBeGreaterThan(0);
  });

  test('remembers where stops stood through its own death', async () => {
    const { w, second, look } = await beside(false);
    await look();
    const [stood] = w.stops();
    loseStop(w);
    const reborn = await createSecondGuard(second.desk, () => Promise.resolve(false));
    await lookBesideBridge(reborn);
    expect(w.stops()[0]?.triggerPx).toBe(stood?.triggerPx);
  });

  test('writes its intent before the order leaves, and its nonces never meet the bridge’s', async () => {
    const { w, second, look } = await beside(false);
    loseStop(w);
    await look();
    const cloids = (w.venue.account(w.account)?.orders ?? [])
      .filter((o) => o.isTrigger && o.orderType.startsWith('Stop'))
      .map((o) => o.cloid ?? '');
    const intents = await Promise.all(cloids.map((c) => second.desk.store.intent(c)));
    expect(intents.map((i) => i?.state)).toEqual(['acked']);
    expect((intents[0]?.nonce ?? 0) % 2).toBe(1);
    for (let i = 0; i < 50; i++) {
      expect(w.desk.guardNonces.next() % 2).toBe(0);
      expect(second.desk.guardNonces.next() % 2).toBe(1);
    }
    expect(w.venue.stats().duplicateNonces).toBe(0);
  });

  test('goes on when its own record cannot be written', async () => {
    const { w, second, look } = await beside(false);
    await look();
    loseStop(w);
    const fail = (): Promise<never> => Promise.reject(new Error('SQLITE_FULL'));
    second.desk.store = {
      ...second.desk.store,
      commitIntents: fail,
      advanceIntent: fail,
      commitNonce: fail,
      recordGuardRun: fail,
      setSetting: fail,
    };
    expect((await look()).verdict).toBe('repaired');
    expect(w.stops()).toHaveLength(1);
  });
});
