import type { EntryAlert } from '../../src/core/alert/schema.ts';
import type { Candle } from '../../src/core/shared/candle.ts';
import { exhaustion } from './alerts.ts';

const BAR_MS = 300_000;
/** Close of the last bar: 2025-10-10 21:00 UTC. */
export const FLUSH_END_MS = 1_760_130_000_000;
export const FLUSH_CLOSE = 96_600;

/**
 * Five-minute BTC bars: 600 quiet ones around 100,000 that seed liquidation levels on both sides, then six bars down
 * to 96,000 on eight times the volume, and a rebound. A long entry at the end passes every gate.
 */
export function flushCandles(): Candle[] {
  const candles: Candle[] = [];
  const startMs = FLUSH_END_MS - 607 * BAR_MS;
  for (let i = 0; i < 600; i++) {
    const o = 100_000 + 150 * Math.sin(i / 7);
    const c = 100_000 + 150 * Math.sin((i + 1) / 7);
    candles.push({ t: startMs + i * BAR_MS, o, h: Math.max(o, c) + 60, l: Math.min(o, c) - 60, c, v: 100 });
  }
  let px = candles.at(-1)!.c;
  for (let i = 0; i < 6; i++) {
    const c = px - (px - 96_100) / (6 - i);
    candles.push({
      t: startMs + (600 + i) * BAR_MS,
      o: px,
      h: px + 20,
      l: i === 5 ? 96_000 : c - 40,
      c,
      v: 800,
    });
    px = c;
  }
  candles.push({ t: startMs + 606 * BAR_MS, o: px, h: 96_650, l: 96_050, c: FLUSH_CLOSE, v: 250 });
  return candles;
}

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
