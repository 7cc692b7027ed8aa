import type { Candle } from '../../core/shared/candle.ts';

/** Bar lengths the market input makes, in the venue's own spelling. */
export type BarInterval = '1m' | '5m' | '15m' | '1h';

/** Length of a bar, ms. */
export const BAR_MS: Readonly<Record<BarInterval, number>> = {
  '1m': 60_000,
  '5m': 300_000,
  '15m': 900_000,
  '1h': 3_600_000,
};

/** Bars of one coin and interval a venue keeps and serves (Hyperliquid: the most recent 5,000). */
export const HISTORY_BARS_MAX = 5_000;

/** What market input needs of the simulated venue: somewhere to put prices, closed bars and context. */
export interface MarketSink {
  /** USD per coin, legal tick prices; `atMs` is the market's time, ms since the epoch. */
  setPrice(coin: string, o: { markPx: number; oraclePx?: number; atMs?: number }): void;
  /** Closed bars only, oldest first, never one that was given before. */
  addCandles(coin: string, interval: BarInterval, candles: readonly Candle[]): void;
  /** `openInterest` in coins, one-sided; `fundingHourly` a fraction; `dayNtlVlm` USD over 24 h. */
  setContext(
    coin: string,
    o: { openInterest?: number; fundingHourly?: number; dayNtlVlm?: number; prevDayPx?: number },
  ): void;
}
