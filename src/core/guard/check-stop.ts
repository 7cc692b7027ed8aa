import { sign } from '../shared/coin.ts';
import type { ReasonCode } from '../shared/reason-codes.ts';
import type { OpenOrder, Position } from './types.ts';

/** Least room between a stop's trigger and its worst price: less may not fill when it fires. */
export const STOP_SLIPPAGE_FRACTION_MIN = 0.02;

/** Orders that mean to be a stop of `p`: triggers against it that are not take profits. */
export const isStopLike = (o: OpenOrder): boolean => o.isTrigger && o.orderType.startsWith('Stop');

/**
 * What is wrong with an open order as a stop for a position, or null when it protects: reduce-only, a market trigger
 * on the losing side and not already true at the mark, inside the liquidation price, with room to fill, and armed.
 * Its size is judged separately, over all stops of the position.
 */
export function faultOfStop(o: OpenOrder, p: Position, markPx: number): ReasonCode | null {
  const s = sign(p.side);
  if (o.isUnarmedChild || o.triggerPx === null) return 'stop-missing';
  if (o.isBuy !== (p.side === 'short')) return 'stop-wrong-side';
  if (!o.reduceOnly) return 'stop-not-reduce-only';
  if (o.orderType !== 'Stop Market') return 'stop-limit-too-tight';
  if (s * (markPx - o.triggerPx) <= 0) return 'stop-wrong-side';
  if (p.liquidationPx !== null && s * (o.triggerPx - p.liquidationPx) <= 0) return 'stop-beyond-liquidation';
  const room = (s * (o.triggerPx - o.limitPx)) / o.triggerPx;
  return room < STOP_SLIPPAGE_FRACTION_MIN ? 'stop-limit-too-tight' : null;
}

/**
 * The mark that a position's unrealised result was computed with: result = size × (mark − entry), negative for shorts.
 * The entry price would do for a stop on the losing side of it, and call a stop at break-even wrong.
 */
export const impliedMarkPx = (p: Position): number => p.entryPx + (sign(p.side) * p.unrealizedPnlUsd) / p.sz;

/** Size an order covers: a position-bound stop of size 0 follows the whole position. */
export const coveredSz = (o: OpenOrder, p: Position): number =>
  o.isPositionTpsl && o.sz === 0 ? p.sz : o.sz;
