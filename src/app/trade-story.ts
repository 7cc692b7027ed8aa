import type { Decision } from '../core/decide/types.ts';
import type { Intent } from '../core/execute/types.ts';
import type { Fill, Trade } from '../core/review/types.ts';
import type { GuardRun, Store, StoredAlert } from './ports.ts';

/** Tidying up goes on after the exit: orphans are cancelled, late outcomes arrive, ms. */
const AFTER_MS = 60_000;
/** Rows of each kind; a trade of weeks with more of them says that it left some out. */
const ROWS_MAX = 500;

/** One trade from the alert to the exit, as far as it is on record. */
export interface TradeStory {
  trade: Trade;
  /** Null: opened by hand, or by an order that this database does not know. */
  alert: StoredAlert | null;
  decision: Decision | null;
  /** Decisions that closed it, or asked to. */
  exits: Decision[];
  /** Those of its alert, and what the guard sent for its coin meanwhile, oldest first. */
  orders: Intent[];
  fills: Fill[];
  /** Passes of the guard that found something on its coin, with those findings alone, until a minute after the exit. */
  guard: GuardRun[];
  truncated: boolean;
}

/** @returns undefined when no trade has this id */
export async function readTradeStory(
  store: Store,
  id: string,
  nowMs: number,
): Promise<TradeStory | undefined> {
  const trade = await store.trade(id);
  if (trade === undefined) return undefined;
  const { alertId, decisionId, coin } = trade;
  const [alert, decision, ofAlert] = await Promise.all([
    alertId === null ? undefined : store.alert(alertId),
    decisionId === null ? undefined : store.decision(decisionId),
    alertId === null ? [] : store.intentsOf(alertId),
  ]);
  const endMs = trade.closedAtMs ?? nowMs;
  const record = await store.recordOf({
    coin,
    sinceMs: Math.min(trade.openedAtMs, decision?.decidedAtMs ?? trade.openedAtMs),
    untilMs: endMs + AFTER_MS,
    limit: ROWS_MAX,
  });
  const orders = [...ofAlert, ...record.intents.filter((i) => i.alertId === null)];
  return {
    trade,
    alert: alert ?? null,
    decision: decision ?? null,
    exits: record.decisions.filter(
      (d) => d.plan === null && d.status === 'approved' && d.decidedAtMs <= endMs,
    ),
    orders: orders.sort((a, b) => a.createdAtMs - b.createdAtMs),
    fills: record.fills.filter((f) => f.timeMs >= trade.openedAtMs && f.timeMs <= endMs),
    guard: record.guardRuns.map((r) => ({ ...r, findings: r.findings.filter((f) => f.coin === coin) })),
    truncated: Object.values(record).some((rows) => rows.length === ROWS_MAX),
  };
}
