import type { Driver, Statement } from './driver.ts';
import { MIGRATIONS } from './migrations.generated.ts';

type Migration = (typeof MIGRATIONS)[number];

// Name and columns are drizzle's own, so that its tools read the database too.
const TABLE = '__drizzle_migrations';
const statement = (sql: string, ...params: Statement['params']): Statement => ({ sql, params });

/**
 * Brings the database to the newest schema, all missing migrations in one transaction. Forward only.
 * @param name what the message calls the database
 * @throws Error when a newer snapback wrote it: an older one must not trade on a schema it does not know
 */
export async function migrate(driver: Driver, name: string, migrations: readonly Migration[] = MIGRATIONS) {
  const [found] = await driver.read(
    statement(`select name from sqlite_master where type = 'table' and name = ?`, TABLE),
  );
  const applied = found
    ? (await driver.read(statement(`select hash from ${TABLE} order by created_at`))).map(([hash]) =>
        String(hash),
      )
    : [];
  const unknown = applied.find((hash) => !migrations.some((m) => m.tag === hash));
  if (unknown !== undefined)
    throw new Error(
      `${name} was written by a newer snapback (its migration ${unknown} is unknown here); ` +
        'start that version again or set DATABASE_URL to another database',
    );
  const missing = migrations.filter((m) => !applied.includes(m.tag));
  if (missing.length === 0) return;
  await driver.write([
    ...(found
      ? []
      : [
          statement(
            `create table ${TABLE} (id integer primary key, hash text not null, created_at integer not null)`,
          ),
        ]),
    ...missing.flatMap((m) => [
      ...m.statements.map((sql) => statement(sql)),
      statement(`insert into ${TABLE} (hash, created_at) values (?, ?)`, m.tag, m.createdAtMs),
    ]),
  ]);
}
