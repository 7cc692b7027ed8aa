// The world as use cases see it. Adapters in src/shell implement these; tests use fakes of the same contracts.
import type { ClockSample } from '../core/execute/clock-skew.ts';
import type { Grouping, OrderLeg, SendOutcome } from '../core/execute/types.ts';
import type { AccountState } from '../core/guard/types.ts';
import type { Fill } from '../core/review/types.ts';
import type { Candle } from '../core/shared/candle.ts';
import type { CoinMeta } from '../core/shared/coin.ts';
import type { MaintenanceTier } from '../core/zones/liquidation-px.ts';
import type { FundingSample, OpenInterestSample, RatioSample } from '../core/zones/realised/types.ts';

export type * from './bridge-view.ts';
export type * from './observed-port.ts';
export type * from './market-ports.ts';
export type * from './store-port.ts';

export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /**
   * Resolves after `ms`; tests resolve it by advancing their clock.
   * @param over nobody waits any more: a clock with real timers lets go of its own, which would keep an object awake
   */
  sleep(ms: number, over?: AbortSignal): Promise<void>;
}

/** Typed events only: never raw bodies, foreign errors or URLs (docs/safety.md, logging). */
export interface Log {
  debug(event: string, fields?: Record<string, unknown>): void;
  info(event: string, fields?: Record<string, unknown>): void;
  warn(event: string, fields?: Record<string, unknown>): void;
  error(event: string, fields?: Record<string, unknown>): void;
}

/** Hex SHA-256 of UTF-8 text, lower case, no prefix. Synchronous. */
export type Digest = (text: string) => string;

// ---------------------------------------------------------------- exchange

/** A read that did not come back with a complete, valid answer. Never to be read as "none". */
export class ReadError extends Error {
  override name = 'ReadError';
}

export interface FoundOrder {
  state: 'open' | 'filled' | 'canceled' | 'refused';
  oid: number;
  filledSz: number;
  avgPx: number | null;
}

/** One signer (agent wallet) on one account. Never throws for a business answer, never calls a doubt a refusal. */
export interface ExchangeSigner {
  /** Address of the agent wallet, lower-case hex. */
  readonly address: string;
  /** One signed action with all legs, in order. One outcome per leg. */
  order(
    legs: readonly OrderLeg[],
    o: { grouping: Grouping; nonce: number; expiresAfterMs: number | null },
  ): Promise<SendOutcome>;
  /** Per item: 'canceled' or 'gone' (filled, cancelled or never there), or the doubt. */
  cancel(
    items: readonly { assetId: number; oid: number }[],
    o: { nonce: number; expiresAfterMs?: number },
  ): Promise<
    { kind: 'answered'; items: ('canceled' | 'gone')[] } | Exclude<SendOutcome, { kind: 'answered' }>
  >;
  setLeverage(o: {
    assetId: number;
    leverage: number;
    isCross: boolean;
    nonce: number;
  }): Promise<SendOutcome>;
  /** Spends the nonce on nothing: 'ok' proves that whatever was sent under it can never land. */
  noop(nonce: number): Promise<'ok' | 'duplicate-nonce' | 'unreachable'>;
}

/** Reads of the account (master or sub-account address, never the agent's). Each gives all of it or throws ReadError. */
export interface ExchangeReader {
  readonly account: string;
  meta(): Promise<CoinMeta[]>;
  /** Positions and open orders: 22 request weight. */
  accountState(): Promise<AccountState>;
  /** By cloid in order status, then open orders, then fills; 'absent' only when all three said so. */
  findOrder(cloid: string, coin: string): Promise<FoundOrder | 'absent'>;
  /** Fills from `sinceMs` on, oldest first. */
  fillsSince(sinceMs: number): Promise<Fill[]>;
  /** Cumulative funding payments from `sinceMs` on, USD per coin, positive = received. */
  fundingSince(sinceMs: number): Promise<{ coin: string; timeMs: number; usd: number }[]>;
  /** The venue's clock against ours by the answers of the last ten minutes; null when none of them told. */
  clockSkew(): ClockSample | null;
  /** Actions the account has used and may use in all: 20 request weight. */
  quota(): Promise<{ used: number; cap: number }>;
  /** Whether a wallet may sign for an account, and until when; null = no end, or none that the venue tells. 80 weight. */
  agent(address: string): Promise<{ isApproved: boolean; validUntilMs: number | null }>;
}

/** Pushed account events: a hint to look at once, never the only source. */
export interface ExchangeFeed {
  /** Calls back on fills and order updates until stopped. Reconnects by itself. */
  start(on: {
    fills(fills: Fill[], isSnapshot: boolean): void;
    orderUpdate(): void;
    status(up: boolean): void;
  }): Promise<void>;
  stop(): Promise<void>;
}

// ---------------------------------------------------------------- market data

export interface MarkInfo {
  coin: string;
  markPx: number;
  /** One-sided open interest in USD; null when the venue does not say. */
  openInterestUsd: number | null;
  /** Per hour, fraction; null when unknown. */
  fundingHourlyFraction: number | null;
}

/** One venue's public market data. Each call gives a complete, validated answer or throws ReadError. */
export interface MarketSource {
  readonly venue: 'hyperliquid' | 'binance' | 'bybit' | 'okx';
  /** Closed 5 m bars with open in [startMs, endMs), oldest first, in Hyperliquid's coin spelling and units. */
  candles(coin: string, startMs: number, endMs: number): Promise<Candle[]>;
  marks(coins: readonly string[]): Promise<MarkInfo[]>;
  /** Closed 1 m bars with open in [startMs, endMs), like `candles`. Hyperliquid's alone are asked for. */
  minutes?(coin: string, startMs: number, endMs: number): Promise<Candle[]>;
  /**
   * Closed 5 m bars of the mark like `candles`, without a volume. Positions are closed by the mark, so that its range is
   * what takes levels away; a venue without this is swept by the range of its trades.
   */
  markCandles?(coin: string, startMs: number, endMs: number): Promise<Candle[]>;
  /** Those of `coins` the venue lists; a venue without this lists all of them. */
  supported?(coins: readonly string[]): Promise<string[]>;
  /** The coin's bars turned out to be wrong: whoever remembers some must read them again. */
  forget?(coin: string): Promise<void>;
  /**
   * The coin's maintenance table as the venue has it now; without this a dated copy of Binance's stands in.
   * @param markPx to turn sizes into USD
   */
  maintenance?(coin: string, markPx: number): Promise<MaintenanceTier[]>;
  /** Open interest every five minutes within [startMs, endMs), as far back as the venue keeps it, oldest first. */
  openInterestHistory?(coin: string, startMs: number, endMs: number): Promise<OpenInterestSample[]>;
  /** Funding as it was paid within [startMs, endMs), per hour, oldest first. */
  fundingHistory?(coin: string, startMs: number, endMs: number): Promise<FundingSample[]>;
  /** Share of accounts that are long, every five minutes within [startMs, endMs), oldest first. */
  accountRatios?(coin: string, startMs: number, endMs: number): Promise<RatioSample[]>;
}
