// What our own account still allows. Caps that only shrink the size stand in risk-budgets and size-position.
import type { DecideInput } from './decide-input.ts';
import type { Known } from './gate-result.ts';
import { pass, stop } from './gate-result.ts';
import { cascadeRiskUsd } from './risk-budgets.ts';
import type { GateResult } from './types.ts';

/** A coin that has just stopped us out is left alone: its thesis has ended, and the next leg may be under way. */
export function gateCooldown(i: DecideInput, k: Known): GateResult {
  const { lastStopAtMs } = i.exposure;
  const cooldownMs = k.params.cooldownMinutes * 60_000;
  if (lastStopAtMs === null) return pass('cooldown', 'no stop of this coin was hit lately', { cooldownMs });
  const sinceMs = i.nowMs - lastStopAtMs;
  const numbers = { sinceStopMs: sinceMs, cooldownMs };
  return sinceMs >= numbers.cooldownMs
    ? pass('cooldown', 'the last stop of this coin is long enough ago', numbers)
    : stop(
        'cooldown',
        'cooldown',
        `a ${k.params.coin} stop was hit ${Math.round(sinceMs / 60_000)} min ago`,
        numbers,
      );
}

/** Account-wide caps that refuse. */
export function gateCaps(i: DecideInput, k: Known): GateResult {
  const { coin } = k.params;
  const { equityUsd, positions } = k.account;
  const open = new Set([...positions.map((p) => p.coin), ...i.exposure.pending.map((p) => p.coin)]);
  const numbers = {
    positions: open.size,
    positionsMax: i.limits.positionsMax,
    equityUsd,
    dayLossUsd: i.exposure.dayLossUsd,
    dayLossUsdMax: equityUsd * i.limits.dayLossFractionMax,
    weekLossUsd: i.exposure.weekLossUsd,
    weekLossUsdMax: equityUsd * i.limits.weekLossFractionMax,
    dayRiskUsd: i.exposure.dayRiskUsd,
    dayRiskUsdMax: equityUsd * i.limits.dayRiskFractionMax,
    cascadeRiskUsd: cascadeRiskUsd(i, k.alert.side),
    cascadeRiskUsdMax: equityUsd * i.limits.cascadeRiskFractionMax,
  };
  const no = (code: Parameters<typeof stop>[1], message: string): GateResult =>
    stop('risk-caps', code, message, numbers);
  if (open.has(coin)) return no('position-open', `a ${coin} position is open or on its way`);
  if (i.exposure.unresolvedCoins.includes(coin))
    return no(
      'intent-unresolved',
      `an earlier ${coin} order has an unknown outcome, or its position is on its way out`,
    );
  if (open.size >= i.limits.positionsMax) return no('positions-cap', 'as many positions as allowed are open');
  // Empty is not lost: a limit that trips would end trading until a person resumes it.
  if (!(equityUsd > 0) && !(numbers.dayLossUsd > 0 || numbers.weekLossUsd > 0))
    return no('margin-short', 'the account holds nothing to trade with');
  if (!(numbers.dayLossUsd < numbers.dayLossUsdMax))
    return no('daily-loss-cap', 'the loss of the last 24 h reached its limit');
  if (!(numbers.weekLossUsd < numbers.weekLossUsdMax))
    return no('weekly-loss-cap', 'the loss of the last 7 days reached its limit');
  if (!(numbers.dayRiskUsd < numbers.dayRiskUsdMax))
    return no('daily-risk-cap', 'the risk taken in 24 h reached its limit');
  if (!(numbers.cascadeRiskUsd < numbers.cascadeRiskUsdMax))
    return no('cascade-cap', 'this cascade has been given all the risk it may have');
  return pass('risk-caps', 'within the caps', numbers);
}
