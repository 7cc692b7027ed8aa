// Who may say what: which signals count which way, what learned weights may not do, and what ends a position.
import { describe, expect, test } from 'vitest';
import { readSignals, supportOf } from '../../../src/core/decide/confidence.ts';
import { decide } from '../../../src/core/decide/decide.ts';
import type { CardFacts, DecideInput, SignalFacts } from '../../../src/core/decide/decide-input.ts';
import type { Side } from '../../../src/core/shared/coin.ts';
import { exhaustion } from '../../support/alerts.ts';
import { cloidFor, decideInput, signalFacts } from '../../support/decide-input.ts';

const base = decideInput();
const NOW = base.nowMs;
const card = (name: CardFacts['name'], score: number): CardFacts => ({
  name,
  score,
  strength: 1,
  confidence: 1,
});
const agreementOf = (s5m: number, s1h: number) => readSignals(signalFacts(s5m, s1h), 'long', NOW).agreement;

describe('signals', () => {
  test('exactly at the bound a timeframe points somewhere, on either side of it', () => {
    expect([agreementOf(-0.15, 0.5), agreementOf(-0.149, 0.5)]).toEqual(['conflicted', 'mixed']);
    expect([agreementOf(0.5, -0.15), agreementOf(0.5, -0.149)]).toEqual(['conflicted', 'mixed']);
    expect([agreementOf(0.15, 0.15), agreementOf(0.15, 0.149)]).toEqual(['agree', 'mixed']);
  });

  test('flow of longs that were liquidated is spent: it speaks for a long after them', () => {
    for (const name of ['liquidation-delta', 'swept-delta'] as const) {
      expect(supportOf([card(name, -1)], 'long')).toBe(1);
      expect(supportOf([card(name, -1)], 'short')).toBe(-1);
    }
    expect(supportOf([card('liquidation-velocity', 1)], 'long')).toBe(1);
  });

  test('learned weights move the support, and neither make a refusal nor lift one', () => {
    const of = (cards: CardFacts[]): SignalFacts => ({
      ...signalFacts(),
      timeframes: signalFacts().timeframes.map((f) => ({ ...f, cards })),
    });
    // By hand (−0.3 + 0.75 × 0.4) ÷ 1.75 = 0; as learned (−0.6 + 0.375 × 0.4) ÷ 2.375 = −0.19.
    const torn = of([card('magnet', -0.3), card('funding', 0.4)]);
    const learned = { magnet: 2, funding: 0.5 };
    const [by, without] = [readSignals(torn, 'long', NOW, learned), readSignals(torn, 'long', NOW)];
    expect(by.support).toBeCloseTo(-0.45 / 2.375, 12);
    expect([by.agreement, without.agreement]).toEqual(['neutral', 'neutral']);
    const against = of([card('magnet', -0.6), card('funding', 0.4)]);
    const lifted = { magnet: 0.5, funding: 2 };
    expect(readSignals(against, 'long', NOW, lifted).support).toBeGreaterThan(0);
    expect(readSignals(against, 'long', NOW, lifted).agreement).toBe('conflicted');
  });
});

describe('a position of ours', () => {
  const held = (side: Side, change: Partial<DecideInput> = {}) =>
    decide(
      decideInput({
        account: { ...base.account!, positions: [{ coin: 'BTC', side, notionalUsd: 1_000 }] },
        exposure: { ...base.exposure, plannedCoins: ['BTC'] },
        ...change,
      }),
      cloidFor,
    ).reasons;
  const snapback = (side: Side) => ({
    alert: { ...exhaustion({ side }), kind: 'cascade.snapback' as const },
  });

  test('is closed by an exhaustion of the other side, and not by one more of its own', () => {
    expect([held('short'), held('long')]).toEqual([['opposite-exit'], ['position-open']]);
  });

  test('is closed by a snap-back of its own side, where the coin wants it', () => {
    expect([held('long', snapback('long')), held('long', snapback('short'))]).toEqual([
      ['snapback-exit'],
      ['not-an-entry'],
    ]);
    const off = { params: { ...base.params!, exitOnSnapback: false } };
    expect(held('long', { ...snapback('long'), ...off })).toEqual(['not-an-entry']);
  });

  test('is not closed on an old alert', () => {
    const late = { nowMs: NOW + 120_000 };
    expect(held('short', late)).toEqual(['stale-alert']);
    expect(held('long', { ...snapback('long'), ...late })).toEqual(['stale-alert']);
  });
});
