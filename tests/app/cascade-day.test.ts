import { afterEach, describe, expect, test } from 'vitest';
import { alertsIntoQueue } from '../../src/app/alert-queue.ts';
import { track } from '../../src/app/desk.ts';
import { carryOutExit, handleAlerts } from '../../src/app/handle-alert.ts';
import type { EntryAlert } from '../../src/core/alert/schema.ts';
import { keyOf } from '../../src/core/alert/schema.ts';
import type { BridgeWorld, WorldOptions } from '../support/bridge-world.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';
import { flushAlert } from '../support/flush-market.ts';

let world: BridgeWorld;
const open = async (o?: WorldOptions): Promise<BridgeWorld> => (world = await openBridgeWorld(o));
afterEach(() => world.close());

const COINS = ['BTC', 'ETH', 'SOL', 'XRP', 'DOGE', 'LINK', 'AVAX', 'LTC'];
const decisionsOf = async (w: BridgeWorld) => (await w.store.listDecisions({ limit: 50 })).items.toReversed();

describe('alerts that come together', () => {
  const alertOf = (coin: string, score: number): EntryAlert => flushAlert({ ticker: `${coin}USDC.P`, score });

  test('are decided best first and share one cascade’s risk', async () => {
    const w = await open({ coins: COINS });
    w.desk.limits = { ...w.desk.limits, positionsMax: 50 };
    const alerts = COINS.map((coin, n) => alertOf(coin, 60 + 5 * n));
    // Stored and not looked at: however the requests were spread, all of them wait now.
    w.desk.isRecovered = false;
    await Promise.all(alerts.map((a) => w.post(a)));
    await w.settle();
    w.desk.isRecovered = true;
    track(w.desk, 'queue', alertsIntoQueue(w.desk));
    await w.settle();
    const decisions = await decisionsOf(w);
    expect(decisions.map((d) => d.coin)).toEqual(COINS.toReversed());
    const approved = decisions.filter((d) => d.plan !== null);
    const riskUsd = approved.reduce((sum, d) => sum + d.plan!.riskUsd, 0);
    expect(riskUsd).toBeLessThanOrEqual(100_000 * w.desk.limits.cascadeRiskFractionMax);
    // The one after the last approved one found the budget used up.
    expect(riskUsd).toBeGreaterThan(100_000 * w.desk.limits.cascadeRiskFractionMax * 0.75);
    const refused = decisions.filter((d) => d.plan === null);
    expect(refused.length).toBeGreaterThan(0);
    expect(new Set(refused.flatMap((d) => d.reasons))).toEqual(new Set(['cascade-cap']));
    for (const d of approved) {
      expect(w.position(d.coin!)!.szi).toBe(d.plan!.sz);
      expect(w.stops(d.coin!)).toMatchObject([{ sz: d.plan!.sz }]);
    }
  });

  test('a restart gives the cascade no second budget', async () => {
    const w = await open({ coins: COINS });
    await Promise.all(COINS.slice(0, 4).map((coin) => w.post(alertOf(coin, 100))));
    await w.settle();
    const before = (await decisionsOf(w)).filter((d) => d.plan !== null);
    const after = await w.reborn();
    await Promise.all(COINS.slice(4).map((coin) => after.post(alertOf(coin, 100))));
    await after.settle();
    const all = (await decisionsOf(after)).filter((d) => d.plan !== null);
    expect(before.length).toBeGreaterThan(1);
    expect(all.reduce((sum, d) => sum + d.plan!.riskUsd, 0)).toBeLessThanOrEqual(
      100_000 * w.desk.limits.cascadeRiskFractionMax,
    );
  });

  test('one that cannot be decided does not stop the others', async () => {
    const w = await open({ coins: ['BTC', 'ETH'] });
    const stored = ['BTC', 'ETH'].map((coin) => {
      const alert = alertOf(coin, 80);
      return {
        id: coin,
        key: keyOf(alert),
        bodySha: coin,
        alert,
        receivedAtMs: w.clock.nowMs(),
        state: 'new' as const,
        outcome: null,
      };
    });
    for (const s of stored) await w.store.receiveAlert(s);
    const { commitDecision } = w.desk.store;
    w.desk.store.commitDecision = (o) =>
      o.decision.coin === 'BTC' ? Promise.reject(new Error('disk full')) : commitDecision(o);
    const ended: string[] = [];
    const work = handleAlerts(w.desk, stored, (id) => ended.push(id));
    w.desk.inFlight.add(work);
    void work.finally(() => w.desk.inFlight.delete(work));
    await w.settle();
    expect(ended.toSorted()).toEqual(['BTC', 'ETH']);
    expect(w.position('ETH')).toBeDefined();
    expect(w.position('BTC')).toBeUndefined();
    expect((await w.store.openAlerts()).map((a) => a.id)).toEqual(['BTC']);
    expect([...w.desk.pending.keys()]).not.toContain('BTC');
  });
});

