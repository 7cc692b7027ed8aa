import { quotesAround } from './book.ts';
import { applyFunding } from './funding.ts';
import { liquidateHolders } from './liquidate.ts';
import { modelMark } from './mark.ts';
import { scale, toUnits } from './money.ts';
import { finish } from './orders.ts';
import { fillMovedThrough, fireTriggers, refreshWatch } from './trigger.ts';
import type { Account, CoinState, VenueState } from './types.ts';

export interface PriceInput {
  markPx: number;
  oraclePx?: number;
  bidPx?: number;
  askPx?: number;
  /** Median of other venues' perps; only a modelled mark looks at it. */
  externalPx?: number;
  atMs?: number;
}

/** Time moves forward only; what falls due on the way (funding, scheduled cancels) happens. */
export function advance(s: VenueState, nowMs: number): void {
  if (nowMs > s.nowMs) s.nowMs = nowMs;
  if (s.nowMs >= s.nextFundingMs) {
    if (s.rules.funding) applyFunding(s);
    for (const a of s.accounts.values()) runScheduledCancel(s, a);
  }
}

/** The dead man's switch: everything goes, stops included. */
export function runScheduledCancel(s: VenueState, a: Account): void {
  if (a.scheduledCancelMs === null || s.nowMs < a.scheduledCancelMs) return;
  a.scheduledCancelMs = null;
  for (const oid of a.open) {
    const o = s.orders.get(oid);
    if (o !== undefined) finish(s, o, 'scheduledCancel');
  }
}

/**
 * A coin's new mark and book. Resting orders the book moved through fill, then triggers fire, then positions that
 * fell below maintenance are liquidated. Without orders or positions on the coin this is a few assignments.
 */
export function applyPrice(s: VenueState, c: CoinState, q: PriceInput): void {
  const mark = toUnits(q.markPx, c.pxDecimals);
  if (!(mark > 0)) return;
  c.oraclePx = q.oraclePx === undefined ? mark : toUnits(q.oraclePx, c.pxDecimals);
  const quotes = q.bidPx === undefined || q.askPx === undefined ? quotesAround(c, mark) : null;
  c.bidPx = q.bidPx === undefined ? (quotes?.bidPx ?? 0) : toUnits(q.bidPx, c.pxDecimals);
  c.askPx = q.askPx === undefined ? (quotes?.askPx ?? 0) : toUnits(q.askPx, c.pxDecimals);
  c.priceAtMs = s.nowMs;
  const next = s.rules.markModel === 'given' ? mark : modelMark(c, s.nowMs, externalUnits(c, q));
  if (next !== null) {
    c.prevMarkPx = c.markPx === 0 ? next : c.markPx;
    c.markPx = next;
  }
  c.takenBuy = 0;
  c.takenSell = 0;
  if (c.prevDayPx === 0) c.prevDayPx = q.markPx;
  if (c.open.size > 0) act(s, c);
  if (c.holders.size > 0 && s.rules.liquidations) liquidateHolders(s, c);
}

const externalUnits = (c: CoinState, q: PriceInput): number | null =>
  q.externalPx === undefined ? null : toUnits(q.externalPx, c.pxDecimals);

/** Orders react only once mark, bid or ask reach the nearest of them. */
function act(s: VenueState, c: CoinState): void {
  if (c.isDirty) refreshWatch(s, c);
  const isQuiet =
    c.markPx > c.watchBelow &&
    c.markPx < c.watchAbove &&
    (c.askPx > c.watchBelow || c.askPx === 0) &&
    c.bidPx < c.watchAbove;
  if (isQuiet) return;
  fillMovedThrough(s, c);
  fireTriggers(s, c);
}

/** Mark in USD. */
export const markUsd = (c: CoinState): number => c.markPx / scale(c.pxDecimals);
