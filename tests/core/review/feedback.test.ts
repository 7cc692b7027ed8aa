import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/core/decide/decide.ts';
import { recompute } from '../../../src/core/decide/recompute.ts';
import { MULTIPLIER_MAX, MULTIPLIER_MIN, SIGNAL_NAMES } from '../../../src/core/decide/signal-weights.ts';
import type { Multipliers } from '../../../src/core/decide/signal-weights.ts';
import { clusteredSlope, weightedMeansApart } from '../../../src/core/review/clustered.ts';
import { feedbackTradeOf, voicesOf } from '../../../src/core/review/feedback-trade.ts';
import type { FeedbackTrade } from '../../../src/core/review/feedback.ts';
import {
  FEEDBACK_DAYS_MIN,
  FEEDBACK_TRADES_MIN,
  feedbackOf,
  multipliersOf,
} from '../../../src/core/review/feedback.ts';
import type { Trade } from '../../../src/core/review/types.ts';
import { opposite } from '../../../src/core/shared/coin.ts';
import { seededRandom } from '../../../src/core/shared/seeded-random.ts';
import { cloidFor, decideInput, signalFacts } from '../../support/decide-input.ts';

/** Trades over `days`, each signal speaking at random, `magnet` worth `slope` R per unit of its voice. */
function trades(o: {
  n: number;
  days: number;
  slope?: number;
  seed?: number;
  dayEffect?: number;
}): FeedbackTrade[] {
  const random = seededRandom(o.seed ?? 1);
  const effects = Array.from({ length: o.days }, () => random.normal() * (o.dayEffect ?? 0));
  return Array.from({ length: o.n }, (_, i) => {
    const day = i % o.days;
    const voices = Object.fromEntries(SIGNAL_NAMES.map((name) => [name, 2 * random.next() - 1]));
    const r = (o.slope ?? 0) * (voices['magnet'] ?? 0) + random.normal() + (effects[day] ?? 0);
    return { day, r, voices, confidence: null };
  });
}
const learned = (t: readonly FeedbackTrade[]): Multipliers => multipliersOf(feedbackOf(t));

