import { assert } from '../shared/assert.ts';
import type { MaintenanceTier } from './liquidation-px.ts';
import { liquidationPx, tierAt } from './liquidation-px.ts';

/** [leverage, weight in the standing book (need not add up to 1), half-life in days] */
export type LeverageMix = readonly (readonly [number, number, number])[];

const LEVERAGE_MIN = 2.5;
const LEVERAGE_MAX = 125;
const TAPS = 24;
const HALF_LIFE_DAYS = 7;

/**
 * Leverage from 2.5x to 125x in even steps of its logarithm, shares falling as 1/leverage: the farther a level lies
 * from entry, the more stands there, in proportion. A prior with few constants, not a measured book. Any exponent from
 * 0 to −2 and any half-life from 1 to 30 days ranks hours alike; what matters is that the levels leave no gaps
 * (docs/zones.md).
 */
export const DEFAULT_MIX: LeverageMix = Array.from({ length: TAPS }, (_, i) => {
  const leverage = LEVERAGE_MIN * (LEVERAGE_MAX / LEVERAGE_MIN) ** (i / (TAPS - 1));
  return [leverage, 1 / leverage, HALF_LIFE_DAYS] as const;
});

/** Notional that picks the maintenance step and the leverage allowed. An assumption: nobody publishes sizes. */
export const TYPICAL_POSITION_USD = 50_000;

/** One group of new positions: where they are liquidated relative to entry, how many, how fast they leave. */
export interface KernelTap {
  /** Share of each opening's notional, per side; the taps of a kernel add up to 1. */
  weight: number;
  halfLifeMs: number;
  /** Liquidation price ÷ entry price: below 1 for longs, above 1 for shorts. */
  longRatio: number;
  shortRatio: number;
}

const DAY_MS = 86_400_000;

/**
 * What one opening leaves on the map, for a venue's maintenance table. Leverage above what the table allows a typical
 * position becomes the maximum allowed: who wants more takes what there is. A share of the standing book becomes a
 * share of openings by dividing by its half-life (what leaves sooner must arrive oftener).
 */
export function leverageKernel(
  mix: LeverageMix,
  tiers: readonly MaintenanceTier[],
  typicalUsd: number = TYPICAL_POSITION_USD,
): KernelTap[] {
  const { maxLeverage } = tierAt(tiers, typicalUsd);
  const taps = new Map<string, KernelTap>();
  const seedTotal = mix.reduce((sum, [, standing, days]) => sum + standing / days, 0);
  for (const [wanted, standing, days] of mix) {
    const leverage = Math.min(wanted, maxLeverage);
    const weight = standing / days / seedTotal;
    const key = `${leverage} ${days}`;
    const known = taps.get(key);
    if (known !== undefined) known.weight += weight;
    else taps.set(key, { weight, halfLifeMs: days * DAY_MS, ...ratios(leverage, tiers, typicalUsd) });
  }
  return [...taps.values()];
}

const HEAT_HALF_LIFE_MS = DAY_MS / 2;

/**
 * The kernel of the heat (`heat.ts`): where on the way liquidations come, not how much stands in all. Against the map's
 * own: every step of log leverage opens as much, half of it is gone in half a day, and what wants more leverage than
 * the venue allows lies nearer than the maximum's level, by the square root of the excess. A position that shares its
 * margin with others, or was added to, has less room left than its own leverage gives it; nearly all of Hyperliquid's
 * notional is on cross margin.
 */
export function heatKernel(
  tiers: readonly MaintenanceTier[],
  typicalUsd: number = TYPICAL_POSITION_USD,
): KernelTap[] {
  const { maxLeverage } = tierAt(tiers, typicalUsd);
  return Array.from({ length: TAPS }, (_, i) => {
    const wanted = LEVERAGE_MIN * (LEVERAGE_MAX / LEVERAGE_MIN) ** (i / (TAPS - 1));
    const { longRatio, shortRatio } = ratios(Math.min(wanted, maxLeverage), tiers, typicalUsd);
    const room = Math.sqrt(Math.min(1, maxLeverage / wanted));
    return {
      weight: 1 / TAPS,
      halfLifeMs: HEAT_HALF_LIFE_MS,
      longRatio: 1 - (1 - longRatio) * room,
      shortRatio: 1 + (shortRatio - 1) * room,
    };
  });
}

function ratios(leverage: number, tiers: readonly MaintenanceTier[], notionalUsd: number) {
  const position = { px: 1, sz: notionalUsd, marginUsd: notionalUsd / leverage, tiers };
  const longRatio = liquidationPx({ side: 'long', ...position });
  const shortRatio = liquidationPx({ side: 'short', ...position });
  assert(longRatio !== null && longRatio < 1, `a long at ${leverage}x has a liquidation price below entry`);
  assert(
    shortRatio !== null && shortRatio > 1,
    `a short at ${leverage}x has a liquidation price above entry`,
  );
  return { longRatio, shortRatio };
}
