import type { SignalName } from '../zones/signals/types.ts';

export interface SignalWeight {
  /** How much the card counts beside the others, 0..1. 0: it has no direction, or says something else. */
  weight: number;
  /**
   * 1: an entry after a cascade goes the card's way. −1: it goes against it, because what the card calls flow is what
   * has just been spent (mission §3: contrarian at extremes).
   */
  reading: 1 | -1;
}

/**
 * What each signal counts for an entry after a cascade. Version 1, 2026-11-22, set by hand: the order is that of
 * mission §3 and §4, the figures are nobody's measurement. No card predicts the next hour on the recordings
 * (docs/zones.md), so these weights are not fitted and claim no edge; they decide how much is risked, within bounds,
 * never whether a stop stands.
 */
export const SIGNAL_WEIGHTS: Readonly<Record<SignalName, SignalWeight>> = {
  // Where price would run through the next forced orders.
  magnet: { weight: 1, reading: 1 },
  'cascade-down': { weight: 1, reading: 1 },
  'cascade-up': { weight: 1, reading: 1 },
  'max-pain-distance': { weight: 0.5, reading: 1 },
  // What has been swept is the flow that has been spent.
  'swept-delta': { weight: 1, reading: -1 },
  // Already turned round once it fades.
  'sweep-velocity': { weight: 1, reading: 1 },
  'post-sweep-level': { weight: 0.75, reading: 1 },
  funding: { weight: 0.75, reading: 1 },
  rsi: { weight: 0.5, reading: 1 },
  // Facts instead of the map's estimate, where venues tell.
  'liquidation-delta': { weight: 1, reading: -1 },
  'liquidation-velocity': { weight: 1, reading: 1 },
  'account-ratio': { weight: 0.5, reading: 1 },
  // An exit signal, and four without a direction.
  'zone-proximity': { weight: 0, reading: 1 },
  crowding: { weight: 0, reading: 1 },
  'sweep-concentration': { weight: 0, reading: 1 },
  'market-state': { weight: 0, reading: 1 },
  // The phase rests on it; here it would count twice.
  'open-interest': { weight: 0, reading: 1 },
};

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of a record of signals
export const SIGNAL_NAMES = Object.keys(SIGNAL_WEIGHTS) as SignalName[];

/** Raised when a weight or a reading above changes: multipliers learned beside other weights are not used with them. */
export const SIGNAL_WEIGHTS_VERSION = 1;

/** What learned weights are of the hand-set ones, by signal; left out: 1. */
export type Multipliers = Readonly<Partial<Record<SignalName, number>>>;
export const MULTIPLIER_MIN = 0.5;
export const MULTIPLIER_MAX = 2;

/** Multipliers as they were learned at one time. A version never changes. */
export interface LearnedWeights {
  /** 1 is the first. */
  version: number;
  learnedAtMs: number;
  /** Of the hand-set weights they multiply. */
  handSetVersion: number;
  /** What they were learned from. */
  trades: number;
  days: number;
  multipliers: Multipliers;
}

/** Share of the filter before an entry and of the context around it in the support for one. */
export const TIMEFRAME_WEIGHTS = { '5m': 0.6, '1h': 0.4 } as const;
