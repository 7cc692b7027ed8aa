import type { EntryAlert } from '../../src/core/alert/schema.ts';
import type { Candle } from '../../src/core/shared/candle.ts';
import * as flush from '../../src/venue/market/flush-candles.ts';
import { exhaustion } from './alerts.ts';

const BAR_MS = 300_000;
/** Close of the last bar: 2025-10-10 21:00 UTC. */
export const FLUSH_END_MS = 1_760_130_000_000;
export const FLUSH_CLOSE = 96_600;

/** A flush of BTC longs from 100,000 to 96,000. */
export const flushCandles = (): Candle[] => flush.flushCandles(100_000, FLUSH_END_MS);

/** The exhaustion alert of that flush, sent just after its last bar closed. */
export const flushAlert = (change: Partial<EntryAlert> = {}): EntryAlert =>
  exhaustion({
    exchange: 'HYPERLIQUID',
    ticker: 'BTCUSDC.P',
    barTime: FLUSH_END_MS - BAR_MS,
    sentAt: FLUSH_END_MS + 400,
    close: FLUSH_CLOSE,
    high: 96_650,
    low: 96_050,
    atr: 180,
    score: 80,
    cascade: {
      startTime: FLUSH_END_MS - 4 * BAR_MS,
      extreme: 96_000,
      movePct: -3.98,
      bars: 3,
      volumeRatio: 8,
      oiChangePct: null,
      rsi: 12,
    },
    ...change,
  });
