import type { MappedTicker } from '../alert/coin-of-ticker.ts';
import type { Alert } from '../alert/schema.ts';
import type { CoinMeta, Side } from '../shared/coin.ts';
import type { CoinParams } from '../shared/coin-params.ts';
import type { ZoneMap } from '../zones/types.ts';
import type { RiskLimits } from './risk-limits.ts';
import type { TradingState } from './types.ts';

/** Everything a decision rests on, as JSON-safe data: stored with it, so that it can be computed again. */
export interface DecideInput {
  nowMs: number;
  decisionId: string;
  alertId: string;
  alert: Alert;
  /** Null when the ticker maps to no coin of the venue for certain. */
  mapped: MappedTicker | null;
  tradingState: TradingState;
  params: CoinParams | null;
  meta: CoinMeta | null;
  market: { markPx: number; markAtMs: number } | null;
  /** Without its bins: those are for pictures. */
  zones: Omit<ZoneMap, 'bins'> | null;
  account: {
    readAtMs: number;
    equityUsd: number;
    withdrawableUsd: number;
    positions: { coin: string; side: Side; notionalUsd: number }[];
  } | null;
  guard: { lastOkMs: number | null; lateAfterMs: number };
  exposure: {
    /** Entries decided but not yet visible in the account reading. */
    pending: { coin: string; notionalUsd: number }[];
    unresolvedCoins: string[];
    dayRiskUsd: number;
    dayLossUsd: number;
    alertsLastHour: number;
  };
  limits: RiskLimits;
}
