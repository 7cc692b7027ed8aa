// What is left of the account-wide limits for one more entry: gates say no when it is nothing, the plan cuts to it.
import type { Side } from '../shared/coin.ts';
import { groupOf } from '../shared/coin-params.ts';
import type { DecideInput } from './decide-input.ts';
import type { Known } from './gate-result.ts';

/** An upper bound of the notional or of the loss at the stop, USD; ≤ 0 leaves nothing. */
export interface Budgets {
  notional: { name: 'gross-leverage' | 'side-leverage' | 'group-leverage'; notionalUsd: number }[];
  risk: { name: 'day-risk' | 'cascade-risk'; riskUsd: number }[];
}

/** Entries of one side decided within the window are one bet on one cascade, whatever their coins. */
export const cascadeRiskUsd = (i: DecideInput, side: Side): number =>
  i.exposure.recent
    .filter((r) => r.side === side && i.nowMs - r.decidedAtMs <= i.limits.cascadeWindowMs)
    .reduce((sum, r) => sum + r.riskUsd, 0);

export function budgetsOf(i: DecideInput, k: Known): Budgets {
  const { equityUsd, positions } = k.account;
  const { limits } = i;
  const { side } = k.alert;
  const group = groupOf(k.params.coin);
  const held = [...positions, ...i.exposure.pending];
  const sum = (list: readonly { notionalUsd: number }[]): number =>
    list.reduce((total, p) => total + p.notionalUsd, 0);
  const sameSide = held.filter((p) => p.side === side || p.side === null);
  return {
    notional: [
      { name: 'gross-leverage', notionalUsd: equityUsd * limits.grossLeverageMax - sum(held) },
      { name: 'side-leverage', notionalUsd: equityUsd * limits.sideLeverageMax - sum(sameSide) },
      {
        name: 'group-leverage',
        notionalUsd:
          equityUsd * limits.groupLeverageMax - sum(sameSide.filter((p) => groupOf(p.coin) === group)),
      },
    ],
    risk: [
      { name: 'day-risk', riskUsd: equityUsd * limits.dayRiskFractionMax - i.exposure.dayRiskUsd },
      {
        name: 'cascade-risk',
        riskUsd: equityUsd * limits.cascadeRiskFractionMax - cascadeRiskUsd(i, side),
      },
    ],
  };
}
