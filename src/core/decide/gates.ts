// What stands before any look at the market: is trading on, is the alert one we act on, is what we know fresh?
import { INTERVAL_MS } from '../shared/candle.ts';
import type { DecideInput } from './decide-input.ts';
import { pass, stop } from './gate-result.ts';
import type { GateResult } from './types.ts';

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

/**
 * Whether our clock can be trusted: ages, expiries and nonces rest on it. Not knowing is let pass for as long as the
 * desk says that it is a matter of moments, and refused after that.
 */
export function gateClock(i: DecideInput): GateResult {
  const { skewMs, isUnknownForLong } = i.clock;
  const numbers = { skewMs, maxMs: i.limits.clockSkewMsMax };
  if (skewMs === null)
    return isUnknownForLong
      ? stop('clock', 'clock-skew', "the venue's clock has not been read for too long", numbers)
      : pass('clock', "the venue's clock is not known yet", numbers);
  return Math.abs(skewMs) <= i.limits.clockSkewMsMax
    ? pass('clock', `clocks are ${Math.round(skewMs)} ms apart`, numbers)
    : stop('clock', 'clock-skew', `our clock and the venue's are ${Math.round(skewMs)} ms apart`, numbers);
}

/** What is left of the venue's action quota and open-order cap is kept for protection. */
export function gateQuota(i: DecideInput): GateResult {
  const { isLow, actionsLeft, openOrders } = i.quota;
  const numbers = { actionsLeft, openOrders };
  return isLow
    ? stop('quota', 'quota-low', 'what the venue still allows is kept for protection', numbers)
    : pass('quota', 'the venue allows enough actions and orders', numbers);
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
  if (zonesAgeMs === null || !(zonesAgeMs <= limits.zonesAgeBarsMax * 300_000) || i.signals === null)
    return stop('data-quality', 'zones-missing', 'no fresh liquidation map for this coin', numbers);
  return pass('data-quality', 'mark, account, guard and zones are fresh', numbers);
}
