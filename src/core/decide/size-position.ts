import type { ReasonCode } from '../shared/reason-codes.ts';
import type { Result } from '../shared/result.ts';
import { ok, refuse } from '../shared/result.ts';
import { floorSz } from '../shared/round.ts';
import { NOTIONAL_USD_MIN, STOP_SLIPPAGE_BUDGET_FRACTION, TAKER_FEE_FRACTION } from './risk-limits.ts';
import { withoutDust } from './without-dust.ts';

export type RiskName = 'risk' | 'day-risk' | 'cascade-risk';
export type NotionalName =
  | 'coin-notional'
  | 'gross-leverage'
  | 'side-leverage'
  | 'group-leverage'
  | 'margin'
  | 'margin-tier';

export interface SizeInput {
  /** Worst entry price and stop trigger, USD per coin, already rounded. */
  entryPx: number;
  stopPx: number;
  szDecimals: number;
  /** Upper bounds of the loss at the stop, USD; the smallest binds. */
  risks: { name: RiskName; riskUsd: number }[];
  /** Upper bounds of the notional, USD; the smallest binds. */
  caps: { name: NotionalName; notionalUsd: number }[];
}

export interface Sized {
  sz: number;
  notionalUsd: number;
  /** Loss at the stop with fees and slippage budget for this size, USD. */
  riskUsd: number;
  /** Which bound decided. */
  boundBy: RiskName | NotionalName;
}

/** Loss per coin if the stop fills at its trigger less the slippage budget, taker fees both ways, USD. */
export const lossPerCoin = (entryPx: number, stopPx: number): number =>
  Math.abs(entryPx - stopPx) +
  stopPx * STOP_SLIPPAGE_BUDGET_FRACTION +
  (entryPx + stopPx) * TAKER_FEE_FRACTION;

/**
 * The largest size, in whole lots, whose loss at the stop stays within the risk and whose notional stays within
 * every cap; one more lot would break one of them. Rounds down. Refuses below the venue's $10 minimum.
 */
export function sizePosition(i: SizeInput): Result<Sized> {
  const perCoin = lossPerCoin(i.entryPx, i.stopPx);
  const bounds = [
    ...i.risks.map((r) => ({ name: r.name, sz: r.riskUsd / perCoin })),
    ...i.caps.map((c) => ({ name: c.name, sz: c.notionalUsd / i.entryPx })),
    // A bound that is not a number allows nothing.
  ].map((b) => (Number.isFinite(b.sz) ? b : { ...b, sz: 0 }));
  const tightest = bounds.reduce((a, b) => (b.sz < a.sz ? b : a));
  const sz = tightest.sz > 0 ? floorSz(withoutDust(tightest.sz), i.szDecimals) : 0;
  const notionalUsd = sz * i.entryPx;
  if (notionalUsd >= NOTIONAL_USD_MIN)
    return ok({ sz, notionalUsd, riskUsd: sz * perCoin, boundBy: tightest.name });
  const { code, message } = TOO_LITTLE[tightest.name];
  return refuse(code, message, { notionalUsd, minUsd: NOTIONAL_USD_MIN, boundBy: tightest.name });
}

const capped = (what: string): { code: ReasonCode; message: string } => ({
  code: 'notional-cap',
  message: `the ${what} cap leaves less than the venue minimum of $10`,
});
const TOO_LITTLE: Record<RiskName | NotionalName, { code: ReasonCode; message: string }> = {
  risk: {
    code: 'below-minimum-notional',
    message: 'the size that fits the risk is below the venue minimum of $10',
  },
  'day-risk': { code: 'daily-risk-cap', message: "too little is left of the day's risk" },
  'cascade-risk': { code: 'cascade-cap', message: 'too little is left of the risk of this cascade' },
  margin: { code: 'margin-short', message: 'not enough free margin for the smallest order' },
  'coin-notional': capped("coin's notional"),
  'gross-leverage': capped('gross leverage'),
  'side-leverage': capped('one-sided leverage'),
  'group-leverage': capped("coin group's"),
  'margin-tier': capped("margin tier's"),
};
