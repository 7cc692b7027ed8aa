import { opposite, sign } from '../shared/coin.ts';
import type { Result } from '../shared/result.ts';
import { ok, refuse } from '../shared/result.ts';
import { roundPx } from '../shared/round.ts';
import { isolatedLiquidationPx } from '../zones/liquidation-px.ts';
import type { DecideInput } from './decide-input.ts';
import type { Known } from './gates.ts';
import { placeStop } from './place-stop.ts';
import { placeTakeProfits } from './place-take-profits.ts';
import { sizePosition } from './size-position.ts';
import type { Plan } from './types.ts';

/** Confidence without a score: half the risk. */
const CONFIDENCE_UNSCORED = 0.5;
const CONFIDENCE_MIN = 0.25;
/** Share of the free margin one entry may take. */
const MARGIN_USE_MAX = 0.9;

/** 0.25..1: the detector's exhaustion score as a share of its maximum. One source so far; no edge is claimed. */
export const confidenceOf = (score: number | null): number =>
  score === null ? CONFIDENCE_UNSCORED : Math.min(1, Math.max(CONFIDENCE_MIN, score / 100));

/** Entry, stop, size and targets for an alert that passed the gates; refuses with the reason of the part that failed. */
export function buildPlan(i: DecideInput, k: Known): Result<{ plan: Plan; boundBy: string }> {
  const { side, cascade } = k.alert;
  const s = sign(side);
  const { szDecimals } = k.meta;
  const { markPx } = k.market;
  const entryLimitPx = roundPx(
    markPx * (1 + (s * k.params.entrySlippageBps) / 10_000),
    szDecimals,
    side === 'long' ? 'down' : 'up',
  );
  const leverage = Math.min(k.params.leverage, k.meta.maxLeverage);
  const extremePx = cascade.extreme / k.multiplier;
  const stop = placeStop({
    side,
    entryPx: entryLimitPx,
    extremePx,
    atr: k.alert.atr / k.multiplier,
    szDecimals,
    // At the largest size allowed: higher tiers liquidate sooner, so the true price is never nearer than this.
    liquidationPx: isolatedLiquidationPx({
      side,
      entryPx: entryLimitPx,
      sz: k.params.notionalUsdMax / entryLimitPx,
      leverage,
      tiers: k.meta.marginTiers,
    }),
    zones: k.zones.zones.filter((z) => z.side === side),
    params: k.params,
  });
  if (!stop.ok) return stop;
  if (s * (markPx - stop.value.stopPx) <= 0)
    return refuse('stop-crossed', 'the mark is already beyond the stop', {
      markPx,
      stopPx: stop.value.stopPx,
    });

  const confidence = confidenceOf(k.alert.score);
  const { equityUsd, withdrawableUsd, positions } = k.account;
  const openUsd = [...positions, ...i.exposure.pending].reduce((sum, p) => sum + p.notionalUsd, 0);
  const dayRiskLeftUsd = equityUsd * i.limits.dayRiskFractionMax - i.exposure.dayRiskUsd;
  const sized = sizePosition({
    entryPx: entryLimitPx,
    stopPx: stop.value.stopPx,
    szDecimals,
    riskUsd: Math.min(equityUsd * k.params.riskFraction * confidence, dayRiskLeftUsd),
    caps: [
      { name: 'coin-notional', notionalUsd: k.params.notionalUsdMax },
      { name: 'gross-leverage', notionalUsd: equityUsd * i.limits.grossLeverageMax - openUsd },
      { name: 'margin', notionalUsd: withdrawableUsd * leverage * MARGIN_USE_MAX },
    ],
  });
  if (!sized.ok) return sized;
  const takeProfits = placeTakeProfits({
    side,
    entryPx: entryLimitPx,
    stopPx: stop.value.stopPx,
    originPx: extremePx / (1 + cascade.movePct / 100),
    extremePx,
    sz: sized.value.sz,
    szDecimals,
    opposite: k.zones.zones.filter((z) => z.side === opposite(side)),
    params: k.params,
  });
  return ok({
    boundBy: sized.value.boundBy,
    plan: {
      coin: k.params.coin,
      side,
      sz: sized.value.sz,
      markPx,
      entryLimitPx,
      stopPx: stop.value.stopPx,
      takeProfits,
      notionalUsd: sized.value.notionalUsd,
      riskUsd: sized.value.riskUsd,
      stopDistanceBps: stop.value.distanceBps,
      confidence,
    },
  });
}
