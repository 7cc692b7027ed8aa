import { type Client, createClient, type InStatement, type ResultSet } from '@libsql/client';
import type { Driver, Row, Statement } from './driver.ts';
import { prepareFile } from './prepare-file.ts';
import { explainOpen, watchFatal } from './sqlite-failure.ts';

/** A libSQL server that has not answered by then will be asked again by whoever waits (TradingView gives up at 3 s). */
const ANSWER_MS_MAX = 2_500;

const toIn = ({ sql, params }: Statement): InStatement => ({ sql, args: [...params] });
const toRows = (result: ResultSet): Row[] => result.rows.map((row) => Array.from(row));

/**
 * Writes go through `batch` in mode "write" only (BEGIN IMMEDIATE … COMMIT): after one SQLITE_BUSY a plain `execute`
 * on a local file reports success for rows that are never committed (docs/decisions/0001-store-drivers.md).
 */
const driverOf = (
  client: Client,
  watch: <T>(work: () => Promise<T>) => Promise<T> = (work) => work(),
): Driver => ({
  read: (statement) => watch(async () => toRows(await client.execute(toIn(statement)))),
  write: (statements) => watch(async () => (await client.batch(statements.map(toIn), 'write')).map(toRows)),
  close: async () => client.close(),
});

/**
 * A libSQL server or Turso, over HTTP. No file, so no lock: keep to one bridge per database. A write whose answer is
 * lost rejects although it may have been stored; every verb of the store can be asked again.
 */
export const openRemoteLibsql = (url: string): Driver =>
  driverOf(
    createClient({
      url,
      fetch: (request: Request) => fetch(request, { signal: AbortSignal.timeout(ANSWER_MS_MAX) }),
    }),
  );

/** PRAGMAs belong to one connection, so there must be exactly one; with the exclusive lock nothing ever waits. */
async function openFile(path: string): Promise<Client> {
  const url = path === ':memory:' ? path : `file:${path.split('/').map(encodeURIComponent).join('/')}`;
  const client = createClient({ url, concurrency: 1 });
  const pragma = async (text: string): Promise<unknown> =>
    (await client.execute(`PRAGMA ${text}`)).rows[0]?.[0];
  try {
    for (const text of [
      'locking_mode = EXCLUSIVE',
      'journal_mode = WAL',
      'synchronous = FULL',
      'foreign_keys = ON',
      'temp_store = MEMORY', // or every RETURNING opens a temporary file
    ])
      await pragma(text);
    await client.batch(['PRAGMA user_version'], 'write');
    const check = await pragma('quick_check(1)');
    if (check !== 'ok') throw new Error(`SQLITE_CORRUPT: ${String(check)}`);
    return client;
  } catch (e) {
    client.close();
    throw e;
  }
}

/**
 * A local file through libSQL, for who needs its file format or extensions; not the default. `close` does not free the
 * file until the process ends (the client keeps it until its statements are collected).
 * @param fatal called once, when the database can no longer be trusted; it must end the process. Nothing runs after it.
 * @throws Error that names the file and what to do
 */
export async function openLocalLibsql(path: string, fatal: (e: unknown) => void): Promise<Driver> {
  try {
    prepareFile(path);
    return driverOf(await openFile(path), watchFatal(path, fatal));
  } catch (e) {
    throw explainOpen(e, path);
  }
}
