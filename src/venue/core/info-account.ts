// Reads of one account, in the venue's shapes.
import {
  accountValue,
  coinOf,
  crossSummary,
  isolatedEquity,
  liquidationPxOf,
  notional,
  unrealized,
  withdrawable,
} from './margin.ts';
import { ceilDiv, fmt, mulDiv, scale, usd } from './money.ts';
import { quotaCap } from './signer.ts';
import { entryUnits, leverageOf } from './state.ts';
import type { Account, CoinState, Position, VenueState } from './types.ts';
import { hashOf } from './wire.ts';

type Json = Record<string, unknown>;

/** A price off the tick grid with as many digits as the venue prints. */
export const loosePx = (px: number): string => {
  const text = Number(px.toPrecision(12)).toFixed(10).replace(/0+$/, '');
  return text.endsWith('.') ? `${text}0` : text;
};

function wirePosition(s: VenueState, a: Account, p: Position): Json {
  const c = coinOf(s, p.asset);
  const ntl = notional(c, p.szi);
  const pnl = unrealized(c, p);
  const margin = p.isCross ? ceilDiv(ntl, p.leverage) : isolatedEquity(c, p);
  const cost = Math.abs(p.entryNtl) / p.leverage;
  // Portfolio margin has no single price.
  const liquidationPx = a.mode === 'portfolioMargin' ? null : liquidationPxOf(s, a, p);
  return {
    coin: c.name,
    szi: fmt(p.szi, c.szDecimals),
    leverage: p.isCross
      ? { type: 'cross', value: p.leverage }
      : { type: 'isolated', value: p.leverage, rawUsd: usd(p.rawUsd) },
    entryPx: fmt(entryUnits(p), c.pxDecimals),
    positionValue: usd(ntl),
    unrealizedPnl: usd(pnl),
    returnOnEquity: loosePx(cost === 0 ? 0 : pnl / cost),
    liquidationPx: liquidationPx === null ? null : loosePx(liquidationPx),
    marginUsed: usd(margin),
    maxLeverage: c.maxLeverage,
    cumFunding: {
      allTime: usd(a.funding.get(p.asset) ?? 0),
      sinceOpen: usd(p.fundingSinceOpen),
      sinceChange: usd(p.fundingSinceChange),
    },
  };
}

/** Unified accounts keep their money in spot: their perp summaries mean nothing. */
const isUnified = (a: Account): boolean => a.mode === 'unifiedAccount' || a.mode === 'portfolioMargin';

export function clearinghouseState(s: VenueState, a: Account | undefined): Json {
  if (a === undefined) return emptyState(s);
  const positions = [...a.positions.values()].map((p) => ({
    type: 'oneWay',
    position: wirePosition(s, a, p),
  }));
  if (isUnified(a)) return { ...emptyState(s), assetPositions: positions };
  const x = crossSummary(s, a);
  const value = accountValue(s, a);
  let ntl = 0;
  let signed = 0;
  let used = x.initial;
  for (const p of a.positions.values()) {
    const c = coinOf(s, p.asset);
    ntl += notional(c, p.szi);
    signed += p.szi * c.markPx;
    if (!p.isCross) used += isolatedEquity(c, p);
  }
  return {
    marginSummary: {
      accountValue: usd(value),
      totalNtlPos: usd(ntl),
      totalRawUsd: usd(value - signed),
      totalMarginUsed: usd(used),
    },
    crossMarginSummary: {
      accountValue: usd(x.value),
      totalNtlPos: usd(x.ntl),
      totalRawUsd: usd(a.usd),
      totalMarginUsed: usd(x.initial),
    },
    crossMaintenanceMarginUsed: usd(x.maintenance),
    withdrawable: usd(withdrawable(s, a)),
    assetPositions: positions,
    time: s.nowMs,
  };
}

function emptyState(s: VenueState): Json {
  const none = { accountValue: '0.0', totalNtlPos: '0.0', totalRawUsd: '0.0', totalMarginUsed: '0.0' };
  return {
    marginSummary: none,
    crossMarginSummary: none,
    crossMaintenanceMarginUsed: '0.0',
    withdrawable: '0.0',
    assetPositions: [],
    time: s.nowMs,
  };
}

/** The most an account can buy and sell of a coin at its leverage, in coins and in USD of margin. */
export function activeAssetData(s: VenueState, a: Account | undefined, address: string, c: CoinState): Json {
  const setting = a === undefined ? { isCross: true, value: Math.min(20, c.maxLeverage) } : leverageOf(a, c);
  const x = a === undefined ? null : crossSummary(s, a);
  const free = x === null ? 0 : Math.max(0, x.value - x.initial);
  const lots = c.markPx === 0 ? 0 : Math.floor((free * setting.value) / c.markPx);
  const szi = a?.positions.get(c.asset)?.szi ?? 0;
  const size = (isBuy: boolean): string => fmt(lots + Math.max(0, isBuy ? -szi : szi), c.szDecimals);
  const p = a?.positions.get(c.asset);
  return {
    user: address,
    coin: c.name,
    leverage: setting.isCross
      ? { type: 'cross', value: setting.value }
      : { type: 'isolated', value: setting.value, rawUsd: usd(p?.rawUsd ?? 0) },
    maxTradeSzs: [size(true), size(false)],
    availableToTrade: [usd(free), usd(free)],
    markPx: fmt(c.markPx, c.pxDecimals),
  };
}

