// What a fill does to an account, and to the rest of the market, which takes the other side.
import { closingLots, coinOf, crossSummary } from './margin.ts';
import { ceilDiv, exact, mulDiv, usd } from './money.ts';
import { accountOf, endPositionTriggers, fitReduceOnly } from './orders.ts';
import { emit, emitPosition, leverageOf } from './state.ts';
import type { Account, CoinState, FillRecord, Order, Position, VenueState } from './types.ts';
import { wireFill } from './wire.ts';

const FILLS_MAX = 10_000;

export interface FillArgs {
  px: number;
  sz: number;
  crossed: boolean;
  tid: number;
  liquidation: FillRecord['liquidation'];
  /** Shown instead of Open/Close Long/Short: a backstop takeover. */
  dir?: string;
}

function dirOf(startSzi: number, isBuy: boolean, sz: number): string {
  const end = startSzi + (isBuy ? sz : -sz);
  if (startSzi !== 0 && end !== 0 && startSzi > 0 !== end > 0) {
    return startSzi > 0 ? 'Long > Short' : 'Short > Long';
  }
  const isClosing = isBuy ? startSzi < 0 : startSzi > 0;
  if (isClosing) return startSzi > 0 ? 'Close Long' : 'Close Short';
  return isBuy ? 'Open Long' : 'Open Short';
}

function newPosition(a: Account, c: CoinState, nowMs: number): Position {
  const { isCross, value } = leverageOf(a, c);
  return {
    asset: c.asset,
    szi: 0,
    entryNtl: 0,
    isCross,
    leverage: value,
    rawUsd: 0,
    fundingSinceOpen: 0,
    fundingSinceChange: 0,
    openedAtMs: nowMs,
  };
}

const pay = (a: Account, p: Position, micro: number): void => {
  if (p.isCross) a.usd = exact(a.usd + micro);
  else p.rawUsd = exact(p.rawUsd + micro);
};

/** Takes `closed` lots off the position at px. Returns the realised pnl. */
function close(a: Account, p: Position, closed: number, px: number): number {
  const side = Math.sign(p.szi);
  const start = Math.abs(p.szi);
  const cost = closed === start ? p.entryNtl : mulDiv(p.entryNtl, closed, start);
  const equity = p.rawUsd + p.szi * px;
  p.entryNtl -= cost;
  p.szi -= side * closed;
  pay(a, p, side * closed * px);
  if (!p.isCross && closed < start && equity > 0) {
    // Margin leaves with the closed share, so that the rest keeps its ratio.
    const released = mulDiv(equity, closed, start);
    p.rawUsd -= released;
    a.usd += released;
  }
  return side * closed * px - cost;
}

/** Adds `opened` lots at px; an isolated position takes its initial margin along. */
function open(s: VenueState, a: Account, p: Position, isBuy: boolean, opened: number, px: number): void {
  const d = isBuy ? opened : -opened;
  if (!p.isCross) {
    const x = crossSummary(s, a);
    const margin = Math.min(ceilDiv(opened * px, p.leverage), Math.max(0, x.value - x.initial));
    a.usd -= margin;
    p.rawUsd += margin;
  }
  p.szi += d;
  p.entryNtl = exact(p.entryNtl + d * px);
  pay(a, p, -d * px);
}

/** A closed isolated position returns what is left of its margin; a hole is borne by the rest of the market. */
function settleFlat(s: VenueState, a: Account, c: CoinState, p: Position): void {
  a.positions.delete(c.asset);
  c.holders.delete(a.address);
  if (p.isCross) return;
  a.usd += Math.max(0, p.rawUsd);
  if (p.rawUsd < 0) absorb(s, a, -p.rawUsd);
}

/** The rest of the market bears bad debt (in reality the backstop vault, then auto-deleveraging). */
export function absorb(s: VenueState, a: Account, micro: number): void {
  s.house.usd -= micro;
  a.totals.absorbed += micro;
  emit(s, { kind: 'shortfall', user: a.address, usd: usd(micro) });
}

/** Books one fill of order `o`: position, cash, fee, records, events. o.sz is already reduced. */
export function applyFill(s: VenueState, o: Order, f: FillArgs): void {
  const a = accountOf(s, o.user);
  const c = coinOf(s, o.asset);
  const p = a.positions.get(o.asset) ?? newPosition(a, c, s.nowMs);
  const start = p.szi;
  const ntl = exact(f.px * f.sz);
  const closed = closingLots(start, o.isBuy, f.sz);
  const pnl = closed > 0 ? close(a, p, closed, f.px) : 0;
  const fee = mulDiv(ntl, f.crossed ? s.rules.takerFeePpm : s.rules.makerFeePpm, 1_000_000);
  const builderFee = mulDiv(ntl, o.builderFeePpm, 1_000_000);
  if (p.szi === 0 && start !== 0 && closed < f.sz) {
    // A flip ends one position and begins another: the old margin comes home first.
    settleFlat(s, a, c, p);
    Object.assign(p, newPosition(a, c, s.nowMs));
  }
  if (closed < f.sz) open(s, a, p, o.isBuy, f.sz - closed, f.px);
  pay(a, p, -(fee + builderFee));
  p.fundingSinceChange = 0;
  s.house.usd = exact(s.house.usd + (o.isBuy ? ntl : -ntl) + fee + builderFee);
  s.house.szi[o.asset] = (s.house.szi[o.asset] ?? 0) - (o.isBuy ? f.sz : -f.sz);
  s.house.fees += fee + builderFee;
  a.totals.closedPnl += pnl;
  a.totals.fees += fee + builderFee;
  a.volume += ntl;
  if (f.crossed) a.takerVolume += ntl;
  if (p.szi === 0) settleFlat(s, a, c, p);
  else {
    a.positions.set(c.asset, p);
    c.holders.add(a.address);
  }
  record(s, a, o, f, { start, pnl, fee: fee + builderFee, builderFee });
  emitPosition(s, a, c);
  const isTurned = start !== 0 && Math.sign(start) !== Math.sign(a.positions.get(c.asset)?.szi ?? 0);
  if (isTurned) endPositionTriggers(s, a, c.asset);
  if (closed > 0 && a.open.size > 0) fitReduceOnly(s, a, c.asset);
}

function record(
  s: VenueState,
  a: Account,
  o: Order,
  f: FillArgs,
  x: { start: number; pnl: number; fee: number; builderFee: number },
): void {
  const fill: FillRecord = {
    asset: o.asset,
    px: f.px,
    sz: f.sz,
    isBuy: o.isBuy,
    timeMs: s.nowMs,
    startSzi: x.start,
    dir: f.dir ?? dirOf(x.start, o.isBuy, f.sz),
    closedPnl: x.pnl,
    oid: o.oid,
    crossed: f.crossed,
    fee: x.fee,
    builderFee: x.builderFee,
    tid: f.tid,
    cloid: o.cloid,
    liquidation: f.liquidation,
  };
  a.fills.push(fill);
  if (a.fills.length > FILLS_MAX * 1.25) a.fills.splice(0, a.fills.length - FILLS_MAX);
  emit(s, { kind: 'fill', user: a.address, fill: wireFill(s, fill) });
}
