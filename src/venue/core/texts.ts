// The venue's own words; clients match them by substring.
import type { OrderStatus } from './types.ts';

/** Text of a refused order and the status it leaves behind. `bbo` fills {bbo}. */
export const REFUSALS = {
  asset: ['Asset is not tradable.', 'rejected'],
  delisted: ['Trading is halted.', 'rejected'],
  zeroSize: ['Order has zero size.', 'rejected'],
  size: ['Order has invalid size.', 'rejected'],
  // What a capped order answers is not documented.
  tooLarge: ['Order has invalid size.', 'rejected'],
  tick: ['Price must be divisible by tick size.', 'tickRejected'],
  reference: ['Order price cannot be more than 95% away from the reference price', 'oracleRejected'],
  minimum: ['Order must have minimum value of $10.', 'minTradeNtlRejected'],
  trigger: ['Invalid TP/SL price.', 'badTriggerPxRejected'],
  notReduceOnly: ['Trigger order is not reduce only.', 'rejected'],
  openOrders: ['Too many open orders.', 'tooManyOpenOrdersRejected'],
  margin: ['Insufficient margin to place order.', 'perpMarginRejected'],
  tier: [
    'Order would cause position to exceed margin tier limit at current leverage',
    'perpMaxPositionRejected',
  ],
  reduceOnly: ['Reduce only order would increase position.', 'reduceOnlyRejected'],
  postOnly: ['Post only order would have immediately matched, bbo was {bbo}.', 'badAloPxRejected'],
  noMatch: ['Order could not immediately match against any resting orders.', 'iocCancelRejected'],
  openInterest: [
    'Order would increase open interest while open interest is capped',
    'positionIncreaseAtOpenInterestCapRejected',
  ],
  noPrice: ['No liquidity available for market order.', 'marketOrderNoLiquidityRejected'],
  grouping: ['Invalid TP/SL price.', 'badTriggerPxRejected'],
} as const satisfies Record<string, readonly [string, OrderStatus]>;

export type RefusalCode = keyof typeof REFUSALS;

export const CANCEL_GONE = 'Order was never placed, already canceled, or filled.';
export const FAST_TRIGGER = 'Fast cancel is not allowed for trigger orders.';
export const MODIFY_GONE = 'Cannot modify canceled or filled order';
export const MODIFY_NEW = 'Attempted to modify to invalid new order';
