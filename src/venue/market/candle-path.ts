import { assert } from '../../core/shared/assert.ts';
import type { Candle } from '../../core/shared/candle.ts';
import type { Side } from '../../core/shared/coin.ts';
import type { SeededRandom } from '../../core/shared/seeded-random.ts';

/** A price inside a bar: ms after the bar's open, 0 ≤ offsetMs < the bar's length. */
export interface PathPoint {
  offsetMs: number;
  px: number;
}

export interface PathOptions {
  intervalMs: number;
  /**
   * Which extreme comes first. A bar does not say, and for a stop and a target in the same bar it decides the trade.
   * `worst-case`: the one against `positionSide` (a long sees the low first, so its stop before its target). Without a
   * position: the one nearer to the open, TradingView's own assumption for its strategy tester; a tie takes the low.
   * `seeded`: a coin toss per bar.
   */
  mode: 'worst-case' | 'seeded';
  positionSide?: Side | undefined;
  /** Prices per leg (open → extreme, extreme → extreme, extreme → close), ≥ 1. A path has 1 + 3 × this many. */
  stepsPerLeg: number;
  /** Needed by `seeded`. */
  rng?: SeededRandom;
  /** Decimals a price between the corners is rounded to, so that every price is a legal one; unrounded without. */
  pxDecimals?: number;
}

function lowFirst(bar: Candle, o: PathOptions): boolean {
  if (o.mode === 'seeded') {
    assert(o.rng !== undefined, 'a seeded path needs a random stream');
    return o.rng.next() < 0.5;
  }
  if (o.positionSide !== undefined) return o.positionSide === 'long';
  return bar.o - bar.l <= bar.h - bar.o;
}

/**
 * Expands a bar to prices in time order: starts at o, ends at c, touches exactly l and h, never leaves [l, h], times
 * strictly rising from 0 to below the bar's length.
 * @param out reused with the points in it, so that a replay allocates nothing per bar; its length is set
 * @throws InvariantError when the bar is shorter than one ms per point, or `seeded` has no stream
 */
export function expandCandle(bar: Candle, o: PathOptions, out: PathPoint[] = []): PathPoint[] {
  const { stepsPerLeg } = o;
  const points = 1 + 3 * stepsPerLeg;
  assert(stepsPerLeg >= 1 && o.intervalMs >= points, `${points} prices in ${o.intervalMs} ms`);
  const low = lowFirst(bar, o);
  const first = low ? bar.l : bar.h;
  const second = low ? bar.h : bar.l;
  const scale = o.pxDecimals === undefined ? 0 : 10 ** o.pxDecimals;
  let from = bar.o;
  let to = first;
  for (let i = 0; i < points; i++) {
    const step = i % stepsPerLeg;
    let px = from;
    if (step !== 0) {
      px = from + ((to - from) * step) / stepsPerLeg;
      if (scale > 0) px = Math.round(px * scale) / scale;
      px = px < bar.l ? bar.l : px > bar.h ? bar.h : px;
    } else if (i > 0) {
      px = to;
      from = to;
      to = i === stepsPerLeg ? second : bar.c;
    }
    const offsetMs = Math.floor((i * o.intervalMs) / points);
    const point = out[i];
    if (point === undefined) out.push({ offsetMs, px });
    else {
      point.offsetMs = offsetMs;
      point.px = px;
    }
  }
  out.length = points;
  return out;
}
