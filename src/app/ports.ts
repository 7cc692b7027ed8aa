// The world as use cases see it. Adapters in src/shell implement these; tests use fakes of the same contracts.
import type { Alert } from '../core/alert/schema.ts';
import type { Decision, TradingState } from '../core/decide/types.ts';
import type { Grouping, Intent, IntentState, OrderLeg, SendOutcome } from '../core/execute/types.ts';
import type { AccountState } from '../core/guard/types.ts';
import type { Fill, Trade } from '../core/review/types.ts';
import type { Candle } from '../core/shared/candle.ts';
import type { CoinMeta } from '../core/shared/coin.ts';
import type { ReasonCode } from '../core/shared/reason-codes.ts';

export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Resolves after `ms`; tests resolve it by advancing their clock. */
  sleep(ms: number): Promise<void>;
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
    o: { nonce: number },
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
  /** Those of `coins` the venue lists; a venue without this lists all of them. */
  supported?(coins: readonly string[]): Promise<string[]>;
}

// ---------------------------------------------------------------- store

export interface StoredAlert {
  id: string;
  key: string;
  /** Digest of the canonical body without sentAt. */
  bodySha: string;
  alert: Alert;
  receivedAtMs: number;
  /** 'new' until decided; 'working' while orders are out; 'done' is terminal. */
  state: 'new' | 'working' | 'done';
  /** Why it is done: a reason code, or 'filled' for an executed entry. Null before that. */
  outcome: ReasonCode | 'filled' | null;
}

export type IntentChange = Partial<Pick<Intent, 'oid' | 'filledSz' | 'avgPx' | 'reason' | 'message'>> & {
  state: IntentState;
  updatedAtMs: number;
};

export interface DeadLetter {
  id: string;
  receivedAtMs: number;
  code: ReasonCode;
  /** At most 2 KiB of the body, with anything that looks like a token removed. */
  bodyHead: string;
  issues: string;
  alertId: string | null;
}

export interface GuardRun {
  id: string;
  startedAtMs: number;
  finishedAtMs: number;
  trigger: 'timer' | 'fill' | 'boot' | 'manual';
  verdict: 'protected' | 'repaired' | 'unprotected' | 'unreadable';
  positions: number;
  /** What was found and done, one line each. */
  findings: { coin: string; code: ReasonCode; action: string; message: string }[];
}

/** A filter that a list's rows cannot answer (a strategy of guard runs) keeps none of them. */
export interface ListQuery {
  coin?: string | undefined;
  strategy?: string | undefined;
  /** Inclusive. */
  sinceMs?: number | undefined;
  /** Exclusive. */
  untilMs?: number | undefined;
  /** 1..500 */
  limit: number;
  /** Opaque, from the previous page; any other rejects with an Error named BadCursor. */
  cursor?: string | undefined;
}

/** Newest first. `nextCursor` is null on the last page. Stable while rows are inserted. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** Every write is durable (fsync) when its promise resolves. Every verb is atomic. */
export interface Store {
  /**
   * Stores an alert under its key: 'new' = stored by this call, 'same' = key and body known, 'other' = key known with
   * another body (nothing changed). Group-committed: concurrent calls share one commit.
   */
  receiveAlert(a: StoredAlert): Promise<{ was: 'new' | 'same' | 'other'; alertId: string }>;
  recordDeadLetter(d: DeadLetter): Promise<void>;
  /** Alerts not yet done, oldest first. */
  openAlerts(): Promise<StoredAlert[]>;
  alert(id: string): Promise<StoredAlert | undefined>;
  /**
   * The decision, its intents in state 'sending', the signer's nonce and the alert's next state, in one commit.
   * False and nothing written when the alert already has a decision (someone else was first).
   */
  commitDecision(o: {
    decision: Decision;
    intents: readonly Intent[];
    alertState: 'working' | 'done';
    outcome: ReasonCode | null;
  }): Promise<boolean>;
  /** Intents without a decision (guard repairs, closes), in state 'sending'. */
  commitIntents(intents: readonly Intent[]): Promise<void>;
  /** Compare-and-swap on the state; false when the intent was not in `from`. */
  advanceIntent(cloid: string, from: readonly IntentState[], change: IntentChange): Promise<boolean>;
  /** What became of one signed action, in one commit: each leg's compare-and-swap, and the end of its alert. */
  recordOutcome(
    legs: readonly { cloid: string; from: readonly IntentState[]; change: IntentChange }[],
    alert: { id: string; outcome: ReasonCode | 'filled' } | null,
  ): Promise<void>;
  /** All intents in state 'sending' or 'unknown', oldest first. */
  unresolvedIntents(): Promise<Intent[]>;
  intentsOf(alertId: string): Promise<Intent[]>;
  intent(cloid: string): Promise<Intent | undefined>;
  finishAlert(alertId: string, outcome: ReasonCode | 'filled'): Promise<void>;
  decision(id: string): Promise<Decision | undefined>;
  decisionOfAlert(alertId: string): Promise<Decision | undefined>;

