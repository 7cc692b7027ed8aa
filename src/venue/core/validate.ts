// What the venue checks before an order may stand, in its order (reference, order validation).
import type { RefusalCode } from './texts.ts';
import { closingLots, marginRefusal, notional, openingLots } from './margin.ts';
import { MICRO, parseUnits, scale } from './money.ts';
import type { Account, CoinState, Tif, Trigger, VenueState } from './types.ts';
import { firesBelow } from './wire.ts';

/** One order of an action as it stands on the wire, numbers still text. */
export interface OrderWire {
  a: number;
  b: boolean;
  p: string;
  s: string;
  r: boolean;
  t:
    | { limit: { tif: 'Gtc' | 'Ioc' | 'Alo' | 'FrontendMarket' } }
    | { trigger: { isMarket: boolean; triggerPx: string; tpsl: 'tp' | 'sl' } };
  c?: string | undefined;
}

/** The same in units and lots. */
export interface OrderAsk {
  asset: number;
  isBuy: boolean;
  px: number;
  sz: number;
  reduceOnly: boolean;
  tif: Tif | null;
  trigger: Trigger | null;
  cloid: string | null;
}

export type Grouping = 'na' | 'normalTpsl' | 'positionTpsl';

export interface PlaceContext {
  grouping: Grouping;
  /** child = placed under a parent: no position to compare with yet. */
  role: 'single' | 'parent' | 'child';
}

/** ≤ 5 significant figures unless whole, ≤ 6 − szDecimals decimals. Null when not a legal price. */
function pricePx(text: string, c: CoinState): number | null {
  const units = parseUnits(text, c.pxDecimals);
  if (units === null) return null;
  if (units % scale(c.pxDecimals) === 0) return units;
  const figures = String(units).replace(/0+$/, '').length;
  return figures <= 5 ? units : null;
}

/** Text to numbers, with the refusal for illegal size or price. */
export function readOrder(c: CoinState, w: OrderWire): OrderAsk | RefusalCode {
  const sz = parseUnits(w.s, c.szDecimals);
  if (sz === null) return 'size';
  const px = pricePx(w.p, c);
  if (px === null || px <= 0) return 'tick';
  let trigger: Trigger | null = null;
  if ('trigger' in w.t) {
    const triggerPx = pricePx(w.t.trigger.triggerPx, c);
    if (triggerPx === null || triggerPx <= 0) return 'tick';
    trigger = { triggerPx, isMarket: w.t.trigger.isMarket, tpsl: w.t.trigger.tpsl };
  }
  return {
    asset: c.asset,
    isBuy: w.b,
    px,
    sz,
    reduceOnly: w.r,
    tif: 'limit' in w.t ? w.t.limit.tif : null,
    trigger,
    cloid: w.c ?? null,
  };
}

/** $10 of size × limit price. Exempt: closing the whole position (IOC also without r), and reduce-only beyond it. */
function isBelowMinimum(s: VenueState, a: Account, q: OrderAsk): boolean {
  if (q.px * q.sz >= 10_000_000) return false;
  const szi = a.positions.get(q.asset)?.szi ?? 0;
  const isWhole = szi !== 0 && openingLots(szi, q.isBuy, q.sz) === q.sz - Math.abs(szi);
  if (!isWhole) return true;
  if (q.reduceOnly) return false;
  const isExact = q.sz === Math.abs(szi);
  const isIoc = q.tif === 'Ioc' || q.tif === 'FrontendMarket';
  return !(isExact && (isIoc || s.rules.plainGtcWholeClose === 'exempt'));
}

export const conditionHolds = (c: CoinState, o: { isBuy: boolean; trigger: Trigger }): boolean =>
  firesBelow(o) ? c.markPx <= o.trigger.triggerPx : c.markPx >= o.trigger.triggerPx;

