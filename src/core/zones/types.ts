import type { Side } from '../shared/coin.ts';

/**
 * A band where liquidations of one side are dense. `side` is the side that gets liquidated:
 * a long zone lies below the mark, a short zone above.
 */
export interface Zone {
  side: Side;
  /** Band edges and peak, USD per coin, lo ≤ peak ≤ hi. */
  loPx: number;
  hiPx: number;
  peakPx: number;
  /** Estimated USD liquidated in the band; an estimate, never a fact. */
  notionalUsd: number;
  /** Share of the side's whole mass on the grid, 0..1. */
  share: number;
  /** From the mark to the nearest edge, bps, ≥ 0. */
  distanceBps: number;
}

/** Estimated mass that one bar's range took away on one side. */
export interface Sweep {
  /** Open of the bar that swept, ms. */
  t: number;
  side: Side;
  notionalUsd: number;
  /** Range of prices at which mass was taken, USD. */
  loPx: number;
  hiPx: number;
}

/** What a coin's liquidation map says at one moment. */
export interface ZoneMap {
  coin: string;
  /** Close of the newest bar used, ms. */
  asOfMs: number;
  markPx: number;
  /**
   * Venues whose candles built it ("hyperliquid", "binance"), with the bars used from each. Weights add up to 1.
   * `scaledBy`: the open interest it was scaled to, or, where the venue gave none, its turnover. With turnover alone
   * the USD figures say how levels compare, not how large they are.
   */
  sources: {
    venue: string;
    bars: number;
    weight: number;
    scaledBy: 'open-interest' | 'turnover';
    /** Whose range took its levels away: the mark's, which positions are closed by, where the venue tells it. */
    sweptBy?: 'mark' | 'trade' | 'mixed' | undefined;
  }[];
  /** Venues that were asked for but not used, and why, in words. */
  leftOut: { venue: string; why: string }[];
  zones: Zone[];
  /** The band with the largest estimated liquidation per side; null when a side has no level. Not the options term. */
  maxPain: { long: Zone | null; short: Zone | null };
  /** Estimated mass left per side on the grid, USD. */
  totalUsd: { long: number; short: number };
  /** The part of it within reach of the mark (REACH_FRACTION), USD. */
  reachUsd: { long: number; short: number };
  /** Sweeps of the last 24 h, oldest first. */
  sweeps: Sweep[];
  /**
   * What the minutes since the newest five-minute bar have taken, by Hyperliquid's one-minute bars, oldest first; left
   * out where those are not known. None of it is in `sweeps` yet.
   */
  runningSweeps?: Sweep[] | undefined;
  /**
   * Only on a map that real positions are part of: how much of Hyperliquid's open interest they are, 0..1 by side, and
   * the median age of their readings, ms.
   */
  blend?: { coverage: { long: number; short: number }; ageP50Ms: number } | undefined;
  /** Mass by price for pictures: parallel arrays, prices ascending, only buckets with mass. */
  bins: { px: number[]; longUsd: number[]; shortUsd: number[] };
}
