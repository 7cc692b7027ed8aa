import type { Side } from '../shared/coin.ts';
import { sign } from '../shared/coin.ts';
import type { CoinParams } from '../shared/coin-params.ts';
import { floorSz, roundPx } from '../shared/round.ts';
import type { Zone } from '../zones/types.ts';
import { NOTIONAL_USD_MIN } from './risk-limits.ts';

export interface TakeProfitInput {
  side: Side;
  entryPx: number;
  stopPx: number;
  /** Where the cascade began and ended, USD per coin: half of the way back and all of it are the snap-back levels. */
  originPx: number;
  extremePx: number;
  sz: number;
  szDecimals: number;
  /** Zones of the opposite side: liquidity to sell into. */
  opposite: readonly Zone[];
  params: CoinParams;
}

/** Nearer than this share of the stop distance, a target does not pay for its fees. */
const R_MIN = 0.5;

/**
 * Two take profits at the nearest levels worth taking: near edges of opposite zones and the snap-back levels (half of
 * the leg, all of it), each at least half a stop distance beyond the one before; where there is none, the coin's
 * multiples of the stop distance. One target when a share would be below the venue's $10 minimum.
 * Prices round toward the entry (fills sooner), sizes add up to exactly `sz`.
 */
export function placeTakeProfits(i: TakeProfitInput): { px: number; sz: number }[] {
  const s = sign(i.side);
  const r = Math.abs(i.entryPx - i.stopPx);
  const gain = (px: number): number => s * (px - i.entryPx);
  const levels = [
    ...i.opposite.map((z) => (s === 1 ? z.loPx : z.hiPx)),
    i.extremePx + (i.originPx - i.extremePx) / 2,
    i.originPx,
  ]
    .filter((px) => px > 0)
    .sort((a, b) => gain(a) - gain(b));
  const nextFrom = (least: number, fallbackR: number): number => {
    const found = levels.find((px) => gain(px) >= least && gain(px) <= Math.max(least, fallbackR * r * 2));
    return found ?? i.entryPx + s * Math.max(least, fallbackR * r);
  };
  const first = nextFrom(R_MIN * r, i.params.takeProfitR[0]);
  const second = nextFrom(gain(first) + R_MIN * r, i.params.takeProfitR[1]);
  const round = (px: number): number => roundPx(px, i.szDecimals, i.side === 'long' ? 'down' : 'up');
  const firstSz = floorSz(i.sz * i.params.takeProfitFraction, i.szDecimals);
  const restSz = exactDifference(i.sz, firstSz, i.szDecimals);
  const tooSmall = firstSz * first < NOTIONAL_USD_MIN || restSz * second < NOTIONAL_USD_MIN;
  // A short's target can come out at or below zero only for absurd stop distances; keep the legal one.
  if (tooSmall || !(second > 0)) return [{ px: round(first), sz: i.sz }];
  return [
    { px: round(first), sz: firstSz },
    { px: round(second), sz: restSz },
  ];
}

/** a − b for two multiples of one lot, without float residue. */
const exactDifference = (a: number, b: number, szDecimals: number): number => {
  const lots = 10 ** szDecimals;
  return (Math.round(a * lots) - Math.round(b * lots)) / lots;
};
