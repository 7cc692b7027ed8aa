import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  applyFeedback,
  feedbackInput,
  feedbackView,
  readFeedback,
  relearnWeights,
} from '../../src/app/feedback.ts';
import { recompute } from '../../src/core/decide/recompute.ts';
import type { Decision } from '../../src/core/decide/types.ts';
import type { Trade } from '../../src/core/review/types.ts';
import type { BridgeWorld } from '../support/bridge-world.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';
import { decideInput, signalFacts } from '../support/decide-input.ts';

const DAY_MS = 86_400_000;
let w: BridgeWorld;
beforeEach(async () => {
  w = await openBridgeWorld();
});
afterEach(() => w.close());

/** A closed trade and its decision: magnet for it and swept-delta against it when `isFor`, else the other way round. */
function closedTrade(i: number, isFor: boolean, r: number): { trade: Trade; decision: Decision } {
  const facts = signalFacts(isFor ? 0.8 : -0.8);
  const signals = {
    ...facts,
    timeframes: facts.timeframes.map((f) => ({ ...f, cards: f.cards.filter((c) => c.name === 'magnet') })),
  };
  const openedAtMs = w.clock.nowMs() - (200 - i) * DAY_MS;
  const decision = { id: `d${i}`, gates: [], inputs: decideInput({ signals }) } as unknown as Decision;
  const trade = {
    id: `t${i}`, decisionId: `d${i}`, coin: 'BTC', side: 'long', openedAtMs, closedAtMs: openedAtMs + 1_000, rMultiple: r,
  } as unknown as Trade; // prettier-ignore
  return { trade, decision };
}

/** The store says that these trades were made; every other verb is the real one. */
function tradesWere(list: { trade: Trade; decision: Decision }[]): { reads: () => number } {
  let reads = 0;
  const newest = list.toReversed();
  const real = w.desk.store.decision;
  w.desk.store.listTrades = ({ cursor, limit }) => {
    const from = Number(cursor ?? 0);
    const items = newest.slice(from, from + limit).map((x) => x.trade);
    return Promise.resolve({ items, nextCursor: from + limit < newest.length ? String(from + limit) : null });
  };
  w.desk.store.decision = (id) => {
    reads += 1;
    const made = list.find((x) => x.decision.id === id)?.decision;
    return made === undefined ? real(id) : Promise.resolve(made);
  };
  return { reads: () => reads };
}
const predicted = (n: number) =>
  Array.from({ length: n }, (_, i) =>
    closedTrade(i, i % 2 === 0, (i % 2 === 0 ? 0.8 : -0.8) + (i % 3) * 0.1),
  );

const relearn = async (): Promise<void> => {
  await relearnWeights(w.desk);
  await w.settle();
};

describe('weights are learned', () => {
  test('from enough trades, stored with date and size, in shadow; once a day, and only when there is news', async () => {
    const { reads } = tradesWere(predicted(120));
    await relearn();
    expect(w.desk.feedback).toMatchObject({
      applied: null,
      versions: [{ version: 1, trades: 120, days: 120 }],
    });
    const [first] = w.desk.feedback.versions;
    expect(first!.learnedAtMs).toBe(w.clock.nowMs());
    expect(first!.multipliers['magnet']).toBeGreaterThan(1.2);
    expect(reads()).toBe(120);
    await w.clock.advanceTo(w.clock.nowMs() + DAY_MS - 1);
    tradesWere(predicted(121));
    await relearn();
    expect(w.desk.feedback.versions).toHaveLength(1);
    await w.clock.advanceTo(w.clock.nowMs() + 1);
    await relearn();
    expect(w.desk.feedback.versions.map((v) => [v.version, v.trades])).toEqual([[1, 120], [2, 121]]); // prettier-ignore
    await w.clock.advanceTo(w.clock.nowMs() + DAY_MS);
    await relearn();
    expect(w.desk.feedback.versions).toHaveLength(2);
    expect((await readFeedback(w.desk)).versions).toEqual(w.desk.feedback.versions);
  });

  test('decisions are read once, also those that teach nothing', async () => {
    const list = predicted(110);
    list[0]!.decision.inputs = { inputVersion: 1 };
    const { reads } = tradesWere(list);
    const first = await feedbackView(w.desk);
    expect([first.feedback.trades, reads()]).toEqual([109, 110]);
    await feedbackView(w.desk);
    expect(reads()).toBe(110);
  });

  test('not from too few: the view says how many there are', async () => {
    tradesWere(predicted(99));
    await relearn();
    expect(w.desk.feedback).toEqual({ versions: [], applied: null });
    expect(feedbackInput(w.desk)).toBeUndefined();
    const { feedback } = await feedbackView(w.desk);
    expect(feedback).toMatchObject({ trades: 99, isEnough: false });
    expect(feedback.signals.find((s) => s.signal === 'magnet')).toMatchObject({ spokeFor: { n: 50 }, spokeAgainst: { n: 49 }, multiplier: 1 }); // prettier-ignore
  });

  test('at most the newest thousand, and no more than thirty versions, but never without the one in force', async () => {
    tradesWere(predicted(100));
    await relearn();
    expect(await applyFeedback(w.desk, 1, 'test')).toBe(true);
    for (let i = 1; i <= 31; i++) {
      await w.clock.advanceTo(w.clock.nowMs() + DAY_MS);
      tradesWere(predicted(100 + i));
      await relearn();
    }
    const versions = w.desk.feedback.versions.map((v) => v.version);
    expect(versions).toHaveLength(31);
    expect([versions[0], versions[1], versions.at(-1)]).toEqual([1, 3, 32]);
  });
});

