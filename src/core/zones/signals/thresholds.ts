import type { RealisedWindowName } from '../realised/types.ts';
import type { SignalMode, Timeframe } from './types.ts';

/**
 * Where signals switch. Numbers quoted in trading literature, none of them tested here: starting points, not truths.
 * Fractions are of the mark unless said otherwise.
 */
export const SIGNAL_THRESHOLDS = {
  /** One side's nearest cluster must pull this many times as hard as the other's; ≥ 1. */
  magnetRatio: 2,
  /** Stacked clusters nearer to each other than this: high, moderate cascade risk. */
  gapHigh: 0.02,
  gapModerate: 0.05,
  /** A zone nearer than this is being visited, bps. */
  proximityBps: 100,
  /** Share of a side's mass within reach from which the side counts as dense, 0..1. */
  denseShare: 0.25,
  /** Long ÷ short swept above which longs are squeezed; its inverse for shorts. */
  squeezeRatio: 2,
  /** Velocity below this share of its peak is fading, 0..1. */
  fadingShare: 0.4,
  /** Swept share of what was within reach below which there was no event, 0..1. */
  eventShare: 0.05,
  /** From a level of a past event, bps: farther away it is neither support nor resistance now. */
  levelBps: 150,
  /** Funding per hour that counts as extreme either way; Hyperliquid's resting rate is 0.0000125. */
  fundingExtremeHourly: 0.00005,
  /** Liquidations this many times the coin's usual pace count fully. */
  flowPaceFull: 5,
  /** Open interest in coins down by this is washed out, up by this is rising; fractions. */
  oiWashout: 0.2,
  oiRising: 0.03,
  /** Share of accounts on one side from which it is crowded, 0.5..1. */
  crowdedAccounts: 0.65,
  rsiLength: 14,
  rsiOverbought: 70,
  rsiOversold: 30,
  /** Turnover of 24 h against the coin's own usual day: in the proportions of $1B, 500M, 200M, 50M around $100M. */
  stateMultiples: { extreme: 10, high: 5, elevated: 2, normal: 0.5 },
  /** A timeframe points somewhere from this bias on, 0..1. */
  directionBias: 0.15,
  /** What agreement of all timeframes that are known adds to confidence, factor ≥ 1. */
  agreementBoost: 1.25,
} as const;

export type SignalThresholds = typeof SIGNAL_THRESHOLDS;

export interface Lookback {
  timeframe: Timeframe;
  /** Zones farther away than this do not count, fraction of the mark. */
  reach: number;
  /** Sweeps that count, ms back from the newest bar. */
  windowMs: number;
  /** Length of the bars it is made from, ms: five-minute bars, or one-minute bars on 1m. */
  barMs: number;
  /** Length of the bars of oscillators, in those. */
  barsPerBar: number;
  /** Of the realised windows the one nearest to `windowMs`. */
  realisedWindow: RealisedWindowName;
}

const MINUTE_MS = 60_000;
const look = (
  timeframe: Timeframe,
  reach: number,
  minutes: number,
  barsPerBar: number,
  realisedWindow: RealisedWindowName,
): Lookback => ({
  timeframe,
  reach,
  windowMs: minutes * MINUTE_MS,
  barMs: (timeframe === '1m' ? 1 : 5) * MINUTE_MS,
  barsPerBar,
  realisedWindow,
});

/** The filter before an entry and the context around it, by mode. */
export const LOOKBACKS: Readonly<Record<SignalMode, readonly Lookback[]>> = {
  scalp: [look('5m', 0.015, 20, 1, '15m'), look('1h', 0.05, 180, 12, '4h')],
  day: [look('5m', 0.03, 45, 1, '1h'), look('1h', 0.1, 480, 12, '4h')],
  swing: [look('5m', 0.06, 120, 3, '1h'), look('1h', 0.2, 1_440, 48, '24h')],
};

/** What happens now, by mode: half as near as 5m, and a quarter to a third as long. */
export const MINUTE_LOOKBACKS: Readonly<Record<SignalMode, Lookback>> = {
  scalp: look('1m', 0.0075, 5, 1, '5m'),
  day: look('1m', 0.015, 15, 1, '15m'),
  swing: look('1m', 0.03, 30, 3, '15m'),
};

/** How often a mode looks for turns, ms (mission §3): a direction that does not last until the next look was none. */
export const CYCLE_MS: Readonly<Record<SignalMode, number>> = { scalp: 30_000, day: 60_000, swing: 300_000 };

/** Signals of the method that need data which is not read: never shown as if they were calm. */
export const NOT_AVAILABLE: readonly { signal: string; needs: string }[] = [
  {
    signal: 'realised liquidations (totals, long/short, largest single, 24 h state)',
    needs: "the venues' liquidation streams; what is shown as swept is the map's estimate",
  },
  { signal: 'open-interest washout, rising open interest', needs: 'a stored history of open interest' },
  { signal: 'long/short account ratio', needs: "the venues' ratio endpoints" },
];
