import { describe, expect, test } from 'vitest';
import { COUNTED_MAX, DecisionSummary, TradeStoryAnswer } from '../../../src/shell/http/review-routes.ts';
import { decision, fill, guardRun, intent, refusal, storedAlert, T0, trade } from '../store/samples.ts';
import { exampleData } from './example-data.ts';
import { seed } from './seed.ts';
import { NOW_MS, world } from './world.ts';
import type { World } from './world.ts';

const SEEN_ZONE = {
  side: 'long',
  loPx: 1,
  hiPx: 3,
  peakPx: 2,
  notionalUsd: 5e6,
  distanceBps: 90,
  share: 0.2,
};
const INPUTS = {
  zones: { asOfMs: T0, markPx: 104_600, zones: [SEEN_ZONE], maxPain: { long: SEEN_ZONE, short: null } },
  signals: { timeframes: [], isTooHot: false },
  account: { equityUsd: 1_000 },
};

const storyOf = async (w: World, id: string) =>
  TradeStoryAnswer.parse(await (await w.get(`/api/v1/trades/${id}`)).json());

describe('one trade as a story', () => {
  test('has its alert, decision, orders, fills, guard and exit, and nothing of another trade', async () => {
    const w = await world();
    await w.store.receiveAlert(storedAlert(1));
    await w.store.receiveAlert(storedAlert(2));
    await w.store.receiveAlert(storedAlert(3));
    const stop = intent(2, { alertId: 'alert-1', decisionId: 'decision-1', role: 'stop' });
    const own = decision(1, { inputs: INPUTS });
    await w.store.commitDecision({
      decision: own,
      intents: [intent(1), stop],
      alertState: 'done',
      outcome: null,
    });
    const exit = decision(2, { plan: null, legs: [], reasons: ['snapback-exit'] });
    await w.store.commitDecision({ decision: exit, intents: [], alertState: 'done', outcome: null });
    const later = decision(3, { plan: null, legs: [], reasons: ['snapback-exit'], decidedAtMs: T0 + 99_000 });
    await w.store.commitDecision({ decision: later, intents: [], alertState: 'done', outcome: null });
    const close = intent(3, { alertId: null, decisionId: null, role: 'close', createdAtMs: T0 + 3_000 });
    const others = [
      intent(4, { alertId: null, coin: 'ETH', createdAtMs: T0 + 3_000 }),
      intent(5, { alertId: null, createdAtMs: T0 + 9_000_000 }),
      intent(6, { alertId: null, createdAtMs: T0 - 60_000 }),
    ];
    await w.store.commitIntents([close, ...others]);
    const fills = [fill(1, { timeMs: T0 + 1_100 }), fill(2, { timeMs: T0 + 3_100 })];
    await w.store.recordFills([...fills, fill(3, { coin: 'ETH' }), fill(4, { timeMs: T0 + 3_101 })]);
    const found = (coin: string) =>
      ({ coin, code: 'stop-missing', action: 'placed', message: 'put back' }) as const;
    await w.store.recordGuardRun(
      guardRun(2, { verdict: 'repaired', findings: [found('ETH'), found('BTC')] }),
    );
    await w.store.recordGuardRun(guardRun(1, { findings: [found('ETH')] }));
    await w.store.saveTrade(trade(1, { openedAtMs: T0 + 1_100, closedAtMs: T0 + 3_100 }));

    const story = await storyOf(w, 'trade-1');
    expect(story.alert?.id).toBe('alert-1');
    expect(story.decision?.id).toBe('decision-1');
    expect(story.decision).not.toHaveProperty('inputs');
    expect(story.seen?.zones.zones[0]).toMatchObject({ peakPx: 2 });
    expect(story.seen).not.toHaveProperty('account');
    expect(story.exits.map((d) => d.id)).toEqual(['decision-2']);
    expect(story.orders.map((o) => o.cloid)).toEqual([intent(1).cloid, stop.cloid, close.cloid]);
    expect(story.fills).toEqual(fills);
    expect(story.guard).toEqual([guardRun(2, { verdict: 'repaired', findings: [found('BTC')] })]);
    expect(story.truncated).toBe(false);
  });

  test('of a position opened by hand says that nothing is known before it', async () => {
    const w = await world();
    await w.store.recordFills([fill(1)]);
    await w.store.saveTrade(trade(1, { strategy: null, alertId: null, decisionId: null }));
    expect(await storyOf(w, 'trade-1')).toMatchObject({
      alert: null,
      decision: null,
      seen: null,
      exits: [],
      orders: [],
      fills: [{ tid: fill(1).tid }],
    });
  });

  test('does without what an old decision did not keep, and without an alert that is not stored', async () => {
    const w = await world();
    await w.store.receiveAlert(storedAlert(1));
    await w.store.commitDecision({
      decision: decision(1, { inputs: { zones: 'of another version' } }),
      intents: [],
      alertState: 'done',
      outcome: null,
    });
    await w.store.saveTrade(trade(1, { alertId: 'gone' }));
    const story = await storyOf(w, 'trade-1');
    expect([story.alert, story.decision?.id, story.seen]).toEqual([null, 'decision-1', null]);
  });

  test('an unknown id is 404', async () => {
    const w = await world();
    expect((await w.get('/api/v1/trades/none')).status).toBe(404);
  });

  test('of every trade of the example night', async () => {
    const w = await world();
    const data = exampleData(NOW_MS);
    await seed(w.store, data);
    for (const t of data.trades) {
      const story = await storyOf(w, t.id);
      expect(story.decision?.id).toBe(t.decisionId);
      expect(story.orders.length).toBeGreaterThanOrEqual(4);
      expect(story.fills).toHaveLength(t.closedAtMs === null ? 1 : 2);
    }
  });
});