describe('weights from outcomes', () => {
  test('a signal that truly predicts gains, with more trades up to the bound and never beyond', () => {
    const at = (n: number, slope: number): number => learned(trades({ n, days: 60, slope }))['magnet'] ?? 1;
    expect(at(120, 1)).toBeGreaterThan(1.3);
    expect(at(1_000, 1)).toBe(MULTIPLIER_MAX);
    expect(at(1_000, -1)).toBe(MULTIPLIER_MIN);
    expect(at(1_000, 0.3)).toBeGreaterThan(1.15);
    expect(at(1_000, 0.3)).toBeLessThan(MULTIPLIER_MAX);
  });

  test('noise moves weights a little, and less with more of it', () => {
    const spread = (n: number): number[] =>
      Array.from({ length: 20 }, (_, seed) => learned(trades({ n, days: 50, seed: seed + 10 })))
        .flatMap((m) => Object.values(m).map((x) => Math.abs(Math.log2(x))))
        .sort((a, b) => a - b);
    const few = spread(100);
    const many = spread(1_000);
    const q = (list: number[], p: number): number => list[Math.floor(p * (list.length - 1))]!;
    // 95 % of weights that mean nothing stay within a quarter, all within a half.
    expect(q(few, 0.95)).toBeLessThan(Math.log2(1.25));
    expect(q(few, 1)).toBeLessThan(Math.log2(1.5));
    expect(q(many, 0.95)).toBeLessThan(q(few, 0.95));
    expect(q(many, 0.5)).toBeGreaterThan(0);
  });

  test('few trades, or trades of few days, change nothing', () => {
    const enough = { n: FEEDBACK_TRADES_MIN, days: FEEDBACK_DAYS_MIN, slope: 3 };
    expect(Object.keys(learned(trades(enough)))).toContain('magnet');
    for (const less of [
      { ...enough, n: FEEDBACK_TRADES_MIN - 1 },
      { ...enough, days: FEEDBACK_DAYS_MIN - 1 },
    ]) {
      const found = feedbackOf(trades(less));
      expect(found.isEnough).toBe(false);
      expect(multipliersOf(found)).toEqual({});
      expect(found.signals.find((s) => s.signal === 'magnet')!.slope!.value).toBeGreaterThan(2);
    }
  });

  test('a signal that hardly ever spoke keeps its weight', () => {
    const all = trades({ n: 400, days: 50, slope: 3 }).map((t, i) =>
      i < 29 ? t : { ...t, voices: { ...t.voices, magnet: 0 } },
    );
    const found = feedbackOf(all).signals.find((s) => s.signal === 'magnet')!;
    expect(found).toMatchObject({ multiplier: 1 });
    expect(found.spokeFor.n + found.spokeAgainst.n).toBeLessThan(30);
  });

  test('one without a weight gets none, whatever it says', () => {
    const all = trades({ n: 1_000, days: 50 }).map((t) => ({ ...t, r: 2 * (t.voices['crowding'] ?? 0) }));
    const found = feedbackOf(all).signals.find((s) => s.signal === 'crowding')!;
    expect(found.slope!.ci95[0]).toBeGreaterThan(1.9);
    expect(found.multiplier).toBe(1);
  });

  test('one absurd result teaches nothing by itself', () => {
    const quiet = trades({ n: 200, days: 50 });
    const [first, ...rest] = quiet as [FeedbackTrade, ...FeedbackTrade[]];
    const of = (r: number): number =>
      learned([{ ...first, r, voices: { magnet: 1 } }, ...rest])['magnet'] ?? 1;
    expect(of(-1_000)).toBe(of(-3));
    expect(Math.abs(Math.log2(of(-1_000) / of(0)))).toBeLessThan(0.1);
  });

  test('days in which everything wins together make it less certain, not more', () => {
    // All of a day's trades have the same voice and share the day's luck: 400 trades, 40 draws.
    const random = seededRandom(5);
    const clustered = Array.from({ length: 40 }, (_, day) => {
      const [voice, luck] = [2 * random.next() - 1, random.normal()];
      return Array.from({ length: 10 }, () => ({
        day,
        r: luck,
        voices: { magnet: voice },
        confidence: null,
      }));
    }).flat();
    const spread = clustered.map((t, i) => ({ ...t, day: i }));
    const error = (t: FeedbackTrade[]): number =>
      feedbackOf(t).signals.find((s) => s.signal === 'magnet')!.slope!.standardError;
    expect(error(clustered)).toBeGreaterThan(2.5 * error(spread));
  });

  test('the same trades in any order give the same, within bounds, whatever they are', () => {
    const some = fc.array(
      fc.record({
        day: fc.integer({ min: 0, max: 80 }),
        r: fc.double({ min: -20, max: 20, noNaN: true }),
        voices: fc.record({ magnet: fc.double({ min: -1, max: 1, noNaN: true }), rsi: fc.constantFrom(-1, 0, 1) }),
        confidence: fc.constant(null),
      }),
      { minLength: 0, maxLength: 160 },
    ); // prettier-ignore
    fc.assert(
      fc.property(some, (list) => {
        const found = feedbackOf(list);
        for (const s of found.signals) {
          expect(s.multiplier).toBeGreaterThanOrEqual(MULTIPLIER_MIN);
          expect(s.multiplier).toBeLessThanOrEqual(MULTIPLIER_MAX);
          expect(s.spokeFor.n + s.spokeAgainst.n + s.silent.n).toBe(list.length);
          const [lo, hi] = s.slope?.ci95 ?? [0, 0];
          expect(lo).toBeLessThanOrEqual(hi);
        }
        for (const [i, s] of feedbackOf(list.toReversed()).signals.entries())
          expect(s.multiplier).toBeCloseTo(found.signals[i]!.multiplier, 3);
      }),
      { numRuns: 100 },
    );
  });

  test('voices the other way, and results the other way: the same weights', () => {
    const list = trades({ n: 300, days: 50, slope: 0.5 });
    const mirrored = list.map((t) => ({
      ...t,
      r: -t.r,
      voices: Object.fromEntries(Object.entries(t.voices).map(([k, v]) => [k, -(v ?? 0)])),
    }));
    expect(learned(mirrored)).toEqual(learned(list));
  });
});

