import { describe, expect, test } from 'vitest';
import { createStore } from '../../../src/shell/store/create-store.ts';
import type { Driver, Statement } from '../../../src/shell/store/driver.ts';
import { entrySha, journaled, statementId } from '../../../src/shell/store/journal.ts';
import { migrate } from '../../../src/shell/store/migrate.ts';
import { MIGRATIONS } from '../../../src/shell/store/migrations.generated.ts';
import { openNodeSqlite } from '../../../src/shell/store/node-sqlite.ts';
import { verifyJournal } from '../../../src/shell/store/verify-journal.ts';
import { deadLetter, decision, fill, guardRun, intent, refusal, storedAlert, T0, trade } from './samples.ts';

const fatal = (e: unknown): never => {
  throw e;
};
const statement = (sql: string, ...params: Statement['params']): Statement => ({ sql, params });

/** A store in memory with a row in every table, and the bare driver under its journal. */
async function filled(): Promise<Driver> {
  const driver = openNodeSqlite(':memory:', fatal);
  const journal = journaled(driver);
  await migrate(journal, 'test');
  const store = createStore(journal, setImmediate);
  await Promise.all([0, 1, 2].map((n) => store.receiveAlert(storedAlert(n))));
  const commit = (n: number) =>
    store.commitDecision({
      decision: n === 2 ? refusal(n) : decision(n),
      intents: n === 2 ? [] : [intent(n)],
      alertState: n === 2 ? 'done' : 'working',
      outcome: n === 2 ? 'drift-exceeded' : null,
    });
  await Promise.all([0, 1, 2].map(commit));
  await store.advanceIntent(intent(0).cloid, ['sending'], { state: 'acked', oid: 7, updatedAtMs: T0 });
  await store.recordFills([fill(1), fill(2)]);
  await store.saveTrade(trade(1));
  await store.recordGuardRun(guardRun(1));
  await store.recordDeadLetter(deadLetter(1));
  await store.setSetting('name', 'value');
  return driver;
}
const alter = (driver: Driver, sql: string, ...params: Statement['params']) =>
  driver.write([statement(sql, ...params)]);
const differing = (r: Awaited<ReturnType<typeof verifyJournal>>) =>
  Object.fromEntries(r.tables.filter((t) => t.differences > 0).map((t) => [t.name, t.first]));

