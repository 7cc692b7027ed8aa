import type { DecideInput } from '../../src/core/decide/decide-input.ts';
import { RISK_LIMITS } from '../../src/core/decide/risk-limits.ts';
import type { CoinMeta, Side } from '../../src/core/shared/coin.ts';
import { paramsOf } from '../../src/core/shared/coin-params.ts';
import type { Zone, ZoneMap } from '../../src/core/zones/types.ts';
import { exhaustion } from './alerts.ts';

export const BTC_META: CoinMeta = {
  coin: 'BTC',
  assetId: 0,
  szDecimals: 5,
  maxLeverage: 40,
  marginTiers: [{ lowerBoundUsd: 0, maxLeverage: 40 }],
  onlyIsolated: false,
  isDelisted: false,
};

export const zone = (side: Side, loPx: number, hiPx: number, notionalUsd = 1e6): Zone => ({
  side,
  loPx,
  hiPx,
  peakPx: (loPx + hiPx) / 2,
  notionalUsd,
  share: 0.2,
  distanceBps: 100,
});

/** A BTC map after a flush of longs: most of the long mass in reach is gone, shorts wait above. */
export const zoneMap = (change: Partial<ZoneMap> = {}): Omit<ZoneMap, 'bins'> => ({
  coin: 'BTC',
  asOfMs: 1_760_130_000_000,
  markPx: 104_600,
  sources: [{ venue: 'hyperliquid', bars: 1_500, weight: 1, scaledBy: 'open-interest' }],
  leftOut: [],
  zones: [zone('long', 100_000, 100_400), zone('short', 106_500, 107_000), zone('short', 109_000, 109_500)],
  maxPain: { long: zone('long', 100_000, 100_400), short: zone('short', 106_500, 107_000) },
  totalUsd: { long: 5e7, short: 8e7 },
  reachUsd: { long: 5e6, short: 2e7 },
  sweeps: [{ t: 1_760_129_400_000, side: 'long', notionalUsd: 2e7, loPx: 101_516, hiPx: 105_000 }],
  ...change,
});

/** Everything as it should be for the sample alert: `decide` approves this one. */
export const decideInput = (change: Partial<DecideInput> = {}): DecideInput => {
  const params = paramsOf('BTC');
  if (params === undefined) throw new Error('BTC has parameters');
  return {
    nowMs: 1_760_130_001_000,
    decisionId: 'd1',
    alertId: 'a1',
    alert: exhaustion(),
    mapped: { coin: 'BTC', multiplier: 1 },
    tradingState: 'ACTIVE',
    params,
    meta: BTC_META,
    market: { markPx: 104_600, markAtMs: 1_760_129_999_000 },
    zones: zoneMap(),
    account: { readAtMs: 1_760_129_980_000, equityUsd: 100_000, withdrawableUsd: 100_000, positions: [] },
    guard: { lastOkMs: 1_760_129_980_000, lateAfterMs: 90_000 },
    exposure: { pending: [], unresolvedCoins: [], dayRiskUsd: 0, dayLossUsd: 0, alertsLastHour: 1 },
    limits: RISK_LIMITS,
    ...change,
  };
};

export const cloidFor = (role: string, index: number): string =>
  `0x5bac${role.padEnd(20, '0').slice(0, 20)}${String(index).padStart(8, '0')}`;
