/** SQLite's result codes that mean something to us (sqlite.org/rescode.html). */
const CODES = { busy: 5, locked: 6, readonly: 8, ioerr: 10, corrupt: 11, cantopen: 14, notadb: 26 } as const;
export type Failure = keyof typeof CODES;
const FAILURES = ['busy', 'locked', 'readonly', 'ioerr', 'corrupt', 'cantopen', 'notadb'] as const;

/**
 * What failed: node:sqlite gives the extended code as a number (its low byte is the primary one), libSQL as a name.
 * Undefined for anything else, a full disk among it: that write is refused, the next may succeed.
 */
export function failureOf(e: unknown): Failure | undefined {
  const { errcode, code, message }: { errcode?: unknown; code?: unknown; message?: unknown } = Object(e);
  if (typeof errcode === 'number') return FAILURES.find((f) => CODES[f] === (errcode & 0xff));
  const text = `${String(code)} ${String(message)}`;
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return 'readonly';
  if (text.includes('statements in progress')) return 'busy'; // how libSQL says it after an earlier BUSY
  return FAILURES.find((f) => text.includes(`SQLITE_${f.toUpperCase()}`));
}

/** After one of these neither the connection nor what it says of a commit can be trusted: boot recovers. */
const FATAL: readonly (Failure | undefined)[] = ['busy', 'locked', 'ioerr', 'corrupt', 'notadb'];

/**
 * Runs every statement of one connection through a watch: after the first fatal failure `fatal` is called, once, and
 * nothing runs any more.
 */
export function watchFatal(path: string, fatal: (e: unknown) => void) {
  let broken: unknown;
  return async <T>(work: () => T | Promise<T>): Promise<T> => {
    if (broken !== undefined)
      throw new Error(`${path} failed earlier; restart to recover`, { cause: broken });
    try {
      return await work();
    } catch (e) {
      if (FATAL.includes(failureOf(e)) && broken === undefined) fatal((broken = e));
      throw e;
    }
  };
}

const SAID: Readonly<Record<Failure, (path: string) => string>> = {
  busy: (path) => `another snapback process is using ${path}; stop it or set DATABASE_URL to another file`,
  locked: (path) => `another snapback process is using ${path}; stop it or set DATABASE_URL to another file`,
  notadb: (path) => `${path} is not a SQLite database; move it away or set DATABASE_URL to another file`,
  corrupt: (path) =>
    `${path} is damaged; restore it from a backup, or move it away to start with an empty one. ` +
    'Until then npm run guard protects what is open (testnet, live): it needs no database',
  readonly: (path) => `${path} is read-only; make the file and its folder writable or set DATABASE_URL`,
  cantopen: (path) => `${path} cannot be opened; check that its folder exists and is writable`,
  ioerr: (path) => `${path} cannot be read or written; check the disk`,
};

/** Why the database at `path` cannot be opened, and what to do, for the operator. */
export function explainOpen(e: unknown, path: string): Error {
  const failure = failureOf(e);
  const said = failure
    ? SAID[failure](path)
    : `${path} cannot be used: ${e instanceof Error ? e.message : 'unknown error'}`;
  return new Error(said, { cause: e });
}
