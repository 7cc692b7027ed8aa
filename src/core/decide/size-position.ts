import type { Result } from '../shared/result.ts';
import { ok, refuse } from '../shared/result.ts';
import { floorSz } from '../shared/round.ts';
import { NOTIONAL_USD_MIN, STOP_SLIPPAGE_BUDGET_FRACTION, TAKER_FEE_FRACTION } from './risk-limits.ts';

export interface SizeInput {
  /** Worst entry price and stop trigger, USD per coin, already rounded. */
  entryPx: number;
  stopPx: number;
  szDecimals: number;
  /** Loss allowed at the stop, USD. */
  riskUsd: number;
  /** Upper bounds of the notional, USD; the smallest binds. */
  caps: { name: string; notionalUsd: number }[];
}

export interface Sized {
  sz: number;
  notionalUsd: number;
  /** Loss at the stop with fees and slippage budget for this size, USD. */
  riskUsd: number;
  /** Which bound decided: "risk" or the name of a cap. */
  boundBy: string;
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
    { name: 'risk', sz: i.riskUsd / perCoin },
    ...i.caps.map((c) => ({ name: c.name, sz: c.notionalUsd / i.entryPx })),
    // A bound that is not a number allows nothing.
  ].map((b) => (Number.isFinite(b.sz) ? b : { ...b, sz: 0 }));
  const tightest = bounds.reduce((a, b) => (b.sz < a.sz ? b : a));
  const sz = tightest.sz > 0 ? floorSz(tightest.sz, i.szDecimals) : 0;
  const notionalUsd = sz * i.entryPx;
  const numbers = { notionalUsd, minUsd: NOTIONAL_USD_MIN, boundBy: tightest.name, riskUsd: i.riskUsd };
  if (notionalUsd >= NOTIONAL_USD_MIN)
    return ok({ sz, notionalUsd, riskUsd: sz * perCoin, boundBy: tightest.name });
  if (tightest.name === 'margin')
    return refuse('margin-short', 'not enough free margin for the smallest order', numbers);
  return tightest.name === 'risk'
    ? refuse(
        'below-minimum-notional',
        'the size that fits the risk is below the venue minimum of $10',
        numbers,
      )
    : refuse('notional-cap', `the ${tightest.name} cap leaves less than the venue minimum of $10`, numbers);
}
