// Stage 4, execute: what is sent and what came back, one outcome per leg.
import type { ReasonCode } from '../shared/reason-codes.ts';

export type LegRole = 'entry' | 'stop' | 'take-profit' | 'close';

/** One order of a signed action. Prices USD per coin, already legal (tick, lot); sizes in coins, unsigned. */
export interface OrderLeg {
  role: LegRole;
  /** 0x + 32 hex, a function of account, alert, role and attempt. */
  cloid: string;
  coin: string;
  assetId: number;
  isBuy: boolean;
  /** Limit price; for a market trigger the worst price of the order it becomes. */
  px: number;
  sz: number;
  reduceOnly: boolean;
  type: { tif: 'Gtc' | 'Ioc' | 'Alo' } | { triggerPx: number; isMarket: boolean; tpsl: 'tp' | 'sl' };
}

export type Grouping = 'na' | 'normalTpsl' | 'positionTpsl';

export type LegOutcome =
  | { kind: 'filled'; sz: number; avgPx: number; oid: number }
  | { kind: 'resting'; oid: number }
  /** Accepted without an oid yet: a child or a trigger that is armed ("waitingForTrigger") or not ("waitingForFill"). */
  | { kind: 'waiting'; armed: boolean }
  | { kind: 'refused'; message: string };

/**
 * What one signed action came to. `refused`: the venue says nothing was placed. `not-sent`: it never left this
 * machine. `unknown`: anything else: it may have landed, so it is fenced before anything is concluded.
 */
export type SendOutcome =
  | { kind: 'answered'; legs: LegOutcome[] }
  | { kind: 'refused'; message: string }
  | { kind: 'not-sent'; message: string }
  | { kind: 'unknown'; message: string };

export type IntentState =
  | 'sending'
  | 'acked'
  | 'refused'
  | 'not-filled'
  | 'unknown'
  | 'landed'
  | 'never'
  | 'missed';

/** The written-before-sending record of one leg; `/api/v1/orders` lists them. */
export interface Intent {
  cloid: string;
  alertId: string | null;
  decisionId: string | null;
  coin: string;
  role: LegRole;
  signer: string;
  nonce: number;
  expiresAfterMs: number | null;
  isBuy: boolean;
  px: number;
  sz: number;
  reduceOnly: boolean;
  triggerPx: number | null;
  state: IntentState;
  oid: number | null;
  filledSz: number | null;
  avgPx: number | null;
  reason: ReasonCode | null;
  message: string | null;
  createdAtMs: number;
  updatedAtMs: number;
}
