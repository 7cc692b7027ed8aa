import type { MarginTier } from '../../core/shared/coin.ts';
import { freshMark } from './mark.ts';
import { MICRO, exact, fmt, usd } from './money.ts';
import { DEFAULT_RULES, type VenueRules } from './rules.ts';
import type { Account, CoinState, MarginTierState, Position, VenueEvent, VenueState } from './types.ts';

export const HOUR_MS = 3_600_000;

export interface VenueCoin {
  coin: string;
  szDecimals: number;
  maxLeverage: number;
  /** Lowest first; without it one tier at maxLeverage. */
  marginTiers?: readonly MarginTier[];
  onlyIsolated?: boolean;
}

/** mmr_n = 1/(2·maxLeverage_n), deduction_n = deduction_{n−1} + lowerBound_n·(mmr_n − mmr_{n−1}). */
function tiersOf(c: VenueCoin): MarginTierState[] {
  const given =
    c.marginTiers !== undefined && c.marginTiers.length > 0
      ? c.marginTiers
      : [{ lowerBoundUsd: 0, maxLeverage: c.maxLeverage }];
  const out: MarginTierState[] = [];
  for (const t of given) {
    const last = out.at(-1);
    const lowerBound = t.lowerBoundUsd * MICRO;
    const step = last === undefined ? 0 : 1 / (2 * t.maxLeverage) - 1 / (2 * last.maxLeverage);
    const deduction = (last?.deduction ?? 0) + Math.round(lowerBound * step);
    out.push({ lowerBound, maxLeverage: t.maxLeverage, deduction });
  }
  return out;
}

const depthOf = (rules: VenueRules, coin: string): number =>
  typeof rules.depthUsdPerBps === 'number'
    ? rules.depthUsdPerBps
    : (rules.depthUsdPerBps[coin] ?? rules.depthUsdPerBps['*'] ?? 100_000);

export function createCoin(c: VenueCoin, asset: number, rules: VenueRules): CoinState {
  const tiers = tiersOf(c);
  return {
    asset,
    name: c.coin,
    szDecimals: c.szDecimals,
    pxDecimals: 6 - c.szDecimals,
    maxLeverage: c.maxLeverage,
    // Table ids under 50 mean one tier with that leverage.
    marginTableId: tiers.length === 1 ? c.maxLeverage : 50 + asset,
    tiers,
    onlyIsolated: c.onlyIsolated ?? false,
    isDelisted: false,
    markPx: 0,
    prevMarkPx: 0,
    mark: freshMark(),
    oraclePx: 0,
    bidPx: 0,
    askPx: 0,
    priceAtMs: 0,
    depthUsdPerBps: depthOf(rules, c.coin),
    spreadBps: rules.spreadBps,
    vacuum: 1,
    takenBuy: 0,
    takenSell: 0,
    openInterest: 0,
    openInterestCapUsd: null,
    fundingHourly: 0,
    dayNtlVlm: 0,
    prevDayPx: 0,
    open: new Set(),
    holders: new Set(),
    watchBelow: 0,
    watchAbove: Number.MAX_SAFE_INTEGER,
    isDirty: false,
    trades: [],
    fundings: [],
  };
}

export function createState(o: {
  coins: readonly VenueCoin[];
  rules?: Partial<VenueRules>;
  nowMs: number;
}): VenueState {
  const rules = { ...DEFAULT_RULES, ...o.rules };
  return {
    rules,
    coins: o.coins.map((c, i) => createCoin(c, i, rules)),
    assetOf: new Map(o.coins.map((c, i) => [c.coin, i])),
    accounts: new Map(),
    agents: new Map(),
    nonces: new Map(),
    orders: new Map(),
    house: { usd: 0, szi: o.coins.map(() => 0), fees: 0 },
    nextOid: 1_000_001,
    nextTid: 100_000_000_001,
    nextLid: 1,
    nowMs: o.nowMs,
    nextFundingMs: (Math.floor(o.nowMs / HOUR_MS) + 1) * HOUR_MS,
    seq: 0,
    events: [],
    candles: new Map(),
  };
}

type Distribute<T> = T extends unknown ? Omit<T, 'seq' | 'atMs'> : never;

export function emit(s: VenueState, e: Distribute<VenueEvent>): void {
  s.seq += 1;
  s.events.push({ seq: s.seq, atMs: s.nowMs, ...e });
  // In slabs: dropping one at a time would move the whole array every time.
  if (s.events.length > s.rules.eventsMax * 1.25) s.events.splice(0, s.events.length - s.rules.eventsMax);
}

/** Credits `micro` micro-USD; the account comes into being with its first deposit. */
export function deposit(
  s: VenueState,
  address: string,
  micro: number,
  master: string | null = null,
): Account {
  let a = s.accounts.get(address);
  if (a === undefined) {
    a = {
      address,
      master,
      mode: 'disabled',
      usd: 0,
      positions: new Map(),
      leverage: new Map(),
      funding: new Map(),
      open: new Set(),
      orderLog: [],
      cloids: new Map(),
      fills: [],
      fundings: [],
      ledger: [],
      builders: new Map(),
      volume: 0,
      takerVolume: 0,
      actionsUsed: 0,
      actionsReserved: 0,
      lastOverQuotaMs: 0,
      scheduledCancelMs: null,
      lastSliceMs: 0,
      totals: { deposited: 0, fees: 0, funding: 0, closedPnl: 0, absorbed: 0 },
    };
    s.accounts.set(address, a);
  }
  a.usd = exact(a.usd + micro);
  a.totals.deposited += micro;
  if (micro !== 0) a.ledger.push({ timeMs: s.nowMs, delta: { type: 'deposit', usdc: usd(micro) } });
  emit(s, { kind: 'account', user: address, usd: usd(a.usd) });
  return a;
}

export const leverageOf = (a: Account, c: CoinState): { isCross: boolean; value: number } =>
  a.leverage.get(c.asset) ?? { isCross: !c.onlyIsolated, value: Math.min(20, c.maxLeverage) };

/** Entry price in price units, nearest. */
export const entryUnits = (p: Position): number => Math.round(p.entryNtl / p.szi);

export function emitPosition(s: VenueState, a: Account, c: CoinState): void {
  const p = a.positions.get(c.asset);
  emit(s, {
    kind: 'position',
    user: a.address,
    coin: c.name,
    szi: fmt(p?.szi ?? 0, c.szDecimals),
    entryPx: p === undefined ? null : fmt(entryUnits(p), c.pxDecimals),
  });
}