describe('a version', () => {
  beforeEach(async () => {
    tradesWere(predicted(120));
    await relearn();
  });

  test('is in force only when a person says so, survives a restart, and is taken back', async () => {
    expect(feedbackInput(w.desk)).toMatchObject({ version: 1, isApplied: false });
    expect(await applyFeedback(w.desk, 2, 'test')).toBe(false);
    expect(await applyFeedback(w.desk, 1, 'test')).toBe(true);
    expect(feedbackInput(w.desk)).toMatchObject({ version: 1, isApplied: true });
    const after = await w.reborn();
    expect(feedbackInput(after.desk)).toEqual(feedbackInput(w.desk));
    expect(await applyFeedback(after.desk, null, 'test')).toBe(true);
    expect(feedbackInput(after.desk)).toMatchObject({ isApplied: false });
    expect(w.lines.filter((l) => l.event === 'feedback.applied')).toHaveLength(1);
  });

  test.each([
    [null, 'in shadow'],
    [1, 'by learned weights, version 1 ('],
  ])('stands in the next decision (in force: %s)', async (version, words) => {
    await applyFeedback(w.desk, version, 'test');
    await w.post();
    await w.settle();
    const [listed] = (await w.store.listDecisions({ limit: 1 })).items;
    const decision = await w.store.decision(listed!.id);
    expect(decision!.inputs).toMatchObject({
      feedback: { ...feedbackInput(w.desk), isApplied: version === 1 },
    });
    expect(decision!.explain).toContain(words);
    expect(recompute(decision!)).toMatchObject({ kind: 'done', differences: [] });
  });

  test('a write that fails leaves in force what was', async () => {
    const { setSetting } = w.desk.store;
    w.desk.store.setSetting = () => Promise.reject(new Error('disk full'));
    await expect(applyFeedback(w.desk, 1, 'test')).rejects.toThrow('disk full');
    w.desk.store.setSetting = setSetting;
    expect(feedbackInput(w.desk)).toMatchObject({ isApplied: false });
  });

  test('learned beside other hand-set weights is not used', async () => {
    const versions = w.desk.feedback.versions.map((v) => ({ ...v, handSetVersion: 999 }));
    w.desk.feedback = { versions, applied: 1 };
    expect(feedbackInput(w.desk)).toBeUndefined();
    expect(await applyFeedback(w.desk, 1, 'test')).toBe(false);
  });

  test.each([
    'nonsense',
    '[]',
    '{"versions":{},"applied":1}',
    '{"versions":[{"version":1,"handSetVersion":1,"learnedAtMs":1,"multipliers":{"magnet":9}}],"applied":1}',
    '{"versions":[{"version":1,"handSetVersion":1,"learnedAtMs":1,"multipliers":{"moon":1}}],"applied":1}',
  ])('stored as %s is not in force, and it is said', async (text) => {
    await w.store.setSetting('feedback-weights', text);
    expect(await readFeedback(w.desk)).toEqual({ versions: [], applied: null });
    expect(w.lines.some((l) => l.event === 'feedback.unusable')).toBe(true);
  });
});
