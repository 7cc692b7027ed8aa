import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync, writeSync, closeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { openNodeSqlite } from '../../../src/shell/store/node-sqlite.ts';
import { openStore, pathOfUrl } from '../../../src/shell/store/open-store.ts';
import { createStore } from '../../../src/shell/store/create-store.ts';
import { migrate } from '../../../src/shell/store/migrate.ts';
import { watchFatal } from '../../../src/shell/store/sqlite-failure.ts';
import { inFolder, startChild } from './processes.ts';
import { storedAlert } from './samples.ts';

const fatal = (e: unknown): never => {
  throw e;
};
const open = (path: string) => openStore({ url: `file:${path}`, nowMs: () => 0, fatal });

/** How a child gives up root's right to write anything; undefined where it cannot, or could not read its own source. */
const nobody = ['--reuid', '65534', '--clear-groups'];
const canDrop = spawnSync('setpriv', [...nobody, 'test', '-r', import.meta.filename]).status === 0;
const DROP =
  process.getuid?.() !== 0 ? 'true' : canDrop ? `exec setpriv ${nobody.join(' ')} "$0" "$@"` : undefined;

describe('a store file', () => {
  test('is made with its folders, keeps what was stored, and runs with WAL, FULL, foreign keys', () =>
    inFolder(async (folder) => {
      const path = `${folder}/a b/c%d/x.db`;
      const store = await openStore({ url: `file:${encodeURI(path)}`, nowMs: () => 42, fatal });
      await store.receiveAlert(storedAlert(1));
      await store.close();
      const again = await open(encodeURI(path));
      expect(await again.openAlerts()).toEqual([storedAlert(1)]);
      await again.close();
      const driver = openNodeSqlite(path, fatal);
      const pragma = async (name: string) =>
        (await driver.read({ sql: `PRAGMA ${name}`, params: [] }))[0]?.[0];
      expect(await pragma('journal_mode')).toBe('wal');
      expect(await pragma('synchronous')).toBe(2);
      expect(await pragma('foreign_keys')).toBe(1);
      expect(await pragma('locking_mode')).toBe('exclusive');
      await driver.close();
    }));

  test.each(['node-sqlite', 'libsql'])('is refused to a second process (%s)', (driver) =>
    inFolder(async (folder) => {
      const url = `file:${folder}/x.db`;
      const first = startChild([url, driver, 'hold']);
      await first.until(1);
      const second = startChild([url, driver, 'hold']);
      expect(await second.ended).toBe(2);
      expect(second.said).toEqual([
        `refused another snapback process is using ${folder}/x.db; stop it or set DATABASE_URL to another file`,
      ]);
      await expect(open(`${folder}/x.db`)).rejects.toThrow(/another snapback process is using/);
      first.process.kill('SIGKILL');
      await first.ended;
      const third = await open(`${folder}/x.db`);
      await third.close();
    }),
  );

  test('is refused with a message that says what to do when it is not one of ours', () =>
    inFolder(async (folder) => {
      writeFileSync(`${folder}/text.db`, 'not a database, '.repeat(400));
      await expect(open(`${folder}/text.db`)).rejects.toThrow(
        `${folder}/text.db is not a SQLite database; move it`,
      );
      mkdirSync(`${folder}/folder.db`);
      await expect(open(`${folder}/folder.db`)).rejects.toThrow(
        `${folder}/folder.db cannot be opened; check`,
      );
      writeFileSync(`${folder}/file`, '');
      await expect(open(`${folder}/file/x.db`)).rejects.toThrow(`${folder}/file/x.db cannot be used`);
    }));

  test('is refused when a page of it is damaged', () =>
    inFolder(async (folder) => {
      const path = `${folder}/x.db`;
      const store = await open(path);
      await Promise.all(Array.from({ length: 200 }, (_, i) => store.receiveAlert(storedAlert(i))));
      await store.close();
      const file = openSync(path, 'r+');
      writeSync(
        file,
        Buffer.alloc(8_192, 0x5a),
        0,
        8_192,
        Math.floor(readFileSync(path).length / 8_192) * 4_096,
      );
      closeSync(file);
      await expect(open(path)).rejects.toThrow(`${path} is damaged; restore it from a backup`);
    }));

  test('that is large is not read through before it is used, and what cannot be read then ends the process', () =>
    inFolder(async (folder) => {
      const path = `${folder}/x.db`;
      const store = await open(path);
      await Promise.all(Array.from({ length: 200 }, (_, i) => store.receiveAlert(storedAlert(i))));
      await store.close();
      const half = Math.floor(readFileSync(path).length / 8_192) * 4_096;
      const file = openSync(path, 'r+');
      writeSync(file, Buffer.alloc(half, 0x5a), 0, half, half);
      closeSync(file);
      const fatals: unknown[] = [];
      const driver = openNodeSqlite(path, (e) => fatals.push(e), readFileSync(path).length - 1);
      const everything = { sql: 'select sum(length(data)), sum(length(sha)) from journal', params: [] };
      await expect(driver.read(everything).then((rows) => rows.length)).rejects.toThrow(/./);
      expect(fatals).toHaveLength(1);
      await driver.close();
      expect(() => openNodeSqlite(path, () => undefined, readFileSync(path).length)).toThrow('is damaged');
    }));

  test('is refused when a newer snapback wrote it', () =>
    inFolder(async (folder) => {
      const path = `${folder}/x.db`;
      await (await open(path)).close();
      const raw = new DatabaseSync(path);
      raw.exec(`insert into __drizzle_migrations (hash, created_at) values ('0099_future', ${2 ** 42})`);
      raw.close();
      await expect(open(path)).rejects.toThrow(
        /written by a newer snapback \(its migration 0099_future is unknown/,
      );
    }));

  test.skipIf(DROP === undefined)('is refused when it cannot be written (needs setpriv to leave root)', () =>
    inFolder(async (folder) => {
      const path = `${folder}/x.db`;
      await (await open(path)).close();
      execFileSync('chmod', ['-R', 'a+rX,a-w', folder]);
      const child = startChild([`file:${path}`, 'node-sqlite', 'hold'], DROP);
      expect(await child.ended).toBe(2);
      expect(child.said).toEqual([
        `refused ${path} is read-only; make the file and its folder writable or set DATABASE_URL`,
      ]);
      execFileSync('chmod', ['-R', 'u+w', folder]);
    }),
  );
});

test.each([
  ['file:./data/snapback.db', './data/snapback.db'],
  ['file:data.db', 'data.db'],
  ['file:/var/x.db', '/var/x.db'],
  ['file:///var/a%20b.db', '/var/a b.db'],
  ['file::memory:', ':memory:'],
])('the path of %s is %s', (url, path) => {
  expect(pathOfUrl(url)).toBe(path);
});

test.each(['', 'file:', 'x.db', 'postgres://h/d', 'file://host/x.db', 'file:x.db?mode=ro', 'sqlite:x.db'])(
  'the address %j is refused',
  async (url) => {
    await expect(openStore({ url, nowMs: () => 0, fatal })).rejects.toThrow(/DATABASE_URL/);
  },
);

const failWith = (e: Error) => () => Promise.reject(e);

describe('a failing write', () => {
  test('on a full database: rejects, stores nothing, is not fatal, and the next one succeeds', () =>
    inFolder(async (folder) => {
      const fatals: unknown[] = [];
      const driver = openNodeSqlite(`${folder}/x.db`, (e) => fatals.push(e));
      await migrate(driver, 'x.db');
      const store = createStore(driver, setImmediate);
      const pages = (await driver.read({ sql: 'PRAGMA page_count', params: [] }))[0]?.[0];
      await driver.read({ sql: `PRAGMA max_page_count = ${String(pages)}`, params: [] });
      const many = Array.from({ length: 50 }, (_, i) => store.receiveAlert(storedAlert(i)));
      const results = await Promise.allSettled(many);
      expect(new Set(results.map((r) => r.status))).toEqual(new Set(['rejected']));
      expect(await store.openAlerts()).toEqual([]);
      expect(fatals).toEqual([]);
      await driver.read({ sql: 'PRAGMA max_page_count = 100000', params: [] });
      expect(await store.receiveAlert(storedAlert(1))).toMatchObject({ was: 'new' });
      await store.close();
    }));

  const LIMIT = 'trap "" XFSZ; ulimit -f 800'; // files of at most 800 KiB: writes beyond fail with an I/O error
  test.skipIf(process.platform === 'win32')(
    'on an I/O error: ends the process, and what it acknowledged is there',
    () =>
      inFolder(async (folder) => {
        const child = startChild([`file:${folder}/x.db`, 'node-sqlite', '0'], LIMIT);
        expect(await child.ended).toBe(3);
        expect(child.said.at(-1)).toMatch(/^fatal .*disk I\/O error/);
        const acked = child.said.filter((line) => line.startsWith('alert-'));
        expect(acked.length).toBeGreaterThan(5);
        const store = await open(`${folder}/x.db`);
        const stored = new Set((await store.openAlerts()).map((a) => a.id));
        expect(acked.filter((id) => !stored.has(id))).toEqual([]);
        await store.close();
      }),
  );

  test('calls fatal once, and runs nothing after it', async () => {
    const fatals: unknown[] = [];
    const watch = watchFatal('x.db', (e) => fatals.push(e));
    const busy = Object.assign(new Error('database is locked'), { errcode: 261 }); // SQLITE_BUSY_RECOVERY
    await expect(watch(failWith(new Error('UNIQUE constraint failed')))).rejects.toThrow('UNIQUE');
    await expect(watch(failWith(Object.assign(new Error('full'), { errcode: 13 })))).rejects.toThrow('full');
    expect(fatals).toEqual([]);
    await expect(watch(failWith(busy))).rejects.toThrow('locked');
    let ran = 0;
    await expect(watch(() => ++ran)).rejects.toThrow('x.db failed earlier; restart to recover');
    expect([ran, fatals]).toEqual([0, [busy]]);
  });

  test.each([
    [{ errcode: 5 }, true],
    [{ errcode: 6 }, true],
    [{ errcode: 10 | (3 << 8) }, true],
    [{ errcode: 11 }, true],
    [{ errcode: 26 }, true],
    [{ errcode: 13 }, false],
    [{ errcode: 8 }, false],
    [{ errcode: 19 }, false],
    [{ code: 'SQLITE_BUSY' }, true],
    [{ code: 'SQLITE_IOERR_FSYNC' }, true],
    [{ code: 'SQLITE_FULL' }, false],
    [{ message: 'cannot commit transaction - SQL statements in progress' }, true],
    [{ code: 'ECONNREFUSED' }, false],
  ] as const)('%j is fatal: %s', async (fields, isFatal) => {
    const fatals: unknown[] = [];
    const watch = watchFatal('x.db', (e) => fatals.push(e));
    const failure = Object.assign(new Error('why'), fields);
    await expect(watch(failWith(failure))).rejects.toBe(failure);
    expect(fatals.length).toBe(isFatal ? 1 : 0);
  });
});
