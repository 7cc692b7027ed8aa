// Market data that is pushed or kept, as use cases see it.
import type { Candle } from '../core/shared/candle.ts';
import type {
  HeardSpan,
  Liquidation,
  LiquidationBucket,
  RatioSample,
  VenueName,
} from '../core/zones/realised/types.ts';
import type { MarketSample } from './sample-series.ts';

/** One venue's liquidations as they happen. Reconnects by itself. What was missed meanwhile stays missed. */
export interface LiquidationSource {
  readonly venue: VenueName;
  /** Returns at once; calls back until stopped. */
  start(on: LiquidationListener): void;
  stop(): Promise<void>;
}

export interface LiquidationListener {
  liquidation(l: Liquidation): void;
  /**
   * Changes only.
   * @param atMs up: listening since then; down: last sign of life, after which nothing is known
   */
  status(up: boolean, atMs: number): void;
  /** What is wrong, in words; null when it is over. */
  problem(message: string | null): void;
}

/** Hyperliquid's one-minute bars as they form. Reconnects by itself. What was missed meanwhile stays missed. */
export interface MinuteFeed {
  /** Returns at once; calls back until stopped. */
  start(coins: readonly string[], on: MinuteListener): void;
  stop(): Promise<void>;
}

export interface MinuteListener {
  /** The whole of the bar as it stands, whenever it changes; checked by itself. */
  bar(coin: string, bar: Candle): void;
  /** Changes only. */
  status(up: boolean): void;
}

/** What is kept of a coin on a venue, minute by minute. */
export interface StoredSample extends MarketSample {
  venue: VenueName;
  coin: string;
}

export interface StoredRatio extends RatioSample {
  coin: string;
}

/** What is new since the last time it was written. */
export interface HistoryBatch {
  liquidations: readonly Liquidation[];
  /** Whole, replacing what was known of the same coin, side and time. */
  buckets: readonly (LiquidationBucket & { coin: string })[];
  /** Whole, replacing what was known of the same venue and start. */
  spans: readonly HeardSpan[];
  samples: readonly StoredSample[];
  ratios: readonly StoredRatio[];
}

/**
 * Market data that survives a restart. Not the journal: losing the last seconds of it costs a gap that is known as one.
 * A failure is for the caller to log; trading goes on without.
 */
export interface MarketHistory {
  /** Each oldest first. */
  liquidations(coin: string, sinceMs: number): Promise<Liquidation[]>;
  buckets(coin: string, sinceMs: number): Promise<LiquidationBucket[]>;
  spans(sinceMs: number): Promise<HeardSpan[]>;
  samples(venue: VenueName, coin: string, sinceMs: number): Promise<MarketSample[]>;
  ratios(coin: string, sinceMs: number): Promise<RatioSample[]>;
  append(batch: HistoryBatch): Promise<void>;
  /** Drops what is older than each kind is kept for. */
  prune(nowMs: number): Promise<void>;
}
