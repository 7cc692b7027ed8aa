// Liquidation at a new mark (docs, liquidations): market orders into the book, 20 % first for large positions, and
// the backstop below two thirds of maintenance.
import { absorb, applyFill } from './fill.ts';
import {
  coinOf,
  type CrossSummary,
  crossSummary,
  isolatedEquity,
  maintenanceMargin,
  notional,
} from './margin.ts';
import { recordTrade, take } from './match.ts';
import { deleverage } from './deleverage.ts';
import { accountOf, finish, forcedOrder } from './orders.ts';
import { emit } from './state.ts';
import { HOUSE, type Account, type CoinState, type Position, type VenueState } from './types.ts';
import { fmt, MICRO, usd } from './money.ts';

const SLICE_ABOVE = 100_000 * MICRO;
const SLICE_FRACTION = 0.2;
const SLICE_WINDOW_MS = 30_000;

interface Distress {
  isCross: boolean;
  equity: number;
  maintenance: number;
  positions: Position[];
}

/** The cross part, or one isolated position, when its equity is below maintenance. */
function distressOf(s: VenueState, a: Account, p: Position, x: CrossSummary): Distress | null {
  if (p.isCross) {
    if (x.value >= x.maintenance) return null;
    const positions = [...a.positions.values()].filter((q) => q.isCross);
    return { isCross: true, equity: x.value, maintenance: x.maintenance, positions };
  }
  const c = coinOf(s, p.asset);
  const equity = isolatedEquity(c, p);
  const maintenance = maintenanceMargin(c, notional(c, p.szi));
  return equity >= maintenance ? null : { isCross: false, equity, maintenance, positions: [p] };
}

function cancelOrders(s: VenueState, a: Account, d: Distress): void {
  const assets = new Set(d.positions.map((p) => p.asset));
  for (const oid of a.open) {
    const o = s.orders.get(oid);
    if (o !== undefined && (d.isCross || assets.has(o.asset))) finish(s, o, 'liquidatedCanceled');
  }
}

/** Lots to send: all, or a fifth of a large position unless a fifth went within the last 30 s. */
function sliceOf(s: VenueState, a: Account, c: CoinState, szi: number): number {
  const lots = Math.abs(szi);
  const isLarge = notional(c, szi) > SLICE_ABOVE;
  if (!isLarge || s.nowMs - a.lastSliceMs < SLICE_WINDOW_MS) return lots;
  a.lastSliceMs = s.nowMs;
  return Math.max(1, Math.floor(lots * SLICE_FRACTION));
}

/** Market order for one position, down to its bankruptcy: no further than the price where equity is gone. */
function sellOff(s: VenueState, a: Account, p: Position, equity: number): void {
  const c = coinOf(s, p.asset);
  const { szi } = p;
  const lots = sliceOf(s, a, c, szi);
  const o = forcedOrder(s, a, c, szi, lots);
  const room = Math.floor(Math.max(0, equity) / Math.abs(szi));
  const limit = szi > 0 ? Math.max(1, c.markPx - room) : c.markPx + room;
  const got = take(s, c, o, lots, limit, { user: a.address, markPx: c.markPx, method: 'market' });
  if (o.state === 'open') finish(s, o, got.lots === lots ? 'filled' : 'canceled');
}

/** The liquidator vault takes the position at the mark, with whatever margin is left. */
function takeOver(s: VenueState, a: Account, d: Distress): void {
  for (const p of d.positions) {
    const c = coinOf(s, p.asset);
    if (d.equity < 0 && s.rules.autoDeleveraging) deleverage(s, a, c, p);
    if (a.positions.get(p.asset) !== p) continue;
    const { szi } = p;
    const lots = Math.abs(szi);
    const o = forcedOrder(s, a, c, szi, lots);
    const tid = recordTrade(s, c, { isBuy: szi < 0, px: c.markPx, sz: lots, taker: a.address, maker: HOUSE });
    o.sz = 0;
    if (!p.isCross && p.rawUsd + szi * c.markPx > 0) {
      // Remaining margin goes to the vault.
      const left = p.rawUsd + szi * c.markPx;
      p.rawUsd -= left;
      s.house.usd += left;
      a.totals.absorbed -= left;
    }
    applyFill(s, o, {
      px: c.markPx,
      sz: lots,
      crossed: false,
      tid,
      liquidation: { user: a.address, markPx: c.markPx, method: 'backstop' },
      dir: `Liquidated ${p.isCross ? 'Cross' : 'Isolated'} ${szi > 0 ? 'Long' : 'Short'}`,
    });
    finish(s, o, 'filled');
  }
  if (d.isCross && a.usd > 0) {
    s.house.usd += a.usd;
    a.totals.absorbed -= a.usd;
    a.usd = 0;
  }
}

function announce(s: VenueState, a: Account, d: Distress, method: 'market' | 'backstop'): void {
  const positions = d.positions.map((p) => {
    const c = coinOf(s, p.asset);
    return { coin: c.name, szi: fmt(p.szi, c.szDecimals) };
  });
  const ntl = d.positions.reduce((sum, p) => sum + notional(coinOf(s, p.asset), p.szi), 0);
  a.ledger.push({
    timeMs: s.nowMs,
    delta: {
      type: 'liquidation',
      liquidatedNtlPos: usd(ntl),
      accountValue: usd(d.equity),
      leverageType: d.isCross ? 'Cross' : 'Isolated',
      liquidatedPositions: positions,
    },
  });
  emit(s, {
    kind: 'liquidation',
    user: a.address,
    lid: s.nextLid++,
    method,
    isCross: d.isCross,
    ntlPos: usd(ntl),
    accountValue: usd(d.equity),
    positions,
  });
}

function liquidate(s: VenueState, a: Account, d: Distress): void {
  const method = d.equity * 3 < d.maintenance * 2 ? 'backstop' : 'market';
  announce(s, a, d, method);
  cancelOrders(s, a, d);
  if (method === 'backstop') takeOver(s, a, d);
  else for (const p of d.positions) if (a.positions.get(p.asset) === p) sellOff(s, a, p, d.equity);
  const hasCross = [...a.positions.values()].some((p) => p.isCross);
  if (!hasCross && a.usd < 0) {
    absorb(s, a, -a.usd);
    a.usd = 0;
  }
}

/** Looks at every account with a position in the coin whose mark just changed. */
export function liquidateHolders(s: VenueState, c: CoinState): void {
  for (const address of c.holders) {
    const a = accountOf(s, address);
    const p = a.positions.get(c.asset);
    if (p === undefined) continue;
    const x = p.isCross ? crossSummary(s, a) : { value: 0, ntl: 0, initial: 0, maintenance: 0 };
    const d = distressOf(s, a, p, x);
    if (d !== null) liquidate(s, a, d);
  }
}
