import type { Side } from '../shared/coin.ts';
import { sign } from '../shared/coin.ts';
import type { CoinParams } from '../shared/coin-params.ts';
import type { Direction } from '../shared/round.ts';
import { floorSz, roundPx, tickOf } from '../shared/round.ts';
import type { Zone } from '../zones/types.ts';
import { NOTIONAL_USD_MIN } from './risk-limits.ts';
import { withoutDust } from './without-dust.ts';

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
 * multiples of the stop distance. One target when a share would be below the venue's $10 minimum; none when even the
 * first multiple is no price (a short with an absurdly far stop).
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
  const firstPx = legalTarget(i, first, i.entryPx);
  if (firstPx === undefined) return [];
  const secondPx = legalTarget(i, second, firstPx);
  const firstSz = floorSz(withoutDust(i.sz * i.params.takeProfitFraction), i.szDecimals);
  const restSz = exactDifference(i.sz, firstSz, i.szDecimals);
  const isTooSmall = (px: number, sz: number): boolean => sz * px < NOTIONAL_USD_MIN;
  if (secondPx === undefined || isTooSmall(firstPx, firstSz) || isTooSmall(secondPx, restSz))
    return [{ px: firstPx, sz: i.sz }];
  return [
    { px: firstPx, sz: firstSz },
    { px: secondPx, sz: restSz },
  ];
}

/** The tick toward the entry, or the other one where that would not be beyond `fromPx`; undefined for what is no price. */
function legalTarget(i: TakeProfitInput, exact: number, fromPx: number): number | undefined {
  const px = withoutDust(exact);
  if (!(px > 0) || px < tickOf(px, i.szDecimals)) return undefined;
  const directions: Direction[] = i.side === 'long' ? ['down', 'up'] : ['up', 'down'];
  return directions
    .map((direction) => roundPx(px, i.szDecimals, direction))
    .find((rounded) => sign(i.side) * (rounded - fromPx) > 0);
}

/** a − b for two multiples of one lot, without float residue. */
const exactDifference = (a: number, b: number, szDecimals: number): number => {
  const lots = 10 ** szDecimals;
  return (Math.round(a * lots) - Math.round(b * lots)) / lots;
};
