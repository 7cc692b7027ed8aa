import {
  and,
  asc,
  count,
  eq,
  getTableColumns,
  gte,
  inArray,
  isNull,
  lt,
  max,
  ne,
  type SQL,
  sql,
  sum,
} from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import type { SqliteRemoteDatabase } from 'drizzle-orm/sqlite-proxy';
import type { IntentChange, Store, StoredAlert } from '../../app/ports.ts';
import type { Intent } from '../../core/execute/types.ts';
import type { Driver } from './driver.ts';
import { makeLists } from './lists.ts';
import { makeDb } from './make-db.ts';
import { makeOrderWrites, nonces, rising } from './order-writes.ts';
import { makeReceiveAlert } from './receive-alerts.ts';
import { makeReviewReads } from './review-reads.ts';
import {
  alerts,
  deadLetters,
  decisions,
  fills,
  guardRuns,
  intents,
  settings,
  signers,
  trades,
} from './schema.ts';

/** How long the record of a guard pass that found all well is kept, ms. Everything else is kept for ever. */
export const QUIET_GUARD_RUN_KEPT_MS = 7 * 86_400_000;

export interface BridgeStore extends Store {
  /** Forgets guard runs that found everything protected, older than QUIET_GUARD_RUN_KEPT_MS; says how many. */
  pruneGuardRuns(nowMs: number): Promise<number>;
}

const { seq: _1, coin: _2, strategy: _3, kind: _4, ...alertColumns } = getTableColumns(alerts);
const { seq: _5, riskUsd: _6, ...decisionColumns } = getTableColumns(decisions);
const { seq: _7, ...intentColumns } = getTableColumns(intents);
const { seq: _8, ...fillColumns } = getTableColumns(fills);
const { seq: _9, atMs: _10, ...tradeColumns } = getTableColumns(trades);

type Write = BatchItem<'sqlite'>;
type Verbs<K extends keyof BridgeStore> = Pick<BridgeStore, K>;

function alertVerbs(
  db: SqliteRemoteDatabase,
): Verbs<'recordDeadLetter' | 'openAlerts' | 'alert' | 'finishAlert'> {
  return {
    async recordDeadLetter(d) {
      await db.batch([db.insert(deadLetters).values(d)]);
    },
    async openAlerts() {
      // The condition is spelled like the one of the partial index, or SQLite would not use it.
      const open = sql`state <> 'done'`;
      const [rows] = await db.batch([
        db.select(alertColumns).from(alerts).where(open).orderBy(asc(alerts.seq)),
      ]);
      return rows;
    },
    async alert(id) {
      const [rows] = await db.batch([db.select(alertColumns).from(alerts).where(eq(alerts.id, id))]);
      return rows[0];
    },
    async finishAlert(alertId, outcome) {
      await db.batch([finish(db, alertId, outcome)]);
    },
  };
}

/** A finished alert stays as it ended. */
const finish = (db: SqliteRemoteDatabase, id: string, outcome: NonNullable<StoredAlert['outcome']>) =>
  db
    .update(alerts)
    .set({ state: 'done', outcome })
    .where(and(eq(alerts.id, id), ne(alerts.state, 'done')));

function decisionVerbs(db: SqliteRemoteDatabase): Verbs<'decision' | 'decisionOfAlert' | 'usage'> {
  const one = async (condition: SQL) => {
    const [rows] = await db.batch([db.select(decisionColumns).from(decisions).where(condition)]);
    return rows[0];
  };
  return {
    decision: (id) => one(eq(decisions.id, id)),
    decisionOfAlert: (alertId) => one(eq(decisions.alertId, alertId)),
    async usage(alertsSinceMs, riskSinceMs) {
      const entry = and(gte(alerts.receivedAtMs, alertsSinceMs), eq(alerts.kind, 'cascade.exhaustion'));
      const [counted] = await db.batch([db.select({ n: count() }).from(alerts).where(entry)]);
      const risk = db.select({ usd: sum(decisions.riskUsd).mapWith(Number) }).from(decisions);
      const [summed] = await db.batch([risk.where(gte(decisions.decidedAtMs, riskSinceMs))]);
      return { entryAlerts: counted[0]?.n ?? 0, riskUsd: summed[0]?.usd ?? 0 };
    },
  };
}

function intentVerbs(
  db: SqliteRemoteDatabase,
): Verbs<
  | 'commitIntents'
  | 'intent'
  | 'advanceIntent'
  | 'unresolvedIntents'
  | 'intentsOf'
  | 'lastNonce'
  | 'commitNonce'
