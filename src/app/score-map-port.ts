// What scoring the map needs of the world: what is kept of the market's past, and a place for the results.
import type { Candle } from '../core/shared/candle.ts';
import type { HeardSpan, Liquidation, VenueName } from '../core/zones/realised/types.ts';
import type { ScoredDay } from '../core/zones/score/score-day.ts';
import type { MarketSample } from './sample-series.ts';

/** What is kept of the market. Reads it, and asks no venue for what is not. */
export interface MarketPast {
  /** Closed five-minute bars with open in [fromMs, toMs), oldest first; those that are kept. */
  bars(venue: VenueName, coin: string, fromMs: number, toMs: number): Promise<Candle[]>;
  /** The same of the mark, without a volume; none where the venue tells none. */
  marks(venue: VenueName, coin: string, fromMs: number, toMs: number): Promise<Candle[]>;
  /** From `sinceMs` on, oldest first. */
  liquidations(coin: string, sinceMs: number): Promise<Liquidation[]>;
  /** Those that end at or after `sinceMs`. */
  spans(sinceMs: number): Promise<HeardSpan[]>;
  samples(venue: VenueName, coin: string, sinceMs: number): Promise<MarketSample[]>;
}

export interface ScoredDaysQuery {
  coin?: string | undefined;
  /** Start of the oldest day, ms. */
  sinceMs: number;
  /** Goes on after this one. */
  after?: { dayMs: number; coin: string } | undefined;
  limit?: number | undefined;
}

/** Scored days, kept for a year. */
export interface ScoredDaysStore {
  /** Newest day first, coins of a day by name. */
  scoredDays(q: ScoredDaysQuery): Promise<ScoredDay[]>;
  /** Takes the place of what was known of the same coin and day. */
  saveScoredDay(day: ScoredDay): Promise<void>;
}

/** Days are kept this long, ms. */
export const SCORED_DAYS_KEPT_MS = 365 * 86_400_000;

/** For a market that no file outlives. */
export function scoredDaysInMemory(): ScoredDaysStore {
  const days = new Map<string, ScoredDay>();
  return {
    scoredDays: async ({ coin, sinceMs, after, limit }) =>
      [...days.values()]
        .filter((d) => (coin === undefined || d.coin === coin) && d.dayMs >= sinceMs)
        .sort((a, b) => b.dayMs - a.dayMs || (a.coin < b.coin ? -1 : 1))
        .filter(
          (d) =>
            after === undefined || d.dayMs < after.dayMs || (d.dayMs === after.dayMs && d.coin > after.coin),
        )
        .slice(0, limit),
    saveScoredDay: async (day) => void days.set(`${day.dayMs} ${day.coin}`, day),
  };
}
