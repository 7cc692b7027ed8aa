// The venue's state. Prices are whole units of 10^-(6 − szDecimals), sizes whole lots of 10^-szDecimals, money
// micro-USD: price × size is money. Plain data, Maps and Sets only, so that it can be saved as JSON.
import type { CandleSeries } from './candle-series.ts';
import type { VenueRules } from './rules.ts';

export type Tif = 'Gtc' | 'Ioc' | 'Alo' | 'FrontendMarket' | 'LiquidationMarket';

export interface MarginTierState {
  lowerBound: number;
  maxLeverage: number;
  /** Micro-USD taken off notional ÷ (2·maxLeverage), so that maintenance is continuous over the tiers. */
  deduction: number;
}

export interface Trade {
  isBuy: boolean;
  px: number;
  sz: number;
  timeMs: number;
  tid: number;
  buyer: string;
  seller: string;
}

/** Averages over time behind a modelled mark, in price units; times are the venue's, ms. */
export interface MarkState {
  basis: { sum: number; weight: number };
  book: { sum: number; weight: number };
  sampledAtMs: number;
  dueAtMs: number;
}

export interface CoinState {
  asset: number;
  name: string;
  szDecimals: number;
  pxDecimals: number;
  maxLeverage: number;
  marginTableId: number;
  tiers: MarginTierState[];
  onlyIsolated: boolean;
  isDelisted: boolean;
  /** 0 until the first price. */
  markPx: number;
  /** The mark before this one: what auto-deleveraging closes at. */
  prevMarkPx: number;
  mark: MarkState;
  oraclePx: number;
  bidPx: number;
  askPx: number;
  priceAtMs: number;
  depthUsdPerBps: number;
  spreadBps: number;
  /** 1 = the book's normal size, 0.05 = a twentieth of it: a cascade's vacuum. */
  vacuum: number;
  /** Lots taken from the outside book since the last price, which refills it. */
  takenBuy: number;
  takenSell: number;
  openInterest: number;
  openInterestCapUsd: number | null;
  fundingHourly: number;
  dayNtlVlm: number;
  prevDayPx: number;
  /** Live orders (resting, armed or waiting) and addresses with a position. */
  open: Set<number>;
  holders: Set<string>;
  /** Prices at which the nearest order may act; recomputed when dirty. */
  watchBelow: number;
  watchAbove: number;
  isDirty: boolean;
  trades: Trade[];
  fundings: { timeMs: number; rate: number; premium: number }[];
}

export interface Trigger {
  triggerPx: number;
  isMarket: boolean;
  tpsl: 'tp' | 'sl';
}

export type OrderStatus =
  | 'open'
  | 'filled'
  | 'canceled'
  | 'triggered'
  | 'rejected'
  | 'marginCanceled'
  | 'selfTradeCanceled'
  | 'reduceOnlyCanceled'
  | 'siblingFilledCanceled'
  | 'delistedCanceled'
  | 'liquidatedCanceled'
  | 'scheduledCancel'
  | 'tickRejected'
  | 'minTradeNtlRejected'
  | 'perpMarginRejected'
  | 'reduceOnlyRejected'
  | 'badAloPxRejected'
  | 'iocCancelRejected'
  | 'badTriggerPxRejected'
  | 'marketOrderNoLiquidityRejected'
  | 'positionIncreaseAtOpenInterestCapRejected'
  | 'oracleRejected'
  | 'perpMaxPositionRejected'
  | 'tooManyOpenOrdersRejected';

export interface Order {
  oid: number;
  user: string;
  asset: number;
  isBuy: boolean;
  px: number;
  /** Lots still to fill; origSz as asked for. */
  sz: number;
  origSz: number;
  reduceOnly: boolean;
  cloid: string | null;
  tif: Tif | null;
  trigger: Trigger | null;
  /** waiting = child of a parent that has not filled: listed, but protects nothing. */
  state: 'waiting' | 'open' | 'done';
  /** A trigger that fired and now rests at its limit. */
  hasFired: boolean;
  status: OrderStatus;
  statusAtMs: number;
  placedAtMs: number;
  isPositionTpsl: boolean;
  /** Position-bound without a size of its own: as large as the position when it fires. */
  isWholePosition: boolean;
  /** Orders of one bracket: when one child fills the others go. */
  groupId: number | null;
  childOids: number[];
  builderFeePpm: number;
}

