import { backup, DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Driver, Row, Statement } from './driver.ts';
import { prepareFile } from './prepare-file.ts';
import { explainOpen, failureOf, watchFatal } from './sqlite-failure.ts';

/** Statement texts are few, but the filters of lists combine. */
const STATEMENTS_MAX = 200;
/** Pages a backup copies at a time, 256 KB: a commit between two steps waits some milliseconds at most. */
const BACKUP_PAGES = 64;

const BEGIN: Statement = { sql: 'BEGIN IMMEDIATE', params: [] };
const COMMIT: Statement = { sql: 'COMMIT', params: [] };

/**
 * A file up to this size is read through at each start. A larger one would keep the guard waiting, for more than a
 * minute at 2 GB on a slow disk: damage in it shows when its page is read (and ends the process), and in its backups.
 */
export const CHECKED_BYTES_MAX = 256 * 1_048_576;

/** Takes the lock, sets the journal, checks the file; the lock is held until `close` or the end of the process. */
function openFile(path: string, checkedBytesMax: number): DatabaseSync {
  const raw = new DatabaseSync(path, { timeout: 0, enableForeignKeyConstraints: true });
  try {
    // Exclusive before WAL: the lock is taken at once and no shared-memory file is made.
    raw.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    // 32 MB: every commit rewrites the ends of the same indexes, and a checkpoint writes each of those pages once.
    raw.exec('PRAGMA wal_autocheckpoint = 8000');
    raw.exec('PRAGMA temp_store = MEMORY'); // or every RETURNING opens a temporary file
    raw.exec('BEGIN IMMEDIATE; COMMIT');
    const [pages, pageBytes] = ['page_count', 'page_size'].map((name) =>
      Number(raw.prepare(`PRAGMA ${name}`).get()?.[name]),
    );
    if ((pages ?? 0) * (pageBytes ?? 0) > checkedBytesMax) return raw;
    const check = raw.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    if (check !== 'ok') throw new Error(`SQLITE_CORRUPT: ${String(check)}`);
    return raw;
  } catch (e) {
    raw.close();
    throw e;
  }
}

/** Runs statements on one connection, each text prepared once. */
function runner(raw: DatabaseSync): (statement: Statement) => Row[] {
  const prepared = new Map<string, StatementSync>();
  return ({ sql, params }) => {
    let statement = prepared.get(sql);
    if (statement === undefined) {
      if (prepared.size >= STATEMENTS_MAX) prepared.clear();
      statement = raw.prepare(sql);
      statement.setReturnArrays(true);
      prepared.set(sql, statement);
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what setReturnArrays makes of it
    return statement.all(...params) as unknown as Row[];
  };
}

/**
 * A local file (or ':memory:') through Node's own SQLite: one connection, which no other process can share.
 * @param checkedBytesMax a larger file is not read through before it is used
 * @param fatal called once, when the database can no longer be trusted; it must end the process. Nothing runs after it.
 * @throws Error that names the file and what to do
 */
export function openNodeSqlite(
  path: string,
  fatal: (e: unknown) => void,
  checkedBytesMax = CHECKED_BYTES_MAX,
): Driver {
  let raw: DatabaseSync;
  try {
    prepareFile(path);
    raw = openFile(path, checkedBytesMax);
  } catch (e) {
    throw explainOpen(e, path);
  }
  const watch = watchFatal(path, fatal);
  const run = runner(raw);
  const atomic = (statements: readonly Statement[]): Row[][] => {
    run(BEGIN);
    try {
      const rows = statements.map(run);
      run(COMMIT);
      return rows;
    } catch (e) {
      // A full disk or an I/O error may have rolled back already.
      if (raw.isTransaction) raw.exec('ROLLBACK');
      throw e;
    }
  };
  return {
    read: (statement) => watch(() => run(statement)),
    write: (statements) => watch(() => atomic(statements)),
    backup: async (to) => void (await backup(raw, to, { rate: BACKUP_PAGES })),
    close: async () => raw.close(),
  };
}

/**
 * A local file to look at while no bridge uses it: it reads, and every write is refused. Keeps what a killed process
 * left in the write-ahead log as it is.
 * @throws Error that names the file and what to do
 */
export function openReadOnly(path: string): Driver {
  let raw: DatabaseSync | undefined;
  try {
    raw = new DatabaseSync(path, { readOnly: true, timeout: 0 });
    raw.exec('BEGIN'); // one state for all reads; a bridge holds its file exclusively
    const check = raw.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    if (check !== 'ok') throw new Error(`SQLITE_CORRUPT: ${String(check)}`);
  } catch (e) {
    raw?.close();
    if (failureOf(e) === 'busy')
      throw new Error(`${path} is in use; stop the bridge first, or look at a backup copy`, { cause: e });
    throw explainOpen(e, path);
  }
  const open = raw;
  const run = runner(open);
  return {
    read: async (statement) => run(statement),
    write: async (statements) => statements.map(run), // SQLite refuses it
    close: async () => open.close(),
  };
}