describe('decisions counted by reason', () => {
  const summaryOf = async (w: World, query = '') => {
    const answer = await w.get(`/api/v1/decisions/summary${query}`);
    expect(answer.status).toBe(200);
    return DecisionSummary.parse(await answer.json());
  };

  test('agree with the list beyond its first page, whatever the filter', async () => {
    const w = await world();
    const CODES = ['cascade-during', 'stale-alert', 'zone-not-swept'] as const;
    for (let n = 0; n < 230; n++) {
      await w.store.receiveAlert(storedAlert(n));
      const reason = CODES[n % 3] ?? 'stale-alert';
      const coin = n % 2 === 0 ? 'BTC' : 'ETH';
      const d = n % 10 === 0 ? decision(n, { coin }) : refusal(n, { reasons: [reason], coin });
      await w.store.commitDecision({ decision: d, intents: [], alertState: 'done', outcome: null });
    }
    const query = `?since=${T0}&until=${T0 + 1e9}`;
    const all = await summaryOf(w, query);
    expect(all).toMatchObject({ total: 230, approved: 23, refused: 207, truncated: false });
    expect(all.items.map((i) => i.n)).toEqual(all.items.map((i) => i.n).sort((a, b) => b - a));
    for (const { status, reason, n } of all.items) {
      const narrowed = reason === null ? '' : `&reason=${reason}`;
      let listed = 0;
      for (let cursor = ''; ;) {
        const path = `/api/v1/decisions${query}&limit=50&status=${status}${narrowed}${cursor}`;
        const page: { items: object[]; nextCursor: string | null } = JSON.parse(
          await (await w.get(path)).text(),
        );
        listed += page.items.length;
        if (page.nextCursor === null) break;
        cursor = `&cursor=${page.nextCursor}`;
      }
      expect([reason, listed]).toEqual([reason, n]);
    }
    expect(await summaryOf(w, `${query}&coin=ETH`)).toMatchObject({ total: 115, approved: 0 });
    expect((await summaryOf(w, `?since=${T0 + 229_000}&until=${T0 + 1e9}`)).total).toBe(1);
  });

  test('go a week back if not told otherwise, and an exit counts under its reason', async () => {
    const w = await world();
    w.setNow(T0 + 8 * 86_400_000);
    for (const n of [1, 2]) await w.store.receiveAlert(storedAlert(n));
    const exit = { plan: null, legs: [], reasons: ['snapback-exit'] } as const;
    for (const d of [
      decision(1),
      decision(2, { ...exit, reasons: ['snapback-exit'], legs: [], decidedAtMs: T0 + 7 * 86_400_000 }),
    ])
      await w.store.commitDecision({ decision: d, intents: [], alertState: 'done', outcome: null });
    expect(await summaryOf(w)).toEqual({
      sinceMs: T0 + 86_400_000,
      untilMs: T0 + 8 * 86_400_000,
      total: 1,
      approved: 1,
      refused: 0,
      truncated: false,
      items: [{ status: 'approved', reason: 'snapback-exit', n: 1, newestMs: T0 + 7 * 86_400_000 }],
    });
  });

  test('stop at a number, and say so', async () => {
    const w = await world();
    let steps = 0;
    w.store.countDecisions = () => {
      steps += 1;
      return Promise.resolve({
        items: [{ status: 'refused', reasons: ['stale-alert'], n: 2_000, newestMs: steps }],
        nextCursor: 'more',
      });
    };
    expect(await summaryOf(w)).toMatchObject({ total: COUNTED_MAX, truncated: true });
    expect(steps).toBe(COUNTED_MAX / 2_000);
  });
});

describe('filters that only one list has', () => {
  test.each([
    ['trades', 'status=refused'],
    ['trades', 'reason=stale-alert'],
    ['decisions', 'result=won'],
    ['decisions', 'side=long'],
    ['fills', 'side=long'],
    ['trades', 'result=even'],
    ['decisions', 'reason=because'],
  ])('%s refuses %s', async (list, query) => {
    const w = await world();
    expect((await w.get(`/api/v1/${list}?${query}`)).status).toBe(400);
  });

  test('reach the file as well', async () => {
    const w = await world();
    await seed(w.store, exampleData(NOW_MS));
    const lines = async (query: string) =>
      (await (await w.get(`/api/v1/trades?format=csv&${query}`)).text()).trim().split('\r\n').length - 1;
    const [all, won, lost, open] = await Promise.all(
      ['limit=500', 'result=won', 'result=lost', 'result=open'].map(lines),
    );
    expect([won, lost, open]).toEqual([3, 1, 2]);
    expect(all).toBe(6);
    expect(await lines('side=short&result=won')).toBe(2);
    const [first] = exampleData(NOW_MS).trades;
    expect(await lines(`coin=${first?.coin}&decision=${first?.decisionId}`)).toBe(1);
    expect(await lines('decision=none')).toBe(0);
  });
});
