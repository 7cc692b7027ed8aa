// What closed trades say of the signals behind them: pure, with sample sizes and day-clustered intervals. No claim of edge.
import type { Multipliers } from '../decide/signal-weights.ts';
import { MULTIPLIER_MAX, MULTIPLIER_MIN, SIGNAL_NAMES, SIGNAL_WEIGHTS } from '../decide/signal-weights.ts';
import type { SignalName } from '../zones/signals/types.ts';
import type { Estimate } from './clustered.ts';
import { clusteredSlope, weightedMeansApart } from './clustered.ts';

/** One closed trade of ours with what each signal had said of its entry. */
export interface FeedbackTrade {
  /** UTC day of its opening, since the epoch: trades of one day are one draw of the market, not several. */
  day: number;
  /** Net result in multiples of the planned risk. */
  r: number;
  /** −1 against … +1 for the entry, by signal; left out: it said nothing. */
  voices: Partial<Record<SignalName, number>>;
  /** Confidence by the hand-set weights and by learned ones, as both stood when it was decided; null before there were any. */
  confidence: { handSet: number; learned: number } | null;
}

/** Fewer change nothing: less would be noise of a few cascades. */
export const FEEDBACK_TRADES_MIN = 100;
export const FEEDBACK_DAYS_MIN = 30;
/** A signal that spoke less often keeps its weight, trades. */
const SPOKE_MIN = 30;
/** A voice weaker than this is silence. */
const VOICE_MIN = 0.05;
/** Results beyond this many R count as this many: one gap through a stop teaches nothing about a signal. */
const R_MAX = 3;
/** What signals are expected to differ by before anything was seen: standard deviation of R per unit of voice. */
const PRIOR_SD = 0.15;
/** The slope, R per unit of voice, that doubles a weight. */
const SLOPE_DOUBLES = 0.5;

export interface Spoke {
  n: number;
  /** Mean of R; null without trades. */
  meanR: number | null;
}

export interface SignalFeedback {
  signal: SignalName;
  /** The hand-set weight; 0 stays 0. */
  weight: number;
  spokeFor: Spoke;
  spokeAgainst: Spoke;
  silent: Spoke;
  /** R per unit of voice, by least squares, with an interval that takes days as units; null when it cannot be told. */
  slope: Estimate | null;
  /** What would multiply the weight: 1 while there is too little to go by. */
  multiplier: number;
}

export interface Feedback {
  trades: number;
  days: number;
  isEnough: boolean;
  signals: SignalFeedback[];
  /** Mean R of the same trades weighted by either confidence; null while none was decided with both. */
  comparison: {
    trades: number;
    handSetR: number;
    learnedR: number;
    /** Learned − hand-set. */
    difference: Estimate | null;
  } | null;
}

/**
 * Weight and outcome of every signal. A multiplier is 2 to the power of slope ÷ 0.5 R, where the slope is drawn to 0 the
 * more the less certain it is (its error against a prior of 0.15 R), within ×0.5 and ×2. All signals are looked at at
 * once: of a dozen intervals of 95 % one in two surveys misses the truth somewhere.
 */
export function feedbackOf(trades: readonly FeedbackTrade[]): Feedback {
  const days = new Set(trades.map((t) => t.day)).size;
  const isEnough = trades.length >= FEEDBACK_TRADES_MIN && days >= FEEDBACK_DAYS_MIN;
  return {
    trades: trades.length,
    days,
    isEnough,
    signals: SIGNAL_NAMES.map((signal) => feedbackOn(signal, trades, isEnough)),
    comparison: comparisonOf(trades),
  };
}

/** The multipliers of a survey, without those that are 1. Empty while there is too little to go by. */
export const multipliersOf = ({ signals }: Feedback): Multipliers =>
  Object.fromEntries(signals.filter((s) => s.multiplier !== 1).map((s) => [s.signal, s.multiplier]));

const bounded = (r: number): number => Math.min(R_MAX, Math.max(-R_MAX, r));

function feedbackOn(signal: SignalName, trades: readonly FeedbackTrade[], isEnough: boolean): SignalFeedback {
  const voice = (t: FeedbackTrade): number => t.voices[signal] ?? 0;
  const spoke = (is: (v: number) => boolean): Spoke => {
    const rs = trades.filter((t) => is(voice(t))).map((t) => t.r);
    return { n: rs.length, meanR: rs.length === 0 ? null : rs.reduce((a, r) => a + r, 0) / rs.length };
  };
  const [spokeFor, spokeAgainst] = [spoke((v) => v >= VOICE_MIN), spoke((v) => v <= -VOICE_MIN)];
  const slope = clusteredSlope(trades.map((t) => ({ x: voice(t), y: bounded(t.r), cluster: t.day })));
  const { weight } = SIGNAL_WEIGHTS[signal];
  const isHeard = isEnough && weight > 0 && spokeFor.n + spokeAgainst.n >= SPOKE_MIN;
  return {
    signal,
    weight,
    spokeFor,
    spokeAgainst,
    silent: spoke((v) => Math.abs(v) < VOICE_MIN),
    slope,
    multiplier: isHeard && slope !== null ? multiplierOf(slope) : 1,
  };
}

function multiplierOf({ value, standardError }: Estimate): number {
  const shrunk = (value * PRIOR_SD ** 2) / (PRIOR_SD ** 2 + standardError ** 2);
  const exact = Math.min(MULTIPLIER_MAX, Math.max(MULTIPLIER_MIN, 2 ** (shrunk / SLOPE_DOUBLES)));
  // Four decimals are kept: a weight is no measurement.
  return Math.round(exact * 10_000) / 10_000;
}

function comparisonOf(trades: readonly FeedbackTrade[]): Feedback['comparison'] {
  const both = trades.flatMap(({ day, r, confidence: c }) =>
    c === null ? [] : [{ y: bounded(r), a: c.handSet, b: c.learned, cluster: day }],
  );
  const means = weightedMeansApart(both);
  return means === null
    ? null
    : { trades: both.length, handSetR: means.a, learnedR: means.b, difference: means.difference };
}
