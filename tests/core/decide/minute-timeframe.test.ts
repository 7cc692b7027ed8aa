import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/core/decide/decide.ts';
import type { DecideInput, SignalFacts } from '../../../src/core/decide/decide-input.ts';
import { recompute } from '../../../src/core/decide/recompute.ts';
import { cloidFor, decideInput, signalFacts } from '../../support/decide-input.ts';

const decided = (signals: SignalFacts) => decide(decideInput({ signals }), cloidFor);
const gate = (signals: SignalFacts) => decided(signals).gates.find((g) => g.gate === 'timeframes');
const UNKNOWN = [{ timeframe: '1m' as const, why: 'the newest minute known ended 240 s ago' }];

describe('a decision from before there was a 1m timeframe', () => {
  test('says nothing of it, and comes out byte for byte the same from what is stored', () => {
    const old = decided(signalFacts());
    expect(Object.keys(gate(signalFacts())?.numbers ?? {})).not.toContain('support1m');
    const stored = structuredClone(old);
    expect(JSON.stringify(stored.inputs)).not.toContain('"unknown"');
    expect(recompute(stored)).toMatchObject({ kind: 'done', differences: [] });
  });
});

describe('1m not known', () => {
  test('the same plan as without it, and the decision says why', () => {
    const [without, unknown] = [decided(signalFacts()), decided({ ...signalFacts(), unknown: UNKNOWN })];
    expect(unknown.plan).toEqual(without.plan);
    expect(unknown.explain).toContain(
      'timeframes: agree (1m is not known: the newest minute known ended 240 s ago)',
    );
    expect(gate({ ...signalFacts(), unknown: UNKNOWN })?.numbers).toMatchObject({ support1m: null });
    expect(recompute(structuredClone(unknown))).toMatchObject({ kind: 'done', differences: [] });
  });
});

describe('1m known', () => {
  const planOf = (signals: SignalFacts) => {
    const { plan } = decided(signals);
    if (plan === null) throw new Error('no plan');
    return plan;
  };

  test.each([
    ['for it', 0.5, /agree, 1m for it/],
    ['neutral', 0, /agree, 1m neutral/],
    ['against it', -0.5, /mixed, 1m against it/],
  ])('%s: said in the gate, and computed again from what is stored', (_, score, says) => {
    const d = decided(signalFacts(0.5, 0.5, score));
    expect(d.status).toBe('approved');
    expect(d.explain).toMatch(says);
    expect(recompute(structuredClone(d))).toMatchObject({ kind: 'done', differences: [] });
  });

  test('against it: the stop lies farther out and less is risked, as where a timeframe does not agree', () => {
    const [agree, against, mixed] = [
      planOf(signalFacts(0.5, 0.5)),
      planOf(signalFacts(0.5, 0.5, -0.5)),
      planOf(signalFacts(0.5, 0)),
    ];
    expect(against.stopPx).toBeLessThan(agree.stopPx);
    expect(against.stopPx).toBe(mixed.stopPx);
    expect(against.riskUsd).toBeLessThan(0.85 * agree.riskUsd);
  });

  test('its cards are a fifth of the support', () => {
    const numbers = (input: Partial<DecideInput>) =>
      decide(decideInput(input), cloidFor).gates.find((g) => g.gate === 'timeframes')?.numbers;
    // 0.2 × 1 + 0.8 × (0.6 × 0.5 + 0.4 × 0.25) = 0.52.
    expect(numbers({ signals: signalFacts(0.5, 0.25, 1) })?.['support']).toBeCloseTo(0.52, 12);
  });
});
