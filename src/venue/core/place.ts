// Placing orders: one leg, a batch, a bracket.
import { closingLots } from './margin.ts';
import { bbo, take } from './match.ts';
import { fmt, plain } from './money.ts';
import { finish, fitReduceOnly, list, register, reject } from './orders.ts';
import { REFUSALS, type RefusalCode } from './texts.ts';
import type { Account, CoinState, Order, VenueState } from './types.ts';
import {
  type Grouping,
  type OrderAsk,
  type OrderWire,
  type PlaceContext,
  readOrder,
  refusalOf,
} from './validate.ts';

export type Status = string | Record<string, unknown>;

/** What a fault does to one leg: refuse it with a text, or let only a share of it find a match. */
export interface LegFault {
  refuse?: string;
  fraction?: number;
}
export type LegHook = (coin: string, role: LegRole) => LegFault | undefined;

export type LegRole = 'entry' | 'stop' | 'take-profit' | 'close';

/** The part a leg plays, read off its own fields. */
export function roleOf(w: OrderWire): LegRole {
  if ('trigger' in w.t) return w.t.trigger.tpsl === 'sl' ? 'stop' : 'take-profit';
  if (!w.r) return 'entry';
  return w.t.limit.tif === 'Ioc' || w.t.limit.tif === 'FrontendMarket' ? 'close' : 'take-profit';
}

export interface Placed {
  status: Status;
  order: Order | null;
}

export interface LegContext extends PlaceContext {
  groupId: number | null;
  builderFeePpm: number;
  fault?: LegFault | undefined;
}

export function errorText(s: VenueState, code: RefusalCode, asset: number, bboText = ''): string {
  const text = REFUSALS[code][0].replace('{bbo}', bboText);
  return s.rules.assetSuffix ? `${text} asset=${asset}` : text;
}

function orderOf(s: VenueState, a: Account, q: OrderAsk, ctx: LegContext): Omit<Order, 'oid'> {
  return {
    user: a.address,
    asset: q.asset,
    isBuy: q.isBuy,
    px: q.px,
    sz: q.sz,
    origSz: q.sz,
    reduceOnly: q.reduceOnly,
    cloid: q.cloid,
    tif: q.tif ?? (q.trigger?.isMarket === false ? 'Gtc' : null),
    trigger: q.trigger,
    state: 'open',
    hasFired: false,
    status: 'open',
    statusAtMs: s.nowMs,
    placedAtMs: s.nowMs,
    isPositionTpsl: ctx.grouping === 'positionTpsl',
    isWholePosition: ctx.grouping === 'positionTpsl' && q.sz === 0,
    groupId: ctx.groupId,
    childOids: [],
    builderFeePpm: ctx.builderFeePpm,
  };
}

const withCloid = (o: Order): { oid: number; cloid?: string } =>
  o.cloid === null ? { oid: o.oid } : { oid: o.oid, cloid: o.cloid };

function filledStatus(c: CoinState, o: Order, lots: number, ntl: number): Status {
  return {
    filled: {
      totalSz: fmt(lots, c.szDecimals),
      avgPx: fmt(Math.round(ntl / lots), c.pxDecimals),
      ...withCloid(o),
    },
  };
}

/** Matches what can match now and lists the rest, or ends it. */
function execute(s: VenueState, a: Account, c: CoinState, o: Order, fault?: LegFault): Placed {
  const refuse = (code: RefusalCode, text = ''): Placed => {
    reject(s, o, REFUSALS[code][1]);
    return { status: { error: errorText(s, code, c.asset, text) }, order: null };
  };
  const quotes = bbo(s, c);
  const crosses = o.isBuy ? quotes.askPx > 0 && o.px >= quotes.askPx : o.px <= quotes.bidPx;
  if (o.tif === 'Alo' && crosses) {
    return refuse('postOnly', `${plain(quotes.bidPx, c.pxDecimals)}@${plain(quotes.askPx, c.pxDecimals)}`);
  }
  const szi = a.positions.get(c.asset)?.szi ?? 0;
  const effective = o.reduceOnly ? closingLots(szi, o.isBuy, o.sz) : o.sz;
  const lots = fault?.fraction === undefined ? effective : Math.floor(effective * fault.fraction);
  const got = o.tif === 'Alo' ? { lots: 0, ntl: 0 } : take(s, c, o, lots, o.px);
  const left = effective - got.lots;
  if (o.tif === 'Ioc' || o.tif === 'FrontendMarket') {
    if (got.lots === 0) return refuse('noMatch');
    const status = filledStatus(c, o, got.lots, got.ntl);
    finish(s, o, left > 0 ? s.rules.partialIocStatus : 'filled');
    return { status, order: o };
  }
  if (left === 0 && got.lots > 0) {
    finish(s, o, 'filled');
    return { status: filledStatus(c, o, got.lots, got.ntl), order: o };
  }
  o.sz = left;
  list(s, a, o);
  if (o.reduceOnly) fitReduceOnly(s, a, c.asset, o);
  const isFilled = got.lots > 0 && s.rules.partialGtcStatus === 'filled';
  return {
    status: isFilled ? filledStatus(c, o, got.lots, got.ntl) : { resting: withCloid(o) },
    order: o,
  };
}

