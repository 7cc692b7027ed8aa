// Orders and fills as the venue prints them.
import { coinOf } from './margin.ts';
import { fmt, plain, usd } from './money.ts';
import type { Account, FillRecord, Order, VenueState } from './types.ts';

export interface WireOrder extends Record<string, unknown> {
  coin: string;
  side: 'B' | 'A';
  limitPx: string;
  sz: string;
  oid: number;
  timestamp: number;
  triggerCondition: string;
  isTrigger: boolean;
  triggerPx: string;
  children: WireOrder[];
  isPositionTpsl: boolean;
  reduceOnly: boolean;
  orderType: string;
  origSz: string;
  tif: string | null;
  cloid: string | null;
}

function orderType(o: Order): string {
  if (o.trigger === null) return o.tif === 'FrontendMarket' ? 'Market' : 'Limit';
  return `${o.trigger.tpsl === 'sl' ? 'Stop' : 'Take Profit'} ${o.trigger.isMarket ? 'Market' : 'Limit'}`;
}

/** A sell stop and a buy take-profit fire from above, the other two from below. */
export const firesBelow = (o: { isBuy: boolean; trigger: { tpsl: 'tp' | 'sl' } | null }): boolean =>
  (o.trigger?.tpsl === 'sl') !== o.isBuy;

function triggerCondition(o: Order, pxDecimals: number): string {
  if (o.trigger === null) return 'N/A';
  if (o.hasFired) return 'Triggered';
  return `Price ${firesBelow(o) ? 'below' : 'above'} ${plain(o.trigger.triggerPx, pxDecimals)}`;
}

function shownLots(s: VenueState, o: Order): number {
  if (!o.isWholePosition || s.rules.wholePositionSz === 'zero') return o.sz;
  return Math.abs(s.accounts.get(o.user)?.positions.get(o.asset)?.szi ?? 0);
}

export function wireOrder(s: VenueState, o: Order): WireOrder {
  const c = coinOf(s, o.asset);
  const children: WireOrder[] = [];
  for (const oid of o.childOids) {
    const child = s.orders.get(oid);
    if (child !== undefined && child.state !== 'done') children.push(wireOrder(s, child));
  }
  return {
    coin: c.name,
    side: o.isBuy ? 'B' : 'A',
    limitPx: fmt(o.px, c.pxDecimals),
    sz: fmt(shownLots(s, o), c.szDecimals),
    oid: o.oid,
    timestamp: o.placedAtMs,
    triggerCondition: triggerCondition(o, c.pxDecimals),
    isTrigger: o.trigger !== null,
    triggerPx: o.trigger === null ? '0.0' : fmt(o.trigger.triggerPx, c.pxDecimals),
    children: o.state === 'open' ? children : [],
    isPositionTpsl: o.isPositionTpsl,
    reduceOnly: o.reduceOnly,
    orderType: orderType(o),
    origSz: fmt(o.origSz, c.szDecimals),
    tif: o.trigger === null ? o.tif : null,
    cloid: o.cloid,
  };
}

/** The short form of `openOrders` and `orderUpdates`, which hides that an order is a trigger. */
export function shortOrder(w: Record<string, unknown>): Record<string, unknown> {
  const { coin, side, limitPx, sz, oid, timestamp, origSz, cloid, reduceOnly } = w;
  return {
    coin,
    side,
    limitPx,
    sz,
    oid,
    timestamp,
    origSz,
    ...(cloid === null ? {} : { cloid }),
    ...(reduceOnly === true ? { reduceOnly } : {}),
  };
}

const ZEROS = '0'.repeat(40);
const BYTES = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));
const byte = (n: number): string => BYTES[n & 0xff] ?? '';
/** The low 32 bits as 8 hex digits; by table, because every fill that is read is printed with one. */
const word = (n: number): string => byte(n >>> 24) + byte(n >>> 16) + byte(n >>> 8) + byte(n);

/** Stands in for the hash of the transaction that a trade or payment belongs to. @param n whole, 0 … 2^53 */
export const hashOf = (n: number): string =>
  `0x${word(Math.floor(n / 2 ** 32))}${word(n)}${word(n ^ 0x5eed)}${ZEROS}`;

export function wireFill(s: VenueState, f: FillRecord): Record<string, unknown> & { tid: number } {
  const c = coinOf(s, f.asset);
  return {
    coin: c.name,
    px: fmt(f.px, c.pxDecimals),
    sz: fmt(f.sz, c.szDecimals),
    side: f.isBuy ? 'B' : 'A',
    time: f.timeMs,
    startPosition: fmt(f.startSzi, c.szDecimals),
    dir: f.dir,
    closedPnl: usd(f.closedPnl),
    hash: hashOf(f.tid),
    oid: f.oid,
    crossed: f.crossed,
    fee: usd(f.fee),
    tid: f.tid,
    ...(f.cloid === null ? {} : { cloid: f.cloid }),
    ...(f.liquidation === null
      ? {}
      : {
          liquidation: {
            liquidatedUser: f.liquidation.user,
            markPx: fmt(f.liquidation.markPx, c.pxDecimals),
            method: f.liquidation.method,
          },
        }),
    ...(f.builderFee === 0 ? {} : { builderFee: usd(f.builderFee) }),
    feeToken: 'USDC',
    twapId: null,
  };
}

/** Orders that count as open: resting, armed, or waiting for their parent. */
export function* openOrdersOf(s: VenueState, a: Account): Generator<Order> {
  for (const oid of a.open) {
    const o = s.orders.get(oid);
    if (o !== undefined) yield o;
  }
}
