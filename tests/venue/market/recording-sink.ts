import type { Candle } from '../../../src/core/shared/candle.ts';
import type { BarInterval, MarketSink } from '../../../src/venue/market/market-sink.ts';

export interface RecordingSink extends MarketSink {
  /** Everything said, in order. */
  said: (
    | { what: 'price'; coin: string; px: number; oraclePx: number | undefined; atMs: number }
    | { what: 'bars'; coin: string; interval: BarInterval; candles: readonly Candle[] }
    | { what: 'context'; coin: string; openInterest: number | undefined; fundingHourly: number | undefined }
  )[];
}

/** A sink that keeps all it is given, for tests to look at. */
export function recordingSink(): RecordingSink {
  const said: RecordingSink['said'] = [];
  return {
    said,
    setPrice: (coin, o) =>
      said.push({ what: 'price', coin, px: o.markPx, oraclePx: o.oraclePx, atMs: o.atMs ?? 0 }),
    addCandles: (coin, interval, candles) => said.push({ what: 'bars', coin, interval, candles }),
    setContext: (coin, o) =>
      said.push({
        what: 'context',
        coin,
        openInterest: o.openInterest,
        fundingHourly: o.fundingHourly,
      }),
  };
}
