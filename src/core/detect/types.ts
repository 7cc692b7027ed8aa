import type { Candle } from '../shared/candle.ts';
import type { Side } from '../shared/coin.ts';

/** What the detector measured of one cascade; null = could not be measured. Prices on the chart's tick. */
export interface CascadeNumbers {
  startTime: number;
  extreme: number;
  /** Extreme against the origin of the leg, percent, signed. */
  movePct: number;
  /** Bars since the start. */
  bars: number;
  /** Busiest bar so far against the baseline. */
  volumeRatio: number | null;
  /** Open interest against that before the leg, percent. */
  oiChangePct: number | null;
  /** RSI 14 on the bar of the extreme. */
  rsi: number | null;
}

export type CascadeKind = 'cascade.start' | 'cascade.exhaustion' | 'cascade.snapback';

export interface CascadeEvent {
  kind: CascadeKind;
  /** The side to enter: long after longs were liquidated. */
  side: Side;
  barTime: number;
  close: number;
  high: number;
  low: number;
  /** ATR from before the leg, quote currency. */
  atr: number;
  /** 0..100 as it fired; null at the start. */
  score: number | null;
  cascade: CascadeNumbers;
}

export type DetectorEvent = CascadeEvent | { kind: 'heartbeat'; barTime: number; close: number };

/** What the chart tells the script: bar length, and the price step (null = leave prices as they are). */
export interface Chart {
  intervalMs: number;
  mintick: number | null;
}

export interface Detector {
  /**
   * Takes the next *closed* bar, oldest first, and returns what the script would send on it, in the script's order.
   * A bar that is not one (not finite, price ≤ 0, high below low, time not later than the last) is ignored.
   * `oi` is open interest and `funding` the funding rate at the bar's close, each in any one unit (positive = longs
   * pay); null or absent = not known.
   */
  push(candle: Candle, oi?: number | null, funding?: number | null): readonly DetectorEvent[];
  /** The cascade being followed after the last bar, or null. */
  current(): {
    phase: 'during' | 'after';
    side: Side;
    extreme: number;
    origin: number;
    score: number | null;
  } | null;
}
