import { and, getTableColumns, ne, type SQL, sql } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { SqliteRemoteDatabase } from 'drizzle-orm/sqlite-proxy';
import type { IntentChange, Store } from '../../app/ports.ts';
import type { Decision } from '../../core/decide/types.ts';
import type { Intent } from '../../core/execute/types.ts';
import { compile, later } from './compile.ts';
import type { Driver, Statement } from './driver.ts';
import { groupCommit } from './group-commit.ts';
import { alerts, decisions, intents, signers } from './schema.ts';

/** A nonce only ever rises: committing a lower one changes nothing. */
export const rising = {
  target: signers.address,
  set: { lastNonce: sql`max(${signers.lastNonce}, excluded.last_nonce)` },
};

/** The highest nonce per signer among the intents: what must be on disk before any of them is sent. */
export function nonces(list: readonly Intent[]): { address: string; lastNonce: number }[] {
  const highest = new Map<string, number>();
  for (const { signer, nonce } of list) highest.set(signer, Math.max(nonce, highest.get(signer) ?? 0));
  return [...highest].map(([address, lastNonce]) => ({ address, lastNonce }));
}

const riskOf = (d: Decision): number => (d.status === 'approved' ? (d.plan?.riskUsd ?? 0) : 0);

/** `insert … select <row> where <condition>`: a row that is written only if the condition holds at that moment. */
function insertIf<T extends SQLiteTable>(db: SqliteRemoteDatabase, table: T, condition: SQL) {
  const places = Object.entries(getTableColumns(table)).map(([name, column]) => later(name, column));
  return db.insert(table).select(sql`select ${sql.join(places, sql`, `)} where ${condition}`);
}

/**
 * What is written right before an order is sent and right after it is answered.
 * @param schedule, clockMs as in createStore; outcomes recorded until then share one commit
 */
export function makeOrderWrites(
  driver: Driver,
  db: SqliteRemoteDatabase,
  schedule: (run: () => void) => void,
  clockMs?: () => number,
): Pick<Store, 'commitDecision' | 'recordOutcome'> {
  // Interactive transactions do not exist on every driver, so each statement asks the same question, and the
  // decision, which changes the answer, is written last.
  const undecided = sql`not exists (select 1 from ${decisions} where ${decisions.alertId} = ${later('decided', decisions.alertId)})`;
  const take = compile(
    db
      .update(alerts)
      .set({ state: sql`${later('state', alerts.state)}`, outcome: sql`${later('outcome', alerts.outcome)}` })
      .where(and(sql`${alerts.id} = ${later('decided', alerts.id)}`, undecided)),
  );
  const addIntent = compile(insertIf(db, intents, undecided));
  const addNonce = compile(insertIf(db, signers, undecided).onConflictDoUpdate(rising));
  const addDecision = compile(insertIf(db, decisions, undecided).returning({ id: decisions.id }));
  const finish = compile(
    db
      .update(alerts)
      .set({ state: 'done', outcome: sql`${later('outcome', alerts.outcome)}` })
      .where(and(sql`${alerts.id} = ${later('id', alerts.id)}`, ne(alerts.state, 'done'))),
  );
  const swap = makeSwap(db);
  // Orders that left together are answered together, and a commit for each would hold up the answers behind it.
  // Issued side by side the writes become one transaction, and one that is refused fails alone.
  const record = groupCommit(
    (group: Statement[][]) => Promise.allSettled(group.map((statements) => driver.write(statements))),
    schedule,
    clockMs,
  );
  return {
    async commitDecision({ decision, intents: list, alertState, outcome }) {
      const decided = decision.alertId;
      const rows = await driver.write([
        take({ decided, state: alertState, outcome }),
        ...list.map((i) => addIntent({ ...i, decided })),
        ...nonces(list).map((n) => addNonce({ ...n, decided })),
        addDecision({ ...decision, riskUsd: riskOf(decision), decided }),
      ]);
      return rows.at(-1)?.length === 1;
    },
    async recordOutcome(legs, alert) {
      const ends = alert === null ? [] : [finish(alert)];
      const statements = [...legs.map((l) => swap(l.cloid, l.from, l.change)), ...ends];
      if (statements.length === 0) return;
      const recorded = await record(statements);
      if (recorded.status === 'rejected') throw recorded.reason;
    },
  };
}

/** One leg's compare-and-swap. Changes come in few shapes (which columns, from how many states): one text for each. */
function makeSwap(db: SqliteRemoteDatabase) {
  const columns = Object.entries(getTableColumns(intents));
  const known = new Map<string, ReturnType<typeof compile>>();
  const build = (change: IntentChange, states: number) => {
    const changed = columns.filter(([name]) => name in change);
    const from = Array.from({ length: states }, (_, i) => later(`from${i}`, intents.state));
    return compile(
      db
        .update(intents)
        .set(Object.fromEntries(changed.map(([name, column]) => [name, sql`${later(name, column)}`])))
        .where(and(sql`${intents.cloid} = ${later('of', intents.cloid)}`, sql`${intents.state} in ${from}`)),
    );
  };
  return (of: string, from: readonly Intent['state'][], change: IntentChange): Statement => {
    const shape = [...Object.keys(change), from.length].join(' ');
    const swap = known.get(shape) ?? build(change, from.length);
    known.set(shape, swap);
    return swap({ ...change, ...Object.fromEntries(from.map((state, i) => [`from${i}`, state])), of });
  };
}
