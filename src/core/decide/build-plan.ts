import type { CoinMeta, MarginTier } from '../shared/coin.ts';
import { opposite, sign } from '../shared/coin.ts';
import type { Result } from '../shared/result.ts';
import { ok } from '../shared/result.ts';
import { roundPx } from '../shared/round.ts';
import { isolatedLiquidationPx } from '../zones/liquidation-px.ts';
import type { DecideInput } from './decide-input.ts';
import { confidenceOf, readSignals, weightsOf } from './confidence.ts';
import type { Known } from './gate-result.ts';
import { riskBeyond } from './risk-beyond.ts';
import { budgetsOf } from './risk-budgets.ts';
import type { PlacedStop } from './place-stop.ts';
import { placeStop } from './place-stop.ts';
import { placeTakeProfits } from './place-take-profits.ts';
import type { Sized, SizeInput } from './size-position.ts';
import { sizePosition } from './size-position.ts';
import type { Plan } from './types.ts';
import { withoutDust } from './without-dust.ts';

/** Share of the free margin one entry may take. */
const MARGIN_USE_MAX = 0.9;

/** The stop's buffer where the timeframes do not all agree (mission §6: tight when they do, wide when not). */
const WIDTH_UNSURE = 1.5;
/** What is left of the size while both sides are dense: no trade, or a small one. */
export const TOO_HOT_FACTOR = 0.5;

export interface Built {
  plan: Plan;
  boundBy: Sized['boundBy'];
  /** Share of the size left by a heavy zone beyond and by a market dense on both sides. */
  sizeFactor: number;
  /** The confidence by the other weights, hand-set or learned; null where nothing was learned. */
  shadowConfidence: number | null;
  /** What the stop stands behind, the extreme it was measured from, and how much behind, USD per coin. */
  stopBehind: PlacedStop['behind'];
  extremePx: number;
  bufferPx: number;
  /** Where the venue would close the largest size allowed, USD per coin. */
  liquidationPx: number;
}

/** Entry, stop, size and targets for an alert that passed the gates; refuses with the reason of the part that failed. */
export function buildPlan(i: DecideInput, k: Known): Result<Built> {
  const { side, cascade } = k.alert;
  const s = sign(side);
  const { szDecimals } = k.meta;
  const { markPx } = k.market;
  const entryLimitPx = roundPx(
    withoutDust(markPx * (1 + (s * k.params.entrySlippageBps) / 10_000)),
    szDecimals,
    side === 'long' ? 'down' : 'up',
  );
  const leverage = Math.min(k.params.leverage, k.meta.maxLeverage);
  const chartExtremePx = cascade.extreme / k.multiplier;
  const extremePx = farthestExtremePx(i, k);
  const tiers = tiersOf(k.meta);
  const { used, shadow } = weightsOf(i);
  const support = readSignals(k.signals, side, i.nowMs, used);
  // At the largest size allowed: higher tiers liquidate sooner, so the true price is never nearer than this.
  const liquidationPx = isolatedLiquidationPx({
    side,
    entryPx: entryLimitPx,
    sz: k.params.notionalUsdMax / entryLimitPx,
    leverage,
    tiers,
  });
  const stop = placeStop({
    side,
    markPx,
    entryPx: entryLimitPx,
    extremePx,
    atr: k.alert.atr / k.multiplier,
    szDecimals,
    liquidationPx,
    zones: k.zones.zones.filter((z) => z.side === side),
    widthFactor: support.agreement === 'agree' ? 1 : WIDTH_UNSURE,
    params: k.params,
  });
  if (!stop.ok) return stop;

  const funding = i.cascade.washout?.funding ?? null;
  const confidence = confidenceOf(k.alert.score, support, funding);
  const sizeFactor = riskBeyond(k).factor * (k.signals.isTooHot ? TOO_HOT_FACTOR : 1);
  const { equityUsd, withdrawableUsd } = k.account;
  const budgets = budgetsOf(i, k);
  const sized = sizePosition({
    entryPx: entryLimitPx,
    stopPx: stop.value.stopPx,
    szDecimals,
    risks: [
      { name: 'risk', riskUsd: equityUsd * k.params.riskFraction * confidence * sizeFactor },
      ...budgets.risk,
    ],
    caps: [
      { name: 'coin-notional', notionalUsd: k.params.notionalUsdMax },
      { name: 'margin', notionalUsd: withdrawableUsd * leverage * MARGIN_USE_MAX },
      ...budgets.notional,
      ...tierCap(tiers, leverage),
    ],
  });
  if (!sized.ok) return sized;
  const takeProfits = placeTakeProfits({
    side,
    entryPx: entryLimitPx,
    stopPx: stop.value.stopPx,
    originPx: chartExtremePx / (1 + cascade.movePct / 100),
    extremePx: chartExtremePx,
    sz: sized.value.sz,
    szDecimals,
    opposite: k.zones.zones.filter((z) => z.side === opposite(side)),
    params: k.params,
  });
  return ok({
    boundBy: sized.value.boundBy,
    sizeFactor,
    stopBehind: stop.value.behind,
    extremePx,
    bufferPx: stop.value.bufferPx,
    liquidationPx,
    shadowConfidence:
      shadow === null
        ? null
        : confidenceOf(k.alert.score, readSignals(k.signals, side, i.nowMs, shadow), funding),
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
      timeStopAtMs: i.nowMs + k.params.timeStopMinutes * 60_000,
    },
  });
}

/** The largest notional at which the venue still allows the leverage that is set; none when every tier does. */
const tierCap = (tiers: readonly MarginTier[], leverage: number): SizeInput['caps'] =>
  tiers
    .filter((t) => t.maxLeverage < leverage)
    .map((t) => ({ name: 'margin-tier', notionalUsd: t.lowerBoundUsd }));

/** A coin without a table has one tier, at its largest leverage. */
const tiersOf = ({ marginTiers, maxLeverage }: CoinMeta): readonly MarginTier[] =>
  marginTiers.length > 0 ? marginTiers : [{ lowerBoundUsd: 0, maxLeverage }];

/**
 * The chart's extreme, or that of Hyperliquid's own bars where it is farther out: the stop is triggered by prices here,
 * and a wick that only this venue had is as much a part of the cascade.
 */
function farthestExtremePx({ cascade }: DecideInput, k: Known): number {
  const chartPx = k.alert.cascade.extreme / k.multiplier;
  const ownPx = cascade.bars?.extremePx ?? chartPx;
  return k.alert.side === 'long' ? Math.min(chartPx, ownPx) : Math.max(chartPx, ownPx);
}
