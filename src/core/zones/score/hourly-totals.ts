import type { Candle } from '../../shared/candle.ts';
import type { Side } from '../../shared/coin.ts';
import type { LevelModel } from './level-models.ts';
import type { ScoredUnit } from './scored-unit.ts';
import { dayOf } from './scored-unit.ts';

/** One bar with what was really liquidated in it, coins per side. */
export interface LiquidationBar extends Candle {
  liquidatedLong: number;
  liquidatedShort: number;
}

/** Bars that only feed the model, before the first one scored. */
const WARM_UP_BARS = 240;

/**
 * Runs a model over bars: before each bar it is asked for the mass between the bar's open and the extreme the bar then
 * reached, and only after that it is given the bar. So it knows the past alone, and is judged only where price went.
 * How far the bar went is the control. A hit is an hour among the quarter with the most liquidated.
 */
export function scoreHourlyTotals(
  coin: string,
  bars: readonly LiquidationBar[],
  model: LevelModel,
): ScoredUnit[] {
  const [long, short] = [emptyUnit(`${coin} long`), emptyUnit(`${coin} short`)];
  for (const [i, bar] of bars.entries()) {
    if (i >= WARM_UP_BARS) {
      takeBar(long, 'long', bar, bar.l, bar.liquidatedLong, model);
      takeBar(short, 'short', bar, bar.h, bar.liquidatedShort, model);
    }
    model.push(bar);
  }
  return [long, short].map((unit) => {
    const threshold = unit.actualUsd.toSorted((a, b) => a - b)[Math.floor(0.75 * unit.actualUsd.length)] ?? 0;
    return { ...unit, isHit: unit.actualUsd.map((usd) => usd > 0 && usd >= threshold) };
  });
}

const emptyUnit = (name: string): ScoredUnit => ({
  name,
  day: [],
  predicted: [],
  actualUsd: [],
  control: [],
  isHit: [],
});

function takeBar(
  unit: ScoredUnit,
  side: Side,
  bar: Candle,
  extremePx: number,
  coins: number,
  model: LevelModel,
): void {
  unit.day.push(dayOf(bar.t));
  unit.predicted.push(model.massBetween(side, bar.o, extremePx, bar.o));
  unit.actualUsd.push(coins * bar.c);
  unit.control.push(Math.abs(extremePx / bar.o - 1));
}
