import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fence } from '../../src/app/settle-unknown.ts';
import { setTradingState } from '../../src/app/trading-state.ts';
import type { FoundOrder, Store } from '../../src/app/ports.ts';
import type { LegOutcome } from '../../src/core/execute/types.ts';
import type { Fault } from '../../src/venue/faults.ts';
import type { BridgeWorld } from '../support/bridge-world.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';
import { tradeByHand } from '../support/by-hand.ts';

let w: BridgeWorld;
beforeEach(async () => {
  w = await openBridgeWorld();
});
afterEach(() => w.close());

const newestAlert = async () => (await w.store.listAlerts({ limit: 1 })).items[0]!;
const entryIntent = async () =>
  (await w.store.listIntents({ limit: 50 })).items.find((i) => i.role === 'entry')!;

describe('an entry that is said to rest', () => {
  const answerEntryAs = (entry: LegOutcome): void => {
    const { order } = w.desk.entrySigner;
    w.desk.entrySigner.order = async (legs, o) => {
      const outcome = await order(legs, o);
      return outcome.kind === 'answered' ? { ...outcome, legs: [entry, ...outcome.legs.slice(1)] } : outcome;
    };
  };

  test.each<LegOutcome>([
    { kind: 'resting', oid: 1 },
    { kind: 'waiting', armed: false },
  ])('is in doubt, not over: $kind, and filled a moment later', async (entry) => {
    answerEntryAs(entry);
    await w.post();
    await w.settle();
    expect(await newestAlert()).toMatchObject({ state: 'done', outcome: 'filled' });
    expect(await entryIntent()).toMatchObject({ state: 'landed' });
    expect(w.stops()).toHaveLength(1);
    expect(w.desk.unresolved.size).toBe(0);
  });

  const answerFinds = (answers: readonly FoundOrder[]): void => {
    let n = 0;
    w.desk.reader = {
      ...w.desk.reader,
      findOrder: () => Promise.resolve(answers[Math.min(n++, answers.length - 1)]!),
    };
  };
  const open: FoundOrder = { state: 'open', oid: 7, filledSz: 0, avgPx: null };
  const filled: FoundOrder = { state: 'filled', oid: 7, filledSz: 0.1, avgPx: 96_600 };
  const settled = async (): Promise<unknown> => {
    await w.post();
    await w.settle();
    const intent = await entryIntent();
    const ends: unknown[] = [];
    void fence(w.desk, intent).then((s) => ends.push(s));
    for (let i = 0; i < 40 && ends.length === 0; i++) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      await w.clock.advanceTo(w.clock.nowMs() + 500);
    }
    return ends[0];
  };

  test('by readings as well: it is looked for until it was matched', async () => {
    answerFinds([open, open, filled]);
    expect(await settled()).toEqual(filled);
  });

  test('and goes on being said so: that is the answer after a while', async () => {
    answerFinds([open]);
    expect(await settled()).toEqual(open);
  });
});

describe('an entry that did not fill, on a coin that was just bought by hand', () => {
  const orders = { type: 'order' };
  const halted = JSON.stringify({ status: 'err', response: 'Trading is halted.' });
  const noBook = 'Order could not immediately match against any resting orders.';

  test.each<[string, Fault]>([
    ['no book', { kind: 'refuse-leg', message: noBook, where: { legRole: 'entry' } }],
    ['refused whole', { kind: 'http', status: 200, body: halted, when: 'before', where: orders }],
    ['lost on its way', { kind: 'drop-request', mode: 'reset', where: orders }],
  ])('%s: its plan is not the position’s', async (_what, fault) => {
    await w.guard();
    tradeByHand(w, true, '0.05');
    w.venue.faults.inject(fault);
    await w.post();
    await w.settle();
    expect(w.position()).toMatchObject({ szi: 0.05 });
    expect([...w.desk.plans.keys(), ...w.desk.plannedStops.keys(), ...w.desk.pending.keys()]).toEqual([]);
    expect(w.stops()).toHaveLength(1);
    const [decision] = (await w.store.listDecisions({ limit: 1 })).items;
    expect(decision!.status).toBe('approved');
    await w.clock.advanceTo(decision!.plan!.timeStopAtMs! + 60_000);
    await w.guard();
    expect(w.position()).toMatchObject({ szi: 0.05 });
  });
});

describe('while the decision is written down', () => {
  const afterCommit = (then: () => Promise<void>): void => {
    const { commitDecision } = w.store;
    const late: Store['commitDecision'] = async (o) => {
      const isOurs = await commitDecision(o);
      await then();
      return isOurs;
    };
    w.desk.store.commitDecision = late;
  };
  const nothingSent = async (): Promise<void> => {
    await w.post();
    await w.settle();
    expect(w.venue.stats().byType['order'] ?? 0).toBe(0);
    expect(await w.store.unresolvedIntents()).toEqual([]);
    expect(w.desk.pending.size + w.desk.plans.size).toBe(0);
  };

  test.each(['HALTED', 'REDUCING'] as const)('trading becomes %s: nothing is sent', async (state) => {
    afterCommit(() => setTradingState(w.desk, state, 'test', 'operator'));
    await nothingSent();
    expect(await newestAlert()).toMatchObject({ state: 'done', outcome: 'state-not-active' });
    expect(await entryIntent()).toMatchObject({ state: 'never', reason: 'state-not-active' });
  });

  test('the order expires: nothing is sent, a late one costs five times the quota', async () => {
    afterCommit(() => w.clock.advanceTo(w.clock.nowMs() + 5_000));
    await nothingSent();
    expect(await newestAlert()).toMatchObject({ state: 'done', outcome: 'not-sent' });
  });

  test('nothing happens: it is sent', async () => {
    afterCommit(() => w.clock.advanceTo(w.clock.nowMs() + 4_000));
    await w.post();
    await w.settle();
    expect(w.position()).toBeDefined();
  });
});
