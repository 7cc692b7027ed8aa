import type { Candle } from '../../shared/candle.ts';
import type { Side } from '../../shared/coin.ts';
import { sign } from '../../shared/coin.ts';
import type { LevelModel } from './level-models.ts';
import type { ScoredUnit } from './scored-unit.ts';
import { dayOf } from './scored-unit.ts';

/** One liquidation that really happened. */
export interface LiquidationFill {
  t: number;
  px: number;
  usd: number;
}

export interface WindowSize {
  windowMs: number;
  /** Width of a price bucket, fraction of the window's open. */
  bucketFraction: number;
  /** From one window's start to the next's; `windowMs` unless given. Less makes them overlap. */
  stepMs?: number;
}

/** A side of a window counts when price moved at least this far, over so many buckets, with so many liquidations. */
const MOVE_MIN = 0.004;
const BUCKETS_MIN = 4;
const FILLS_MIN = 3;

/**
 * Cuts time into windows; at each window's start the model, which knows only the bars before, is asked for the mass in
 * every price bucket that the window then covered. Fills below the open count as longs, above as shorts: the record
 * does not say. The bucket's distance is the control, a bucket with a liquidation is a hit.
 *
 * @param bars closed bars, oldest first; those before the first fill's window only feed the model
 * @param fills oldest first
 */
export function scoreFillWindows(
  coin: string,
  bars: readonly Candle[],
  fills: readonly LiquidationFill[],
  model: LevelModel,
  size: WindowSize,
): ScoredUnit[] {
  const first = fills[0];
  const last = fills.at(-1);
  if (first === undefined || last === undefined) return [];
  const units: ScoredUnit[] = [];
  let next = 0;
  for (
    let t = Math.floor(first.t / size.windowMs) * size.windowMs;
    t <= last.t;
    t += size.stepMs ?? size.windowMs
  ) {
    for (; next < bars.length && bars[next]!.t < t; next++) model.push(bars[next]!);
    const inside: Candle[] = [];
    for (let i = next; i < bars.length && bars[i]!.t < t + size.windowMs; i++) inside.push(bars[i]!);
    const open = inside[0]?.o;
    if (open === undefined) continue;
    const own = fills.filter((f) => f.t >= t && f.t < t + size.windowMs);
    for (const side of ['long', 'short'] as const) {
      const extreme =
        side === 'long' ? Math.min(...inside.map((c) => c.l)) : Math.max(...inside.map((c) => c.h));
      const unit = windowUnit({ name: `${coin} ${side}`, side, t, open, extreme, fills: own, model, size });
      if (unit !== null) units.push(unit);
    }
  }
  return units;
}

/** One side of one window; null when too little happened there to rank anything. */
function windowUnit(o: {
  name: string;
  side: Side;
  t: number;
  open: number;
  extreme: number;
  fills: readonly LiquidationFill[];
  model: LevelModel;
  size: WindowSize;
}): ScoredUnit | null {
  const s = -sign(o.side);
  const step = o.size.bucketFraction;
  const move = s * (o.extreme / o.open - 1);
  const buckets = Math.floor(move / step + 1e-9);
  if (move < MOVE_MIN || buckets < BUCKETS_MIN) return null;
  const usd = Array.from({ length: buckets }, () => 0);
  let count = 0;
  for (const fill of o.fills) {
    const bucket = Math.floor((s * (fill.px / o.open - 1)) / step);
    if (bucket < 0 || bucket >= buckets) continue;
    usd[bucket]! += fill.usd;
    count++;
  }
  if (count < FILLS_MIN) return null;
  const edge = (i: number): number => o.open * (1 + s * step * i);
  return {
    name: o.name,
    day: usd.map(() => dayOf(o.t)),
    predicted: usd.map((_, i) => o.model.massBetween(o.side, edge(i), edge(i + 1), o.open)),
    actualUsd: usd,
    control: usd.map((_, i) => i),
    isHit: usd.map((v) => v > 0),
  };
}
