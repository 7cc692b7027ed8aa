import { coinOf } from './margin.ts';
import { exact, fmt, usd } from './money.ts';
import { emit, HOUR_MS } from './state.ts';
import type { Account, CoinState, Position, VenueState } from './types.ts';

const FUNDINGS_MAX = 5_000;

/** Eight-hour funding for an average premium: F = P + clamp(0.01 % − P, ±0.05 %). An eighth is paid each hour. */
export function fundingRate8h(premium: number): number {
  return premium + Math.min(0.0005, Math.max(-0.0005, 0.0001 - premium));
}

/** Longs pay size × oracle × rate (rate < 0: they receive), rounded to the nearest micro-USD. */
function payFunding(s: VenueState, a: Account, c: CoinState, p: Position, rate: number): void {
  const paid = Math.round(p.szi * c.oraclePx * rate);
  if (p.isCross) a.usd = exact(a.usd - paid);
  else p.rawUsd = exact(p.rawUsd - paid);
  s.house.usd = exact(s.house.usd + paid);
  a.totals.funding -= paid;
  a.funding.set(c.asset, (a.funding.get(c.asset) ?? 0) + paid);
  p.fundingSinceOpen += paid;
  p.fundingSinceChange += paid;
  a.fundings.push({ timeMs: s.nowMs, asset: c.asset, usd: -paid, szi: p.szi, rate });
  if (a.fundings.length > FUNDINGS_MAX * 1.25) a.fundings.splice(0, a.fundings.length - FUNDINGS_MAX);
  emit(s, {
    kind: 'funding',
    user: a.address,
    coin: c.name,
    usdc: usd(-paid),
    szi: fmt(p.szi, c.szDecimals),
    fundingRate: String(rate),
  });
}

/** Pays every hour that has passed since the last payment, each at the coin's present rate and oracle. */
export function applyFunding(s: VenueState): void {
  const at = s.nowMs;
  // After a long sleep only the last day's worth is made up: the rates in between are unknown.
  if (at - s.nextFundingMs > 24 * HOUR_MS) s.nextFundingMs = Math.floor(at / HOUR_MS) * HOUR_MS;
  for (; s.nextFundingMs <= at; s.nextFundingMs += HOUR_MS) {
    for (const c of s.coins) {
      if (c.fundingHourly === 0 || c.oraclePx === 0) continue;
      const premium = c.oraclePx === 0 ? 0 : (c.markPx - c.oraclePx) / c.oraclePx;
      c.fundings.push({ timeMs: s.nextFundingMs, rate: c.fundingHourly, premium });
      if (c.fundings.length > FUNDINGS_MAX * 1.25) c.fundings.splice(0, c.fundings.length - FUNDINGS_MAX);
      for (const address of c.holders) {
        const a = s.accounts.get(address);
        const p = a?.positions.get(c.asset);
        if (a !== undefined && p !== undefined) payFunding(s, a, coinOf(s, p.asset), p, c.fundingHourly);
      }
    }
  }
}