function triggerRefusal(
  s: VenueState,
  a: Account,
  c: CoinState,
  q: OrderAsk,
  ctx: PlaceContext,
): RefusalCode | null {
  const t = q.trigger;
  if (t === null) return null;
  if (!q.reduceOnly && (ctx.grouping !== 'na' || s.rules.openingTrigger === 'refuse')) return 'notReduceOnly';
  const isBound =
    s.rules.triggerLimitSide === 'all' ||
    (s.rules.triggerLimitSide === 'stop-market' && t.isMarket && t.tpsl === 'sl');
  if (isBound && (q.isBuy ? q.px < t.triggerPx : q.px > t.triggerPx)) return 'trigger';
  if (
    ctx.role !== 'child' &&
    s.rules.alreadyTrue === 'reject' &&
    conditionHolds(c, { isBuy: q.isBuy, trigger: t })
  )
    return 'trigger';
  const szi = a.positions.get(q.asset)?.szi ?? 0;
  const isOpposed = q.isBuy ? szi < 0 : szi > 0;
  const needsPosition =
    ctx.grouping === 'positionTpsl' || (ctx.grouping === 'na' && s.rules.orphanTrigger === 'refuse');
  return q.reduceOnly && needsPosition && !isOpposed ? 'reduceOnly' : null;
}

function capRefusal(s: VenueState, a: Account, q: OrderAsk): RefusalCode | null {
  const earned = Math.floor(a.volume / 5_000_000_000_000);
  const max = Math.min(5 * s.rules.openOrdersMax, s.rules.openOrdersMax + earned);
  if (a.open.size >= max) return 'openOrders';
  const isProtective = q.reduceOnly || q.trigger !== null;
  return isProtective && a.open.size >= s.rules.openOrdersMax ? 'openOrders' : null;
}

function openInterestRefusal(a: Account, c: CoinState, q: OrderAsk): RefusalCode | null {
  if (c.openInterestCapUsd === null || q.reduceOnly) return null;
  const szi = a.positions.get(c.asset)?.szi ?? 0;
  const isCapped = notional(c, c.openInterest) >= c.openInterestCapUsd * 1e6;
  return isCapped && openingLots(szi, q.isBuy, q.sz) > 0 ? 'openInterest' : null;
}

/** Docs: the largest market order in USD by maximum leverage, highest first. */
export const MARKET_ORDER_MAX = [
  { maxLeverage: 25, ntlUsd: 15_000_000 },
  { maxLeverage: 20, ntlUsd: 5_000_000 },
  { maxLeverage: 10, ntlUsd: 2_000_000 },
  { maxLeverage: 1, ntlUsd: 500_000 },
] as const;

/** Size × limit price against the cap of the coin's leverage; ten times that for orders that may rest. */
function isTooLarge(s: VenueState, c: CoinState, q: OrderAsk): boolean {
  if (s.rules.marketOrder === 'uncapped') return false;
  const cap = MARKET_ORDER_MAX.find((x) => c.maxLeverage >= x.maxLeverage)?.ntlUsd ?? 0;
  const isIoc = q.tif === 'Ioc' && s.rules.marketOrder === 'ioc';
  const isMarket = isIoc || q.tif === 'FrontendMarket' || q.trigger?.isMarket === true;
  return q.px * q.sz > cap * (isMarket ? 1 : 10) * MICRO;
}

/** Everything but matching: null when the order may stand. */
export function refusalOf(
  s: VenueState,
  a: Account,
  c: CoinState,
  q: OrderAsk,
  ctx: PlaceContext,
): RefusalCode | null {
  if (c.isDelisted || s.rules.halted) return 'delisted';
  if (c.markPx === 0) return 'noPrice';
  const isWhole = ctx.grouping === 'positionTpsl' && q.trigger !== null && q.sz === 0;
  if (q.sz === 0 && !isWhole) return 'zeroSize';
  if (Math.abs(q.px - c.markPx) > c.markPx * 0.95) return 'reference';
  if (!isWhole && isBelowMinimum(s, a, q)) return 'minimum';
  if (isTooLarge(s, c, q)) return 'tooLarge';
  const refused = triggerRefusal(s, a, c, q, ctx) ?? capRefusal(s, a, q) ?? openInterestRefusal(a, c, q);
  if (refused !== null) return refused;
  if (q.trigger !== null || ctx.role === 'child') return null;
  const szi = a.positions.get(c.asset)?.szi ?? 0;
  if (q.reduceOnly) return closingLots(szi, q.isBuy, q.sz) === 0 ? 'reduceOnly' : null;
  return marginRefusal(s, a, c, q.isBuy, q.sz);
}
