// The modelled outside book: best bid and ask around the mark, then equal steps of price with equal size.
import { MICRO, scale } from './money.ts';
import type { CoinState } from './types.ts';

export interface Level {
  px: number;
  sz: number;
}

/** Smallest legal price step at `px`, in price units: 5 significant figures, and whole dollars always. */
export function tickUnits(c: CoinState, px: number): number {
  const beyond = Math.floor(Math.log10(Math.max(1, px)) + 1e-12) + 1 - 5;
  return scale(Math.max(0, Math.min(beyond, c.pxDecimals)));
}

export const floorTick = (c: CoinState, px: number): number => {
  const t = tickUnits(c, px);
  return Math.floor(px / t) * t;
};
export const ceilTick = (c: CoinState, px: number): number => {
  const t = tickUnits(c, px);
  return Math.ceil(px / t) * t;
};

/** Best bid and ask for a mid: half the spread to either side, at least one tick apart, on ticks. */
export function quotesAround(c: CoinState, mid: number): { bidPx: number; askPx: number } {
  const half = (mid * c.spreadBps) / 20_000;
  const bidPx = Math.max(1, floorTick(c, mid - half));
  const askPx = Math.max(ceilTick(c, mid + half), bidPx + tickUnits(c, bidPx));
  return { bidPx, askPx };
}

/** One basis point of the best price, in whole ticks. */
function stepOf(c: CoinState, best: number): number {
  const tick = tickUnits(c, best);
  return Math.max(tick, Math.round(best / 10_000 / tick) * tick);
}

/** Lots per level: the depth that the step's width in basis points holds. At least one lot. */
function lotsPerLevel(c: CoinState, best: number, step: number): number {
  const usdPerLevel = (c.depthUsdPerBps * c.vacuum * step * 10_000) / best;
  return Math.max(1, Math.floor((usdPerLevel * MICRO) / best));
}

/** The outside level that the next taker meets, or null past the last positive price. */
export function nextLevel(c: CoinState, isBuy: boolean): Level | null {
  const best = isBuy ? c.askPx : c.bidPx;
  if (best <= 0) return null;
  const step = stepOf(c, best);
  const lots = lotsPerLevel(c, best, step);
  const taken = isBuy ? c.takenBuy : c.takenSell;
  const k = Math.floor(taken / lots);
  const px = isBuy ? best + k * step : best - k * step;
  return px > 0 ? { px, sz: lots - (taken % lots) } : null;
}

/** Up to `count` outside levels of one side from the best price still there. */
export function levels(c: CoinState, side: 'bid' | 'ask', count: number): Level[] {
  const isBuy = side === 'ask';
  const first = nextLevel(c, isBuy);
  if (first === null) return [];
  const best = isBuy ? c.askPx : c.bidPx;
  const step = stepOf(c, best);
  const lots = lotsPerLevel(c, best, step);
  const out = [first];
  for (let k = 1; k < count; k++) {
    const px = isBuy ? first.px + k * step : first.px - k * step;
    if (px > 0) out.push({ px, sz: lots });
  }
  return out;
}