describe('verifyJournal', () => {
  test('finds an untouched store intact, and says what it looked at', async () => {
    const driver = await filled();
    const report = await verifyJournal(driver);
    expect(report).toMatchObject({ ok: true, chain: 'intact', breaks: [] });
    expect(differing(report)).toEqual({});
    const [newest] = await driver.read(statement('select seq, sha from journal order by seq desc limit 1'));
    expect(report.head).toEqual({ seq: newest?.[0], sha: newest?.[1] });
    expect(report.entries).toBe(newest?.[0]);
    const rows = Object.fromEntries(report.tables.map((t) => [t.name, t.rows]));
    expect(rows).toMatchObject({
      alerts: 3,
      dead_letters: 1,
      decisions: 3,
      intents: 2,
      signers: 1,
      fills: 2,
      trades: 1,
      guard_runs: 1,
      settings: 1,
      __drizzle_migrations: MIGRATIONS.length,
    });
    await driver.close();
  });

  test('concurrent callers share commits: fewer entries than alerts', async () => {
    const driver = await filled();
    const [row] = await driver.read(
      statement(`select count(*) from journal where data like '%"key-0"%"key-1"%"key-2"%'`),
    );
    expect(row).toEqual([1]);
    await driver.close();
  });

  // Each column of each journal table, one character of it replaced by another.
  test.each([
    ['data', /^entry 5: its hash is not that of its content/],
    ['sha', /^entry 5: its hash is not that of its content/],
  ])('a flipped byte in journal.%s is named', async (column, message) => {
    const driver = await filled();
    const [row] = await driver.read(statement(`select ${column} from journal where seq = 5`));
    const text = String(row?.[0]);
    for (const at of [0, text.length >> 1, text.length - 1]) {
      const flipped = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);
      await alter(driver, `update journal set ${column} = ? where seq = 5`, flipped);
      const report = await verifyJournal(driver);
      expect(report).toMatchObject({ ok: false, chain: 'broken' });
      expect(report.breaks[0]).toMatch(message);
    }
    await alter(driver, `update journal set ${column} = ? where seq = 5`, text);
    expect((await verifyJournal(driver)).ok).toBe(true);
    await driver.close();
  });

  test('a changed number of an entry is named', async () => {
    const driver = await filled();
    await alter(driver, 'update journal set seq = 1000 where seq = (select max(seq) from journal)');
    const { breaks } = await verifyJournal(driver);
    expect(breaks[0]).toMatch(/^entries \d+ to 999 are missing$/);
    expect(breaks[1]).toMatch(/^entry 1000: its hash is not/);
    await driver.close();
  });

  test.each([
    ['sql', `sql || ' '`, /its text is not the one it was stored with/],
    ['id', `'0' || substr(id, 2)`, /its text is not the one|names a statement/],
  ])('a changed %s of a statement is named', async (column, value, message) => {
    const driver = await filled();
    const used = `(select id from journal_statements where sql like 'insert into alerts%')`;
    await alter(driver, `update journal_statements set ${column} = ${value} where id = ${used}`);
    const report = await verifyJournal(driver);
    expect(report).toMatchObject({ ok: false, chain: 'broken' });
    expect(report.breaks[0]).toMatch(message);
    await driver.close();
  });

  test('a statement that no entry uses is named', async () => {
    const driver = await filled();
    const sql = 'delete from alerts';
    await alter(driver, 'insert into journal_statements (id, sql) values (?, ?)', statementId(sql), sql);
    expect((await verifyJournal(driver)).breaks).toEqual([
      `statement ${statementId(sql)} is stored, but no entry uses it`,
    ]);
    await driver.close();
  });

  test('a deleted, a reordered and an inserted entry are named', async () => {
    const deleted = await filled();
    await alter(deleted, 'delete from journal where seq = 4');
    expect((await verifyJournal(deleted)).breaks.slice(0, 2)).toEqual([
      'entry 4 is missing',
      'entry 5: its hash is not that of its content and the entry before',
    ]);

    const reordered = await filled();
    await reordered.write([
      statement('update journal set seq = -4 where seq = 4'),
      statement('update journal set seq = 4 where seq = 5'),
      statement('update journal set seq = 5 where seq = -4'),
    ]);
    expect((await verifyJournal(reordered)).breaks[0]).toMatch(/^entry 4: its hash is not/);

    const inserted = await filled();
    const [head] = await inserted.read(statement('select seq from journal order by seq desc limit 1'));
    const seq = Number(head?.[0]) + 1;
    await alter(inserted, 'insert into journal (seq, data, sha) values (?, ?, ?)', seq, '[]', 'f'.repeat(64));
    expect((await verifyJournal(inserted)).breaks[0]).toMatch(new RegExp(`^entry ${seq}: its hash is not`));
    for (const driver of [deleted, reordered, inserted]) await driver.close();
  });

  test('an entry forged with the right hashes is found by the tables', async () => {
    const driver = await filled();
    const [head] = await driver.read(statement('select seq, sha from journal order by seq desc limit 1'));
    const seq = Number(head?.[0]) + 1;
    const sql = 'update trades set pnl_usd = ?';
    const data = JSON.stringify([[statementId(sql), [1e6]]]);
    await driver.write([
      statement('insert into journal_statements (id, sql) values (?, ?)', statementId(sql), sql),
      statement(
        'insert into journal (seq, data, sha) values (?, ?, ?)',
        seq,
        data,
        entrySha(String(head?.[1]), seq, data),
      ),
    ]);
    const report = await verifyJournal(driver);
    expect(report).toMatchObject({ ok: false, chain: 'intact', breaks: [] });
    expect(differing(report)).toEqual({ trades: ['seq 1: pnl_usd differs'] });
    await driver.close();
  });

  test('a tail that was cut off is named; cut off with its effects and its counter, by the head noted before', async () => {
    const driver = await filled();
    const noted = (await verifyJournal(driver)).head;
    await alter(driver, 'delete from journal where seq = ?', noted.seq);
    const cut = await verifyJournal(driver);
    expect(cut.breaks).toContain(`entries ${noted.seq} to ${noted.seq} were cut off the end`);
    expect(differing(cut)).toEqual({ settings: ['name name: no journal entry made it'] });

    await driver.write([
      statement('delete from settings'),
      statement(`update sqlite_sequence set seq = ? where name = 'journal'`, noted.seq - 1),
      statement(`delete from journal_statements where sql like '%settings%' and sql not like 'CREATE%'`),
    ]);
    expect((await verifyJournal(driver)).ok).toBe(true);
    expect((await verifyJournal(driver, { noted })).breaks).toEqual([
      `entry ${noted.seq} is not the one that was noted: cut off or rewritten`,
    ]);
    await driver.close();
  });

  test.each([
    ['alerts', `update alerts set state = 'done' where seq = 2`, 'seq 2: state differs'],
    ['decisions', `delete from decisions where seq = 3`, 'seq 3: missing'],
    [
      'alerts',
      `update alerts set alert = replace(alert, '104582.9', '104582.8') where seq = 1`,
      'seq 1: alert differs',
    ],
    ['dead_letters', `update dead_letters set body_head = ''`, 'seq 1: body_head differs'],
    ['decisions', `update decisions set inputs = null where seq = 1`, 'seq 1: inputs differs'],
    ['decisions', `update decisions set risk_usd = risk_usd + 1e-9 where seq = 1`, 'seq 1: risk_usd differs'],
    ['intents', `update intents set sz = sz * 2 where seq = 2`, 'seq 2: sz differs'],
    ['intents', `update intents set seq = 9 where seq = 2`, 'seq 9: no journal entry made it'],
    ['signers', `update signers set last_nonce = last_nonce - 1`, 'address 0xsigner: last_nonce differs'],
    ['fills', `delete from fills where seq = 1`, 'seq 1: missing'],
    ['trades', `update trades set closed_at_ms = 5`, 'seq 1: closed_at_ms, at_ms differs'],
    ['guard_runs', `delete from guard_runs`, 'seq 1: missing'],
    ['settings', `insert into settings values ('more', 'x')`, 'name more: no journal entry made it'],
    [
      '__drizzle_migrations',
      `update __drizzle_migrations set created_at = 1 where id = 1`,
      'id 1: created_at differs',
    ],
    [
      'sqlite_sequence',
      `update sqlite_sequence set seq = 99 where name = 'fills'`,
      'name fills: seq differs',
    ],
    [
      'sqlite_master',
      `create trigger t after insert on alerts begin delete from intents; end`,
      'name t: no journal entry made it',
    ],
    ['sqlite_master', `drop index alerts_coin`, 'name alerts_coin: missing'],
    ['sqlite_master', `drop table fills`, 'name fills: missing'],
  ])('an altered row of %s is named (%s)', async (table, sql, difference) => {
    const driver = await filled();
    const before = await verifyJournal(driver);
    await alter(driver, sql);
    const report = await verifyJournal(driver);
    expect(report).toMatchObject({ ok: false, chain: 'intact', head: before.head });
    expect(differing(report)[table]).toContain(difference);
    await driver.close();
  });

  test('a statement the store would never run is not run', async () => {
    const driver = openNodeSqlite(':memory:', fatal);
    const journal = journaled(driver);
    await migrate(journal, 'test');
    await journal.write([statement(`select 'vacuum into elsewhere'`)]);
    const report = await verifyJournal(driver);
    expect(report.breaks[0]).toMatch(
      /^entry 2 names a statement [0-9a-f]{16} that the store would never run$/,
    );
    await driver.close();
  });

  test('many differences are counted, the first few are named', async () => {
    const driver = openNodeSqlite(':memory:', fatal);
    const journal = journaled(driver);
    await migrate(journal, 'test');
    const store = createStore(journal, setImmediate);
    await store.recordFills(Array.from({ length: 350 }, (_, n) => fill(n)));
    expect((await verifyJournal(driver)).ok).toBe(true);
    await alter(driver, 'update fills set px = px + 1 where seq between 90 and 110');
    await alter(driver, 'delete from fills where seq > 340 or seq = 201');
    const fills = (await verifyJournal(driver)).tables.find((t) => t.name === 'fills');
    expect(fills).toMatchObject({ rows: 339, differences: 21 + 11 });
    expect(fills?.first).toEqual([90, 91, 92, 93, 94].map((n) => `seq ${n}: px differs`));
    await driver.close();
  });
});
