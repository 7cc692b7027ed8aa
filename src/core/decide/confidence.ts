import type { Side } from '../shared/coin.ts';
import { sign } from '../shared/coin.ts';
import type { Washout } from '../zones/realised/types.ts';
import { SIGNAL_THRESHOLDS } from '../zones/signals/thresholds.ts';
import type { Timeframe } from '../zones/signals/types.ts';
import type { CardFacts, DecideInput, SignalFacts } from './decide-input.ts';
import type { Multipliers } from './signal-weights.ts';
import { SIGNAL_WEIGHTS, TIMEFRAME_WEIGHTS } from './signal-weights.ts';

/** Confidence of an alert without a score, before the signals: half the risk. */
const CONFIDENCE_UNSCORED = 0.5;
export const CONFIDENCE_MIN = 0.1;
/** What full support of all signals adds and full opposition takes away. */
const SUPPORT_SHARE = 0.3;
/** Timeframes that do not all point the entry's way leave this share. */
const AGREEMENT_FACTOR = { agree: 1, mixed: 0.8, neutral: 0.7 } as const;
/** What 1m pointing the same way as 5m and 1h adds. */
const ALL_THREE_FACTOR = 1.1;
/** Share of 1m in the support where it is known; the rest is that of 5m and 1h. */
const MINUTE_SHARE = 0.2;
/** What is left of an agreement that 1m alone speaks against. */
const LESS = { agree: 'mixed', mixed: 'neutral', neutral: 'neutral', conflicted: 'conflicted' } as const;
/** A timeframe that turned the entry's way so lately that the turn is news, ms, and what that adds. */
const TURN_MS_MAX = 1_800_000;
const TURN_FACTOR = 1.1;
/** A direction that is left with less than this share of its peak is fading though it still points, and what that leaves. */
const FADING_SHARE = 0.5;
const FADING_FACTOR = 0.9;

/**
 * What the funding of the side that was liquidated says of a washout (mission §3, §4): it paid before and is paid now,
 * it is cheaper than its mean of a day, or leverage on it costs what it did. Hourly rates lag, so it moves the size and
 * refuses nothing.
 */
const FUNDING_FACTOR = { flipped: 1.1, reset: 1, unchanged: 0.8 } as const;

/** How the timeframes stand to an entry: all for it, one for it, none, or one against it. */
export type Agreement = 'agree' | 'mixed' | 'neutral' | 'conflicted';

export interface Support {
  agreement: Agreement;
  /** Mean of the timeframes that are known, −1 against … +1 for the entry. */
  support: number;
  byTimeframe: Record<Exclude<Timeframe, '1m'>, number>;
  /** 1m's, −1..1; null when it is not known. */
  minute: { support: number; says: 'for' | 'against' | 'neutral' } | null;
  /** A timeframe went from neutral, or from against the entry, to the entry's way within the last half hour. */
  isTurning: boolean;
  /** A timeframe points the entry's way with less than half of what it did (mission §3: deceleration is fading). */
  isFading: boolean;
}

/**
 * Weighted mean of the cards, read for an entry of `side`: −1 against … +1 for it; 0 when no card says anything.
 * @param learned what multiplies the hand-set weights
 */
export function supportOf(cards: readonly CardFacts[], side: Side, learned: Multipliers = {}): number {
  let sum = 0;
  let total = 0;
  for (const c of cards) {
    const { weight, reading } = SIGNAL_WEIGHTS[c.name];
    const w = weight * (learned[c.name] ?? 1) * c.strength * c.confidence;
    sum += w * reading * c.score;
    total += w;
  }
  return total > 0 ? (sign(side) * sum) / total : 0;
}

