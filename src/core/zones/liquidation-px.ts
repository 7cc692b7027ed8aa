import { assert } from '../shared/assert.ts';
import type { MarginTier, Side } from '../shared/coin.ts';
import { sign } from '../shared/coin.ts';

/**
 * One step of a venue's maintenance table. The requirement of a position of notional N in this step is
 * `mmr·N − cumUsd`; cumUsd (Binance: maintenance amount, Bybit: mmDeduction) makes it continuous across steps.
 */
export interface MaintenanceTier {
  /** Notional from which the step applies, USD. */
  floorUsd: number;
  /** Maintenance margin rate, fraction of notional, 0..1. */
  mmr: number;
  cumUsd: number;
  maxLeverage: number;
}

/** Steps with their cum: cum_n = cum_{n−1} + floor_n·(mmr_n − mmr_{n−1}). Lowest floor first, starting at 0. */
export function withCum(steps: readonly Omit<MaintenanceTier, 'cumUsd'>[]): MaintenanceTier[] {
  let cumUsd = 0;
  return steps.map((step, i) => {
    cumUsd += step.floorUsd * (step.mmr - (steps[i - 1]?.mmr ?? step.mmr));
    return { ...step, cumUsd };
  });
}

/** Hyperliquid's table: maintenance is half the initial margin at the step's maximum leverage, mmr = 1/(2·maxLeverage). */
export const maintenanceOf = (tiers: readonly MarginTier[]): MaintenanceTier[] =>
  withCum(
    tiers.map(({ lowerBoundUsd, maxLeverage }) => ({
      floorUsd: lowerBoundUsd,
      mmr: 1 / (2 * maxLeverage),
      maxLeverage,
    })),
  );

/** The step a notional falls in; the first one when the table starts above it. */
export function tierAt(tiers: readonly MaintenanceTier[], notionalUsd: number): MaintenanceTier {
  const tier = tiers.findLast((t) => t.floorUsd <= notionalUsd) ?? tiers[0];
  assert(tier !== undefined, 'a maintenance table has at least one step');
  return tier;
}

/**
 * Mark price at which a position's margin equals its maintenance requirement: where the venue closes it.
 *
 *   long   P = (px·sz − margin − cum) / (sz·(1 − mmr))
 *   short  P = (px·sz + margin + cum) / (sz·(1 + mmr))
 *
 * `px` and `marginUsd` belong to one moment: entry price and initial margin, or today's mark and isolated margin with
 * unrealised pnl in it (cross: account value). Hyperliquid's own form, px − side·available/sz/(1 − l·side) with
 * available = margin − maintenance at px, is the same equation. The step is the one of the notional at P itself. Rates
 * rise from step to step, so the requirement is the largest any step asks for, and the first price to meet one closes
 * the position: the highest P for a long, the lowest for a short.
 *
 * @returns USD per coin, > 0; null when no price closes it (a long with as much margin as notional, or more)
 */
export function liquidationPx(o: {
  side: Side;
  /** USD per coin, > 0. */
  px: number;
  /** Coins, > 0. */
  sz: number;
  marginUsd: number;
  tiers: readonly MaintenanceTier[];
}): number | null {
  const s = sign(o.side);
  let nearest: number | null = null;
  for (const tier of o.tiers) {
    const px = (o.px * o.sz - s * (o.marginUsd + tier.cumUsd)) / (o.sz * (1 - s * tier.mmr));
    if (px > 0 && (nearest === null || s * (px - nearest) > 0)) nearest = px;
  }
  return nearest;
}

/**
 * Where Hyperliquid closes a fresh isolated position of `sz` coins opened at `entryPx` with `leverage`.
 * @returns USD per coin; 0 for a long that no price closes
 */
export function isolatedLiquidationPx(o: {
  side: Side;
  entryPx: number;
  sz: number;
  leverage: number;
  tiers: readonly MarginTier[];
}): number {
  const { side, entryPx, sz, leverage } = o;
  const marginUsd = (entryPx * sz) / leverage;
  return liquidationPx({ side, px: entryPx, sz, marginUsd, tiers: maintenanceOf(o.tiers) }) ?? 0;
}
