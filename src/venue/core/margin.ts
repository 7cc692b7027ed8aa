// Margin arithmetic of the venue (docs, margining and liquidations). Money is micro-USD; requirements round up.
import { assert } from '../../core/shared/assert.ts';
import { ceilDiv, exact, scale } from './money.ts';
import { leverageOf } from './state.ts';
import type { Account, CoinState, MarginTierState, Position, VenueState } from './types.ts';

export const coinOf = (s: VenueState, asset: number): CoinState => {
  const c = s.coins[asset];
  if (c === undefined) assert(false, `no asset ${asset}`);
  return c;
};

export const notional = (c: CoinState, szi: number): number => exact(Math.abs(szi) * c.markPx);

export const unrealized = (c: CoinState, p: Position): number => exact(p.szi * c.markPx - p.entryNtl);

/** Equity of an isolated position: its own cash and the value of what it holds. */
export const isolatedEquity = (c: CoinState, p: Position): number => exact(p.rawUsd + p.szi * c.markPx);

export function tierAt(c: CoinState, ntl: number): MarginTierState {
  let found = c.tiers[0];
  for (const t of c.tiers) if (ntl >= t.lowerBound) found = t;
  if (found === undefined) assert(false, `no margin tier for ${c.name}`);
  return found;
}

/** Half the initial margin at the tier's maximum leverage, less the tier's deduction. */
export function maintenanceMargin(c: CoinState, ntl: number): number {
  const t = tierAt(c, ntl);
  return Math.max(0, ceilDiv(ntl, 2 * t.maxLeverage) - t.deduction);
}

export interface CrossSummary {
  value: number;
  ntl: number;
  initial: number;
  maintenance: number;
}

/** The cross part of an account at current marks. */
export function crossSummary(s: VenueState, a: Account): CrossSummary {
  const out = { value: a.usd, ntl: 0, initial: 0, maintenance: 0 };
  for (const p of a.positions.values()) {
    if (!p.isCross) continue;
    const c = coinOf(s, p.asset);
    const ntl = notional(c, p.szi);
    out.value += p.szi * c.markPx;
    out.ntl += ntl;
    out.initial += ceilDiv(ntl, p.leverage);
    out.maintenance += maintenanceMargin(c, ntl);
  }
  exact(out.value);
  return out;
}

/** Cash that may leave: what exceeds the initial margin, and at least a tenth of the notional stays. */
export function withdrawable(s: VenueState, a: Account): number {
  const x = crossSummary(s, a);
  return Math.max(0, x.value - Math.max(x.initial, ceilDiv(x.ntl, 10)));
}

export function accountValue(s: VenueState, a: Account): number {
  let total = a.usd;
  for (const p of a.positions.values()) {
    const c = coinOf(s, p.asset);
    total += p.isCross ? p.szi * c.markPx : isolatedEquity(c, p);
  }
  return exact(total);
}

/** Lots by which an order would add to the position, past closing what stands against it. */
export function openingLots(szi: number, isBuy: boolean, sz: number): number {
  const against = isBuy ? -szi : szi;
  return against > 0 ? Math.max(0, sz - against) : sz;
}

/** Lots of `sz` that only close the position. */
export const closingLots = (szi: number, isBuy: boolean, sz: number): number =>
  sz - openingLots(szi, isBuy, sz);

/** Why the account may not hold `sz` more on that side at the current mark; null when it may. */
export function marginRefusal(
  s: VenueState,
  a: Account,
  c: CoinState,
  isBuy: boolean,
  sz: number,
): 'margin' | 'tier' | null {
  const p = a.positions.get(c.asset);
  const szi = p?.szi ?? 0;
  const opening = openingLots(szi, isBuy, sz);
  if (opening === 0) return null;
  const { isCross, value: leverage } = leverageOf(a, c);
  const after = notional(c, szi + (isBuy ? sz : -sz));
  if (leverage > tierAt(c, after).maxLeverage) return 'tier';
  const x = crossSummary(s, a);
  if (isCross) {
    const own = p === undefined ? 0 : ceilDiv(notional(c, szi), p.leverage);
    return x.initial - own + ceilDiv(after, leverage) <= x.value ? null : 'margin';
  }
  // A flip frees the margin of the position it closes.
  const freed = p !== undefined && closingLots(szi, isBuy, sz) > 0 ? Math.max(0, isolatedEquity(c, p)) : 0;
  return ceilDiv(notional(c, opening), leverage) <= x.value - x.initial + freed ? null : 'margin';
}

/**
 * Price at which equity meets maintenance, in USD; null when no positive price does. `equity` is what backs the
 * position at the mark: isolated equity, or the account's cross value less the maintenance of the other positions.
 * P = −(cash + deduction) ÷ (szi·(1 − l·side)), with l and deduction of the tier that P itself falls in.
 */
export function liquidationPx(c: CoinState, szi: number, equity: number): number | null {
  const cash = equity - szi * c.markPx;
  const side = Math.sign(szi);
  for (const [i, t] of c.tiers.entries()) {
    const l = 1 / (2 * t.maxLeverage);
    const units = -(cash + t.deduction) / (szi * (1 - l * side));
    const ntl = Math.abs(szi) * units;
    const upper = c.tiers[i + 1]?.lowerBound ?? Infinity;
    if (units > 0 && ntl >= t.lowerBound && ntl < upper) return units / scale(c.pxDecimals);
  }
  return null;
}

export function liquidationPxOf(s: VenueState, a: Account, p: Position): number | null {
  const c = coinOf(s, p.asset);
  if (!p.isCross) return liquidationPx(c, p.szi, isolatedEquity(c, p));
  const x = crossSummary(s, a);
  return liquidationPx(c, p.szi, x.value - (x.maintenance - maintenanceMargin(c, notional(c, p.szi))));
}
