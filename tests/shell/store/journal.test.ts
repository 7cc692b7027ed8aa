import { readFileSync, writeFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createStore } from '../../../src/shell/store/create-store.ts';
import type { Driver, Statement } from '../../../src/shell/store/driver.ts';
import { journaled } from '../../../src/shell/store/journal.ts';
import { openRemoteLibsql } from '../../../src/shell/store/libsql.ts';
import { migrate } from '../../../src/shell/store/migrate.ts';
import { MIGRATIONS } from '../../../src/shell/store/migrations.generated.ts';
import { openNodeSqlite, openReadOnly } from '../../../src/shell/store/node-sqlite.ts';
import { openStore } from '../../../src/shell/store/open-store.ts';
import { verifyJournal } from '../../../src/shell/store/verify-journal.ts';
import { startHranaServer } from './hrana-server.ts';
import { inFolder, startChild } from './processes.ts';
import { decision, fill, guardRun, intent, storedAlert, T0, trade } from './samples.ts';

const fatal = (e: unknown): never => {
  throw e;
};
const statement = (sql: string, ...params: Statement['params']): Statement => ({ sql, params });
const openMemory = (): Driver => openNodeSqlite(':memory:', fatal);
const start = async (driver: Driver) => {
  const journal = journaled(driver);
  await migrate(journal, 'test');
  return { journal, store: createStore(journal, setImmediate) };
};
const entriesOf = async (driver: Driver): Promise<number> =>
  Number((await driver.read(statement('select count(*) from journal')))[0]?.[0]);

test('a write that is refused leaves no entry, and the next one is chained to the last that was not', async () => {
  const driver = openMemory();
  const { store } = await start(driver);
  await store.recordGuardRun(guardRun(1));
  const before = await entriesOf(driver);
  await expect(store.recordGuardRun(guardRun(1))).rejects.toThrow(/constraint/i);
  expect(await entriesOf(driver)).toBe(before);
  await Promise.allSettled([1, 2, 1, 3].map((n) => store.recordGuardRun(guardRun(n))));
  expect(await entriesOf(driver)).toBe(before + 2);
  expect(await verifyJournal(driver)).toMatchObject({ ok: true, entries: before + 2 });
  await driver.close();
});