  /**
   * What was used of the limits: cascade.exhaustion alerts received since `alertsSinceMs`, and the planned risk (USD)
   * of decisions approved since `riskSinceMs`. Served by an index or a running sum: it stands in the order path.
   */
  usage(alertsSinceMs: number, riskSinceMs: number): Promise<{ entryAlerts: number; riskUsd: number }>;

  /** Highest nonce ever committed for the signer, 0 when none. */
  lastNonce(signer: string): Promise<number>;
  /** Commits `nonce` for a signer outside a decision (noop, cancel, leverage). */
  commitNonce(signer: string, nonce: number): Promise<void>;

  /** Inserts what is not there yet (by tid); returns the new ones, oldest first. */
  recordFills(fills: readonly Fill[]): Promise<Fill[]>;
  /** Fills of a coin from `sinceMs` on, oldest first. */
  fillsOf(coin: string, sinceMs: number): Promise<Fill[]>;
  newestFillMs(): Promise<number | null>;
  saveTrade(t: Trade): Promise<void>;
  openTrades(): Promise<Trade[]>;
  tradesSince(sinceMs: number): Promise<Trade[]>;
  recordGuardRun(r: GuardRun): Promise<void>;

  /** Small settings that must survive a restart (trading state, leverage set, …). */
  setting(name: string): Promise<string | null>;
  setSetting(name: string, value: string): Promise<void>;

  listAlerts(q: ListQuery): Promise<Page<StoredAlert>>;
  listDeadLetters(q: ListQuery): Promise<Page<DeadLetter>>;
  listDecisions(q: ListQuery): Promise<Page<Decision>>;
  listIntents(q: ListQuery): Promise<Page<Intent>>;
  listFills(q: ListQuery): Promise<Page<Fill>>;
  listTrades(q: ListQuery): Promise<Page<Trade>>;
  listGuardRuns(q: ListQuery): Promise<Page<GuardRun>>;

  close(): Promise<void>;
}

// ---------------------------------------------------------------- what the HTTP layer sees of the running bridge

/** One position as `/api/v1/positions` shows it. */
export interface PositionView {
  coin: string;
  side: 'long' | 'short';
  sz: number;
  entryPx: number;
  markPx: number | null;
  liquidationPx: number | null;
  leverage: number;
  marginUsedUsd: number;
  unrealizedPnlUsd: number;
  /** The stop that counts; null when none is valid. */
  stop: { triggerPx: number; sz: number; oid: number; cloid: string | null } | null;
  takeProfits: { px: number; sz: number; oid: number }[];
  isProtected: boolean;
  /** What is wrong when not protected. */
  reason: ReasonCode | null;
  /** Time without a full valid stop since it was opened, ms, as observed by this process. */
  unprotectedMs: number;
}

export interface HealthView {
  /** Guard's last successful pass, ms since the epoch; null before the first. */
  guardLastOkMs: number | null;
  guardIntervalMs: number;
  /** Why entries are not accepted right now; empty when ready. */
  notReady: { code: ReasonCode; message: string }[];
  mode: 'paper' | 'testnet' | 'live';
  /** "live: hyperliquid+binance", "synthetic (seed 7)", "recorded: hl-freqtrade": printed wherever data is shown. */
  dataSource: string;
  tradingState: TradingState;
  feeds: { venue: string; lastOkMs: number | null; message: string | null }[];
  startedAtMs: number;
}

/** The running bridge as the HTTP layer uses it: reads from memory, and a nudge. */
export interface BridgeView {
  /** An alert was stored: look at it soon. Returns at once. */
  wake(): void;
  health(): HealthView;
  /** Null when the account could not be read yet: unknown is not "no positions". */
  positions(): { readAtMs: number; equityUsd: number; items: PositionView[] } | null;
  zones(coin: string): import('../core/zones/types.ts').ZoneMap | null;
  market(coin: string): import('./market-book.ts').MarketView | null;
  setTradingState(state: TradingState): Promise<void>;
  /** An alert with today's prices, to try the bridge with; null while there are no candles for the coin. */
  exampleAlert(coin: string): Alert | null;
}
