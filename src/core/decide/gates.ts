import type { EntryAlert } from '../alert/schema.ts';
import { INTERVAL_MS } from '../shared/candle.ts';
import type { CoinMeta } from '../shared/coin.ts';
import { opposite } from '../shared/coin.ts';
import type { CoinParams } from '../shared/coin-params.ts';
import type { ReasonCode } from '../shared/reason-codes.ts';
import { sweptSince } from '../zones/swept-since.ts';
import type { ZoneMap } from '../zones/types.ts';
import type { DecideInput } from './decide-input.ts';
import type { GateResult } from './types.ts';

type Numbers = GateResult['numbers'];

const pass = (gate: string, message: string, numbers: Numbers = {}): GateResult => ({
  gate,
  ok: true,
  code: null,
  message,
  numbers,
});

const stop = (gate: string, code: ReasonCode, message: string, numbers: Numbers = {}): GateResult => ({
  gate,
  ok: false,
  code,
  message,
  numbers,
});

/** Facts that later gates need, present once the gates before them have passed. */
export interface Known {
  alert: EntryAlert;
  params: CoinParams;
  meta: CoinMeta;
  market: NonNullable<DecideInput['market']>;
  zones: Omit<ZoneMap, 'bins'>;
  account: NonNullable<DecideInput['account']>;
  /** Alert price ÷ Hyperliquid price. */
  multiplier: number;
}

export function gateTradingState(i: DecideInput): GateResult {
  const numbers = { tradingState: i.tradingState };
  return i.tradingState === 'ACTIVE'
    ? pass('trading-state', 'trading is active', numbers)
    : stop(
        'trading-state',
        'state-not-active',
        `trading state is ${i.tradingState}: no new entries`,
        numbers,
      );
}

export function gateKind(i: DecideInput): GateResult {
  if (i.alert.kind !== 'cascade.exhaustion')
    return stop('kind', 'not-an-entry', `${i.alert.kind} informs; only cascade.exhaustion enters`);
  return i.alert.strategy === 'max-pain'
    ? pass('kind', 'an entry of max-pain')
    : stop(
        'kind',
        'unknown-strategy',
        `strategy "${i.alert.strategy}" takes no entries here: use "max-pain"`,
      );
}

export function gateRate(i: DecideInput): GateResult {
  const numbers = { alertsLastHour: i.exposure.alertsLastHour, max: i.limits.alertsPerHourMax };
  return i.exposure.alertsLastHour <= i.limits.alertsPerHourMax
    ? pass('alert-rate', 'within the hourly limit', numbers)
    : stop('alert-rate', 'alert-rate', 'more entry alerts in an hour than the limit', numbers);
}

/** Age counts from the bar's close: that is the moment the signal became true. */
export function gateFreshness(i: DecideInput): GateResult {
  const intervalMs = INTERVAL_MS[i.alert.interval] ?? 0;
  const ageMs = i.nowMs - (i.alert.barTime + intervalMs);
  const maxMs = i.params?.alertAgeMsMax ?? 120_000;
  const numbers = { ageMs, maxMs, interval: i.alert.interval };
  if (intervalMs === 0)
    return stop('freshness', 'stale-alert', `interval "${i.alert.interval}" is not supported`, numbers);
  if (ageMs < -i.limits.futureMsMax)
    return stop('freshness', 'future-alert', 'the bar has not closed yet by our clock', numbers);
  return ageMs <= maxMs
    ? pass('freshness', `bar closed ${Math.round(ageMs / 1000)} s ago`, numbers)
    : stop(
        'freshness',
        'stale-alert',
        `bar closed ${Math.round(ageMs / 1000)} s ago, limit ${maxMs / 1000} s`,
        numbers,
      );
}

export function gateCoin(i: DecideInput): GateResult {
  if (i.mapped === null)
    return stop('coin', 'unmapped-ticker', `ticker ${i.alert.ticker} maps to no perp of the venue`);
  const { coin } = i.mapped;
  if (i.params === null || !i.params.enabled)
    return stop('coin', 'coin-disabled', `${coin} is not enabled for ${i.alert.strategy}`);
  if (i.meta === null || i.meta.isDelisted)
    return stop('coin', 'coin-delisted', `${coin} is not traded any more`);
  return pass('coin', `${coin} is enabled`, { coin });
}

/**
 * Old data is refused, never used: marks, account, zones and the guard's own pulse. Here and in the caps a comparison
 * must hold to pass, so that a number that is none refuses.
 */