describe('what a trade teaches', () => {
  const decision = decide(decideInput({ feedback: { version: 4, isApplied: false, multipliers: { magnet: 2 } } }), cloidFor); // prettier-ignore
  const trade = { closedAtMs: 2, openedAtMs: 20_000 * 86_400_000, rMultiple: 0.8, side: 'long' } as Trade;

  test('its day, its R, what the signals said, and both confidences', () => {
    const [plan] = decision.gates.filter((g) => g.gate === 'plan');
    expect(feedbackTradeOf(trade, decision)).toEqual({
      day: 20_000,
      r: 0.8,
      // magnet 0.5 × strength 0.5; swept-delta −0.5 is read against its sign.
      voices: { magnet: 0.25, 'swept-delta': 0.25 },
      confidence: { handSet: decision.plan!.confidence, learned: plan!.numbers['shadowConfidence'] },
    });
    const applied = decide(decideInput({ feedback: { version: 4, isApplied: true, multipliers: { magnet: 2 } } }), cloidFor); // prettier-ignore
    expect(feedbackTradeOf(trade, applied)!.confidence).toMatchObject({ learned: applied.plan!.confidence });
  });

  test.each<[string, Partial<Trade>, unknown]>([
    ['open', { closedAtMs: null }, decision.inputs],
    ['without a planned risk', { rMultiple: null }, decision.inputs],
    ['of another version', {}, { inputVersion: 1 }],
    ['without signals', {}, decideInput({ signals: null })],
  ])('one that is %s teaches nothing', (_, change, inputs) => {
    expect(feedbackTradeOf({ ...trade, ...change }, { ...decision, inputs })).toBeNull();
  });

  test('a mirrored market says the same of the mirrored entry', () => {
    const facts = signalFacts(0.4, -0.2);
    const mirrored = {
      ...facts,
      timeframes: facts.timeframes.map((f) => ({ ...f, cards: f.cards.map((c) => ({ ...c, score: -c.score })) })),
    }; // prettier-ignore
    for (const side of ['long', 'short'] as const)
      expect(voicesOf(mirrored, opposite(side))).toEqual(voicesOf(facts, side));
  });
});

describe('in a decision', () => {
  const multipliers = { magnet: 2, 'swept-delta': 0.5 };
  const mixed = signalFacts(0.5);
  /** The two cards point apart, so that their weights matter. */
  const signals = {
    ...mixed,
    timeframes: mixed.timeframes.map((f) => ({
      ...f,
      cards: f.cards.map((c) => (c.name === 'swept-delta' ? { ...c, score: 0.3 } : c)),
    })),
  };
  const of = (feedback?: { version: number; isApplied: boolean; multipliers: Multipliers }) =>
    decide(decideInput({ signals, ...(feedback !== undefined && { feedback }) }), cloidFor);
  const handSet = of();
  const shadow = of({ version: 3, isApplied: false, multipliers });
  const applied = of({ version: 3, isApplied: true, multipliers });

  test('in shadow nothing of the order changes, and the other confidence stands beside', () => {
    expect(shadow.plan).toEqual(handSet.plan);
    expect(shadow.legs).toEqual(handSet.legs);
    const numbers = shadow.gates.find((g) => g.gate === 'plan')!.numbers;
    expect(numbers['shadowConfidence']).toBe(applied.plan!.confidence);
    expect(numbers['shadowConfidence']).not.toBe(handSet.plan!.confidence);
    expect(shadow.explain).toContain('by learned weights, version 3, in shadow');
    expect(shadow.gates.find((g) => g.gate === 'timeframes')!.numbers).toHaveProperty('shadowSupport');
    expect(handSet.explain).not.toContain('shadow');
  });

  test('in force they are what sizes, and the hand-set ones stand beside', () => {
    expect(applied.plan!.confidence).toBeGreaterThan(handSet.plan!.confidence);
    expect(applied.gates.find((g) => g.gate === 'plan')!.numbers['shadowConfidence']).toBe(
      handSet.plan!.confidence,
    );
    expect(applied.explain).toContain('by learned weights, version 3 (');
  });

  test('no weights make a refusal, and none lift one', () => {
    const against = signalFacts(-0.3, 0.5);
    for (const magnet of [0.5, 1, 2])
      for (const isApplied of [true, false]) {
        const feedback = { version: 1, isApplied, multipliers: { magnet, 'swept-delta': 1 / magnet } };
        expect(decide(decideInput({ signals: against, feedback }), cloidFor).reasons).toEqual(['conflicted']);
        expect(decide(decideInput({ signals, feedback }), cloidFor).status).toBe('approved');
      }
  });

  test('the stored inputs give each of them again', () => {
    for (const d of [handSet, shadow, applied])
      expect(recompute(JSON.parse(JSON.stringify(d)))).toMatchObject({ kind: 'done', differences: [] });
  });
});

