import { sign } from '../shared/coin.ts';
import type { ReasonCode } from '../shared/reason-codes.ts';
import type { AccountState } from './types.ts';

export interface MarginPolicy {
  /** Least distance from the mark to the liquidation price, share of the mark, 0..1. */
  liquidationFractionMin: number;
  /** Most of the cross margin's equity that maintenance may take, 0..1; at 1 the venue liquidates. */
  maintenanceFractionMax: number;
}

export const MARGIN_POLICY: MarginPolicy = { liquidationFractionMin: 0.05, maintenanceFractionMax: 0.5 };

export interface MarginWarning {
  /** Null for the account as a whole. */
  coin: string | null;
  code: Extract<ReasonCode, 'liquidation-near' | 'margin-low'>;
  message: string;
}

/**
 * Where margin gets thin, for a person to act on: nothing is changed by it. Positions without a liquidation price, or
 * without a mark, are not judged: their stops are all the same.
 */
export function judgeMargin(
  account: AccountState,
  markPx: Readonly<Record<string, number>>,
  policy: MarginPolicy = MARGIN_POLICY,
): MarginWarning[] {
  const near = account.positions.flatMap((p): MarginWarning[] => {
    const mark = markPx[p.coin];
    if (mark === undefined || p.liquidationPx === null) return [];
    const fraction = (sign(p.side) * (mark - p.liquidationPx)) / mark;
    if (fraction >= policy.liquidationFractionMin) return [];
    const message = `liquidation at ${p.liquidationPx} is ${(fraction * 100).toFixed(1)} % from the mark`;
    return [{ coin: p.coin, code: 'liquidation-near', message }];
  });
  const { cross } = account;
  if (cross === undefined || cross.maintenanceUsd <= policy.maintenanceFractionMax * cross.equityUsd)
    return near;
  const message = `maintenance takes $${cross.maintenanceUsd.toFixed(0)} of $${cross.equityUsd.toFixed(0)} cross margin`;
  return [...near, { coin: null, code: 'margin-low', message }];
}