export interface Position {
  asset: number;
  /** Signed lots. */
  szi: number;
  /** Signed cost, micro-USD: Σ size × entry price. */
  entryNtl: number;
  isCross: boolean;
  leverage: number;
  /** Isolated only: the position's own cash (margin − cost), micro-USD. */
  rawUsd: number;
  fundingSinceOpen: number;
  fundingSinceChange: number;
  openedAtMs: number;
}

export interface FillRecord {
  asset: number;
  px: number;
  sz: number;
  isBuy: boolean;
  timeMs: number;
  startSzi: number;
  dir: string;
  closedPnl: number;
  oid: number;
  crossed: boolean;
  fee: number;
  builderFee: number;
  tid: number;
  cloid: string | null;
  liquidation: { user: string; markPx: number; method: 'market' | 'backstop' } | null;
}

/** How an account holds its collateral. Unified and portfolio: in spot, and perp summaries mean nothing. */
export type AccountMode = 'default' | 'disabled' | 'unifiedAccount' | 'portfolioMargin';

export interface Account {
  address: string;
  master: string | null;
  mode: AccountMode;
  /** Cash outside isolated positions, net of the cost of cross positions. */
  usd: number;
  positions: Map<number, Position>;
  leverage: Map<number, { isCross: boolean; value: number }>;
  /** cumulative funding per asset, all time. */
  funding: Map<number, number>;
  open: Set<number>;
  orderLog: number[];
  cloids: Map<string, number>;
  fills: FillRecord[];
  fundings: { timeMs: number; asset: number; usd: number; szi: number; rate: number }[];
  ledger: { timeMs: number; delta: Record<string, unknown> }[];
  builders: Map<string, number>;
  volume: number;
  takerVolume: number;
  /** Quota units used, and bought. */
  actionsUsed: number;
  actionsReserved: number;
  lastOverQuotaMs: number;
  scheduledCancelMs: number | null;
  lastSliceMs: number;
  totals: { deposited: number; fees: number; funding: number; closedPnl: number; absorbed: number };
}

export interface Agent {
  address: string;
  master: string;
  name: string;
  validUntilMs: number | null;
  state: 'active' | 'replaced' | 'removed';
  /** When its removal was asked for; left out when it was revoked by hand. */
  removedAtMs?: number;
}

export type VenueEvent = { seq: number; atMs: number } & (
  | { kind: 'account'; user: string; usd: string }
  | { kind: 'order'; user: string; status: OrderStatus; order: Record<string, unknown> & { oid: number } }
  | { kind: 'fill'; user: string; fill: Record<string, unknown> & { tid: number } }
  | { kind: 'position'; user: string; coin: string; szi: string; entryPx: string | null }
  | { kind: 'funding'; user: string; coin: string; usdc: string; szi: string; fundingRate: string }
  | {
      kind: 'liquidation';
      user: string;
      lid: number;
      method: 'market' | 'backstop';
      isCross: boolean;
      ntlPos: string;
      accountValue: string;
      positions: { coin: string; szi: string }[];
    }
  | { kind: 'adl'; user: string; against: string; coin: string; sz: string; px: string; rank: number }
  | { kind: 'shortfall'; user: string; usd: string }
  | { kind: 'trade'; coin: string; trade: Trade }
);

export interface VenueState {
  rules: VenueRules;
  coins: CoinState[];
  assetOf: Map<string, number>;
  accounts: Map<string, Account>;
  agents: Map<string, Agent>;
  /** Per signer the 100 highest nonces, ascending. */
  nonces: Map<string, number[]>;
  orders: Map<number, Order>;
  /** The rest of the market: other side of every fill, receiver of fees, bearer of bad debt. */
  house: { usd: number; szi: number[]; fees: number };
  nextOid: number;
  nextTid: number;
  nextLid: number;
  nowMs: number;
  nextFundingMs: number;
  seq: number;
  events: VenueEvent[];
  candles: Map<string, CandleSeries>;
}

/** The address that stands for the rest of the market in trades. */
export const HOUSE = '0x0000000000000000000000000000000000000001';
export const ZERO_ADDRESS = '0x0000000000000000000000000000000000000000';
