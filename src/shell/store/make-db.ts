import { type AsyncBatchRemoteCallback, drizzle, type SqliteRemoteDatabase } from 'drizzle-orm/sqlite-proxy';
import { type Driver, toStatement } from './driver.ts';

const refuseSingle = () => Promise.reject(new Error('run queries through db.batch([...])'));

/**
 * Drizzle over a driver. Every query goes through `db.batch([...])`: a single select is a read, anything else one
 * transaction. A query awaited by itself is refused, because drizzle's error would carry its parameters into logs.
 */
export function makeDb(driver: Driver): SqliteRemoteDatabase {
  const batch: AsyncBatchRemoteCallback = async (queries) => {
    const statements = queries.map((q) => toStatement(q.sql, q.params));
    const [first] = statements;
    if (first !== undefined && statements.length === 1 && first.sql.startsWith('select'))
      return [{ rows: await driver.read(first) }];
    return (await driver.write(statements)).map((rows) => ({ rows }));
  };
  return drizzle(refuseSingle, batch);
}
