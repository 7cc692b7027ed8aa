import { inArray } from 'drizzle-orm';
import type { SqliteRemoteDatabase } from 'drizzle-orm/sqlite-proxy';
import type { Store, StoredAlert } from '../../app/ports.ts';
import { tickerCoin } from '../../core/alert/coin-of-ticker.ts';
import { type Driver, type Statement, toStatement } from './driver.ts';
import { groupCommit } from './group-commit.ts';
import { alerts } from './schema.ts';

/** Keys of one look-up: below the parameter limit of a statement. */
const KEYS_MAX = 90;

type Answer = Awaited<ReturnType<Store['receiveAlert']>>;

/** Drizzle's builder would cost as much as the insert itself; prepared once by the drivers that can. */
const INSERT = `insert into alerts
  (id, key, body_sha, alert, received_at_ms, state, outcome, coin, strategy, kind)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing returning id`;

const insertOf = (a: StoredAlert): Statement =>
  toStatement(INSERT, [
    a.id,
    a.key,
    a.bodySha,
    JSON.stringify(a.alert),
    a.receivedAtMs,
    a.state,
    a.outcome,
    tickerCoin(a.alert.ticker)?.coin ?? null,
    a.alert.strategy,
    a.alert.kind,
  ]);

/**
 * The hot path: all alerts of one turn in one commit. Duplicates, which are rare, are looked up after
 * the commit (rows never change their key or body, and none is deleted, so that the answer is still true then).
 */
export function makeReceiveAlert(
  driver: Driver,
  db: SqliteRemoteDatabase,
  schedule: (run: () => void) => void,
  clockMs?: () => number,
): Store['receiveAlert'] {
  const stored = async (keys: readonly string[]): Promise<Map<string, { id: string; bodySha: string }>> => {
    const found = new Map<string, { id: string; bodySha: string }>();
    for (let i = 0; i < keys.length; i += KEYS_MAX) {
      const [rows] = await db.batch([
        db
          .select({ key: alerts.key, id: alerts.id, bodySha: alerts.bodySha })
          .from(alerts)
          .where(inArray(alerts.key, keys.slice(i, i + KEYS_MAX))),
      ]);
      for (const row of rows) found.set(row.key, row);
    }
    return found;
  };

  const commit = async (group: Received[]): Promise<(Answer | Error)[]> => {
    const inserted = await driver.write(group.map((r) => r.insert));
    const isNew = inserted.map((rows) => rows.length === 1);
    const known = await stored([...new Set(group.filter((_, i) => !isNew[i]).map((r) => r.alert.key))]);
    return group.map(({ alert }, i) => {
      if (isNew[i] === true) return { was: 'new', alertId: alert.id };
      const row = known.get(alert.key);
      if (row === undefined) return new Error(`alert id ${alert.id} belongs to another key`);
      return { was: row.bodySha === alert.bodySha ? 'same' : 'other', alertId: row.id };
    });
  };

  const enqueue = groupCommit(commit, schedule, clockMs);
  return async (alert) => {
    // Made before it joins a group: an alert that cannot be stored fails alone.
    const answer = await enqueue({ alert, insert: insertOf(alert) });
    if (answer instanceof Error) throw answer;
    return answer;
  };
}

interface Received {
  alert: StoredAlert;
  insert: Statement;
}
