import type { Candle } from '../shared/candle.ts';
import type { Side } from '../shared/coin.ts';
import type { CascadeBars } from './decide-input.ts';

const BAR_MS = 300_000;

/**
 * What our own closed bars show of a cascade that hurt `side`: the way from the far end of the leg (its high, before
 * longs were flushed) to the extreme that came after it. Null without a bar since then.
 * @param candles five-minute bars, oldest first
 */
export function cascadeBars(candles: readonly Candle[], side: Side, sinceMs: number): CascadeBars | null {
  let originPx = Number.NaN;
  let bars = 0;
  let move = { fraction: 0, extremePx: Number.NaN };
  let toMs = 0;
  for (const c of candles) {
    if (c.t < sinceMs) continue;
    const [far, near] = side === 'long' ? [c.h, c.l] : [c.l, c.h];
    const isFarther = side === 'long' ? far > originPx : far < originPx;
    if (Number.isNaN(originPx) || isFarther) originPx = far;
    const fraction = Math.abs(originPx - near) / originPx;
    if (Number.isNaN(move.extremePx) || fraction > move.fraction) move = { fraction, extremePx: near };
    bars++;
    toMs = c.t + BAR_MS;
  }
  return bars === 0 ? null : { bars, moveFraction: move.fraction, extremePx: move.extremePx, toMs };
}
