import type { Candle } from '../../shared/candle.ts';
import type { Side } from '../../shared/coin.ts';
import type { LevelModel } from './level-models.ts';

/** One bar with what was really liquidated in it, coins per side. */
export interface LiquidationBar extends Candle {
  liquidatedLong: number;
  liquidatedShort: number;
}

/** One series of scored bars of one coin and side; parallel arrays. */
export interface ScoredSeries {
  name: string;
  /** Open of the bar, ms. */
  t: number[];
  /** What the model said lay in the range the bar covered. */
  predicted: number[];
  /** USD liquidated in the bar. */
  actualUsd: number[];
  /** How far the bar went from its open, fraction: what has to be held fixed. */
  reach: number[];
}

/** Bars that only feed the model, before the first one scored. */
export const WARM_UP_BARS = 240;

/**
 * Runs a model over bars: before each bar it is asked for the mass between the bar's open and the extreme the bar then
 * reached, and only after that it is given the bar. So it knows the past alone, and is judged only where price went.
 */
export function scoreHourlyTotals(
  coin: string,
  bars: readonly LiquidationBar[],
  model: LevelModel,
  warmUpBars: number = WARM_UP_BARS,
): ScoredSeries[] {
  const series = (side: Side): ScoredSeries => ({
    name: `${coin} ${side}`,
    t: [],
    predicted: [],
    actualUsd: [],
    reach: [],
  });
  const [long, short] = [series('long'), series('short')];
  for (const [i, bar] of bars.entries()) {
    if (i >= warmUpBars) {
      take(long, bar, model.massBetween('long', bar.o, bar.l), bar.liquidatedLong, 1 - bar.l / bar.o);
      take(short, bar, model.massBetween('short', bar.o, bar.h), bar.liquidatedShort, bar.h / bar.o - 1);
    }
    model.push(bar);
  }
  return [long, short];
}

function take(s: ScoredSeries, bar: Candle, predicted: number, coins: number, reach: number): void {
  s.t.push(bar.t);
  s.predicted.push(predicted);
  s.actualUsd.push(coins * bar.c);
  s.reach.push(reach);
}
