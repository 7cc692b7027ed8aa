// One desk = one account with its state in memory. Everything here can be read again from the venue or the store.
import type { AnyAlert } from '../core/alert/schema.ts';
import type { RiskLimits } from '../core/decide/risk-limits.ts';
import type { TradingState } from '../core/decide/types.ts';
import type { AccountState } from '../core/guard/types.ts';
import type { CoinMeta, Side } from '../core/shared/coin.ts';
import type { CoinParams } from '../core/shared/coin-params.ts';
import type { PendingExit } from './exits.ts';
import type { FeedbackState } from './feedback.ts';
import type { RefusedClose } from './close-refused.ts';
import type { MarketBook } from './market-book.ts';
import type { Mutex } from './mutex.ts';
import type { NonceSource } from './nonce-source.ts';
import type { Heartbeats } from './watch-heartbeats.ts';
import type {
  Clock,
  Digest,
  ExchangeReader,
  ExchangeSigner,
  GuardRun,
  HealthView,
  Log,
  Store,
  TradingStateNote,
} from './ports.ts';

/** What the runtime hands over; `createDesk` adds the state. */
export interface DeskDeps {
  clock: Clock;
  log: Log;
  store: Store;
  digest: Digest;
  reader: ExchangeReader;
  /** Two different agent wallets. */
  entrySigner: ExchangeSigner;
  guardSigner: ExchangeSigner;
  market: MarketBook;
  params: readonly CoinParams[];
  limits: RiskLimits;
  guardIntervalMs: number;
  mode: HealthView['mode'];
  dataSource: () => string;
  /** Random text for ids of things that need no meaning (guard runs, dead letters). */
  newId: () => string;
  /** Secret text of this installation that client order ids are derived with. */
  cloidSalt: string;
  /**
   * Waited for before an alert is decided, by a runtime whose memory may be older than the alert; left out where
   * loops keep the data fresh. A throw leaves the alert for the next round.
   */
  freshen?: (alert: AnyAlert) => Promise<void>;
}

/** Time without a full valid stop, per open position. */
export interface ProtectionClock {
  totalMs: number;
  /** Since when it is unprotected now; null while protected. */
  sinceMs: number | null;
}

/** What the venue still takes from this account, as read and counted down since. */
export interface Quota {
  /** Actions of any kind: orders count each leg. */
  left: number;
  /** Cancels have a larger cap. */
  cancelsLeft: number;
  readAtMs: number;
}

/** What a decision promised about an open position, beside its stop (`plannedStops`). */
export interface HeldPlan {
  /** A position of the other side is another position. */
  side: Side;
  /** When it is closed at the latest, ms since the epoch; null when the plan has no such time. */
  timeStopAtMs: number | null;
  decisionId?: string;
  /** From the planned entry to the planned stop, USD per coin, and when it was decided, ms. Absent: not known. */
  riskPx?: number;
  decidedAtMs?: number;
  /**
   * Where the position it was made for was entered, USD per coin. Only on a plan from the store, until a reading has
   * shown that position: by then it may be gone, and another one in its place.
   */
  recalledEntryPx?: number;
}

export interface Desk extends DeskDeps {
  entryNonces: NonceSource;
  guardNonces: NonceSource;
  /** Decisions are made one at a time: caps and "one entry per coin" hold under any interleaving. */
  decideMutex: Mutex;
  /** Fills are folded one batch at a time: reads and the feed bring the same ones. */
  fillsMutex: Mutex;
  meta: ReadonlyMap<string, CoinMeta>;
  account: AccountState | null;
  tradingState: TradingState;
  /** Who set it, why and when. */
  tradingStateNote: TradingStateNote;
  startedAtMs: number;
  /** First start on this database, ms: fills before it are somebody else's history. */
  bornAtMs: number;
  guardLastOkMs: number | null;
  /** What the newest pass came to; null before the first. */
  guardVerdict: GuardRun['verdict'] | null;
  /** Passes begun, and how many of the newest in a row could not read. */
  guardPasses: number;
  unreadablePasses: number;
  /** Whether the venue's pushed events can be relied on. `deaf`: connected, but a reading found what it did not tell. */
  feed: 'none' | 'up' | 'down' | 'deaf';
  /** False where the runtime sleeps between alarms: waiting in memory would keep it awake. */
  isAlwaysOn: boolean;
  /** The process is about to end: nothing new is begun. */
  isStopping: boolean;
  /**
   * Entries decided but not yet visible in the account reading, by coin. `endedAtMs`: the venue has answered that it
   * filled; it stays until a reading shows the position, or is young enough to.
   */
  pending: Map<
    string,
    { side: Side; notionalUsd: number; riskUsd: number; alertId: string; endedAtMs?: number }
  >;
  /** Coins with an order of unknown outcome. */
  unresolved: Map<string, number>;
  /** Signed actions (signer and nonce) whose doubt somebody is ending right now. */
  settling: Set<string>;
  /** When a fill of the coin was last told, ms: a reading from before it knows another size. */
  filledAtMs: Map<string, number>;
  repairFailures: Map<string, number>;
  /** Coins whose protective close the venue refused, until they are flat or a stop was refused as well. */
  closeRefused: Map<string, RefusedClose>;
  protection: Map<string, ProtectionClock>;
  /** Where decisions wanted the stop of an open position. */
  plannedStops: Map<string, number>;
  /** By coin, from the moment its entry is sent. */
  plans: Map<string, HeldPlan>;
  /** Positions that are to be closed, by coin. */
  exits: Map<string, PendingExit>;
  /** Stops we placed and the venue acknowledged, kept until a reading taken later can show them. */
  ackedStops: Map<string, { oid: number; ackedAtMs: number; order: AccountState['openOrders'][number] }>;
  /** Weights learned from trades, and which of them are in force. */
  feedback: FeedbackState;
  /** By chart; see watch-heartbeats. */
  heartbeats: Map<string, Heartbeats>;
  /** The venue's clock minus ours, ms; null while it is unknown: at the start, and when it has not told for ten minutes. */
  clockSkewMs: number | null;
  /** What is left of the account's actions; null while it has not been read. */
  quota: Quota | null;
  /** When the venue was last asked about the wallets, ms. */
  agentsCheckedMs: number;
  /** Until when the cascade that an alert told of is taken to run, ms since the epoch, by ticker; see running-cascades. */
  cascades: Map<string, number>;
  /** False until recovery is done: alerts are stored, decisions wait. */
  isRecovered: boolean;
  /** Work in flight, so that a shutdown and a test can wait for it. */
  inFlight: Set<Promise<unknown>>;
}

/** How late the guard may be before entries stop, ms. */
export const guardLateAfterMs = (intervalMs: number): number => Math.max(90_000, 2 * intervalMs);

/** Keeps track of work nobody awaits; its failure is logged, never lost. */
export function track(desk: Pick<Desk, 'log' | 'inFlight'>, what: string, work: Promise<unknown>): void {
  const settled = work
    .catch((e: unknown) =>
      desk.log.error('work.failed', { what, message: e instanceof Error ? e.message : String(e) }),
    )
    .finally(() => desk.inFlight.delete(settled));
  desk.inFlight.add(settled);
}

/** Resolves when nothing is in flight any more. */
export async function idle(desk: Pick<Desk, 'inFlight'>): Promise<void> {
  while (desk.inFlight.size > 0) await Promise.all(desk.inFlight);
}
