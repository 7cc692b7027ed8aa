import { inArray } from 'drizzle-orm';
import type { SqliteRemoteDatabase } from 'drizzle-orm/sqlite-proxy';
import type { Store, StoredAlert } from '../../app/ports.ts';
import { tickerCoin } from '../../core/alert/coin-of-ticker.ts';
import { assert } from '../../core/shared/assert.ts';
import { type Driver, toStatement } from './driver.ts';
import { groupCommit } from './group-commit.ts';
import { alerts } from './schema.ts';

/** Keys of one look-up: below the parameter limit of a statement. */
const KEYS_MAX = 90;

type Answer = Awaited<ReturnType<Store['receiveAlert']>>;

/**
 * One statement for a whole group, its rows in one JSON argument: a statement per alert costs more than the insert
 * itself. json_each keeps the order of the array, so that of two alerts with one key the first is the one stored.
 */
const INSERT = `insert into alerts
  (id, key, body_sha, alert, received_at_ms, state, outcome, coin, strategy, kind)
  select value->>0, value->>1, value->>2, value->3, value->>4, value->>5, value->>6, value->>7, value->>8, value->>9
  from json_each(?) where true
  on conflict do nothing returning id`;

/** One row of INSERT's argument as JSON text. */
const rowOf = (a: StoredAlert): string =>
  JSON.stringify([
    a.id,
    a.key,
    a.bodySha,
    a.alert,
    a.receivedAtMs,
    a.state,
    a.outcome,
    tickerCoin(a.alert.ticker)?.coin ?? null,
    a.alert.strategy,
    a.alert.kind,
  ]);

/**
 * The hot path: all alerts of one turn in one insert and one commit. Duplicates, which are rare, are looked up after
 * the commit (rows never change their key or body, and none is deleted, so that the answer is still true then).
 */
export function makeReceiveAlert(
  driver: Driver,
  db: SqliteRemoteDatabase,
  schedule: (run: () => void) => void,
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
    const [rows = []] = await driver.write([toStatement(INSERT, [`[${group.map((r) => r.row).join(',')}]`])]);
    const inserted = new Set(rows.map(([id]) => id));
    const isNew = group.map((r) => inserted.delete(r.alert.id));
    const known = await stored([...new Set(group.filter((_, i) => !isNew[i]).map((r) => r.alert.key))]);
    return group.map(({ alert }, i) => {
      if (isNew[i] === true) return { was: 'new', alertId: alert.id };
      const row = known.get(alert.key);
      if (row === undefined) return new Error(`alert id ${alert.id} belongs to another key`);
      return { was: row.bodySha === alert.bodySha ? 'same' : 'other', alertId: row.id };
    });
  };

  const enqueue = groupCommit(commit, schedule);
  return async (alert) => {
    // Made before it joins a group: an alert that cannot be stored fails alone.
    const answer = await enqueue({ alert, row: checkedRow(alert) });
    if (answer instanceof Error) throw answer;
    return answer;
  };
}

interface Received {
  alert: StoredAlert;
  row: string;
}

/** JSON turns a number that is not finite into null, which another column's rule may let through: our own bug. */
function checkedRow(alert: StoredAlert): string {
  assert(Number.isSafeInteger(alert.receivedAtMs), `receivedAtMs ${alert.receivedAtMs}`);
  return rowOf(alert);
}