/** One order from the wire to its status. */
export function placeLeg(s: VenueState, a: Account, w: OrderWire, ctx: LegContext): Placed {
  const c = s.coins[w.a];
  if (c === undefined) return { status: { error: errorText(s, 'asset', w.a) }, order: null };
  const q = readOrder(c, w);
  if (typeof q === 'string') return { status: { error: errorText(s, q, w.a) }, order: null };
  const order = (): Order => register(s, a, orderOf(s, a, q, ctx));
  if (ctx.fault?.refuse !== undefined) {
    reject(s, order(), 'rejected');
    const { refuse } = ctx.fault;
    return { status: { error: s.rules.assetSuffix ? `${refuse} asset=${w.a}` : refuse }, order: null };
  }
  const code = refusalOf(s, a, c, q, ctx);
  if (code !== null) {
    reject(s, order(), REFUSALS[code][1]);
    return { status: { error: errorText(s, code, w.a) }, order: null };
  }
  const o = order();
  if (o.trigger === null) return execute(s, a, c, o, ctx.fault);
  list(s, a, o);
  return {
    status: ctx.grouping === 'na' ? { resting: withCloid(o) } : 'waitingForTrigger',
    order: o,
  };
}

export interface OrderActionWire {
  type: 'order';
  orders: OrderWire[];
  grouping: Grouping | { p: number };
}

/** Children of fixed size under their parent: armed, waiting, or gone with it, by how the parent fared. */
function placeBracket(
  s: VenueState,
  a: Account,
  orders: readonly OrderWire[],
  leg: (w: OrderWire, role: LegContext['role'], groupId: number | null) => Placed,
): Status[] {
  const [first, ...rest] = orders;
  if (first === undefined) return [];
  const parent = leg(first, 'parent', null);
  const p = parent.order;
  if (p === null) {
    return s.rules.parentError === 'one' ? [parent.status] : orders.map(() => parent.status);
  }
  const statuses: Status[] = [parent.status];
  for (const w of rest) {
    const child = leg(w, 'child', p.oid);
    if (child.order !== null) {
      p.childOids.push(child.order.oid);
      const isArmed = p.state === 'done' && (p.sz === 0 || s.rules.partialParent === 'arm');
      if (!isArmed) {
        child.order.state = 'waiting';
        child.status = 'waitingForFill';
      }
    }
    statuses.push(child.status);
  }
  if (p.state === 'done') endWaiting(s, p);
  return statuses;
}

/** Children that were placed under a parent which had already ended without filling whole. */
function endWaiting(s: VenueState, p: Order): void {
  for (const oid of p.childOids) {
    const child = s.orders.get(oid);
    if (child?.state === 'waiting') finish(s, child, 'canceled');
  }
}

/** A bracket is a parent that is no trigger, then reduce-only triggers on the other side of the same coin. */
function bracketRefusal(orders: readonly OrderWire[]): RefusalCode | null {
  const [first, ...rest] = orders;
  if (first === undefined) return null;
  if (rest.some((w) => 'trigger' in w.t && !w.r)) return 'notReduceOnly';
  const isSound =
    'limit' in first.t && rest.every((w) => 'trigger' in w.t && w.a === first.a && w.b !== first.b);
  return isSound ? null : 'grouping';
}

function preValidation(orders: readonly OrderWire[], grouping: Grouping): RefusalCode | null {
  if (grouping === 'normalTpsl') return bracketRefusal(orders);
  if (grouping !== 'positionTpsl') return null;
  if (orders.some((w) => !('trigger' in w.t))) return 'grouping';
  return orders.some((w) => !w.r) ? 'notReduceOnly' : null;
}

/** A whole order action: statuses in request order, or the text that refuses all of it. */
export function placeOrders(
  s: VenueState,
  a: Account,
  action: OrderActionWire,
  o: { builderFeePpm: number; legHook?: LegHook | undefined },
): Status[] | string {
  if (action.orders.length === 0) return 'Orders are empty';
  const grouping = typeof action.grouping === 'string' ? action.grouping : 'na';
  const refused = preValidation(action.orders, grouping);
  if (refused !== null) {
    const text = REFUSALS[refused][0];
    return s.rules.preValidation === 'err' ? text : [{ error: text }];
  }
  const groupId = grouping === 'positionTpsl' && action.orders.length > 1 ? s.nextOid : null;
  const leg = (w: OrderWire, role: LegContext['role'], group: number | null): Placed =>
    placeLeg(s, a, w, {
      grouping,
      role,
      groupId: group,
      builderFeePpm: o.builderFeePpm,
      fault: o.legHook?.(s.coins[w.a]?.name ?? '', roleOf(w)),
    });
  if (grouping === 'normalTpsl') return placeBracket(s, a, action.orders, leg);
  return action.orders.map((w) => leg(w, 'single', groupId).status);
}
