import type {
  CardFacts,
  DecideInput,
  SignalFacts,
  TimeframeFacts,
} from '../../src/core/decide/decide-input.ts';
import { INPUT_VERSION } from '../../src/core/decide/decide-input.ts';
import { RISK_LIMITS } from '../../src/core/decide/risk-limits.ts';
import type { CoinMeta, Side } from '../../src/core/shared/coin.ts';
import { paramsOf } from '../../src/core/shared/coin-params.ts';
import type { Timeframe } from '../../src/core/zones/signals/types.ts';
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

const card = (name: CardFacts['name'], score: number): CardFacts => ({
  name,
  score,
  strength: Math.abs(score),
  confidence: 1,
});

const timeframeFacts = (timeframe: Timeframe, score: number): TimeframeFacts => ({
  timeframe,
  cards: [card('magnet', score), card('swept-delta', -score)],
  direction: score > 0.15 ? 'up' : score < -0.15 ? 'down' : 'neutral',
  bias: score,
  peakBias: score,
  turned: null,
});

/** Both timeframes point the same way by `score`, −1..1, and have done so for long; 1m too, when it is given. */
export const signalFacts = (score5m = 0.5, score1h = score5m, score1m?: number): SignalFacts => ({
  timeframes: [
    ...(score1m === undefined ? [] : [timeframeFacts('1m', score1m)]),
    timeframeFacts('5m', score5m),
    timeframeFacts('1h', score1h),
  ],
  ...(score1m === undefined ? {} : { unknown: [] }),
  isTooHot: false,
});

/** A mark read a second before the sample alert is decided. */
export const market = (markPx: number): NonNullable<DecideInput['market']> => ({
  markPx,
  markAtMs: 1_760_130_000_000,
  fundingHourlyFraction: 0.0000125,
});

/** Everything as it should be for the sample alert: `decide` approves this one. */
export const decideInput = (change: Partial<DecideInput> = {}): DecideInput => {
  const params = paramsOf('BTC');
  if (params === undefined) throw new Error('BTC has parameters');
  return {
    inputVersion: INPUT_VERSION,
    nowMs: 1_760_130_001_000,
    decisionId: 'd1',
    alertId: 'a1',
    alert: exhaustion(),
    mapped: { coin: 'BTC', multiplier: 1 },
    tradingState: 'ACTIVE',
    clock: { skewMs: 120, isUnknownForLong: false },
    quota: { isLow: false, actionsLeft: 9_000, openOrders: 12 },
    params,
    meta: BTC_META,
    market: market(104_600),
    zones: zoneMap(),
    signals: signalFacts(),
    cascade: {
      washout: null,
      velocity: null,
      bars: { bars: 11, moveFraction: 0.04, extremePx: 101_500, toMs: 1_760_130_000_000 },
    },
    account: { readAtMs: 1_760_129_980_000, equityUsd: 100_000, withdrawableUsd: 100_000, positions: [] },
    guard: { lastOkMs: 1_760_129_980_000, lateAfterMs: 90_000 },
    exposure: {
      pending: [],
      recent: [],
      plannedCoins: [],
      unresolvedCoins: [],
      dayRiskUsd: 0,
      dayLossUsd: 0,
      weekLossUsd: 0,
      alertsLastHour: 1,
      lastStopAtMs: null,
    },
    limits: RISK_LIMITS,
    ...change,
  };
};

export const cloidFor = (role: string, index: number): string =>
  `0x5bac${role.padEnd(20, '0').slice(0, 20)}${String(index).padStart(8, '0')}`;
