import type { Mean } from '../../../core/review/statistics.ts';
import { meanByDay } from '../../../core/review/statistics.ts';
import type { Candle } from '../../../core/shared/candle.ts';
import type { Side } from '../../../core/shared/coin.ts';
import { sign } from '../../../core/shared/coin.ts';
import { TAKER_FEE_FRACTION } from '../../../core/decide/risk-limits.ts';
import { seededRandom } from '../../../core/shared/seeded-random.ts';

/** What somebody would have earned without any of this, net of taker fees both ways, in bps of notional. */
export interface Baseline {
  trades: number;
  netBps: Mean | null;
}

export interface Baselines {
  /** The same coins, sides and holding times, at random moments of the same period, without a stop. */
  random: Baseline;
  /** Each coin bought at the first bar and sold at the last. */
  buyHold: Baseline;
  /** Bought when a coin has fallen 3 % in 15 minutes, at the next bar's open; sold half an hour later, no stop. */
  drop3in15: Baseline;
}

/** A trade as far as chance must copy it. */
export interface Held {
  coin: string;
  side: Side;
  /** ms */
  heldMs: number;
}

const BAR_MS = 300_000;
/** Random entries for each trade of the strategy. */
const DRAWS = 20;
const SEED = 1;
const FALL_BARS = 3;
const FALL_FRACTION = 0.03;
const HOLD_BARS = 6;

interface Outcome {
  atMs: number;
  bps: number;
}

/** @param bars played bars per coin, oldest first, without history */
export function baselinesOf(bars: ReadonlyMap<string, readonly Candle[]>, held: readonly Held[]): Baselines {
  const series = [...bars.values()].filter((b) => b.length > 1);
  return {
    random: summary(randomEntries(bars, held)),
    buyHold: summary(series.map((b) => outcome(b[0]!, b.at(-1)!, 'long'))),
    drop3in15: summary(series.flatMap(afterFalls)),
  };
}

function randomEntries(bars: ReadonlyMap<string, readonly Candle[]>, held: readonly Held[]): Outcome[] {
  const random = seededRandom(SEED);
  return held.flatMap(({ coin, side, heldMs }) => {
    const own = bars.get(coin) ?? [];
    const length = Math.max(1, Math.ceil(heldMs / BAR_MS));
    const places = own.length - length;
    if (places <= 0) return [];
    return Array.from({ length: DRAWS }, () => {
      const from = Math.floor(random.next() * places);
      return outcome(own[from]!, own[from + length - 1]!, side);
    });
  });
}

function afterFalls(bars: readonly Candle[]): Outcome[] {
  const found: Outcome[] = [];
  for (let i = FALL_BARS; i + HOLD_BARS < bars.length; i++) {
    if (bars[i]!.c / bars[i - FALL_BARS]!.c - 1 > -FALL_FRACTION) continue;
    found.push(outcome(bars[i + 1]!, bars[i + HOLD_BARS]!, 'long'));
    i += HOLD_BARS;
  }
  return found;
}

/** Entered at the open of `first`, left at the close of `last`. */
const outcome = (first: Candle, last: Candle, side: Side): Outcome => ({
  atMs: first.t,
  bps: (sign(side) * (last.c / first.o - 1) - 2 * TAKER_FEE_FRACTION) * 10_000,
});

const summary = (outcomes: readonly Outcome[]): Baseline => ({
  trades: outcomes.length,
  netBps: meanByDay(outcomes.map(({ atMs, bps }) => ({ atMs, value: bps }))),
});