export function gateDataQuality(i: DecideInput): GateResult {
  const markAgeMs = i.market === null ? null : i.nowMs - i.market.markAtMs;
  const accountAgeMs = i.account === null ? null : i.nowMs - i.account.readAtMs;
  const guardAgeMs = i.guard.lastOkMs === null ? null : i.nowMs - i.guard.lastOkMs;
  const zonesAgeMs = i.zones === null ? null : i.nowMs - i.zones.asOfMs;
  const numbers = { markAgeMs, accountAgeMs, guardAgeMs, zonesAgeMs };
  const { limits } = i;
  if (markAgeMs === null || !(markAgeMs <= limits.markAgeMsMax))
    return stop('data-quality', 'market-stale', 'no fresh mark price for this coin', numbers);
  if (accountAgeMs === null || !(accountAgeMs <= limits.accountAgeMsMax))
    return stop('data-quality', 'account-stale', 'the account was not read recently', numbers);
  if (guardAgeMs === null || !(guardAgeMs <= i.guard.lateAfterMs))
    return stop('data-quality', 'guard-late', 'the guard has not passed recently: no entries', numbers);
  if (zonesAgeMs === null || !(zonesAgeMs <= limits.zonesAgeBarsMax * 300_000))
    return stop('data-quality', 'zones-missing', 'no fresh liquidation map for this coin', numbers);
  return pass('data-quality', 'mark, account, guard and zones are fresh', numbers);
}

/** The detector names a cascade once its leg stands: the leg itself began up to this many bars earlier. */
const LEG_BARS = 8;

/**
 * The cascade must have gone through liquidation levels of the side it hurt: a long entry follows a flush of longs.
 * What was consumed is measured from the leg's beginning, against what is left within reach.
 */
export function gateZoneContext(i: DecideInput, k: Known): GateResult {
  const legMs = LEG_BARS * (INTERVAL_MS[k.alert.interval] ?? 0);
  const swept = sweptSince(k.zones, k.alert.side, k.alert.cascade.startTime - legMs);
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
        `the cascade consumed too little of the ${k.alert.side} zone`,
        numbers,
      );
}

export function gateDrift(i: DecideInput, k: Known): GateResult {
  const alertPx = k.alert.close / k.multiplier;
  const driftBps = (k.market.markPx / alertPx - 1) * 10_000;
  const numbers = { markPx: k.market.markPx, alertPx, driftBps, maxBps: k.params.driftBpsMax };
  return Math.abs(driftBps) <= k.params.driftBpsMax
    ? pass('drift', `mark is ${driftBps.toFixed(1)} bp from the alert`, numbers)
    : stop('drift', 'drift-exceeded', `mark is ${driftBps.toFixed(1)} bp from the alert's close`, numbers);
}

/** Account-wide caps that refuse; the caps that only shrink the size stand in size-position. */
export function gateCaps(i: DecideInput, k: Known): GateResult {
  const { coin } = k.params;
  const { equityUsd, positions } = k.account;
  const open = new Set([...positions.map((p) => p.coin), ...i.exposure.pending.map((p) => p.coin)]);
  const numbers = {
    positions: open.size,
    positionsMax: i.limits.positionsMax,
    dayLossUsd: i.exposure.dayLossUsd,
    dayLossUsdMax: equityUsd * i.limits.dayLossFractionMax,
    dayRiskUsd: i.exposure.dayRiskUsd,
    dayRiskUsdMax: equityUsd * i.limits.dayRiskFractionMax,
  };
  if (open.has(coin))
    return stop('risk-caps', 'position-open', `a ${coin} position is open or on its way`, numbers);
  if (i.exposure.unresolvedCoins.includes(coin))
    return stop('risk-caps', 'intent-unresolved', `an earlier ${coin} order has an unknown outcome`, numbers);
  if (open.size >= i.limits.positionsMax)
    return stop('risk-caps', 'positions-cap', 'as many positions as allowed are open', numbers);
  if (!(numbers.dayLossUsd < numbers.dayLossUsdMax))
    return stop('risk-caps', 'daily-loss-cap', 'the loss of the last 24 h reached its limit', numbers);
  if (!(numbers.dayRiskUsd < numbers.dayRiskUsdMax))
    return stop('risk-caps', 'daily-risk-cap', 'the risk taken in 24 h reached its limit', numbers);
  return pass('risk-caps', 'within the caps', numbers);
}