/**
 * What the signals say of an entry of `side`. The alert itself speaks for it; 5m or 1h against it is a conflict.
 *
 * 1m never refuses: right after a flush its bias is against the entry or nowhere by nature, since the flow that has just
 * ended is most of what it sees, and whether that flow goes on is for the cascade phase to judge. Against the entry it
 * takes one step of agreement away (smaller size, wider stop); with both others for it, it adds confidence; without a
 * direction it changes nothing but its share of the support; not known, the other two decide as if it did not exist.
 * Turning and fading are read from 5m and 1h: minutes turn too often for it to be news.
 * @param learned what multiplies the hand-set weights in `support`. Whether timeframes agree is for the hand-set ones
 * alone: what was learned moves the size, and lifts or makes no refusal
 */
export function readSignals(
  facts: SignalFacts,
  side: Side,
  nowMs: number,
  learned: Multipliers = {},
): Support {
  const least = SIGNAL_THRESHOLDS.directionBias;
  const byTimeframe: Support['byTimeframe'] = { '5m': 0, '1h': 0 };
  let longer = 0;
  let shorter = 0;
  let minute: Support['minute'] = null;
  for (const { timeframe, cards } of facts.timeframes) {
    const value = supportOf(cards, side);
    const weighed = supportOf(cards, side, learned);
    if (timeframe === '1m') {
      shorter = weighed;
      minute = { support: value, says: value >= least ? 'for' : value <= -least ? 'against' : 'neutral' };
    } else {
      byTimeframe[timeframe] = value;
      longer += TIMEFRAME_WEIGHTS[timeframe] * weighed;
    }
  }
  const ofLonger = agreementOf(Object.values(byTimeframe), least);
  const way = side === 'long' ? 'up' : 'down';
  const going = facts.timeframes.filter((f) => f.timeframe !== '1m' && f.direction === way);
  return {
    agreement: minute?.says === 'against' ? LESS[ofLonger] : ofLonger,
    support: minute === null ? longer : MINUTE_SHARE * shorter + (1 - MINUTE_SHARE) * longer,
    byTimeframe,
    minute,
    isTurning: going.some((f) => f.turned !== null && nowMs - f.turned.atMs <= TURN_MS_MAX),
    isFading: going.some((f) => Math.abs(f.bias) < FADING_SHARE * Math.abs(f.peakBias)),
  };
}

/** What multiplies the hand-set weights of a decision, and what is computed beside it: null when nothing was learned. */
export const weightsOf = ({
  feedback,
}: {
  feedback?: DecideInput['feedback'] | undefined;
}): { used: Multipliers; shadow: Multipliers | null } =>
  feedback === undefined
    ? { used: {}, shadow: null }
    : feedback.isApplied
      ? { used: feedback.multipliers, shadow: {} }
      : { used: {}, shadow: feedback.multipliers };

/** @param least from this support on a timeframe points somewhere */
function agreementOf(values: readonly number[], least: number): Agreement {
  if (values.some((v) => v <= -least)) return 'conflicted';
  if (values.every((v) => v >= least)) return 'agree';
  return values.some((v) => v >= least) ? 'mixed' : 'neutral';
}

/**
 * 0.1..1, the share of the coin's risk fraction that an entry is given: the detector's score as a share of its
 * maximum, more with the signals behind it, less without agreement of the timeframes. Rises with the score and with
 * the support; never above 1. Not a probability, and no edge is claimed for it.
 * @param funding of the liquidated side since the cascade began; null when it is not known, which changes nothing
 */
export function confidenceOf(score: number | null, s: Support, funding: Washout['funding'] = null): number {
  const base = score === null ? CONFIDENCE_UNSCORED : score / 100;
  const agreement =
    (s.agreement === 'conflicted' ? 0 : AGREEMENT_FACTOR[s.agreement]) *
    (s.agreement === 'agree' && s.minute?.says === 'for' ? ALL_THREE_FACTOR : 1);
  const change = (s.isTurning ? TURN_FACTOR : 1) * (s.isFading ? FADING_FACTOR : 1);
  const turned = funding === null ? 1 : FUNDING_FACTOR[funding];
  const value = base * (1 + SUPPORT_SHARE * s.support) * agreement * change * turned;
  return Math.min(1, Math.max(CONFIDENCE_MIN, value));
}