describe('an alert about a position of ours', () => {
  const snapback = flushAlert({ barTime: flushAlert().barTime, close: 98_100 });

  test('a snap-back closes what is left, once, and ends as such', async () => {
    const w = await open();
    await w.post();
    await w.settle();
    expect(w.position()!.szi).toBeGreaterThan(0);
    await w.post({ ...snapback, kind: 'cascade.snapback' } as unknown as EntryAlert);
    await w.settle();
    await w.clock.advanceTo(w.clock.nowMs() + 20_000);
    await w.guard();
    await w.settle();
    expect(w.position()).toBeUndefined();
    expect(w.stops()).toEqual([]);
    const [exit] = (await w.store.listAlerts({ limit: 1 })).items;
    expect(exit).toMatchObject({ state: 'done', outcome: 'snapback-exit' });
  });

  test('an exhaustion of the other side closes it and enters nothing', async () => {
    const w = await open();
    await w.post();
    await w.settle();
    await w.post(flushAlert({ side: 'short' }));
    await w.settle();
    await w.clock.advanceTo(w.clock.nowMs() + 5_000);
    await w.guard();
    await w.settle();
    expect(w.position()).toBeUndefined();
    expect((await decisionsOf(w)).at(-1)).toMatchObject({
      status: 'approved',
      reasons: ['opposite-exit'],
      plan: null,
      legs: [],
    });
  });

  test('nothing of it touches a position that a person opened', async () => {
    const w = await open();
    w.desk.account = {
      ...w.desk.account!,
      positions: [
        {
          coin: 'BTC',
          side: 'long',
          sz: 1,
          entryPx: 96_000,
          liquidationPx: null,
          leverage: 5,
          isIsolated: true,
          marginUsedUsd: 1,
          unrealizedPnlUsd: 0,
        },
      ],
    };
    await w.post({ ...snapback, kind: 'cascade.snapback' } as unknown as EntryAlert);
    await w.settle();
    expect((await decisionsOf(w)).at(-1)).toMatchObject({ status: 'refused', reasons: ['not-an-entry'] });
    expect([...w.desk.exits]).toEqual([]);
  });

  test('an exit that was decided when the process ended is carried out after the restart', async () => {
    const w = await open();
    await w.post();
    await w.settle();
    const { finishAlert } = w.desk.store;
    w.desk.store.finishAlert = () => Promise.reject(new Error('disk full'));
    await w.post({ ...snapback, kind: 'cascade.snapback' } as unknown as EntryAlert);
    await w.settle();
    w.desk.store.finishAlert = finishAlert;
    expect((await w.store.openAlerts()).map((a) => a.state)).toEqual(['working']);
    const after = await w.reborn();
    await after.settle();
    expect(await after.store.openAlerts()).toEqual([]);
    expect(after.position()).toBeUndefined();
    const [decision] = (await decisionsOf(after)).slice(-1);
    await carryOutExit(after.desk, decision!);
    expect(after.position()).toBeUndefined();
  });
});

test('after the first take profit the stop of the rest stands at break-even, also after a restart', async () => {
  const w = await open();
  await w.post();
  await w.settle();
  const [decision] = await decisionsOf(w);
  const { takeProfits, sz, stopPx } = decision!.plan!;
  expect(takeProfits).toHaveLength(2);
  w.setPrice(takeProfits[0]!.px * 1.0005);
  await w.desk.market.refresh();
  await w.guard();
  await w.settle();
  await w.guard();
  await w.settle();
  const { szi, entryPx } = w.position()!;
  expect(szi).toBeCloseTo(sz - takeProfits[0]!.sz, 8);
  const [stop] = w.stops();
  expect(stop!.triggerPx).toBeGreaterThan(entryPx);
  expect(stop!.triggerPx).toBeGreaterThan(stopPx);
  expect(stop!.triggerPx).toBeLessThan(entryPx * 1.002);
  const after = await w.reborn();
  await after.settle();
  await after.guard();
  expect(after.stops()).toEqual([stop]);
  expect(after.desk.plannedStops.get('BTC')).toBe(stop!.triggerPx);
});

test('a loss beyond the limit turns entries off, with its reason', async () => {
  const w = await open();
  w.desk.limits = { ...w.desk.limits, dayLossFractionMax: 0 };
  await w.post();
  await w.settle();
  expect((await decisionsOf(w)).at(-1)).toMatchObject({ reasons: ['daily-loss-cap'] });
  expect(w.desk.tradingState).toBe('REDUCING');
  expect(w.desk.tradingStateNote.reason).toContain('daily-loss-cap');
});
