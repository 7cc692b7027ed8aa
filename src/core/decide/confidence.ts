import type { Side } from '../shared/coin.ts';
import { sign } from '../shared/coin.ts';
import { SIGNAL_THRESHOLDS } from '../zones/signals/thresholds.ts';
import type { Timeframe } from '../zones/signals/types.ts';
import type { CardFacts, SignalFacts } from './decide-input.ts';
import { SIGNAL_WEIGHTS, TIMEFRAME_WEIGHTS } from './signal-weights.ts';

/** Confidence of an alert without a score, before the signals: half the risk. */
const CONFIDENCE_UNSCORED = 0.5;
export const CONFIDENCE_MIN = 0.1;
/** What full support of all signals adds and full opposition takes away. */
const SUPPORT_SHARE = 0.3;
/** Timeframes that do not all point the entry's way leave this share. */
const AGREEMENT_FACTOR = { agree: 1, mixed: 0.8, neutral: 0.7 } as const;
/** A timeframe that turned the entry's way so lately that the turn is news, ms, and what that adds. */
const TURN_MS_MAX = 1_800_000;
const TURN_FACTOR = 1.1;
/** A direction that is left with less than this share of its peak is fading though it still points, and what that leaves. */
const FADING_SHARE = 0.5;
const FADING_FACTOR = 0.9;

/** How the timeframes stand to an entry: all for it, one for it, none, or one against it. */
export type Agreement = 'agree' | 'mixed' | 'neutral' | 'conflicted';

export interface Support {
  agreement: Agreement;
  /** Mean of the timeframes, −1 against … +1 for the entry. */
  support: number;
  byTimeframe: Record<Timeframe, number>;
  /** A timeframe went from neutral, or from against the entry, to the entry's way within the last half hour. */
  isTurning: boolean;
  /** A timeframe points the entry's way with less than half of what it did (mission §3: deceleration is fading). */
  isFading: boolean;
}

/** Weighted mean of the cards, read for an entry of `side`: −1 against … +1 for it; 0 when no card says anything. */
export function supportOf(cards: readonly CardFacts[], side: Side): number {
  let sum = 0;
  let total = 0;
  for (const c of cards) {
    const { weight, reading } = SIGNAL_WEIGHTS[c.name];
    const w = weight * c.strength * c.confidence;
    sum += w * reading * c.score;
    total += w;
  }
  return total > 0 ? (sign(side) * sum) / total : 0;
}

/** What the signals say of an entry of `side`. The alert itself speaks for it; a timeframe against it is a conflict. */
export function readSignals(facts: SignalFacts, side: Side, nowMs: number): Support {
  const byTimeframe: Record<Timeframe, number> = { '5m': 0, '1h': 0 };
  let support = 0;
  for (const f of facts.timeframes) {
    byTimeframe[f.timeframe] = supportOf(f.cards, side);
    support += TIMEFRAME_WEIGHTS[f.timeframe] * byTimeframe[f.timeframe];
  }
  const values = Object.values(byTimeframe);
  const least = SIGNAL_THRESHOLDS.directionBias;
  const agreement = values.some((v) => v <= -least)
    ? 'conflicted'
    : values.every((v) => v >= least)
      ? 'agree'
      : values.some((v) => v >= least)
        ? 'mixed'
        : 'neutral';
  const way = side === 'long' ? 'up' : 'down';
  const going = facts.timeframes.filter((f) => f.direction === way);
  const isTurning = going.some((f) => f.turned !== null && nowMs - f.turned.atMs <= TURN_MS_MAX);
  const isFading = going.some((f) => Math.abs(f.bias) < FADING_SHARE * Math.abs(f.peakBias));
  return { agreement, support, byTimeframe, isTurning, isFading };
}

/**
 * 0.1..1, the share of the coin's risk fraction that an entry is given: the detector's score as a share of its
 * maximum, more with the signals behind it, less without agreement of the timeframes. Rises with the score and with
 * the support; never above 1. Not a probability, and no edge is claimed for it.
 */
export function confidenceOf(score: number | null, s: Support): number {
  const base = score === null ? CONFIDENCE_UNSCORED : score / 100;
  const agreement = s.agreement === 'conflicted' ? 0 : AGREEMENT_FACTOR[s.agreement];
  const change = (s.isTurning ? TURN_FACTOR : 1) * (s.isFading ? FADING_FACTOR : 1);
  const value = base * (1 + SUPPORT_SHARE * s.support) * agreement * change;
  return Math.min(1, Math.max(CONFIDENCE_MIN, value));
}
