import type { Candle } from '../../core/shared/candle.ts';
import { MarketReadError } from './market-read-error.ts';

/** Bars a venue may need to publish one after it closed, ms: a bar younger than that is not taken as closed yet. */
const CLOSE_GRACE_MS = 1_500;
/** The newest bar may be this much older than asked for before the series counts as frozen, ms. */
const FROZEN_AFTER_MS = 900_000;
/** From one bar's close to the next one's open price does not jump by this factor; a feed that changes unit does. */
const JUMP_FACTOR_MAX = 1.5;

export interface CandleRange {
  /** Who and what, for messages: "binance klines BTC". */
  what: string;
  intervalMs: number;
  startMs: number;
  endMs: number;
  nowMs: number;
}

/**
 * A venue's bars as closed candles with open in [startMs, endMs): the unfinished bar dropped, order, range, highs and
 * lows, continuity and freshness checked. Throws MarketReadError naming the bar; never returns part of a bad answer.
 */
export function checkedCandles(bars: readonly Candle[], r: CandleRange): Candle[] {
  const isClosed = (c: Candle): boolean => c.t + r.intervalMs + CLOSE_GRACE_MS <= r.nowMs;
  for (const [i, c] of bars.entries()) {
    const why = whyWrong(c, bars[i - 1], r.intervalMs);
    if (why !== null) throw new MarketReadError('malformed', `${r.what}: bar ${i} (t ${c.t}) ${why}`);
  }
  const closed = bars.filter((c) => c.t >= r.startMs && c.t < r.endMs && isClosed(c));
  const newestDue = newestOpenMs(r);
  if (newestDue < r.startMs) return closed;
  const newest = closed.at(-1);
  if (newest === undefined) throw new MarketReadError('incomplete', `${r.what}: no bar at all in the range`);
  if (newestDue - newest.t > FROZEN_AFTER_MS)
    throw new MarketReadError(
      'incomplete',
      `${r.what}: frozen, the newest bar is ${Math.round((newestDue - newest.t) / 60_000)} min older than due`,
    );
  return closed;
}

/** Open of the newest bar that is in the range and closed, ms. */
export function newestOpenMs(r: Omit<CandleRange, 'what' | 'startMs'>): number {
  const aligned = (ms: number): number => Math.floor(ms / r.intervalMs) * r.intervalMs;
  return Math.min(aligned(r.endMs - 1), aligned(r.nowMs - CLOSE_GRACE_MS) - r.intervalMs);
}

/** What about a bar cannot be right, in words; null when it can. @param before the one before it, where there is one */
export function whyWrong(c: Candle, before: Candle | undefined, intervalMs: number): string | null {
  if (!(c.l > 0)) return 'has a price that is not above 0';
  if (c.l > Math.min(c.o, c.c) || c.h < Math.max(c.o, c.c))
    return 'has its open or close outside high and low';
  if (c.v < 0) return 'has a negative volume';
  if (c.t % intervalMs !== 0) return 'does not open on the interval';
  if (before === undefined) return null;
  if (c.t <= before.t) return 'is not after the one before';
  const jump = c.o / before.c;
  if (c.t === before.t + intervalMs && (jump > JUMP_FACTOR_MAX || jump < 1 / JUMP_FACTOR_MAX))
    return `opens at ${jump.toFixed(3)} × the close before`;
  return null;
}