test('writes that come while one is under way share the next commit, and one that is refused fails alone', async () => {
  const memory = openMemory();
  const commits: number[] = [];
  const driver: Driver = {
    ...memory,
    write: async (statements) => {
      commits.push(statements.length);
      await nextTurn(); // as over a network
      return memory.write(statements);
    },
  };
  const { store } = await start(driver);
  await store.recordFills([fill(1)]);
  commits.length = 0;
  const first = store.setSetting('first', 'x');
  await nextTurn();
  const fills = store.recordFills([fill(1), fill(2), fill(3)]);
  const others = [1, 2, 3].map((n) => store.setSetting(`name-${n}`, 'x'));
  expect(await fills).toEqual([fill(2), fill(3)]);
  await Promise.all([first, ...others]);
  expect(commits.length).toBe(2);

  const runs = [1, 2, 1, 3].map((n) => store.recordGuardRun(guardRun(n)));
  const ended = await Promise.allSettled(runs);
  expect(ended.map((r) => r.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect((await verifyJournal(driver)).ok).toBe(true);
  await driver.close();
});

test('a shared commit that fails without being refused fails whole: it may have landed', async () => {
  const memory = openMemory();
  let failing = false;
  const driver: Driver = {
    ...memory,
    write: async (statements) => {
      const rows = await memory.write(statements);
      if (failing) throw new Error('fetch failed');
      return rows;
    },
  };
  const { store } = await start(driver);
  failing = true;
  const ended = await Promise.allSettled([1, 2].map((n) => store.recordGuardRun(guardRun(n))));
  expect(ended.map((r) => r.status)).toEqual(['rejected', 'rejected']);
  failing = false;
  await store.recordGuardRun(guardRun(3));
  const { ok, tables } = await verifyJournal(driver);
  expect([ok, tables.find((t) => t.name === 'guard_runs')?.rows]).toEqual([true, 3]);
  await driver.close();
});

test('a second writer is told that it is one, and nothing of its write is stored', async () => {
  const driver = openMemory();
  const first = await start(driver);
  const second = await start(driver);
  await first.store.setSetting('a', '1');
  await second.store.setSetting('b', '2'); // reads the head, so knows of the first
  await expect(first.store.setSetting('c', '3')).rejects.toThrow(
    /another process wrote to the database.*; run one bridge per database/,
  );
  expect(await first.store.setting('c')).toBeNull();
  expect((await verifyJournal(driver)).ok).toBe(true);
  await driver.close();
});

test('a long transaction gets several entries, each small enough for every database', async () => {
  const driver = openMemory();
  const { journal, store } = await start(driver);
  const before = await entriesOf(driver);
  const row = (n: number) =>
    statement('insert into settings (name, value) values (?, ?)', `n${n}`, '"é"'.repeat(40_000));
  await journal.write([1, 2, 3, 4, 5, 6, 7, 8].map(row));
  const lengths = await driver.read(statement('select length(data) from journal where seq > ?', before));
  expect(lengths.length).toBeGreaterThan(1);
  for (const [length] of lengths) expect(length).toBeLessThanOrEqual(600_000);
  await store.setSetting('last', 'x');
  expect(await verifyJournal(driver)).toMatchObject({ ok: true, entries: before + lengths.length + 1 });
  await driver.close();
});

test('what a text cannot be stored as is repeated the same: lone surrogates, NUL, −0', async () => {
  const driver = openMemory();
  const { store } = await start(driver);
  for (const [i, value] of ['\ud800', 'a\0b', '\u2028"\\', '🜚'].entries())
    await store.setSetting(`n${i}`, value);
  await store.recordFills([fill(1, { closedPnlUsd: -0, px: 1e21, sz: 5e-324, feeUsd: 0.1 + 0.2 })]);
  expect((await verifyJournal(driver)).ok).toBe(true);
  await driver.close();
});

test('a database from before the journal gets a snapshot first, and goes on with its numbers', async () => {
  const driver = openMemory();
  await migrate(driver, 'test', MIGRATIONS.slice(0, 1)); // without a journal, as that version did
  const old = createStore(driver, setImmediate);
  await Promise.all([1, 2].map((n) => old.receiveAlert(storedAlert(n))));
  const approved = {
    decision: decision(1),
    intents: [intent(1)],
    alertState: 'working',
    outcome: null,
  } as const;
  await old.commitDecision(approved);
  await old.recordFills([fill(1), fill(2)]);
  await old.saveTrade(trade(1, { closedAtMs: T0 }));
  await old.setSetting('name', 'value');
  for (const n of [1, 2, 3]) await old.recordGuardRun(guardRun(n));
  expect(await old.pruneGuardRuns(T0 + 30 * 86_400_000)).toBe(3);

  const { store } = await start(driver);
  expect(await verifyJournal(driver)).toMatchObject({ ok: true, entries: 1 });
  expect((await store.openAlerts()).map((a) => a.id)).toEqual(['alert-1', 'alert-2']);
  await store.recordGuardRun(guardRun(4));
  await store.receiveAlert(storedAlert(3));
  const report = await verifyJournal(driver);
  expect(report).toMatchObject({ ok: true, entries: 3 });
  expect(report.tables.find((t) => t.name === 'decisions')?.rows).toBe(1);
  expect(await driver.read(statement('select seq from guard_runs'))).toEqual([[4]]);

  await driver.write([statement('update fills set px = 1 where seq = 1')]);
  expect((await verifyJournal(driver)).tables.find((t) => t.name === 'fills')?.first).toEqual([
    'seq 1: px differs',
  ]);
  await driver.close();
});

test('a later migration is an entry like others', async () => {
  const driver = openMemory();
  const { journal, store } = await start(driver);
  await store.setSetting('a', '1');
  const more = {
    tag: '0099_more',
    createdAtMs: 2,
    statements: ['ALTER TABLE settings ADD COLUMN note text', `UPDATE settings SET note = 'old'`],
  };
  await migrate(journal, 'test', [...MIGRATIONS, more]);
  await store.setSetting('b', '2');
  expect((await verifyJournal(driver)).ok).toBe(true);
  await driver.write([statement('update settings set note = null')]);
  expect((await verifyJournal(driver)).tables.find((t) => t.name === 'settings')?.differences).toBe(1);
  await driver.close();
});

test('an answer that was lost on the network: the chain goes on behind what was stored', async () => {
  const server = await startHranaServer();
  const driver = openRemoteLibsql(server.url);
  const { store } = await start(driver);
  for (const n of [1, 2, 3]) {
    server.loseNextAnswer();
    await expect(store.setSetting('lost', String(n))).rejects.toThrow(/fetch failed/);
    expect(await store.setting('lost')).toBe(String(n));
    await Promise.all([4, 5, 6].map((k) => store.setSetting(`name-${k}`, String(n))));
  }
  expect(await verifyJournal(driver)).toMatchObject({ ok: true, entries: 1 + 3 * 2 });
  await driver.close();
  await server.close();
});

test('a file is read while no bridge uses it, and never written', () =>
  inFolder(async (folder) => {
    const path = `${folder}/x.db`;
    expect(() => openReadOnly(path)).toThrow(`${path} cannot be opened`);
    await (await openStore({ url: `file:${path}`, nowMs: () => 0, fatal })).close();
    const bridge = startChild([`file:${path}`, 'node-sqlite', 'hold']);
    await bridge.until(1);
    expect(() => openReadOnly(path)).toThrow(
      `${path} is in use; stop the bridge first, or look at a backup copy`,
    );
    bridge.process.kill('SIGKILL');
    await bridge.ended;
    const driver = openReadOnly(path);
    await expect(driver.write([statement(`insert into settings values ('x', 'y')`)])).rejects.toThrow(
      /readonly/,
    );
    expect(await verifyJournal(driver)).toMatchObject({ ok: true, entries: 3 });
    await driver.close();
  }));

test('what libSQL wrote to a file of an earlier version is verified by another SQLite', () =>
  inFolder(async (folder) => {
    const path = `${folder}/x.db`;
    const old = openNodeSqlite(path, fatal);
    await migrate(old, 'test', MIGRATIONS.slice(0, 1));
    await createStore(old, setImmediate).receiveAlert(storedAlert(999));
    await old.close();
    const bridge = startChild([`file:${path}`, 'libsql', '0']);
    await bridge.until(20);
    bridge.process.kill('SIGKILL');
    await bridge.ended;
    const driver = openReadOnly(path);
    const { ok, breaks, tables } = await verifyJournal(driver);
    expect({ ok, breaks, differ: tables.filter((t) => t.differences > 0) }).toEqual({
      ok: true,
      breaks: [],
      differ: [],
    });
    expect(tables.find((t) => t.name === 'alerts')?.rows).toBeGreaterThan(15);
    await driver.close();
  }));

test('a damaged page is said to be one', () =>
  inFolder(async (folder) => {
    const path = `${folder}/x.db`;
    const store = await openStore({ url: `file:${path}`, nowMs: () => 0, fatal });
    await Promise.all(Array.from({ length: 200 }, (_, i) => store.receiveAlert(storedAlert(i))));
    await store.close();
    const bytes = readFileSync(path);
    bytes.fill(0, bytes.length >> 1, (bytes.length >> 1) + 8_192);
    writeFileSync(path, bytes);
    expect(() => openReadOnly(path)).toThrow(`${path} is damaged; restore it from a backup`);
  }));

test('a database without a journal is refused, not called broken', async () => {
  const driver = openMemory();
  await expect(verifyJournal(driver)).rejects.toThrow('the database has no journal');
  await driver.close();
});

test('a database that is written to meanwhile is refused', async () => {
  const driver = openMemory();
  const { store } = await start(driver);
  const busy: Driver = {
    ...driver,
    read: async (s) => {
      if (s.sql.includes('sqlite_sequence')) await store.setSetting('meanwhile', 'x');
      return driver.read(s);
    },
  };
  await expect(verifyJournal(busy)).rejects.toThrow('the database is in use: stop the bridge first');
  await driver.close();
});