> {
  const swap = (cloid: string, from: readonly Intent['state'][], change: IntentChange) =>
    db
      .update(intents)
      .set(change)
      .where(and(eq(intents.cloid, cloid), inArray(intents.state, [...from])));
  const oldestFirst = async (condition: SQL) => {
    const query = db.select(intentColumns).from(intents).where(condition).orderBy(asc(intents.seq));
    const [rows] = await db.batch([query]);
    return rows;
  };
  return {
    async commitIntents(list) {
      const [first, ...others]: Write[] = [
        ...list.map((i) => db.insert(intents).values(i)),
        ...nonces(list).map((n) => db.insert(signers).values(n).onConflictDoUpdate(rising)),
      ];
      if (first !== undefined) await db.batch([first, ...others]);
    },
    async advanceIntent(cloid, from, change) {
      const [rows] = await db.batch([swap(cloid, from, change).returning({ cloid: intents.cloid })]);
      return rows.length === 1;
    },
    async intent(cloid) {
      const [rows] = await db.batch([db.select(intentColumns).from(intents).where(eq(intents.cloid, cloid))]);
      return rows[0];
    },
    unresolvedIntents: () => oldestFirst(inArray(intents.state, ['sending', 'unknown'])),
    intentsOf: (alertId) => oldestFirst(eq(intents.alertId, alertId)),
    async lastNonce(signer) {
      const [rows] = await db.batch([db.select().from(signers).where(eq(signers.address, signer))]);
      return rows[0]?.lastNonce ?? 0;
    },
    async commitNonce(signer, nonce) {
      const row = { address: signer, lastNonce: nonce };
      await db.batch([db.insert(signers).values(row).onConflictDoUpdate(rising)]);
    },
  };
}

function fillVerbs(db: SqliteRemoteDatabase): Verbs<'recordFills' | 'fillsOf' | 'newestFillMs'> {
  return {
    async recordFills(list) {
      const oldestFirst = [...list].sort((a, b) => a.timeMs - b.timeMs);
      const [first, ...others] = oldestFirst.map((f) =>
        db.insert(fills).values(f).onConflictDoNothing().returning({ tid: fills.tid }),
      );
      if (first === undefined) return [];
      const inserted = await db.batch([first, ...others]);
      return oldestFirst.filter((_, i) => inserted[i]?.length === 1);
    },
    async fillsOf(coin, sinceMs) {
      const query = db
        .select(fillColumns)
        .from(fills)
        .where(and(eq(fills.coin, coin), gte(fills.timeMs, sinceMs)))
        .orderBy(asc(fills.timeMs), asc(fills.seq));
      const [rows] = await db.batch([query]);
      return rows;
    },
    async newestFillMs() {
      const [rows] = await db.batch([db.select({ ms: max(fills.timeMs) }).from(fills)]);
      return rows[0]?.ms ?? null;
    },
  };
}

function tradeVerbs(db: SqliteRemoteDatabase): Verbs<'saveTrade' | 'openTrades' | 'tradesSince'> {
  return {
    async saveTrade(t) {
      await db.batch([db.insert(trades).values(t).onConflictDoUpdate({ target: trades.id, set: t })]);
    },
    async openTrades() {
      const open = db.select(tradeColumns).from(trades).where(isNull(trades.closedAtMs));
      const [rows] = await db.batch([open.orderBy(asc(trades.seq))]);
      return rows;
    },
    async tradesSince(sinceMs) {
      const since = db.select(tradeColumns).from(trades).where(gte(trades.atMs, sinceMs));
      const [rows] = await db.batch([since.orderBy(asc(trades.atMs), asc(trades.seq))]);
      return rows;
    },
  };
}

function keepingVerbs(
  db: SqliteRemoteDatabase,
): Verbs<'recordGuardRun' | 'pruneGuardRuns' | 'setting' | 'setSetting'> {
  return {
    async recordGuardRun(r) {
      await db.batch([db.insert(guardRuns).values(r)]);
    },
    async pruneGuardRuns(nowMs) {
      const quiet = and(
        eq(guardRuns.verdict, 'protected'),
        lt(guardRuns.startedAtMs, nowMs - QUIET_GUARD_RUN_KEPT_MS),
      );
      const [rows] = await db.batch([db.delete(guardRuns).where(quiet).returning({ id: guardRuns.id })]);
      return rows.length;
    },
    async setting(name) {
      const [rows] = await db.batch([db.select().from(settings).where(eq(settings.name, name))]);
      return rows[0]?.value ?? null;
    },
    async setSetting(name, value) {
      const row = { name, value };
      await db.batch([
        db.insert(settings).values(row).onConflictDoUpdate({ target: settings.name, set: row }),
      ]);
    },
  };
}

/**
 * The repository: one code for every driver. The database must be migrated.
 * @param schedule runs a callback after the work that is ready now; alerts received and outcomes recorded until then share one commit
 * @param clockMs as in group-commit
 */
export function createStore(
  driver: Driver,
  schedule: (run: () => void) => void,
  clockMs?: () => number,
): BridgeStore {
  const db = makeDb(driver);
  return {
    receiveAlert: makeReceiveAlert(driver, db, schedule, clockMs),
    ...makeOrderWrites(driver, db, schedule, clockMs),
    ...alertVerbs(db),
    ...decisionVerbs(db),
    ...intentVerbs(db),
    ...fillVerbs(db),
    ...tradeVerbs(db),
    ...keepingVerbs(db),
    ...makeLists(db),
    ...makeReviewReads(db),
    close: () => driver.close(),
  };
}
