import type { Side } from '../shared/coin.ts';
import { sign } from '../shared/coin.ts';
import { roundPx } from '../shared/round.ts';
import { TAKER_FEE_FRACTION } from './risk-limits.ts';
import { withoutDust } from './without-dust.ts';

/**
 * Where a stop loses nothing but its slippage: the average entry, with taker fees both ways on the winning side of it.
 * Rounded toward profit, so that rounding never gives the fees back.
 */
export const breakevenPx = (side: Side, entryPx: number, szDecimals: number): number =>
  roundPx(
    withoutDust(entryPx * (1 + sign(side) * 2 * TAKER_FEE_FRACTION)),
    szDecimals,
    side === 'long' ? 'up' : 'down',
  );
