import { type Driver, type Param, type Row, type Statement, toStatement } from './driver.ts';

/** Tables and indexes of ours; the others belong to SQLite and to who hosts the database. */
export const OURS = `name not like 'sqlite\\_%' escape '\\' and name not like '\\_cf\\_%' escape '\\'
  and name not like 'libsql\\_%' escape '\\' and name not like '\\_litestream\\_%' escape '\\'`;

/** A name as SQL takes it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * The whole database as statements that make it again on an empty one: schema, rows, and where automatic numbers go on.
 * Read at once into memory; done once, for a database from before the journal.
 */
export async function snapshot(driver: Driver): Promise<Statement[]> {
  const read = (sql: string, ...params: Param[]): Promise<Row[]> => driver.read({ sql, params });
  const objects = await read(
    `select type, name, sql from sqlite_master where sql is not null and ${OURS} order by rowid`,
  );
  const statements: Statement[] = objects.map(([, , sql]) => ({ sql: String(sql), params: [] }));
  for (const [type, name] of objects) {
    if (type !== 'table') continue;
    const table = quoted(String(name));
    // table_info leaves generated columns out, which nobody can insert.
    const columns = (await read('select name from pragma_table_info(?)', String(name))).map(([c]) =>
      quoted(String(c)),
    );
    const sql = `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`;
    for (const row of await read(`select ${columns.join(', ')} from ${table} order by rowid`))
      statements.push(toStatement(sql, row));
  }
  if (statements.length === 0) return [];
  // Numbers go on behind the highest one ever given, also where its row is gone.
  statements.push({ sql: 'delete from sqlite_sequence', params: [] });
  for (const [name, seq] of await read(`select name, seq from sqlite_sequence where ${OURS}`))
    statements.push({
      sql: 'insert into sqlite_sequence (name, seq) values (?, ?)',
      params: [String(name), Number(seq)],
    });
  return statements;
}
