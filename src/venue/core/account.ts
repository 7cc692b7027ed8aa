// Leverage, isolated margin, agents, and the other actions that touch the account itself.
import { coinOf, crossSummary, isolatedEquity, notional, withdrawable } from './margin.ts';
import { ceilDiv, parseUnits, usd } from './money.ts';
import { deposit } from './state.ts';
import { ZERO_ADDRESS, type Account, type VenueState } from './types.ts';

/** Null when done, else the text that refuses it. */
export type Refused = string | null;

export function updateLeverage(
  s: VenueState,
  a: Account,
  w: { asset: number; isCross: boolean; leverage: number },
): Refused {
  const c = s.coins[w.asset];
  if (c === undefined) return 'Asset is not tradable.';
  if (w.leverage < 1 || w.leverage > c.maxLeverage) return 'Invalid leverage value';
  if (w.isCross && c.onlyIsolated) return 'Cross margin is not allowed for this asset.';
  const p = a.positions.get(w.asset);
  if (p === undefined) {
    a.leverage.set(w.asset, { isCross: w.isCross, value: w.leverage });
    return null;
  }
  if (p.isCross !== w.isCross) return 'Cannot switch leverage type with open position.';
  const need = ceilDiv(notional(c, p.szi), w.leverage);
  if (!p.isCross && w.leverage < p.leverage && isolatedEquity(c, p) < need) {
    return 'Isolated position does not have sufficient margin available to decrease leverage. To decrease leverage, add margin to the position.';
  }
  if (p.isCross) {
    const x = crossSummary(s, a);
    if (x.initial - ceilDiv(notional(c, p.szi), p.leverage) + need > x.value) {
      return 'Insufficient margin to place order.';
    }
  }
  // A live isolated position keeps its margin: only the setting changes.
  p.leverage = w.leverage;
  a.leverage.set(w.asset, { isCross: w.isCross, value: w.leverage });
  return null;
}

/** Moves `micro` micro-USD into (or out of, negative) an isolated position. */
export function moveIsolatedMargin(s: VenueState, a: Account, asset: number, micro: number): Refused {
  const p = a.positions.get(asset);
  if (p === undefined || p.isCross) return 'Position does not use isolated margin.';
  const c = coinOf(s, asset);
  const x = crossSummary(s, a);
  if (micro > 0 && micro > x.value - x.initial) return 'Insufficient margin available.';
  const ntl = notional(c, p.szi);
  const floor = Math.max(ceilDiv(ntl, p.leverage), ceilDiv(ntl, 10));
  if (micro < 0 && isolatedEquity(c, p) + micro < floor) return 'Insufficient margin available.';
  a.usd -= micro;
  p.rawUsd += micro;
  return null;
}

/** Adds what an isolated position lacks to reach `leverage`. */
export function topUpIsolated(s: VenueState, a: Account, asset: number, leverage: number): Refused {
  const p = a.positions.get(asset);
  if (p === undefined || p.isCross) return 'Position does not use isolated margin.';
  const c = coinOf(s, asset);
  const micro = Math.ceil(notional(c, p.szi) / leverage) - isolatedEquity(c, p);
  return micro <= 0 ? null : moveIsolatedMargin(s, a, asset, micro);
}

const DAY_MS = 86_400_000;

/** "name valid_until 1761584399797" → name and expiry; 90 days without one, 180 at most. */
function readAgentName(text: string, nowMs: number): { name: string; validUntilMs: number } | null {
  const m = /^(.*?)\s*valid_until (\d+)$/.exec(text);
  const name = (m?.[1] ?? text).trim();
  const validUntilMs = m === null ? nowMs + 90 * DAY_MS : Number(m[2]);
  return validUntilMs <= nowMs || validUntilMs > nowMs + 180 * DAY_MS ? null : { name, validUntilMs };
}

/** A removal takes a moment to count, and some more until the user may approve another agent. */
function hasPendingRemoval(s: VenueState, a: Account): boolean {
  const until = s.rules.agentRemovalMs + s.rules.agentRemovalPendingMs;
  return [...s.agents.values()].some(
    (g) => g.master === a.address && g.removedAtMs !== undefined && s.nowMs < g.removedAtMs + until,
  );
}

/** One unnamed and three named agents, two more per sub-account. The zero address removes by name. */
export function approveAgent(s: VenueState, a: Account, address: string, nameText: string): Refused {
  const read = readAgentName(nameText, s.nowMs);
  if (read === null) return 'Agent valid_until already expired.';
  const mine = [...s.agents.values()].filter((g) => g.master === a.address && g.state === 'active');
  const same = mine.find((g) => g.name === read.name);
  if (address === ZERO_ADDRESS) {
    if (same !== undefined) Object.assign(same, { state: 'removed', removedAtMs: s.nowMs });
    return null;
  }
  if (hasPendingRemoval(s, a)) return 'User has pending agent removal';
  const known = s.agents.get(address);
  if (s.accounts.has(address) || (known !== undefined && known !== same)) return 'Extra agent already used.';
  const subs = [...s.accounts.values()].filter((x) => x.master === a.address).length;
  const limit = 3 + 2 * subs;
  const named = mine.filter((g) => g.name !== '').length;
  if (same === undefined && read.name !== '' && named >= limit) {
    return `Too many extra agents for cumulative volume traded. Current limit is ${limit}`;
  }
  if (same !== undefined && same.address !== address) same.state = 'replaced';
  s.agents.set(address, {
    address,
    master: a.address,
    name: read.name,
    validUntilMs: read.validUntilMs,
    state: 'active',
  });
  return null;
}

/** Percent text ("0.01%") to tenths of a basis point. */
export function approveBuilder(a: Account, builder: string, maxFeeRate: string): Refused {
  const percent = Number(maxFeeRate.replace('%', ''));
  if (!(percent >= 0 && percent <= 1)) return 'Invalid builder fee rate.';
  a.builders.set(builder, Math.round(percent * 1000));
  return null;
}

/** Sends USDC to another account, or (null) off the venue for a fee of 1 USDC. */
export function sendUsd(s: VenueState, a: Account, amount: string, destination: string | null): Refused {
  const micro = parseUnits(amount, 6);
  const fee = destination === null ? 1_000_000 : 0;
  if (micro === null || micro <= fee) return 'Invalid amount.';
  if (micro > withdrawable(s, a)) return 'Insufficient balance for withdrawal.';
  a.usd -= micro;
  a.totals.deposited -= micro - fee;
  a.totals.fees += fee;
  s.house.usd += fee;
  const delta =
    destination === null
      ? { type: 'withdraw', usdc: usd(micro - fee), nonce: s.nowMs, fee: usd(fee) }
      : { type: 'internalTransfer', usdc: usd(micro), user: a.address, destination, fee: usd(fee) };
  a.ledger.push({ timeMs: s.nowMs, delta });
  if (destination !== null) deposit(s, destination, micro);
  return null;
}
