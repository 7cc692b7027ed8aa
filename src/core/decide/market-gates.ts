// What the market must look like: the zone is consumed, the cascade over, nothing heavy behind it, signals not against.
import { opposite, sign } from '../shared/coin.ts';
import { SIGNAL_THRESHOLDS } from '../zones/signals/thresholds.ts';
import { sweptSince } from '../zones/swept-since.ts';
import { cascadePhase } from './cascade-phase.ts';
import { readSignals, weightsOf } from './confidence.ts';
import type { DecideInput } from './decide-input.ts';
import type { Known } from './gate-result.ts';
import { pass, stop } from './gate-result.ts';
import { legStartMs } from './leg.ts';
import { riskBeyond } from './risk-beyond.ts';
import type { GateResult } from './types.ts';

/**
 * The cascade must have gone through liquidation levels of the side it hurt: a long entry follows a flush of longs.
 * What was consumed is measured from the leg's beginning, against what is left within reach.
 */
export function gateZoneContext(_: DecideInput, k: Known): GateResult {
  const swept = sweptSince(k.zones, k.alert.side, legStartMs(k.alert));
  const ahead = k.zones.zones.filter((z) => z.side === opposite(k.alert.side));
  const numbers = {
    consumedFraction: swept.share,
    consumedUsd: swept.notionalUsd,
    min: k.params.consumedFractionMin,
    oppositeZones: ahead.length,
  };
  return swept.share >= k.params.consumedFractionMin
    ? pass(
        'zone-context',
        `the cascade consumed ${(swept.share * 100).toFixed(0)} % of the ${k.alert.side} zone in reach`,
        numbers,
      )
    : stop(
        'zone-context',
        'zone-not-swept',
        `the cascade consumed ${(swept.share * 100).toFixed(0)} % of the ${k.alert.side} zone in reach, too little to be exhausted (least ${(k.params.consumedFractionMin * 100).toFixed(0)} %)`,
        numbers,
      );
}

const PHASE_CODES = {
  before: 'cascade-before',
  during: 'cascade-during',
  unclear: 'cascade-unclear',
} as const;

/** Only after a cascade is entered: the exhaustion is the entry, the fall is not. */
export function gateCascadePhase(i: DecideInput, k: Known): GateResult {
  const { phase, why, used, numbers } = cascadePhase({
    alert: k.alert,
    extremePx: k.alert.cascade.extreme / k.multiplier,
    markPx: k.market.markPx,
    cascade: i.cascade,
  });
  const shown = { phase, used: used.join(' '), ...numbers };
  return phase === 'after'
    ? pass('cascade-phase', why, shown)
    : stop('cascade-phase', PHASE_CODES[phase], why, shown);
}

/** A zone too heavy just beyond the extreme refuses; a lesser one shrinks the size (riskBeyond). */
export function gateCascadeRisk(_: DecideInput, k: Known): GateResult {
  const { beyondUsd, ratio, factor } = riskBeyond(k);
  const numbers = { beyondUsd, ratio, max: k.params.beyondRatioMax, sizeFactor: factor };
  return ratio <= k.params.beyondRatioMax
    ? pass(
        'cascade-risk',
        factor < 1
          ? `a heavy ${k.alert.side} zone lies just beyond the extreme: size × ${factor.toFixed(2)}`
          : 'no heavy zone just beyond the extreme',
        numbers,
      )
    : stop(
        'cascade-risk',
        'cascade-risk',
        `${ratio.toFixed(1)} times what was consumed waits just beyond the extreme (limit ${k.params.beyondRatioMax})`,
        numbers,
      );
}

/** The alert is one voice; the filter and the context must not say the opposite. 1m alone never refuses (readSignals). */
export function gateTimeframes(i: DecideInput, k: Known): GateResult {
  const { used, shadow } = weightsOf(i);
  const { agreement, support, byTimeframe, minute, isTurning, isFading } = readSignals(
    k.signals,
    k.alert.side,
    i.nowMs,
    used,
  );
  const other = shadow === null ? null : readSignals(k.signals, k.alert.side, i.nowMs, shadow);
  const unknown = k.signals.unknown?.find((u) => u.timeframe === '1m');
  const numbers = {
    agreement,
    support,
    support5m: byTimeframe['5m'],
    support1h: byTimeframe['1h'],
    ...(minute === null && unknown === undefined ? {} : { support1m: minute?.support ?? null }),
    turning: isTurning ? 'yes' : 'no',
    fading: isFading ? 'yes' : 'no',
    tooHot: k.signals.isTooHot ? 'yes' : 'no',
    ...(other !== null && { shadowSupport: other.support }),
  };
  const against = Object.entries(byTimeframe)
    .filter(([, value]) => value <= -SIGNAL_THRESHOLDS.directionBias)
    .map(([timeframe, value]) => `the ${timeframe} signals (${value.toFixed(2)})`);
  const minuteNote =
    unknown !== undefined
      ? ` (1m is not known: ${unknown.why})`
      : minute === null
        ? ''
        : `, 1m ${minute.says === 'neutral' ? 'neutral' : `${minute.says} it`}`;
  return agreement === 'conflicted'
    ? stop('timeframes', 'conflicted', `${against.join(' and ')} speak against a ${k.alert.side}`, numbers)
    : pass('timeframes', `timeframes: ${agreement}${minuteNote}`, numbers);
}

/** Holding the position must not cost more than the coin's bound per hour. Unknown funding passes: time stops bound it. */
export function gateFunding(_: DecideInput, k: Known): GateResult {
  const { fundingHourlyFraction } = k.market;
  const paid = fundingHourlyFraction === null ? null : sign(k.alert.side) * fundingHourlyFraction;
  const numbers = { paidHourlyFraction: paid, max: k.params.fundingHourlyMax };
  if (paid === null) return pass('funding', 'funding is not known', numbers);
  const said =
    paid === 0
      ? 'funding is zero'
      : `a ${k.alert.side} ${paid > 0 ? 'pays' : 'receives'} ${(Math.abs(paid) * 10_000).toFixed(2)} bp an hour`;
  return paid <= k.params.fundingHourlyMax
    ? pass('funding', said, numbers)
    : stop(
        'funding',
        'funding-cap',
        `${said}, more than the coin's limit of ${(k.params.fundingHourlyMax * 10_000).toFixed(2)}`,
        numbers,
      );
}

export function gateDrift(_: DecideInput, k: Known): GateResult {
  const alertPx = k.alert.close / k.multiplier;
  const driftBps = (k.market.markPx / alertPx - 1) * 10_000;
  const numbers = { markPx: k.market.markPx, alertPx, driftBps, maxBps: k.params.driftBpsMax };
  return Math.abs(driftBps) <= k.params.driftBpsMax
    ? pass('drift', `mark is ${driftBps.toFixed(1)} bp from the alert's close`, numbers)
    : stop(
        'drift',
        'drift-exceeded',
        `mark is ${driftBps.toFixed(1)} bp from the alert's close, limit ${k.params.driftBpsMax}`,
        numbers,
      );
}