/** Collateral held in spot: all of it for a unified account, none of it otherwise. */
export function spotState(s: VenueState, a: Account | undefined): Json {
  if (a === undefined || !isUnified(a)) return { balances: [] };
  const total = accountValue(s, a);
  const hold = total - Math.max(0, Math.min(total, withdrawable(s, a)));
  return { balances: [{ coin: 'USDC', token: 0, total: usd(total), hold: usd(hold), entryNtl: '0.0' }] };
}

export function userFunding(s: VenueState, a: Account | undefined, startMs: number, endMs: number): Json[] {
  return (a?.fundings ?? [])
    .filter((f) => f.timeMs >= startMs && f.timeMs <= endMs)
    .slice(-500)
    .map((f) => {
      const c = coinOf(s, f.asset);
      return {
        time: f.timeMs,
        hash: hashOf(f.timeMs),
        delta: {
          type: 'funding',
          coin: c.name,
          usdc: usd(f.usd),
          szi: fmt(f.szi, c.szDecimals),
          fundingRate: String(f.rate),
          nSamples: null,
        },
      };
    });
}

const rate = (ppm: number): string => fmt(ppm, 6);

export function userFees(s: VenueState, a: Account | undefined): Json {
  const cross = rate(s.rules.takerFeePpm);
  const add = rate(s.rules.makerFeePpm);
  const taker = a?.takerVolume ?? 0;
  return {
    dailyUserVlm: [
      {
        date: dayOf(s.nowMs),
        userCross: usd(taker),
        userAdd: usd((a?.volume ?? 0) - taker),
        exchange: usd(s.coins.reduce((sum, c) => sum + c.dayNtlVlm, 0)),
      },
    ],
    feeSchedule: {
      cross,
      add,
      spotCross: '0.0007',
      spotAdd: '0.0004',
      tiers: { vip: [], mm: [] },
      referralDiscount: '0.04',
      stakingDiscountTiers: [{ bpsOfMaxSupply: '0.0', discount: '0.0' }],
    },
    userCrossRate: cross,
    userAddRate: add,
    userSpotCrossRate: '0.0007',
    userSpotAddRate: '0.0004',
    activeReferralDiscount: '0.0',
    trial: null,
    feeTrialEscrow: '0.0',
    nextTrialAvailableTimestamp: null,
    stakingLink: null,
    activeStakingDiscount: { bpsOfMaxSupply: '0.0', discount: '0.0' },
  };
}

const two = (n: number): string => String(n).padStart(2, '0');

/** UTC date of a time, by the civil-from-days algorithm: the core has no calendar. */
export function dayOf(ms: number): string {
  const z = Math.floor(ms / 86_400_000) + 719_468;
  const era = Math.floor(z / 146_097);
  const doe = z - era * 146_097;
  const yoe = Math.floor(
    (doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365,
  );
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const month = mp < 10 ? mp + 3 : mp - 9;
  const year = yoe + era * 400 + (month <= 2 ? 1 : 0);
  return `${year}-${two(month)}-${two(doy - Math.floor((153 * mp + 2) / 5) + 1)}`;
}

export function userRateLimit(a: Account | undefined): Json {
  const cap = a === undefined ? 10_000 : quotaCap(a);
  const used = a?.actionsUsed ?? 0;
  return {
    cumVlm: usd(a?.volume ?? 0),
    nRequestsUsed: used,
    nRequestsCap: cap,
    nRequestsSurplus: Math.max(0, (a?.actionsReserved ?? 0) - Math.max(0, used - cap)),
  };
}

export function userRole(s: VenueState, address: string): Json {
  const agent = s.agents.get(address);
  if (agent?.state === 'active') return { role: 'agent', data: { user: agent.master } };
  const a = s.accounts.get(address);
  if (a === undefined) return { role: 'missing' };
  return a.master === null ? { role: 'user' } : { role: 'subAccount', data: { master: a.master } };
}

/** Named agents only: the unnamed one is invisible here. */
export function extraAgents(s: VenueState, address: string): Json[] {
  return [...s.agents.values()]
    .filter((g) => g.master === address && g.state === 'active' && g.name !== '')
    .map((g) => ({ address: g.address, name: g.name, validUntil: g.validUntilMs }));
}

export function ledgerUpdates(a: Account | undefined, startMs: number, endMs: number): Json[] {
  return (a?.ledger ?? [])
    .filter((e) => e.timeMs >= startMs && e.timeMs <= endMs)
    .map((e) => ({ time: e.timeMs, hash: hashOf(e.timeMs), delta: e.delta }));
}

export function subAccounts(s: VenueState, address: string): Json[] | null {
  const subs = [...s.accounts.values()].filter((x) => x.master === address);
  if (subs.length === 0) return null;
  return subs.map((x, i) => ({
    name: `sub${i + 1}`,
    subAccountUser: x.address,
    master: address,
    clearinghouseState: clearinghouseState(s, x),
    spotState: spotState(s, x),
  }));
}

/** Share of margin used, for tests and the control plane. */
export const marginRatio = (s: VenueState, a: Account): number => {
  const x = crossSummary(s, a);
  return x.value <= 0 ? 1 : mulDiv(x.maintenance, scale(6), x.value) / scale(6);
};
