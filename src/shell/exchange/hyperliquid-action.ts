import { canonicalize } from '@nktkas/hyperliquid/signing';
import {
  CancelRequest,
  NoopRequest,
  OrderRequest,
  UpdateLeverageRequest,
} from '@nktkas/hyperliquid/api/exchange';
import * as v from 'valibot';
import type { Grouping, OrderLeg } from '../../core/execute/types.ts';
import { assert } from '../../core/shared/assert.ts';
import { toWire } from '../../core/shared/round.ts';

// The SDK's schemas are the one source of the key order, which is hashed. Each of these throws on what the venue
// could never accept (a bug of ours): nothing was signed then.

/** Items one action may carry; the venue refuses all of a longer one. */
const ITEMS_MAX = 200;

const order = OrderRequest.entries.action;
const cancel = CancelRequest.entries.action;
const leverage = UpdateLeverageRequest.entries.action;
const noop = NoopRequest.entries.action;

export function orderAction(legs: readonly OrderLeg[], grouping: Grouping) {
  assert(legs.length > 0 && legs.length <= ITEMS_MAX, `${legs.length} legs in one action`);
  return canonicalize(order, v.parse(order, { type: 'order', orders: legs.map(wireLeg), grouping }));
}

function wireLeg(leg: OrderLeg) {
  const { type } = leg;
  return {
    a: leg.assetId,
    b: leg.isBuy,
    p: toWire(leg.px),
    s: toWire(leg.sz),
    r: leg.reduceOnly,
    t:
      'tif' in type
        ? { limit: { tif: type.tif } }
        : { trigger: { isMarket: type.isMarket, triggerPx: toWire(type.triggerPx), tpsl: type.tpsl } },
    c: leg.cloid,
  };
}

export function cancelAction(items: readonly { assetId: number; oid: number }[]) {
  assert(items.length > 0 && items.length <= ITEMS_MAX, `${items.length} cancels in one action`);
  const cancels = items.map(({ assetId, oid }) => ({ a: assetId, o: oid }));
  return canonicalize(cancel, v.parse(cancel, { type: 'cancel', cancels }));
}

export const leverageAction = (o: { assetId: number; leverage: number; isCross: boolean }) =>
  canonicalize(
    leverage,
    v.parse(leverage, { type: 'updateLeverage', asset: o.assetId, isCross: o.isCross, leverage: o.leverage }),
  );

export const noopAction = () => canonicalize(noop, v.parse(noop, { type: 'noop' }));
