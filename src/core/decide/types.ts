// Stage 3, decide. Input: one alert with everything known at that moment. Output: an explained Decision.
// Invariant: the same input gives the same decision, byte for byte; a refused decision carries no legs.
import type { Side } from '../shared/coin.ts';
import type { ReasonCode } from '../shared/reason-codes.ts';
import type { OrderLeg } from '../execute/types.ts';

export type TradingState = 'ACTIVE' | 'REDUCING' | 'HALTED';

/** What one gate saw and said. `numbers` holds what it compared, for people and for recomputing. */
export interface GateResult {
  gate: string;
  ok: boolean;
  code: ReasonCode | null;
  message: string;
  numbers: Record<string, number | string | null>;
}

export interface Plan {
  coin: string;
  side: Side;
  sz: number;
  /** Mark the plan was made at; slippage is measured from it. */
  markPx: number;
  entryLimitPx: number;
  stopPx: number;
  takeProfits: { px: number; sz: number }[];
  notionalUsd: number;
  /** Loss if the stop fills at its trigger, with fees both ways and the slippage budget, USD. */
  riskUsd: number;
  stopDistanceBps: number;
  /** 0..1, multiplies the risk fraction. */
  confidence: number;
  /** A position still open then is closed, ms since the epoch. */
  timeStopAtMs: number;
}

export interface Decision {
  id: string;
  alertId: string;
  decidedAtMs: number;
  strategy: string;
  coin: string | null;
  side: Side | null;
  status: 'approved' | 'refused';
  /**
   * Refused: the code of the gate that said no. Approved: empty for an entry; for an exit, which has no plan and no
   * legs, why the position is closed.
   */
  reasons: ReasonCode[];
  gates: GateResult[];
  plan: Plan | null;
  legs: OrderLeg[];
  /** One paragraph for people. */
  explain: string;
  /** Everything the decision was computed from: `decide(inputs)` gives it again. */
  inputs: unknown;
}
