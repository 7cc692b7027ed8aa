import { sign } from '../shared/coin.ts';
import { sweptSince } from '../zones/swept-since.ts';
import type { Known } from './gate-result.ts';
import { legStartMs } from './leg.ts';

/** How far beyond the extreme what has not been swept would feed the next leg, bps. */
export const BEYOND_BPS = 150;
/** Unswept mass beyond, as a multiple of the mass consumed, from which the size shrinks. */
const SHRINK_FROM = 0.5;
const FACTOR_MIN = 0.25;

export interface RiskBeyond {
  /** Estimated mass of the entry's own side that begins within BEYOND_BPS past the extreme, USD. */
  beyondUsd: number;
  /** … ÷ what this cascade consumed; 0 when there is nothing, Infinity when nothing was consumed. */
  ratio: number;
  /** Share of the size that is left: 1 without a heavy zone near, falling to 0.25 as the ratio grows. */
  factor: number;
}

/**
 * A dense zone just past the extreme is the next leg's fuel: the stop would have to stand behind it, and price would
 * run through it (mission §4, "no position near a heavy zone"). The heavier it is against what has burnt, the smaller.
 */
export function riskBeyond(k: Known): RiskBeyond {
  const s = sign(k.alert.side);
  const extremePx = k.alert.cascade.extreme / k.multiplier;
  const limitPx = extremePx * (1 - (s * BEYOND_BPS) / 10_000);
  const beyondUsd = k.zones.zones
    .filter((z) => z.side === k.alert.side)
    .filter((z) => {
      const [nearPx, farPx] = s === 1 ? [z.hiPx, z.loPx] : [z.loPx, z.hiPx];
      // One that the mark stands in counts: what is left of it is the nearest fuel there is.
      return s * (k.market.markPx - farPx) > 0 && s * (nearPx - limitPx) >= 0;
    })
    .reduce((sum, z) => sum + z.notionalUsd, 0);
  const consumedUsd = sweptSince(k.zones, k.alert.side, legStartMs(k.alert)).notionalUsd;
  const ratio = beyondUsd > 0 ? beyondUsd / consumedUsd : 0;
  return { beyondUsd, ratio, factor: factorOf(ratio) };
}

const factorOf = (ratio: number): number =>
  ratio <= SHRINK_FROM ? 1 : Math.max(FACTOR_MIN, 1 / (1 + ratio - SHRINK_FROM));
