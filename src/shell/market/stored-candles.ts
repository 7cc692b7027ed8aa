import type { MarketSource } from '../../app/ports.ts';
import type { Candle } from '../../core/shared/candle.ts';

const BAR_MS = 300_000;

/** Closed bars on disk. Within its span, a coin's bars are all the bars the venue has. */
export interface CandleHistory {
  candleSpan(venue: string, coin: string): Promise<{ fromMs: number; toMs: number } | null>;
  candles(venue: string, coin: string, fromMs: number, toMs: number): Promise<Candle[]>;
  addCandles(
    venue: string,
    coin: string,
    span: { fromMs: number; toMs: number },
    list: readonly Candle[],
  ): Promise<void>;
  forgetCandles(venue: string, coin: string): Promise<void>;
}

/** The name that bars of a venue's mark are kept under. */
export const markBarsOf = (venue: string): string => `${venue} mark`;

/**
 * A source whose closed bars survive the process: after a restart only what closed meanwhile is asked for. Bars that
 * turn out to be wrong are forgotten whole, and read again from the venue. Those of the mark are kept beside those of
 * trades, as if it were a venue of its own.
 */
export function storedCandles(source: MarketSource, history: CandleHistory): MarketSource {
  const { venue } = source;
  const ofMark = markBarsOf(venue);
  const kept =
    (name: string, read: MarketSource['candles']): MarketSource['candles'] =>
    async (coin, startMs, endMs) => {
      const span = await history.candleSpan(name, coin);
      const isUseful = span !== null && span.fromMs <= startMs && startMs <= span.toMs;
      const fromMs = isUseful ? span.fromMs : startMs;
      const knownToMs = isUseful ? span.toMs : startMs;
      const known = knownToMs > startMs ? await history.candles(name, coin, startMs, endMs) : [];
      const fresh = knownToMs < endMs ? await read(coin, knownToMs, endMs) : [];
      const newest = fresh.at(-1);
      if (newest !== undefined)
        await history.addCandles(name, coin, { fromMs, toMs: newest.t + BAR_MS }, fresh);
      return [...known, ...fresh];
    };
  return {
    ...source,
    candles: kept(venue, source.candles),
    ...(source.markCandles && { markCandles: kept(ofMark, source.markCandles) }),
    async forget(coin) {
      await history.forgetCandles(venue, coin);
      if (source.markCandles !== undefined) await history.forgetCandles(ofMark, coin);
    },
  };
}
