import type { MarketSource } from '../../app/ports.ts';
import type { Candle } from '../../core/shared/candle.ts';

const BAR_MS = 300_000;
/** A little more than a market book asks for at its start. */
const BARS_KEPT = 1_600;

/** All bars of [fromMs, toMs), oldest first: nothing is missing in between that the venue has. */
export interface RememberedCandles {
  fromMs: number;
  toMs: number;
  candles: Candle[];
}

export interface CandleMemory {
  read(key: string): Promise<RememberedCandles | undefined>;
  write(key: string, value: RememberedCandles): Promise<void>;
}

/**
 * A source whose closed bars survive the process, so that one whose memory is gone every minute does not ask for days
 * of history each time: 18 coins would cost 810 of the 1,200 request weight a minute. Closed bars never change.
 */
export function rememberCandles(source: MarketSource, memory: CandleMemory): MarketSource {
  return {
    ...source,
    async candles(coin, startMs, endMs) {
      const key = `candles|${source.venue}|${coin}`;
      const kept = await memory.read(key);
      const isUseful = kept !== undefined && kept.fromMs <= startMs && startMs <= kept.toMs;
      const known = isUseful ? kept : { fromMs: startMs, toMs: startMs, candles: [] };
      const fresh = known.toMs < endMs ? await source.candles(coin, known.toMs, endMs) : [];
      const newest = fresh.at(-1);
      const candles = [...known.candles, ...fresh];
      if (newest !== undefined) {
        const tail = candles.slice(-BARS_KEPT);
        const fromMs = tail.length < candles.length ? (tail[0]?.t ?? startMs) : known.fromMs;
        await memory.write(key, { fromMs, toMs: newest.t + BAR_MS, candles: tail });
      }
      return candles.filter((c) => c.t >= startMs && c.t < endMs);
    },
    forget: (coin) => memory.write(`candles|${source.venue}|${coin}`, { fromMs: 0, toMs: 0, candles: [] }),
  };
}
