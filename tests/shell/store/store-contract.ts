// What every database under the store must do alike. No Node imports: it runs in workerd too.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DecisionQuery, ListQuery, Page, TradeQuery } from '../../../src/app/ports.ts';
import type { Decision } from '../../../src/core/decide/types.ts';
import { type BridgeStore, QUIET_GUARD_RUN_KEPT_MS } from '../../../src/shell/store/create-store.ts';
import {
  deadLetter,
  decision,
  fill,
  guardRun,
  heartbeat,
  intent,
  refusal,
  storedAlert,
  T0,
  trade,
} from './samples.ts';

export interface OpenedStore {
  store: BridgeStore;
  close(): Promise<void>;
}

const ids = async (page: Promise<Page<{ id: string }>>) => (await page).items.map((i) => i.id);
/** An intent of the guard: no alert, no decision. */
const guardStop = (n: number) => intent(n, { alertId: null, decisionId: null, role: 'stop' });

/** The ids of all pages, each page a list; `between` runs between two pages. */
const walk = async (
  list: (q: ListQuery) => Promise<Page<{ id: string }>>,
  q: ListQuery,
  between: () => Promise<unknown> = async () => {},
) => {
  const seen: string[][] = [];
  for (let cursor: string | undefined; ;) {
    const page = await list({ ...q, cursor });
    seen.push(page.items.map((i) => i.id));
    if (page.nextCursor === null) return seen;
    cursor = page.nextCursor;
    await between();
  }
};

