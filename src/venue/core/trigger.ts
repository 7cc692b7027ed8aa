// Triggers at a new mark, and resting orders that the book moved through.
import { closingLots, marginRefusal } from './margin.ts';
import { fillMaker, isResting, makerCapacity, recordTrade, take } from './match.ts';
import { accountOf, finish, fitReduceOnly, markTriggered, shrinkSiblings } from './orders.ts';
import { HOUSE, type CoinState, type Order, type VenueState } from './types.ts';
import { conditionHolds } from './validate.ts';
import { firesBelow } from './wire.ts';

/** Fires one trigger: a market one becomes an IOC at its limit, the rest of which is cancelled. */
function fire(s: VenueState, c: CoinState, o: Order): void {
  const a = accountOf(s, o.user);
  markTriggered(s, o);
  const szi = a.positions.get(c.asset)?.szi ?? 0;
  if (o.isWholePosition) o.sz = Math.abs(szi);
  const lots = o.reduceOnly ? closingLots(szi, o.isBuy, o.sz) : o.sz;
  if (lots === 0) {
    finish(s, o, 'reduceOnlyCanceled');
    return;
  }
  if (!o.reduceOnly && marginRefusal(s, a, c, o.isBuy, lots) !== null) {
    finish(s, o, 'perpMarginRejected');
    return;
  }
  o.sz = lots;
  const got = take(s, c, o, lots, o.px);
  if (o.state === 'done') return;
  if (got.lots === lots) finish(s, o, 'filled');
  else if (o.trigger?.isMarket === true) {
    finish(s, o, got.lots === 0 ? 'marketOrderNoLiquidityRejected' : 'canceled');
    if (got.lots > 0) shrinkSiblings(s, o, got.lots);
  } else {
    c.isDirty = true;
    if (o.reduceOnly) fitReduceOnly(s, a, c.asset, o);
  }
}

const isArmedTrigger = (o: Order): boolean => o.state === 'open' && o.trigger !== null && !o.hasFired;

/** All triggers whose condition holds at the mark, oldest first. */
export function fireTriggers(s: VenueState, c: CoinState): void {
  const due: Order[] = [];
  for (const oid of c.open) {
    const o = s.orders.get(oid);
    if (o?.trigger == null || !isArmedTrigger(o)) continue;
    if (conditionHolds(c, { isBuy: o.isBuy, trigger: o.trigger })) due.push(o);
  }
  for (const o of due.sort((x, y) => x.oid - y.oid)) if (isArmedTrigger(o)) fire(s, c, o);
}

function isMovedThrough(s: VenueState, c: CoinState, o: Order): boolean {
  const slack = s.rules.makerFill === 'touch' ? 1 : 0;
  return o.isBuy ? c.askPx > 0 && c.askPx < o.px + slack : c.bidPx > o.px - slack;
}

/** Resting orders that the outside book has moved through fill whole, as makers, best price first. */
export function fillMovedThrough(s: VenueState, c: CoinState): void {
  const due: Order[] = [];
  for (const oid of c.open) {
    const o = s.orders.get(oid);
    if (o !== undefined && isResting(o) && isMovedThrough(s, c, o)) due.push(o);
  }
  due.sort((x, y) => (x.isBuy === y.isBuy ? (x.isBuy ? y.px - x.px : x.px - y.px) : 0) || x.oid - y.oid);
  for (const o of due) {
    if (!isResting(o)) continue;
    const lots = makerCapacity(s, c, o);
    if (lots === 0) continue;
    const tid = recordTrade(s, c, { isBuy: !o.isBuy, px: o.px, sz: lots, taker: HOUSE, maker: o.user });
    fillMaker(s, c, o, lots, tid, null);
  }
}

/** Nearest prices at which any order of the coin can act; between them a new price has nothing to do. */
export function refreshWatch(s: VenueState, c: CoinState): void {
  c.watchBelow = 0;
  c.watchAbove = Number.MAX_SAFE_INTEGER;
  for (const oid of c.open) {
    const o = s.orders.get(oid);
    if (o === undefined || o.state !== 'open') continue;
    const isTrigger = o.trigger !== null && !o.hasFired;
    const px = isTrigger && o.trigger !== null ? o.trigger.triggerPx : o.px;
    const isBelow = isTrigger ? firesBelow(o) : o.isBuy;
    if (isBelow) c.watchBelow = Math.max(c.watchBelow, px);
    else c.watchAbove = Math.min(c.watchAbove, px);
  }
  c.isDirty = false;
}
