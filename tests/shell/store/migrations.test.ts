import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { expect, test } from 'vitest';
import type { Driver, Row } from '../../../src/shell/store/driver.ts';
import { migrate } from '../../../src/shell/store/migrate.ts';
import { MIGRATIONS } from '../../../src/shell/store/migrations.generated.ts';
import { openNodeSqlite } from '../../../src/shell/store/node-sqlite.ts';
import * as schema from '../../../src/shell/store/schema.ts';

const openEmpty = (): Driver =>
  openNodeSqlite(':memory:', (e) => {
    throw e;
  });
const ask = (driver: Driver, sql: string): Promise<Row[]> => driver.read({ sql, params: [] });
const names = (rows: readonly Row[]): string[] => rows.map((r) => String(r[0])).sort();
const tables = Object.values(schema)
  .filter((t) => t instanceof SQLiteTable)
  .map((t) => getTableConfig(t));

test('the migrations make the schema: tables, columns, indexes (else: npm run db:generate)', async () => {
  const driver = openEmpty();
  await migrate(driver, 'test');
  const made = await ask(
    driver,
    `select name from sqlite_master where type = 'table' and name not like '%\\_\\_%' escape '\\'`,
  );
  expect(names(made)).toEqual([...tables.map((t) => t.name), 'sqlite_sequence'].sort());
  for (const table of tables) {
    const columns = await ask(
      driver,
      `select name, type, "notnull" from pragma_table_xinfo('${table.name}')`,
    );
    expect({ [table.name]: columns }).toEqual({
      [table.name]: table.columns.map((c) => [c.name, c.getSQLType().toUpperCase(), c.notNull ? 1 : 0]),
    });
    const indexes = await ask(
      driver,
      `select name from pragma_index_list('${table.name}') where origin = 'c'`,
    );
    const unique = table.columns.filter((c) => c.isUnique).map((c) => `${table.name}_${c.name}_unique`);
    expect(names(indexes)).toEqual([...table.indexes.map((i) => i.config.name), ...unique].sort());
  }
  await driver.close();
});

test('migrating again changes nothing, and a later migration is added to the earlier ones', async () => {
  const driver = openEmpty();
  await migrate(driver, 'test');
  const before = await ask(driver, 'select * from sqlite_master');
  await migrate(driver, 'test');
  expect(await ask(driver, 'select * from sqlite_master')).toEqual(before);
  const next = {
    tag: '0001_more',
    createdAtMs: 2,
    statements: ['create table more (x)', 'insert into more values (7)'],
  };
  await migrate(driver, 'test', [...MIGRATIONS, next]);
  await migrate(driver, 'test', [...MIGRATIONS, next]);
  expect(await ask(driver, 'select x from more')).toEqual([[7]]);
  await expect(migrate(driver, 'the file', MIGRATIONS)).rejects.toThrow(
    /^the file was written by a newer snapback \(its migration 0001_more is unknown here\)/,
  );
  await driver.close();
});

test('a migration that fails leaves nothing of itself behind', async () => {
  const driver = openEmpty();
  await migrate(driver, 'test');
  const broken = { tag: '0001_broken', createdAtMs: 2, statements: ['create table half (x)', 'nonsense'] };
  await expect(migrate(driver, 'test', [...MIGRATIONS, broken])).rejects.toThrow(/syntax error/);
  expect(await ask(driver, `select name from sqlite_master where name = 'half'`)).toEqual([]);
  await migrate(driver, 'test');
  await driver.close();
});

test.each([
  ['open alerts', `select id from alerts where state <> 'done' order by seq`, 'alerts_open'],
  ['alerts of a coin', 'select id from alerts where seq < 9 and coin = ? order by seq desc', 'alerts_coin'],
  [
    'entry alerts since',
    `select count(*) from alerts where received_at_ms >= ? and kind = ?`,
    'COVERING INDEX alerts_received_at_ms',
  ],
  [
    'risk since',
    'select sum(risk_usd) from decisions where decided_at_ms >= ?',
    'COVERING INDEX decisions_decided_at_ms',
  ],
  ['unresolved intents', 'select cloid from intents where state in (?, ?)', 'intents_state'],
  [
    'fills of a coin',
    'select * from fills where coin = ? and time_ms >= ? order by time_ms',
    'fills_coin_time_ms',
  ],
  ['newest fill', 'select max(time_ms) from fills', 'fills_time_ms'],
])('%s are found by an index', async (_, sql, index) => {
  const driver = openEmpty();
  await migrate(driver, 'test');
  const plan = (await ask(driver, `explain query plan ${sql.replaceAll('?', "'x'")}`))
    .map((r) => r[3])
    .join('; ');
  expect(plan).toContain(index);
  expect(plan).not.toContain('TEMP B-TREE FOR ORDER BY');
  await driver.close();
});
