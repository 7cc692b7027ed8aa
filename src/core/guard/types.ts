// Stage 5, guard: the account as the venue tells it. Every field was read, none is a default.
import type { Side } from '../shared/coin.ts';

export interface Position {
  coin: string;
  side: Side;
  /** Coins, > 0. */
  sz: number;
  entryPx: number;
  /** Null when the venue says it is unreachable. */
  liquidationPx: number | null;
  leverage: number;
  isIsolated: boolean;
  marginUsedUsd: number;
  unrealizedPnlUsd: number;
}

export interface OpenOrder {
  coin: string;
  oid: number;
  cloid: string | null;
  isBuy: boolean;
  limitPx: number;
  sz: number;
  origSz: number;
  reduceOnly: boolean;
  isTrigger: boolean;
  /** Null for orders that are not triggers. */
  triggerPx: number | null;
  /** The venue's words: "Stop Market", "Take Profit Market", "Limit" … */
  orderType: string;
  isPositionTpsl: boolean;
  /** Nested under a resting parent: listed, but not armed, so it protects nothing. */
  isUnarmedChild: boolean;
  timestampMs: number;
}

/** One consistent reading of the account. Reads either give all of it or throw. */
export interface AccountState {
  readAtMs: number;
  /** Account value in USD including unrealised pnl. */
  equityUsd: number;
  withdrawableUsd: number;
  /** Cross margin: what it is worth and what keeping the positions takes of it, USD. Absent where the venue does not say. */
  cross?: { equityUsd: number; maintenanceUsd: number };
  positions: Position[];
  openOrders: OpenOrder[];
}