describe('estimates by day', () => {
  test('slope of a line, worked by hand', () => {
    // x −1, 0, 1, 2 and y 0, 1, 2, 5 → means 0.5 and 2, Σ(x−x̄)(y−ȳ) = 8, Σ(x−x̄)² = 5.
    const rows = [[-1, 0], [0, 1], [1, 2], [2, 5]].map(([x, y], cluster) => ({ x: x!, y: y!, cluster })); // prettier-ignore
    const slope = clusteredSlope(rows)!;
    expect(slope.value).toBeCloseTo(1.6, 12);
    // Residuals 0.4, −0.2, −0.8, 0.6: usual error √(1.2 / 2 / 5), robust √(4/3 × Σ((x−x̄)u)² / 25).
    const robust = Math.sqrt(((4 / 3) * (0.6 ** 2 + 0.1 ** 2 + 0.4 ** 2 + 0.9 ** 2)) / 25);
    expect(slope.standardError).toBeCloseTo(Math.max(Math.sqrt(0.12), robust), 12);
  });

  test.each<[string, { x: number; y: number; cluster: number }[]]>([
    ['nothing', []],
    ['two rows', [{ x: 0, y: 0, cluster: 0 }, { x: 1, y: 1, cluster: 1 }]],
    ['one day', [0, 1, 2].map((x) => ({ x, y: x, cluster: 0 }))],
    ['a voice that never changes', [0, 1, 2].map((y) => ({ x: 1, y, cluster: y }))],
  ])('none of %s', (_, rows) => {
    expect(clusteredSlope(rows)).toBeNull();
  }); // prettier-ignore

  test('means by two weights, and how far apart they are', () => {
    const rows = [
      { y: 1, a: 1, b: 3, cluster: 0 },
      { y: 0, a: 1, b: 1, cluster: 1 },
    ];
    const { a, b, difference } = weightedMeansApart(rows)!;
    expect([a, b, difference!.value]).toEqual([0.5, 0.75, 0.25]);
    expect(weightedMeansApart([])).toBeNull();
    expect(weightedMeansApart([rows[0]!])!.difference).toBeNull();
    expect(weightedMeansApart(rows.map((r) => ({ ...r, b: r.a })))!.difference).toMatchObject({ value: 0 });
  });

  test('a confidence that knows more earns more of the same trades', () => {
    const random = seededRandom(9);
    const list = Array.from({ length: 300 }, (_, i) => {
      const good = random.next();
      return {
        day: i % 60,
        r: 2 * good - 1 + random.normal(),
        voices: {},
        confidence: { handSet: 0.5, learned: good },
      };
    });
    const { comparison } = feedbackOf(list);
    expect(comparison!.trades).toBe(300);
    expect(comparison!.difference!.ci95[0]).toBeGreaterThan(0);
    expect(comparison!.learnedR - comparison!.handSetR).toBeCloseTo(comparison!.difference!.value, 12);
  });
});
