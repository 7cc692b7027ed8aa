import type { EntryAlert } from '../core/alert/schema.ts';
import { createDetector } from '../core/detect/create-detector.ts';
import type { CascadeEvent } from '../core/detect/types.ts';
import { DEFAULT_DETECTOR_PARAMS } from '../core/detect/params.ts';
import type { Side } from '../core/shared/coin.ts';
import type { Desk } from './desk.ts';

const BAR_MS = 300_000;
const MINUTE_MS = 60_000;
/** A cascade that fired within this many bars is still worth showing. */
const RECENT_BARS = 36;
const LOOKBACK_BARS = 12;

/**
 * An alert as the Pine script would send it for the newest closed bar, with today's prices: to try the bridge without
 * TradingView. Its cascade is the last one the detector saw in these candles, if recent; else the last hour's move.
 * Whether it is approved is up to the gates. Null when there are no candles for the coin.
 */
export function exampleAlert(desk: Desk, coin: string): EntryAlert | null {
  const candles = desk.market.candles(coin);
  const last = candles.at(-1);
  const mark = desk.market.mark(coin);
  if (last === undefined || mark === null) return null;
  const recent = lastExhaustion(candles, last.t - RECENT_BARS * BAR_MS);
  const window = candles.slice(-LOOKBACK_BARS);
  const high = Math.max(...window.map((c) => c.h));
  const low = Math.min(...window.map((c) => c.l));
  const side: Side = recent?.side ?? (high - last.c > last.c - low ? 'long' : 'short');
  const atr = window.reduce((sum, c) => sum + c.h - c.l, 0) / window.length;
  const extreme = side === 'long' ? low : high;
  const origin = side === 'long' ? high : low;
  return {
    v: 1,
    kind: 'cascade.exhaustion',
    script: 'cascade-exhaustion@1.1.0',
    strategy: 'max-pain',
    exchange: 'HYPERLIQUID',
    ticker: `${coin.toUpperCase()}USDC.P`,
    // One-minute bars, so that the newest closed one is never older than a fresh alert may be.
    interval: '1',
    barTime: Math.floor(desk.clock.nowMs() / MINUTE_MS) * MINUTE_MS - MINUTE_MS,
    sentAt: desk.clock.nowMs(),
    side,
    close: mark.markPx,
    high: Math.max(last.h, mark.markPx),
    low: Math.min(last.l, mark.markPx),
    atr: recent?.atr ?? atr,
    score: recent?.score ?? null,
    cascade: recent?.cascade ?? {
      startTime: window[0]?.t ?? last.t,
      extreme,
      movePct: (extreme / origin - 1) * 100,
      bars: window.length,
      volumeRatio: null,
      oiChangePct: null,
      rsi: null,
    },
  };
}

function lastExhaustion(
  candles: ReturnType<Desk['market']['candles']>,
  sinceMs: number,
): CascadeEvent | undefined {
  const detector = createDetector(DEFAULT_DETECTOR_PARAMS, { intervalMs: BAR_MS, mintick: null });
  let found: CascadeEvent | undefined;
  for (const candle of candles)
    for (const event of detector.push(candle))
      if (event.kind === 'cascade.exhaustion' && event.barTime >= sinceMs) found = event;
  return found;
}
