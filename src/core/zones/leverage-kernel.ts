import { assert } from '../shared/assert.ts';
import type { MaintenanceTier } from './liquidation-px.ts';
import { liquidationPx, tierAt } from './liquidation-px.ts';

/** [leverage, share of the standing book, half-life in days] */
export type LeverageMix = readonly (readonly [number, number, number])[];

/**
 * Down to 7 % distance after 135,668 isolated Hyperliquid rows (four days, one venue); the split nearer than 7 % is a
 * guess. A prior, not a measurement of today's book; of the mixes tried on hourly liquidations it ranked best.
 */
export const DEFAULT_MIX: LeverageMix = [
  [2.5, 0.23, 7],
  [4, 0.15, 7],
  [6, 0.11, 7],
  [8, 0.04, 7],
  [12, 0.15, 7],
  [16, 0.08, 7],
  [22, 0.07, 7],
  [29, 0.07, 7],
  [40, 0.06, 7],
  [55, 0.06, 7],
  [83, 0.05, 7],
  [125, 0.05, 7],
];

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
