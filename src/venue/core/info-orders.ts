// Reads of orders and fills, in the venue's shapes.
import type { Account, FillRecord, VenueState } from './types.ts';
import { openOrdersOf, shortOrder, wireFill, wireOrder } from './wire.ts';

type Json = Record<string, unknown>;

const PAGE = 2_000;

/** A bracket's children are listed as entries of their own and again under their parent. */
export const frontendOpenOrders = (s: VenueState, a: Account | undefined): Json[] =>
  a === undefined ? [] : [...openOrdersOf(s, a)].map((o) => wireOrder(s, o));

export const openOrders = (s: VenueState, a: Account | undefined): Json[] =>
  frontendOpenOrders(s, a).map(shortOrder);

export function orderStatus(s: VenueState, a: Account | undefined, id: number | string): Json {
  const oid = typeof id === 'number' ? id : a?.cloids.get(id);
  const o = oid === undefined ? undefined : s.orders.get(oid);
  if (a === undefined || o?.user !== a.address) return { status: 'unknownOid' };
  return {
    status: 'order',
    order: { order: wireOrder(s, o), status: o.status, statusTimestamp: o.statusAtMs },
  };
}

/** Newest first. */
export function historicalOrders(s: VenueState, a: Account | undefined): Json[] {
  const out: Json[] = [];
  for (const oid of (a?.orderLog ?? []).slice(-PAGE).toReversed()) {
    const o = s.orders.get(oid);
    if (o === undefined) continue;
    out.push({ order: wireOrder(s, o), status: o.status, statusTimestamp: o.statusAtMs });
  }
  return out;
}

/** The 2000 most recent, newest first. */
export const userFills = (s: VenueState, a: Account | undefined): Json[] =>
  (a?.fills ?? [])
    .slice(-PAGE)
    .toReversed()
    .map((f) => wireFill(s, f));

/** From `startMs` on, oldest first, 2000 a page. */
export function userFillsByTime(
  s: VenueState,
  a: Account | undefined,
  startMs: number,
  endMs: number,
  isReversed: boolean,
): Json[] {
  const within = (f: FillRecord): boolean => f.timeMs >= startMs && f.timeMs <= endMs;
  const found = (a?.fills ?? []).filter(within);
  return (isReversed ? found.toReversed() : found).slice(0, PAGE).map((f) => wireFill(s, f));
}
