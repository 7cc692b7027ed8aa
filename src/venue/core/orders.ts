// The life of an order: created, listed, ended; and what an ending does to its bracket.
import { assert } from '../../core/shared/assert.ts';
import { coinOf } from './margin.ts';
import { emit } from './state.ts';
import type { Account, CoinState, Order, OrderStatus, VenueState } from './types.ts';
import { wireOrder } from './wire.ts';

export const accountOf = (s: VenueState, address: string): Account => {
  const a = s.accounts.get(address);
  if (a === undefined) assert(false, `no account ${address}`);
  return a;
};

function say(s: VenueState, o: Order, status: OrderStatus): void {
  o.status = status;
  o.statusAtMs = s.nowMs;
  emit(s, { kind: 'order', user: o.user, status, order: wireOrder(s, o) });
}

/** Forgets the oldest ended orders beyond what the venue remembers; live ones stay. */
function forget(s: VenueState, a: Account): void {
  if (a.orderLog.length <= s.rules.orderMemory * 1.25) return;
  const surplus = a.orderLog.splice(0, a.orderLog.length - s.rules.orderMemory);
  const alive: number[] = [];
  for (const oid of surplus) {
    const o = s.orders.get(oid);
    if (o === undefined) continue;
    if (o.state !== 'done') alive.push(oid);
    else {
      s.orders.delete(oid);
      if (o.cloid !== null && a.cloids.get(o.cloid) === oid) a.cloids.delete(o.cloid);
    }
  }
  a.orderLog.unshift(...alive);
}

/** Gives the order an oid and a place in the account's memory. It is not listed yet. */
export function register(s: VenueState, a: Account, o: Omit<Order, 'oid'>): Order {
  const order = { ...o, oid: s.nextOid++ };
  s.orders.set(order.oid, order);
  a.orderLog.push(order.oid);
  if (order.cloid !== null) a.cloids.set(order.cloid, order.oid);
  forget(s, a);
  return order;
}

/** An order the venue places for an account: a liquidation's, or one that closes it for another's. */
export function forcedOrder(s: VenueState, a: Account, c: CoinState, szi: number, lots: number): Order {
  return register(s, a, {
    user: a.address,
    asset: c.asset,
    isBuy: szi < 0,
    px: c.markPx,
    sz: lots,
    origSz: lots,
    reduceOnly: true,
    cloid: null,
    tif: 'LiquidationMarket',
    trigger: null,
    state: 'open',
    hasFired: false,
    status: 'open',
    statusAtMs: s.nowMs,
    placedAtMs: s.nowMs,
    isPositionTpsl: false,
    isWholePosition: false,
    groupId: null,
    childOids: [],
    builderFeePpm: 0,
  });
}

/** Lists the order: resting, armed, or (state waiting) as a child of a resting parent. */
export function list(s: VenueState, a: Account, o: Order): void {
  const c = coinOf(s, o.asset);
  a.open.add(o.oid);
  c.open.add(o.oid);
  c.isDirty = true;
  say(s, o, 'open');
}

export function markTriggered(s: VenueState, o: Order): void {
  o.hasFired = true;
  coinOf(s, o.asset).isDirty = true;
  say(s, o, 'triggered');
}

/** A child goes live once its parent has filled. */
function arm(s: VenueState, o: Order): void {
  o.state = 'open';
  coinOf(s, o.asset).isDirty = true;
  say(s, o, 'open');
}

function siblings(s: VenueState, o: Order): Order[] {
  if (o.groupId === null) return [];
  const a = accountOf(s, o.user);
  return [...a.open]
    .map((oid) => s.orders.get(oid))
    .filter((x): x is Order => x !== undefined && x !== o && x.groupId === o.groupId);
}

/**
 * Ends an order. A parent that filled arms its children, one that ended otherwise takes waiting children along;
 * a child that filled cancels its siblings.
 */
export function finish(s: VenueState, o: Order, status: OrderStatus): void {
  if (o.state === 'done') return;
  const a = accountOf(s, o.user);
  const c = coinOf(s, o.asset);
  o.state = 'done';
  a.open.delete(o.oid);
  c.open.delete(o.oid);
  c.isDirty = true;
  say(s, o, status);
  for (const oid of o.childOids) {
    const child = s.orders.get(oid);
    if (child?.state !== 'waiting') continue;
    const isPartial = o.sz < o.origSz;
    if (status === 'filled' || (status === 'marginCanceled' && isPartial)) arm(s, child);
    else finish(s, child, status === 'canceled' || status === 'scheduledCancel' ? status : 'canceled');
  }
  if (status === 'filled') for (const other of siblings(s, o)) finish(s, other, 'siblingFilledCanceled');
}

/** Ends an order that was never listed: a refusal at placement. */
export function reject(s: VenueState, o: Order, status: OrderStatus): void {
  o.state = 'done';
  say(s, o, status);
}

/** The other child of a bracket after one filled in part. */
export function shrinkSiblings(s: VenueState, o: Order, filled: number): void {
  if (s.rules.partialSibling !== 'shrink') return;
  for (const other of siblings(s, o)) {
    if (other.isWholePosition) continue;
    if (other.sz <= filled) finish(s, other, 'siblingFilledCanceled');
    else {
      other.sz -= filled;
      say(s, other, 'open');
    }
  }
}

/**
 * Resting reduce-only orders together never exceed the position: the newest keep their size. When the position
 * shrank, the one that no longer fits shrinks too; when a new order `placed` crowds them, it is cancelled.
 */
export function fitReduceOnly(s: VenueState, a: Account, asset: number, placed?: Order): void {
  const szi = a.positions.get(asset)?.szi ?? 0;
  let left = Math.abs(szi);
  for (const oid of [...a.open].toReversed()) {
    const o = s.orders.get(oid);
    if (o === undefined || o.asset !== asset || !o.reduceOnly || o.state !== 'open' || o.sz === 0) continue;
    if (o.trigger !== null && !o.hasFired) continue;
    const isOpposed = o.isBuy ? szi < 0 : szi > 0;
    const isCrowdedOut = placed !== undefined && o !== placed && o.sz > left;
    if (!isOpposed || left === 0 || isCrowdedOut) finish(s, o, 'reduceOnlyCanceled');
    else {
      if (o.sz > left) o.sz = left;
      left -= o.sz;
    }
  }
}

/** Position-bound triggers go when the position closes or turns; standalone ones by rule. */
export function endPositionTriggers(s: VenueState, a: Account, asset: number): void {
  for (const oid of a.open) {
    const o = s.orders.get(oid);
    if (o === undefined || o.asset !== asset || o.trigger === null || o.hasFired || o.state !== 'open')
      continue;
    const isBound = o.isPositionTpsl || (o.reduceOnly && s.rules.triggersOnClose === 'cancel');
    if (isBound) finish(s, o, 'reduceOnlyCanceled');
  }
}
