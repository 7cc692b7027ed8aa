// Takers against the book: other accounts' resting orders and the modelled outside book, best price first, the
// outside book ahead at the same price.
import { nextLevel } from './book.ts';
import { applyFill } from './fill.ts';
import { closingLots, marginRefusal } from './margin.ts';
import { accountOf, finish } from './orders.ts';
import { emit } from './state.ts';
import { HOUSE, type CoinState, type FillRecord, type Order, type VenueState } from './types.ts';

const TRADES_MAX = 500;

export const isResting = (o: Order): boolean => o.state === 'open' && (o.trigger === null || o.hasFired);

/** The best resting order that a taker on that side would meet: price, then age. */
function bestMaker(s: VenueState, c: CoinState, takerIsBuy: boolean, taker: Order): Order | null {
  let best: Order | null = null;
  for (const oid of c.open) {
    const o = s.orders.get(oid);
    if (o === undefined || o === taker || o.isBuy === takerIsBuy || !isResting(o)) continue;
    if (best === null || (takerIsBuy ? o.px < best.px : o.px > best.px)) best = o;
    else if (o.px === best.px && o.oid < best.oid) best = o;
  }
  return best;
}

/** Best bid and ask over the outside book and resting orders; 0 when a side is empty. */
export function bbo(s: VenueState, c: CoinState): { bidPx: number; askPx: number } {
  let bidPx = nextLevel(c, false)?.px ?? 0;
  let askPx = nextLevel(c, true)?.px ?? 0;
  for (const oid of c.open) {
    const o = s.orders.get(oid);
    if (o === undefined || !isResting(o)) continue;
    if (o.isBuy) bidPx = Math.max(bidPx, o.px);
    else askPx = askPx === 0 ? o.px : Math.min(askPx, o.px);
  }
  return { bidPx, askPx };
}

export function recordTrade(
  s: VenueState,
  c: CoinState,
  t: { isBuy: boolean; px: number; sz: number; taker: string; maker: string },
): number {
  const tid = s.nextTid++;
  const trade = {
    isBuy: t.isBuy,
    px: t.px,
    sz: t.sz,
    timeMs: s.nowMs,
    tid,
    buyer: t.isBuy ? t.taker : t.maker,
    seller: t.isBuy ? t.maker : t.taker,
  };
  c.trades.push(trade);
  if (c.trades.length > TRADES_MAX * 1.25) c.trades.splice(0, c.trades.length - TRADES_MAX);
  c.dayNtlVlm += t.px * t.sz;
  emit(s, { kind: 'trade', coin: c.name, trade });
  return tid;
}

/** Fills `q` lots of a resting order; it leaves the book when complete, or when its owner cannot carry it. */
export function fillMaker(
  s: VenueState,
  c: CoinState,
  maker: Order,
  q: number,
  tid: number,
  liquidation: FillRecord['liquidation'],
): void {
  maker.sz -= q;
  applyFill(s, maker, { px: maker.px, sz: q, crossed: false, tid, liquidation });
  if (maker.sz === 0) finish(s, maker, 'filled');
  else c.isDirty = true;
}

/** Lots of a resting order its owner can take on now; 0 removes it as marginCanceled or reduceOnlyCanceled. */
export function makerCapacity(s: VenueState, c: CoinState, maker: Order): number {
  const a = accountOf(s, maker.user);
  const szi = a.positions.get(c.asset)?.szi ?? 0;
  if (maker.reduceOnly) {
    const lots = closingLots(szi, maker.isBuy, maker.sz);
    if (lots === 0) finish(s, maker, 'reduceOnlyCanceled');
    return lots;
  }
  if (marginRefusal(s, a, c, maker.isBuy, maker.sz) === null) return maker.sz;
  finish(s, maker, 'marginCanceled');
  return 0;
}

/**
 * Crosses `o` against the book for at most `lots`, not beyond `limitPx`. Reduces o.sz by what filled.
 * @returns lots filled and their cost in micro-USD
 */
export function take(
  s: VenueState,
  c: CoinState,
  o: Order,
  lots: number,
  limitPx: number,
  liquidation: FillRecord['liquidation'] = null,
): { lots: number; ntl: number } {
  let left = lots;
  let ntl = 0;
  while (left > 0) {
    const outside = nextLevel(c, o.isBuy);
    const maker = bestMaker(s, c, o.isBuy, o);
    const isMaker =
      maker !== null && (outside === null || (o.isBuy ? maker.px < outside.px : maker.px > outside.px));
    const px = isMaker ? maker.px : outside?.px;
    if (px === undefined || (o.isBuy ? px > limitPx : px < limitPx)) break;
    let q: number;
    if (isMaker) {
      if (maker.user === o.user) {
        finish(s, maker, 'selfTradeCanceled');
        continue;
      }
      q = Math.min(left, makerCapacity(s, c, maker));
      if (q === 0) continue;
    } else {
      q = Math.min(left, outside?.sz ?? 0);
      if (o.isBuy) c.takenBuy += q;
      else c.takenSell += q;
    }
    const tid = recordTrade(s, c, {
      isBuy: o.isBuy,
      px,
      sz: q,
      taker: o.user,
      maker: isMaker ? maker.user : HOUSE,
    });
    o.sz -= q;
    left -= q;
    ntl += px * q;
    applyFill(s, o, { px, sz: q, crossed: true, tid, liquidation });
    if (isMaker) fillMaker(s, c, maker, q, tid, liquidation);
  }
  return { lots: lots - left, ntl };
}
