// What venues reported of forced closes, and what open interest did: facts as received, not the map's estimate.
import type { Side } from '../../shared/coin.ts';

export type VenueName = 'hyperliquid' | 'binance' | 'bybit' | 'okx';

/** One forced close as a venue reported it. */
export interface Liquidation {
  venue: VenueName;
  /** Hyperliquid's spelling. */
  coin: string;
  /** The side that was liquidated: a long by selling, a short by buying. */
  side: Side;
  /** USD per coin in Hyperliquid's unit; bankruptcy price on Bybit and OKX, a little farther out than the trade. */
  px: number;
  /** Coins in Hyperliquid's unit, > 0. */
  sz: number;
  notionalUsd: number;
  timeMs: number;
}

/** A time during which a venue's stream was listened to without a break. Outside of spans silence means nothing. */
export interface HeardSpan {
  venue: VenueName;
  fromMs: number;
  toMs: number;
}

/** Liquidations of one side of one coin within one interval, all venues together. */
export interface LiquidationBucket {
  /** Start of the interval, ms. */
  tMs: number;
  side: Side;
  usd: number;
  count: number;
  /** Mean weighted by USD. */
  px: number;
  loPx: number;
  hiPx: number;
  largestUsd: number;
}

/** One-sided open interest of one venue at one moment. */
export interface OpenInterestSample {
  tMs: number;
  usd: number;
  /** In Hyperliquid's coins: unlike `usd` it does not fall with price alone. */
  coins: number;
}

export interface FundingSample {
  tMs: number;
  /** Per hour, fraction; longs pay when positive. */
  hourlyFraction: number;
}

/** Share of a venue's accounts with an open position that are long. Counts accounts, not size. */
export interface RatioSample {
  venue: VenueName;
  tMs: number;
  /** 0..1. */
  longAccountFraction: number;
}

export type RealisedWindowName = '5m' | '15m' | '1h' | '4h' | '24h';

/** Sums over the last so many ms. A lower bound: Binance sends one order per symbol and second, OKX not all. */
export interface RealisedWindow {
  windowMs: number;
  /** Part of the window in which at least one venue was listened to, > 0..1. */
  heardFraction: number;
  longUsd: number;
  shortUsd: number;
  /** ΔL = long − short. */
  deltaUsd: number;
  /** long ÷ short; null when no short was liquidated. */
  ratio: number | null;
  count: number;
  /** Largest single one; null when there was none. */
  largest: Liquidation | null;
  /** Share of USD in the largest quarter of the 0.1 % price buckets that had any, 0..1; null without any. */
  topBucketShare: number | null;
  /** Largest single ÷ all, 0..1; null without any. */
  largestShare: number | null;
}

/** How fast one side is being liquidated, in steps of five minutes. */
export interface SideVelocity {
  /** Mean of the last step. */
  usdPerMinute: number;
  /** Mean of the step before. */
  previousUsdPerMinute: number;
  /** Fastest step of the last hour. */
  peakUsdPerMinute: number;
  /** Part of the heard steps of the last 24 h that were slower than the last one, 0..1. */
  percentile: number;
  /**
   * quiet: nothing out of the ordinary within the hour. accelerating, running, decelerating: the last step against the
   * one before. fading: the last two steps below 40 % of the peak, the flow has spent itself.
   */
  state: 'quiet' | 'accelerating' | 'running' | 'decelerating' | 'fading';
}

export type LiquidationState = 'extreme' | 'high' | 'elevated' | 'normal' | 'calm';

/** Forced closes of the last 24 h of all followed coins together: a lower bound of the market's. */
export interface MarketWide {
  usd: number;
  longUsd: number;
  shortUsd: number;
  /** How many coins are in it. */
  coins: number;
  /** Part of the 24 h that was listened to, > 0..1. */
  heardFraction: number;
  /** By USD (mission §3); null when too little of the day was heard to say. */
  state: LiquidationState | null;
}

export interface RealisedLevel {
  /** Longs wiped out leave support, shorts wiped out resistance, so it is said; nothing here measured it. */
  kind: 'support' | 'resistance';
  /** Mean of the prices liquidated at, weighted by USD. */
  px: number;
  loPx: number;
  hiPx: number;
  notionalUsd: number;
  /** Size against the coin's usual day, halved every day since, 0..1. */
  strength: number;
  fromMs: number;
  toMs: number;
  /** Open interest in coins from before the event to an hour after it (or now), fraction; null when not known. */
  openInterestChangeFraction: number | null;
}

export interface VenueShare {
  venue: VenueName;
  longUsd: number;
  shortUsd: number;
  count: number;
  /** Part of the last 24 h in which this venue was listened to, 0..1. */
  heardFraction: number;
}

/** Open interest since a cascade began, all venues with samples at both ends. */
export interface Washout {
  sinceMs: number;
  /** From the highest open interest since then to now, coins, fraction ≥ 0. */
  dropFraction: number;
  /** Over the last five minutes, fraction; near 0 = it has stopped falling. Null without a sample from then, or one since. */
  recentChangeFraction: number | null;
  /** The coin's threshold for `isWashedOut`, fraction. */
  thresholdFraction: number;
  isWashedOut: boolean;
  /**
   * Of the side that was liquidated: flipped = it paid before and is paid now; reset = cheaper than its 24 h mean;
   * unchanged otherwise. Null without funding samples.
   */
  funding: 'flipped' | 'reset' | 'unchanged' | null;
  venues: VenueName[];
}

/** All that is known of a coin's realised liquidations at one moment. Null parts: not known, never "none". */
export interface RealisedView {
  coin: string;
  asOfMs: number;
  /** Null for a window in which nobody was listened to. */
  windows: Record<RealisedWindowName, RealisedWindow | null>;
  /** Null with less than an hour heard. */
  velocity: Record<Side, SideVelocity | null>;
  /** 24 h sum against the coin's own history; null with less than three days of it. */
  state: { state: LiquidationState; percentile: number; days: number } | null;
  /** Median of the coin's own 24 h sums, both sides, USD; null with less than a day heard. */
  usualDayUsd: number | null;
  /** Venues heard within 24 h. */
  venues: VenueShare[];
  /** Newest first; null when it is not known what a large event is for this coin. */
  levels: RealisedLevel[] | null;
}
