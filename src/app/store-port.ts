// The store as use cases see it; src/shell/store implements it for every driver, under one contract suite.
import type { AnyAlert } from '../core/alert/schema.ts';
import type { Decision } from '../core/decide/types.ts';
import type { Intent, IntentState } from '../core/execute/types.ts';
import type { Fill, Trade } from '../core/review/types.ts';
import type { ReasonCode } from '../core/shared/reason-codes.ts';

export interface StoredAlert {
  id: string;
  key: string;
  /** Digest of the canonical body without sentAt. */
  bodySha: string;
  alert: AnyAlert;
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

export interface DecisionQuery extends ListQuery {
  status?: Decision['status'] | undefined;
  /** Decisions that name it as their only reason, as all do that give one. */
  reason?: ReasonCode | undefined;
}

/** Net of fees and funding: `won` is above zero, `lost` is the rest of what is closed. */
export type TradeResult = 'open' | 'won' | 'lost';

export interface TradeQuery extends ListQuery {
  side?: Trade['side'] | undefined;
  result?: TradeResult | undefined;
  /** The trade that came of it. Ask with its coin: then an index leads there. */
  decisionId?: string | undefined;
}

/** Decisions with one verdict and the same reasons. */
export interface DecisionCount {
  status: Decision['status'];
  reasons: ReasonCode[];
  n: number;
  /** When the newest of them was made, ms. */
  newestMs: number;
}

/** What is on record of a coin within a time, oldest first. */
export interface CoinRecord {
  /** With `inputs` null. */
  decisions: Decision[];
  intents: Intent[];
  fills: Fill[];
  /** Passes that found something on the coin. */
  guardRuns: GuardRun[];
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
   * Counts among the `limit` newest decisions of the time asked for (by when they were made), then those before the
   * cursor, and so on: each call looks at no more rows than that. Here `limit` may be up to 5,000.
   */
  countDecisions(q: ListQuery): Promise<Page<DecisionCount>>;

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
  trade(id: string): Promise<Trade | undefined>;
  /** `sinceMs` inclusive, `untilMs` exclusive; at most `limit` rows of each kind, the oldest. */
  recordOf(q: { coin: string; sinceMs: number; untilMs: number; limit: number }): Promise<CoinRecord>;
  openTrades(): Promise<Trade[]>;
  tradesSince(sinceMs: number): Promise<Trade[]>;
  recordGuardRun(r: GuardRun): Promise<void>;

  /** Small settings that must survive a restart (trading state, leverage set, …). */
  setting(name: string): Promise<string | null>;
  setSetting(name: string, value: string): Promise<void>;

  listAlerts(q: ListQuery): Promise<Page<StoredAlert>>;
  listDeadLetters(q: ListQuery): Promise<Page<DeadLetter>>;
  listDecisions(q: DecisionQuery): Promise<Page<Decision>>;
  listIntents(q: ListQuery): Promise<Page<Intent>>;
  listFills(q: ListQuery): Promise<Page<Fill>>;
  listTrades(q: TradeQuery): Promise<Page<Trade>>;
  listGuardRuns(q: ListQuery): Promise<Page<GuardRun>>;

  close(): Promise<void>;
}
