// Stage 6, review: facts as the venue reported them.
import type { ExitCode } from '../decide/exit-for.ts';
import type { Side } from '../shared/coin.ts';

export interface Fill {
  /** Globally unique trade id of the venue: the key fills are de-duplicated by. */
  tid: number;
  coin: string;
  oid: number;
  cloid: string | null;
  isBuy: boolean;
  px: number;
  sz: number;
  timeMs: number;
  /** Signed position before this fill, coins (long > 0). */
  startPosition: number;
  closedPnlUsd: number;
  feeUsd: number;
  isTaker: boolean;
  /** Present when the fill belongs to a liquidation of ours. */
  liquidation: 'market' | 'backstop' | null;
}

/** Flat to flat on one coin. Open while `closedAtMs` is null. */
export interface Trade {
  id: string;
  coin: string;
  side: Side;
  strategy: string | null;
  alertId: string | null;
  decisionId: string | null;
  openedAtMs: number;
  closedAtMs: number | null;
  /** Size-weighted average prices; exitPx null before the first exit, and where no exit was seen. */
  entryPx: number;
  exitPx: number | null;
  /** Largest position held, coins. */
  sz: number;
  pnlUsd: number;
  feesUsd: number;
  fundingUsd: number;
  /** pnl − fees + funding. */
  netPnlUsd: number;
  /** netPnlUsd ÷ planned risk; null for a position without a decision of ours. */
  rMultiple: number | null;
  /** Entry against the decision's mark, bps, positive = worse. */
  slippageBps: number | null;
  /** Total time without a full valid stop while open, ms, as observed. */
  unprotectedMs: number;
  /** The fill that closed it. `close`: by the guard, as protection, at the plan's time or because somebody asked. */
  exitReason: 'stop' | 'take-profit' | 'close' | ExitCode | 'liquidation' | 'manual' | null;
  /** What the averages are computed from: planned risk (USD), mark at decision, coins entered and exited so far. */
  plannedRiskUsd: number | null;
  decisionMarkPx: number | null;
  enteredSz: number;
  exitedSz: number;
}
