import type { EntryAlert } from '../alert/schema.ts';
import type { CoinMeta } from '../shared/coin.ts';
import type { CoinParams } from '../shared/coin-params.ts';
import type { ReasonCode } from '../shared/reason-codes.ts';
import type { ZoneMap } from '../zones/types.ts';
import type { DecideInput, SignalFacts } from './decide-input.ts';
import type { GateResult } from './types.ts';

export type Numbers = GateResult['numbers'];

export const pass = (gate: string, message: string, numbers: Numbers = {}): GateResult => ({
  gate,
  ok: true,
  code: null,
  message,
  numbers,
});

export const stop = (gate: string, code: ReasonCode, message: string, numbers: Numbers = {}): GateResult => ({
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
  signals: SignalFacts;
  /** Alert price ÷ Hyperliquid price. */
  multiplier: number;
}
