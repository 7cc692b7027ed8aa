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
import { compile, compileRead, later } from './compile.ts';
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
const { seq: _11, ...guardRunColumns } = getTableColumns(guardRuns);

type Write = BatchItem<'sqlite'>;
type Verbs<K extends keyof BridgeStore> = Pick<BridgeStore, K>;

function alertVerbs(
  driver: Driver,
  db: SqliteRemoteDatabase,
): Verbs<'recordDeadLetter' | 'openAlerts' | 'alert' | 'finishAlert'> {
  const openAlerts = compileRead(driver, () =>
    // The condition is spelled like the one of the partial index, or SQLite would not use it.
    db
      .select(alertColumns)
      .from(alerts)
      .where(sql`state <> 'done'`)
      .orderBy(asc(alerts.seq)),
  );
  const alert = compileRead(driver, () =>
    db
      .select(alertColumns)
      .from(alerts)
      .where(eq(alerts.id, later('id', alerts.id))),
  );
  return {
    async recordDeadLetter(d) {
      await db.batch([db.insert(deadLetters).values(d)]);
    },
    openAlerts: () => openAlerts(),
    alert: async (id) => (await alert({ id }))[0],
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

function decisionVerbs(
  driver: Driver,
  db: SqliteRemoteDatabase,
): Verbs<'decision' | 'decisionOfAlert' | 'usage'> {
  const by = (column: typeof decisions.id | typeof decisions.alertId) => {
    const read = compileRead(driver, () =>
      db
        .select(decisionColumns)
        .from(decisions)
        .where(eq(column, later('is', column))),
    );
    return async (is: string) => (await read({ is }))[0];
  };
  return {
    decision: by(decisions.id),
    decisionOfAlert: by(decisions.alertId),
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
  driver: Driver,
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
  const oldestFirst = (condition: SQL) =>
    compileRead(driver, () =>
      db.select(intentColumns).from(intents).where(condition).orderBy(asc(intents.seq)),
    );
  const unresolved = oldestFirst(inArray(intents.state, ['sending', 'unknown']));
  const ofAlert = oldestFirst(eq(intents.alertId, later('alertId', intents.alertId)));
  const byCloid = oldestFirst(eq(intents.cloid, later('cloid', intents.cloid)));
  const ofSigner = compileRead(driver, () =>
    db
      .select()
      .from(signers)
      .where(eq(signers.address, later('address', signers.address))),
  );
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
    intent: async (cloid) => (await byCloid({ cloid }))[0],
    unresolvedIntents: () => unresolved(),
    intentsOf: (alertId) => ofAlert({ alertId }),
    lastNonce: async (address) => (await ofSigner({ address }))[0]?.lastNonce ?? 0,
    async commitNonce(signer, nonce) {
      const row = { address: signer, lastNonce: nonce };
      await db.batch([db.insert(signers).values(row).onConflictDoUpdate(rising)]);
    },
  };
}

function fillVerbs(
  driver: Driver,
  db: SqliteRemoteDatabase,
): Verbs<'recordFills' | 'fillsOf' | 'newestFillMs'> {
  const ofCoin = compileRead(driver, () =>
    db
      .select(fillColumns)
      .from(fills)
      .where(
        and(eq(fills.coin, later('coin', fills.coin)), gte(fills.timeMs, later('sinceMs', fills.timeMs))),
      )
      .orderBy(asc(fills.timeMs), asc(fills.seq)),
  );
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
    fillsOf: (coin, sinceMs) => ofCoin({ coin, sinceMs }),
    async newestFillMs() {
      const [rows] = await db.batch([db.select({ ms: max(fills.timeMs) }).from(fills)]);
      return rows[0]?.ms ?? null;
    },
  };
}

function tradeVerbs(
  driver: Driver,
  db: SqliteRemoteDatabase,
): Verbs<'saveTrade' | 'openTrades' | 'tradesSince'> {
  const openTrades = compileRead(driver, () =>
    db.select(tradeColumns).from(trades).where(isNull(trades.closedAtMs)).orderBy(asc(trades.seq)),
  );
  const since = compileRead(driver, () =>
    db
      .select(tradeColumns)
      .from(trades)
      .where(gte(trades.atMs, later('sinceMs', trades.atMs)))
      .orderBy(asc(trades.atMs), asc(trades.seq)),
  );
  return {
    async saveTrade(t) {
      await db.batch([db.insert(trades).values(t).onConflictDoUpdate({ target: trades.id, set: t })]);
    },
    openTrades: () => openTrades(),
    tradesSince: (sinceMs) => since({ sinceMs }),
  };
}

function keepingVerbs(
  driver: Driver,
  db: SqliteRemoteDatabase,
): Verbs<'recordGuardRun' | 'pruneGuardRuns' | 'setting' | 'setSetting'> {
  const places = Object.entries(guardRunColumns).map(([name, column]) => [name, sql`${later(name, column)}`]);
  const addGuardRun = compile(db.insert(guardRuns).values(Object.fromEntries(places)));
  return {
    async recordGuardRun(r) {
      await driver.write([addGuardRun({ ...r })]);
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
    ...alertVerbs(driver, db),
    ...decisionVerbs(driver, db),
    ...intentVerbs(driver, db),
    ...fillVerbs(driver, db),
    ...tradeVerbs(driver, db),
    ...keepingVerbs(driver, db),
    ...makeLists(db),
    ...makeReviewReads(db),
    close: () => driver.close(),
  };
}