/** @param openFresh gives a fresh, empty store; called once per test */
export function storeContract(name: string, openFresh: () => Promise<OpenedStore>): void {
  describe(`store contract on ${name}`, () => {
    let opened: OpenedStore;
    let store: BridgeStore;
    beforeEach(async () => {
      opened = await openFresh();
      store = opened.store;
    });
    afterEach(() => opened.close());

    const commit = (n: number) =>
      store.commitDecision({
        decision: decision(n),
        intents: [intent(n)],
        alertState: 'working',
        outcome: null,
      });

    describe('receiveAlert', () => {
      test('stores a new alert once and gives it back unchanged', async () => {
        const alert = storedAlert(1);
        expect(await store.receiveAlert(alert)).toEqual({ was: 'new', alertId: 'alert-1' });
        expect(await store.receiveAlert(alert)).toEqual({ was: 'same', alertId: 'alert-1' });
        expect(await store.alert('alert-1')).toEqual(alert);
        expect(await store.openAlerts()).toEqual([alert]);
      });

      test('leaves the row untouched when another body comes under its key', async () => {
        const first = storedAlert(1);
        await store.receiveAlert(first);
        const other = storedAlert(2, { key: first.key, id: first.id });
        expect(await store.receiveAlert(other)).toEqual({ was: 'other', alertId: 'alert-1' });
        expect(await store.openAlerts()).toEqual([first]);
      });

      test('answers each of many concurrent calls, first come first stored', async () => {
        const calls = [
          storedAlert(1),
          storedAlert(1, { receivedAtMs: T0 }),
          storedAlert(2),
          storedAlert(1, { bodySha: 'else' }),
          ...Array.from({ length: 300 }, (_, i) => storedAlert(10 + i)),
        ];
        const answers = await Promise.all(calls.map((a) => store.receiveAlert(a)));
        expect(answers.slice(0, 5).map((a) => a.was)).toEqual(['new', 'same', 'new', 'other', 'new']);
        expect(answers.slice(4).every((a) => a.was === 'new')).toBe(true);
        expect(answers.map((a) => a.alertId)).toEqual(calls.map((a) => a.id));
        const open = await store.openAlerts();
        expect(open.map((a) => a.id)).toEqual([...new Set(calls.map((a) => a.id))]);
        expect(open[0]).toEqual(calls[0]);
      });

      test('a call that cannot be stored fails alone', async () => {
        const [good, bad, clash] = await Promise.allSettled([
          store.receiveAlert(storedAlert(1)),
          store.receiveAlert(storedAlert(2, { receivedAtMs: Number.NaN })),
          store.receiveAlert(storedAlert(3, { id: 'alert-1' })),
        ]);
        expect([good.status, bad.status, clash.status]).toEqual(['fulfilled', 'rejected', 'rejected']);
        expect(await store.openAlerts()).toEqual([storedAlert(1)]);
      });

      test('keeps hostile text as it came', async () => {
        const text = `'); drop table alerts; -- "\\ \u2028 💥 ${'?'.repeat(120)}`;
        await store.receiveAlert(storedAlert(1, { key: text, bodySha: text }));
        expect(await store.receiveAlert(storedAlert(1, { key: text, bodySha: text }))).toMatchObject({
          was: 'same',
        });
        expect(await store.alert('alert-1')).toMatchObject({ key: text, bodySha: text });
      });

      test('looks up many duplicates at once', async () => {
        const many = Array.from({ length: 250 }, (_, i) => storedAlert(i));
        await Promise.all(many.map((a) => store.receiveAlert(a)));
        const again = await Promise.all(many.map((a) => store.receiveAlert(a)));
        expect(again).toEqual(many.map((a) => ({ was: 'same', alertId: a.id })));
      });
    });

    describe('alerts', () => {
      test('a finished alert is no longer open and keeps its first outcome', async () => {
        await store.receiveAlert(storedAlert(1));
        await store.receiveAlert(storedAlert(2));
        await store.finishAlert('alert-1', 'stale-alert');
        await store.finishAlert('alert-1', 'filled');
        expect(await store.openAlerts()).toEqual([storedAlert(2)]);
        expect(await store.alert('alert-1')).toEqual(
          storedAlert(1, { state: 'done', outcome: 'stale-alert' }),
        );
      });

      test('an unknown alert is undefined', async () => {
        expect(await store.alert('none')).toBeUndefined();
        await store.finishAlert('none', 'filled');
      });
    });

    describe('commitDecision', () => {
      test('commits decision, intents, nonce and alert state together', async () => {
        await store.receiveAlert(storedAlert(1));
        const stop = intent(2, {
          alertId: 'alert-1',
          decisionId: 'decision-1',
          role: 'stop',
          triggerPx: 101_300,
        });
        const guard = intent(3, { alertId: 'alert-1', signer: '0xother', nonce: 7 });
        expect(
          await store.commitDecision({
            decision: decision(1),
            intents: [intent(1), stop, guard],
            alertState: 'working',
            outcome: null,
          }),
        ).toBe(true);
        expect(await store.decision('decision-1')).toEqual(decision(1));
        expect(await store.decisionOfAlert('alert-1')).toEqual(decision(1));
        expect(await store.intentsOf('alert-1')).toEqual([intent(1), stop, guard]);
        expect(await store.lastNonce('0xsigner')).toBe(stop.nonce);
        expect(await store.lastNonce('0xother')).toBe(7);
        expect(await store.openAlerts()).toEqual([storedAlert(1, { state: 'working' })]);
      });

      test('a refusal closes its alert with the reason', async () => {
        await store.receiveAlert(storedAlert(1));
        const refused = refusal(1, { inputs: null });
        const o = { decision: refused, intents: [], alertState: 'done', outcome: 'drift-exceeded' } as const;
        expect(await store.commitDecision(o)).toBe(true);
        expect(await store.decision('decision-1')).toEqual(refused);
        expect(await store.alert('alert-1')).toMatchObject({ state: 'done', outcome: 'drift-exceeded' });
      });

      test('writes nothing when the alert has a decision already, the same or another', async () => {
        await store.receiveAlert(storedAlert(1));
        expect(await commit(1)).toBe(true);
        await store.finishAlert('alert-1', 'filled');
        expect(await commit(1)).toBe(false);
        const second = { ...decision(2), alertId: 'alert-1' };
        const late = intent(2, { alertId: 'alert-1', nonce: T0 * 2 });
        expect(
          await store.commitDecision({
            decision: second,
            intents: [late],
            alertState: 'working',
            outcome: null,
          }),
        ).toBe(false);
        expect(await store.decisionOfAlert('alert-1')).toEqual(decision(1));
        expect(await store.decision('decision-2')).toBeUndefined();
        expect(await store.intentsOf('alert-1')).toEqual([intent(1)]);
        expect(await store.lastNonce('0xsigner')).toBe(intent(1).nonce);
        expect(await store.alert('alert-1')).toMatchObject({ state: 'done', outcome: 'filled' });
      });

      test('rejects and writes nothing when a part cannot be stored', async () => {
        await store.receiveAlert(storedAlert(1));
        await store.receiveAlert(storedAlert(2));
        await commit(1);
        const o = {
          decision: decision(2),
          intents: [intent(2), intent(1)], // a cloid that is taken
          alertState: 'working' as const,
          outcome: null,
        };
        await expect(store.commitDecision(o)).rejects.toThrow(/constraint/i);
        expect(await store.decisionOfAlert('alert-2')).toBeUndefined();
        expect(await store.intentsOf('alert-2')).toEqual([]);
        expect(await store.lastNonce('0xsigner')).toBe(intent(1).nonce);
        expect(await store.alert('alert-2')).toMatchObject({ state: 'new' });
      });

      test('rejects a decision about an alert that is not stored', async () => {
        await expect(commit(9)).rejects.toThrow(/constraint/i);
        expect(await store.decision('decision-9')).toBeUndefined();
        expect(await store.lastNonce('0xsigner')).toBe(0);
      });

      test('of concurrent commits for one alert exactly one wins', async () => {
        await store.receiveAlert(storedAlert(1));
        const rivals = [1, 2, 3, 4].map((n) =>
          store.commitDecision({
            decision: { ...decision(n), alertId: 'alert-1' },
            intents: [intent(n, { alertId: 'alert-1' })],
            alertState: 'working',
            outcome: null,
          }),
        );
        expect((await Promise.all(rivals)).filter(Boolean)).toHaveLength(1);
        expect(await store.intentsOf('alert-1')).toHaveLength(1);
      });

      test('keeps inputs of 200 KB', async () => {
        await store.receiveAlert(storedAlert(1));
        const inputs = { candles: Array.from({ length: 4_000 }, (_, i) => [T0 + i, i / 3, i / 7, 1e-8 * i]) };
        await store.commitDecision({
          decision: decision(1, { inputs }),
          intents: [],
          alertState: 'done',
          outcome: null,
        });
        expect((await store.decision('decision-1'))?.inputs).toEqual(inputs);
      });
    });

    test('usage counts entry alerts and adds up the planned risk of approved decisions', async () => {
      expect(await store.usage(0, 0)).toEqual({ entryAlerts: 0, riskUsd: 0 });
      for (const n of [1, 2, 3, 4]) await store.receiveAlert(storedAlert(n));
      await store.receiveAlert(storedAlert(5, { alert: heartbeat(5) }));
      await commit(1);
      await commit(3);
      const refused = { decision: refusal(4), intents: [], alertState: 'done', outcome: null } as const;
      await store.commitDecision(refused);
      expect(await store.usage(0, 0)).toEqual({ entryAlerts: 4, riskUsd: 83 });
      expect(await store.usage(storedAlert(3).receivedAtMs, decision(3).decidedAtMs)).toEqual({
        entryAlerts: 2,
        riskUsd: 41.5,
      });
      expect(await store.usage(T0 * 2, decision(3).decidedAtMs + 1)).toEqual({ entryAlerts: 0, riskUsd: 0 });
    });

    describe('intents', () => {
      test('recordOutcome writes every leg and the end of the alert together, and swaps only what is in flight', async () => {
        await store.receiveAlert(storedAlert(1));
        await store.commitIntents([guardStop(1), guardStop(2)]);
        const at = { updatedAtMs: T0 + 9 };
        const leg = (n: number, state: 'acked' | 'never') =>
          ({ cloid: guardStop(n).cloid, from: ['sending'], change: { state, ...at } }) as const;
        await store.recordOutcome([leg(1, 'acked'), leg(2, 'never')], { id: 'alert-1', outcome: 'filled' });
        await store.recordOutcome([leg(1, 'never')], null);
        await store.recordOutcome([], null);
        expect((await store.intent(guardStop(1).cloid))?.state).toBe('acked');
        expect((await store.intent(guardStop(2).cloid))?.state).toBe('never');
        expect(await store.alert('alert-1')).toMatchObject({ state: 'done', outcome: 'filled' });
      });

      test('advanceIntent changes only an intent that is in one of the states', async () => {
        await store.commitIntents([guardStop(1), guardStop(2)]);
        const { cloid } = guardStop(1);
        const change = {
          state: 'acked',
          oid: 77,
          filledSz: 0.01,
          avgPx: 100.5,
          message: 'ok',
          updatedAtMs: T0 + 9,
        } as const;
        expect(await store.advanceIntent(cloid, ['unknown'], change)).toBe(false);
        expect(await store.advanceIntent(cloid, [], change)).toBe(false);
        expect(await store.advanceIntent('0xnone', ['sending'], change)).toBe(false);
        expect(await store.unresolvedIntents()).toEqual([guardStop(1), guardStop(2)]);
        expect(await store.advanceIntent(cloid, ['unknown', 'sending'], change)).toBe(true);
        expect(await store.advanceIntent(cloid, ['sending'], change)).toBe(false);
        expect(await store.unresolvedIntents()).toEqual([guardStop(2)]);
        expect(await store.intent(cloid)).toEqual({ ...guardStop(1), ...change });
        expect(await store.intent('0xnone')).toBeUndefined();
        expect((await store.listIntents({ limit: 2 })).items).toEqual([
          guardStop(2),
          { ...guardStop(1), ...change },
        ]);
      });

      test('of concurrent advances exactly one wins', async () => {
        await store.commitIntents([guardStop(1)]);
        const change = { state: 'acked', updatedAtMs: T0 } as const;
        const all = await Promise.all(
          [1, 2, 3].map(() => store.advanceIntent(guardStop(1).cloid, ['sending'], change)),
        );
        expect(all.filter(Boolean)).toHaveLength(1);
      });

      test('unresolved are those sending or unknown, oldest first', async () => {
        const states = [
          'unknown',
          'acked',
          'sending',
          'refused',
          'not-filled',
          'landed',
          'never',
          'missed',
        ] as const;
        await store.commitIntents(states.map((state, i) => intent(9 - i, { alertId: null, state })));
        expect((await store.unresolvedIntents()).map((i) => i.state)).toEqual(['unknown', 'sending']);
      });

      test('commitIntents is all or nothing and raises the nonce', async () => {
        await store.commitIntents([]);
        await store.commitIntents([guardStop(1)]);
        await expect(store.commitIntents([guardStop(2), guardStop(1)])).rejects.toThrow(/constraint/i);
        expect(await store.unresolvedIntents()).toEqual([guardStop(1)]);
        expect(await store.lastNonce('0xsigner')).toBe(guardStop(1).nonce);
      });
    });

    test('nonces only rise, per signer', async () => {
      expect(await store.lastNonce('0xa')).toBe(0);
      await store.commitNonce('0xa', T0 + 5);
      await store.commitNonce('0xa', T0 + 3);
      await store.commitNonce('0xb', 1);
      expect(await store.lastNonce('0xa')).toBe(T0 + 5);
      expect(await store.lastNonce('0xb')).toBe(1);
      await store.commitIntents([intent(1, { alertId: null, signer: '0xa', nonce: T0 + 4 })]);
      expect(await store.lastNonce('0xa')).toBe(T0 + 5);
    });

    describe('fills', () => {
      test('records each fill once and returns the new ones, oldest first', async () => {
        expect(await store.newestFillMs()).toBeNull();
        expect(await store.recordFills([])).toEqual([]);
        expect(await store.recordFills([fill(3), fill(1), fill(3)])).toEqual([fill(1), fill(3)]);
        const liquidated = fill(2, { liquidation: 'backstop', isTaker: false, cloid: '0xabc' });
        expect(await store.recordFills([fill(3), liquidated, fill(1)])).toEqual([liquidated]);
        expect(await store.newestFillMs()).toBe(fill(3).timeMs);
        await store.recordFills([fill(4, { coin: 'ETH' })]);
        expect(await store.fillsOf('BTC', 0)).toEqual([fill(1), liquidated, fill(3)]);
        expect(await store.fillsOf('BTC', fill(2).timeMs)).toEqual([liquidated, fill(3)]);
        expect(await store.fillsOf('BTC', fill(3).timeMs + 1)).toEqual([]);
      });

      test('keeps the order of fills that happened in one millisecond', async () => {
        const same = [5, 4, 6].map((n) => fill(n, { timeMs: T0 }));
        expect(await store.recordFills(same)).toEqual(same);
        expect(await store.fillsOf('BTC', 0)).toEqual(same);
      });

      test('takes a page of 600', async () => {
        const many = Array.from({ length: 600 }, (_, i) => fill(i));
        expect(await store.recordFills(many)).toHaveLength(600);
        expect(await store.fillsOf('BTC', 0)).toEqual(many);
      });
    });

    test('a trade is saved again under its id, open until it is closed', async () => {
      await store.saveTrade(trade(1));
      await store.saveTrade(trade(2, { coin: 'ETH', strategy: null, alertId: null, decisionId: null }));
      expect((await store.openTrades()).map((t) => t.id)).toEqual(['trade-1', 'trade-2']);
      const closed = trade(1, {
        closedAtMs: T0 + 9_000,
        exitPx: 106_000.25,
        rMultiple: -1.05,
        exitReason: 'stop',
      });
      await store.saveTrade(closed);
      expect((await store.openTrades()).map((t) => t.id)).toEqual(['trade-2']);
      expect((await store.listTrades({ limit: 10, coin: 'BTC' })).items).toEqual([closed]);
      expect((await store.tradesSince(0)).map((t) => t.id)).toEqual(['trade-2', 'trade-1']);
      expect(await store.tradesSince(T0 + 9_000)).toEqual([closed]);
      expect(await store.tradesSince(T0 + 9_001)).toEqual([]);
    });

    test('settings survive being set again', async () => {
      expect(await store.setting('state')).toBeNull();
      await store.setSetting('state', 'ACTIVE');
      await store.setSetting('state', 'HALTED');
      await store.setSetting('other', '');
      expect(await store.setting('state')).toBe('HALTED');
      expect(await store.setting('other')).toBe('');
    });

    test('only old guard runs that found all well are forgotten', async () => {
      const nowMs = T0 + QUIET_GUARD_RUN_KEPT_MS + 2_000;
      await store.recordGuardRun(guardRun(1));
      await store.recordGuardRun(guardRun(1, { id: 'repaired', verdict: 'repaired' }));
      await store.recordGuardRun(guardRun(2, { id: 'at the limit' }));
      await store.recordGuardRun(guardRun(3));
      expect(await store.pruneGuardRuns(nowMs)).toBe(1);
      expect(await store.pruneGuardRuns(nowMs)).toBe(0);
      expect(await ids(store.listGuardRuns({ limit: 9 }))).toEqual(['run-3', 'at the limit', 'repaired']);
    });

    describe('lists', () => {
      test('are newest first, and pages stay put while rows are inserted', async () => {
        for (let n = 1; n <= 5; n++) await store.recordDeadLetter(deadLetter(n));
        let n = 6;
        const pages = await walk(
          (q) => store.listDeadLetters(q),
          { limit: 2 },
          () => store.recordDeadLetter(deadLetter(n++)),
        );
        expect(pages).toEqual([['dead-5', 'dead-4'], ['dead-3', 'dead-2'], ['dead-1']]);
        expect(await walk((q) => store.listDeadLetters(q), { limit: 7 })).toHaveLength(1);
      });

      test('clamp their limit to 1..500', async () => {
        await Promise.all(Array.from({ length: 501 }, (_, i) => store.receiveAlert(storedAlert(i))));
        for (const [limit, length] of [
          [0, 1],
          [-3, 1],
          [1.9, 1],
          [Number.NaN, 1],
          [500, 500],
          [9_999, 500],
        ] as const)
          expect((await store.listAlerts({ limit })).items).toHaveLength(length);
        expect((await walk((q) => store.listAlerts(q), { limit: 500 })).map((p) => p.length)).toEqual([
          500, 1,
        ]);
      });

      test.each(['', '-1', '0', 'zz zz', '1.5', "1' or 1=1", 'zzzzzzzzzzz', '💥', '1'.repeat(40)])(
        'refuse the cursor %j',
        async (cursor) => {
          await expect(store.listFills({ limit: 1, cursor })).rejects.toMatchObject({ name: 'BadCursor' });
        },
      );

      test('listAlerts narrows by coin, strategy and time', async () => {
        await store.receiveAlert(storedAlert(1));
        await store.receiveAlert(storedAlert(2, { ticker: 'BINANCE:1000PEPEUSDT.P', strategy: 'zones' }));
        await store.receiveAlert(storedAlert(3, { ticker: 'FOOUSDT.P' }));
        await store.receiveAlert(storedAlert(4, { ticker: 'not a perp' }));
        const list = (q: Partial<ListQuery>) => ids(store.listAlerts({ limit: 10, ...q }));
        expect((await store.listAlerts({ limit: 1, coin: 'BTC' })).items).toEqual([storedAlert(1)]);
        expect(await list({})).toEqual(['alert-4', 'alert-3', 'alert-2', 'alert-1']);
        expect(await list({ coin: 'kPEPE' })).toEqual(['alert-2']);
        expect(await list({ coin: 'FOO' })).toEqual(['alert-3']);
        expect(await list({ strategy: 'zones' })).toEqual(['alert-2']);
        expect(await list({ strategy: 'zones', coin: 'BTC' })).toEqual([]);
        expect(await list({ sinceMs: T0 + 2_000, untilMs: T0 + 4_000 })).toEqual(['alert-3', 'alert-2']);
      });

      test('listDecisions leaves the inputs out', async () => {
        for (const n of [1, 2, 3]) await store.receiveAlert(storedAlert(n));
        await commit(1);
        await store.commitDecision({
          decision: refusal(2, { strategy: 'zones' }),
          intents: [],
          alertState: 'done',
          outcome: null,
        });
        await store.commitDecision({
          decision: decision(3, { coin: 'ETH' }),
          intents: [],
          alertState: 'done',
          outcome: null,
        });
        const list = (q: Partial<ListQuery>) => ids(store.listDecisions({ limit: 10, ...q }));
        expect((await store.listDecisions({ limit: 10, coin: 'BTC' })).items).toEqual([
          decision(1, { inputs: null }),
        ]);
        expect(await list({})).toEqual(['decision-3', 'decision-2', 'decision-1']);
        expect(await list({ strategy: 'zones' })).toEqual(['decision-2']);
        expect(await list({ sinceMs: decision(2).decidedAtMs, untilMs: decision(3).decidedAtMs })).toEqual([
          'decision-2',
        ]);
      });

      test('orders, fills and dead letters narrow by the strategy of their alert', async () => {
        await store.receiveAlert(storedAlert(1));
        await store.receiveAlert(storedAlert(2, { strategy: 'zones', ticker: 'ETHUSDT.P' }));
        await commit(1);
        await commit(2);
        await store.commitIntents([intent(3, { alertId: null, coin: 'SOL' })]);
        await store.recordFills([
          fill(1, { cloid: intent(1).cloid }),
          fill(2, { cloid: intent(2).cloid }),
          fill(3),
        ]);
        await store.recordDeadLetter(deadLetter(1));
        await store.recordDeadLetter(deadLetter(2, { alertId: 'alert-2', code: 'conflict' }));
        const q = { limit: 10, strategy: 'zones' };
        expect((await store.listIntents(q)).items).toEqual([intent(2)]);
        expect((await store.listIntents({ limit: 10, coin: 'SOL' })).items).toEqual([
          intent(3, { alertId: null, coin: 'SOL' }),
        ]);
        expect((await store.listFills(q)).items).toEqual([fill(2, { cloid: intent(2).cloid })]);
        expect((await store.listFills({ limit: 10, coin: 'ETH' })).items).toEqual([]);
        expect(await ids(store.listDeadLetters(q))).toEqual(['dead-2']);
        expect(await ids(store.listDeadLetters({ limit: 10, coin: 'ETH' }))).toEqual(['dead-2']);
        expect(
          (
            await store.listIntents({
              limit: 10,
              sinceMs: intent(2).createdAtMs,
              untilMs: intent(3).createdAtMs,
            })
          ).items,
        ).toEqual([intent(2)]);
        expect(
          (await store.listFills({ limit: 10, sinceMs: T0 + 2_000, untilMs: T0 + 3_000 })).items,
        ).toHaveLength(1);
      });

      test('listTrades looks at the close, or at the opening while open', async () => {
        await store.saveTrade(trade(1, { closedAtMs: T0 + 60_000 }));
        await store.saveTrade(trade(2, { strategy: 'zones', coin: 'ETH' }));
        const list = (q: Partial<ListQuery>) => ids(store.listTrades({ limit: 10, ...q }));
        expect(await list({})).toEqual(['trade-2', 'trade-1']);
        expect(await list({ sinceMs: T0 + 60_000 })).toEqual(['trade-1']);
        expect(await list({ untilMs: T0 + 60_000 })).toEqual(['trade-2']);
        expect(await list({ strategy: 'zones' })).toEqual(['trade-2']);
      });

      test('listTrades narrows by side and by result, net; a trade is found by its id', async () => {
        const closed = { closedAtMs: T0 + 60_000 };
        await store.saveTrade(trade(1, { ...closed, netPnlUsd: 0.01, pnlUsd: -9 }));
        await store.saveTrade(trade(2, { ...closed, netPnlUsd: 0, side: 'short' }));
        await store.saveTrade(trade(3, { ...closed, netPnlUsd: -0.01, pnlUsd: 9 }));
        await store.saveTrade(trade(4, { netPnlUsd: 7 }));
        const list = (q: Partial<TradeQuery>) => ids(store.listTrades({ limit: 10, ...q }));
        expect(await list({ result: 'won' })).toEqual(['trade-1']);
        expect(await list({ result: 'lost' })).toEqual(['trade-3', 'trade-2']);
        expect(await list({ result: 'open' })).toEqual(['trade-4']);
        expect(await list({ side: 'short' })).toEqual(['trade-2']);
        expect(await list({ side: 'short', result: 'won' })).toEqual([]);
        expect(await list({ decisionId: 'decision-3' })).toEqual(['trade-3']);
        expect(await list({ decisionId: 'decision-3', coin: 'ETH' })).toEqual([]);
        expect(await store.trade('trade-4')).toEqual(trade(4, { netPnlUsd: 7 }));
        expect(await store.trade('none')).toBeUndefined();
      });

      test('listDecisions narrows by verdict and reason; countDecisions counts the same, in bounded steps', async () => {
        const kinds: Partial<Decision>[] = [
          {},
          { status: 'refused', reasons: ['drift-exceeded'] },
          { status: 'refused', reasons: ['drift-exceeded', 'cooldown'], coin: 'ETH' },
          { status: 'refused', reasons: ['cooldown'], decidedAtMs: T0 },
          { plan: null, legs: [], reasons: ['snapback-exit'], decidedAtMs: T0 },
        ];
        for (const [n, over] of kinds.entries()) {
          await store.receiveAlert(storedAlert(n));
          const d = decision(n, over);
          await store.commitDecision({ decision: d, intents: [], alertState: 'done', outcome: null });
        }
        const list = (q: Partial<DecisionQuery>) => ids(store.listDecisions({ limit: 10, ...q }));
        expect(await list({ status: 'approved' })).toEqual(['decision-4', 'decision-0']);
        expect(await list({ reason: 'cooldown' })).toEqual(['decision-3']);
        expect(await list({ reason: 'drift-exceeded', status: 'refused' })).toEqual(['decision-1']);
        expect(await list({ reason: 'cooldown', coin: 'ETH' })).toEqual([]);
        expect(await list({ reason: 'time-stop' })).toEqual([]);

        const all = await store.countDecisions({ limit: 5 });
        expect(all.nextCursor).toBeNull();
        expect(all.items).toHaveLength(5);
        expect(all.items.find((c) => c.reasons.length === 0)).toEqual({
          status: 'approved',
          reasons: [],
          n: 1,
          newestMs: decision(0).decidedAtMs,
        });
        expect(await store.countDecisions({ limit: 9, coin: 'ETH', sinceMs: T0 + 1 })).toEqual({
          items: [
            {
              status: 'refused',
              reasons: ['drift-exceeded', 'cooldown'],
              n: 1,
              newestMs: decision(2).decidedAtMs,
            },
          ],
          nextCursor: null,
        });
        // Two were decided in the same millisecond: a step that ends between them loses neither.
        const seen: number[] = [];
        for (let cursor: string | undefined; ;) {
          const page = await store.countDecisions({ limit: 4, cursor });
          seen.push(page.items.reduce((sum, c) => sum + c.n, 0));
          if (page.nextCursor === null) break;
          cursor = page.nextCursor;
        }
        expect(seen).toEqual([4, 1]);
        expect((await store.countDecisions({ limit: 9, untilMs: T0 })).items).toEqual([]);
        await expect(store.countDecisions({ limit: 1, cursor: '1.5.x' })).rejects.toMatchObject({
          name: 'BadCursor',
        });
      });

      test('recordOf gives what is on record of a coin within a time, oldest first', async () => {
        for (const n of [1, 2, 3]) await store.receiveAlert(storedAlert(n));
        for (const n of [1, 2]) await commit(n);
        const d3 = decision(3, { coin: 'ETH' });
        await store.commitDecision({ decision: d3, intents: [], alertState: 'done', outcome: null });
        await store.commitIntents([guardStop(4), intent(5, { alertId: null, coin: 'ETH' })]);
        await store.recordFills([fill(1), fill(2), fill(3, { coin: 'ETH' }), fill(9)]);
        const finding = { coin: 'BTC', code: 'stop-missing', action: 'place', message: 'placed' } as const;
        const found = guardRun(2, { verdict: 'repaired', findings: [finding] });
        await store.recordGuardRun(guardRun(1));
        await store.recordGuardRun(found);
        const q = { coin: 'BTC', sinceMs: T0 + 1_000, untilMs: T0 + 9_000, limit: 9 };
        expect(await store.recordOf(q)).toEqual({
          decisions: [decision(1, { inputs: null }), decision(2, { inputs: null })],
          intents: [intent(1), intent(2), guardStop(4)],
          fills: [fill(1), fill(2)],
          guardRuns: [found],
        });
        expect(await store.recordOf({ ...q, sinceMs: T0 + 2_000, limit: 1 })).toEqual({
          decisions: [decision(2, { inputs: null })],
          intents: [intent(2)],
          fills: [fill(2)],
          guardRuns: [found],
        });
        expect(await store.recordOf({ ...q, coin: 'SOL' })).toEqual({
          decisions: [],
          intents: [],
          fills: [],
          guardRuns: [],
        });
      });

      test('listGuardRuns narrows by the coins it found something on', async () => {
        const finding = { coin: 'ETH', code: 'stop-missing', action: 'place', message: 'placed' } as const;
        const found = guardRun(1, { verdict: 'repaired', trigger: 'fill', findings: [finding] });
        await store.recordGuardRun(found);
        await store.recordGuardRun(guardRun(2));
        expect((await store.listGuardRuns({ limit: 10, coin: 'ETH' })).items).toEqual([found]);
        expect((await store.listGuardRuns({ limit: 10, coin: 'BTC' })).items).toEqual([]);
        expect((await store.listGuardRuns({ limit: 10, strategy: 'max-pain' })).items).toEqual([]);
        expect(await ids(store.listGuardRuns({ limit: 10, sinceMs: T0 + 2_000 }))).toEqual(['run-2']);
      });
    });
  });
}
