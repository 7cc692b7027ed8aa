// Cancel and modify.
import { bbo } from './match.ts';
import { finish } from './orders.ts';
import {
  errorText,
  type LegContext,
  type LegHook,
  type Placed,
  placeLeg,
  roleOf,
  type Status,
} from './place.ts';
import { CANCEL_GONE, FAST_TRIGGER, MODIFY_GONE, MODIFY_NEW, REFUSALS } from './texts.ts';
import type { Account, Order, VenueState } from './types.ts';
import { type OrderWire, readOrder, refusalOf } from './validate.ts';

const suffixed = (s: VenueState, text: string, asset: number): string =>
  s.rules.assetSuffix ? `${text} asset=${asset}` : text;

/** The live order of this account by oid or cloid. */
export function findOpen(s: VenueState, a: Account, id: number | string): Order | undefined {
  const oid = typeof id === 'number' ? id : a.cloids.get(id);
  return oid !== undefined && a.open.has(oid) ? s.orders.get(oid) : undefined;
}

export function cancelItems(
  s: VenueState,
  a: Account,
  items: readonly { asset: number; id: number | string }[],
  isFast: boolean,
): Status[] {
  return items.map(({ asset, id }) => {
    const o = findOpen(s, a, id);
    if (o === undefined || o.asset !== asset) return { error: suffixed(s, CANCEL_GONE, asset) };
    if (isFast && o.trigger !== null) return { error: suffixed(s, FAST_TRIGGER, asset) };
    finish(s, o, 'canceled');
    return 'success';
  });
}

/** Without always_place only a non-trigger ALO, or a GTC that would not trade, may replace an order. */
function mayReplaceQuietly(s: VenueState, w: OrderWire): boolean {
  const c = s.coins[w.a];
  if (c === undefined || 'trigger' in w.t) return false;
  if (w.t.limit.tif === 'Alo') return true;
  const q = readOrder(c, w);
  if (w.t.limit.tif !== 'Gtc' || typeof q === 'string') return false;
  const { bidPx, askPx } = bbo(s, c);
  return q.isBuy ? askPx === 0 || q.px < askPx : q.px > bidPx;
}

/**
 * Cancel and replace: a new oid under the same cloid. An illegal new order leaves the old one standing.
 * With `always` the new order is placed whether or not there was one to cancel.
 */
export function modifyOrder(
  s: VenueState,
  a: Account,
  m: { oid: number | string; order: OrderWire },
  o: { always: boolean; legHook?: LegHook | undefined },
): Placed {
  const old = findOpen(s, a, m.oid);
  const c = s.coins[m.order.a];
  const no = (text: string): Placed => ({ status: { error: suffixed(s, text, m.order.a) }, order: null });
  if (c === undefined) return no(REFUSALS.asset[0]);
  if (old === undefined && !o.always) return no(MODIFY_GONE);
  if (old !== undefined && old.asset !== m.order.a) return no(MODIFY_NEW);
  if (!o.always && !mayReplaceQuietly(s, m.order)) return no(MODIFY_NEW);
  const cloid = m.order.c ?? old?.cloid ?? undefined;
  const w: OrderWire =
    !o.always && 'limit' in m.order.t
      ? { ...m.order, c: cloid, t: { limit: { tif: 'Alo' } } }
      : { ...m.order, c: cloid };
  const q = readOrder(c, w);
  if (typeof q === 'string') return no(REFUSALS[q][0]);
  const ctx = contextOf(old, w);
  const code = refusalOf(s, a, c, q, ctx);
  if (code !== null) return { status: { error: errorText(s, code, m.order.a) }, order: null };
  if (old === undefined) return placeLeg(s, a, w, { ...ctx, fault: o.legHook?.(c.name, roleOf(w)) });
  const isWaiting = old.state === 'waiting';
  finish(s, old, 'canceled');
  const placed = placeLeg(s, a, w, { ...ctx, fault: o.legHook?.(c.name, roleOf(w)) });
  if (placed.order !== null && ctx.groupId !== null) relink(s, old, placed.order, isWaiting);
  return placed;
}

/** A trigger that replaces a trigger on the same side stays what it was: bound to its bracket or position. */
function contextOf(old: Order | undefined, w: OrderWire): LegContext {
  const isHeir = old !== undefined && old.trigger !== null && 'trigger' in w.t && w.r && w.b === old.isBuy;
  return {
    grouping: isHeir && old.isPositionTpsl ? 'positionTpsl' : 'na',
    role: isHeir && old.state === 'waiting' ? 'child' : 'single',
    groupId: isHeir ? old.groupId : null,
    builderFeePpm: 0,
  };
}

/** The parent's list of children follows the replacement, which waits if the replaced one did. */
function relink(s: VenueState, old: Order, next: Order, isWaiting: boolean): void {
  const parent = old.groupId === null ? undefined : s.orders.get(old.groupId);
  if (parent === undefined) return;
  parent.childOids = parent.childOids.map((oid) => (oid === old.oid ? next.oid : oid));
  if (isWaiting) next.state = 'waiting';
}
