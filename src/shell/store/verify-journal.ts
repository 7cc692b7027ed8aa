import { compareTables, type TableReport } from './compare-tables.ts';
import type { Driver, Param, Statement } from './driver.ts';
import { entrySha, type JournalHead, statementId } from './journal.ts';

export interface JournalReport {
  /** Chain intact and every table the fold of the entries. */
  ok: boolean;
  entries: number;
  /** Characters of all entries' data. */
  chars: number;
  head: JournalHead;
  chain: 'intact' | 'broken';
  /** What is wrong with the chain, the first ten findings. */
  breaks: string[];
  /** Each table against the fold; empty when the entries could not all be repeated. */
  tables: TableReport[];
}

export interface VerifyOptions {
  /** An empty database to repeat the entries on; default one in memory through node:sqlite, which it then closes. */
  foldOn?: Driver;
  /** A head noted down earlier, which the journal must still contain. */
  noted?: JournalHead | undefined;
}

const BREAKS_MAX = 10;
/** Entries of one read; each has at most 1.5 MB. */
const PAGE = 50;

/** What our own transactions are made of. A file that somebody tampered with must not get at others (ATTACH, VACUUM INTO). */
const ALLOWED = /^\s*(insert|update|delete|create|alter|drop|pragma foreign_keys)\b/i;

async function openMemory(): Promise<Driver> {
  const { openNodeSqlite } = await import('./node-sqlite.ts');
  return openNodeSqlite(':memory:', () => undefined);
}

const isParam = (p: unknown): p is Param => p === null || typeof p === 'string' || typeof p === 'number';

/** The statements of an entry, or what is wrong with it. */
function parseEntry(data: string, texts: ReadonlyMap<string, string>, used: Set<string>) {
  let entry: unknown;
  try {
    entry = JSON.parse(data);
  } catch {
    return 'is not JSON';
  }
  if (!Array.isArray(entry)) return 'is no list of statements';
  const statements: Statement[] = [];
  for (const part of entry) {
    const [id, params]: unknown[] = Array.isArray(part) ? part : [];
    if (typeof id !== 'string' || !Array.isArray(params) || !params.every(isParam))
      return 'is no list of statements';
    const sql = texts.get(id);
    if (sql === undefined) return `names a statement ${id} that is not stored`;
    if (!ALLOWED.test(sql)) return `names a statement ${id} that the store would never run`;
    used.add(id);
    statements.push({ sql, params });
  }
  return statements;
}

/** Walks the chain and repeats every entry on `fold`; `isFolded` is false when one could not be repeated. */
async function walk(driver: Driver, fold: Driver, noted: JournalHead | undefined) {
  const breaks: string[] = [];
  const say = (what: string): void => void (breaks.length < BREAKS_MAX && breaks.push(what));
  const texts = new Map<string, string>();
  for (const [id, sql] of await driver.read({ sql: 'select id, sql from journal_statements', params: [] })) {
    texts.set(String(id), String(sql));
    if (statementId(String(sql)) !== id)
      say(`statement ${String(id)}: its text is not the one it was stored with`);
  }
  const used = new Set<string>();
  let head: JournalHead = { seq: 0, sha: '' };
  let [entries, chars, isFolded, isNotedSeen] = [0, 0, true, noted === undefined || noted.seq === 0];
  for (;;) {
    const page = await driver.read({
      sql: `select seq, data, sha from journal where seq > ? order by seq limit ${PAGE}`,
      params: [head.seq],
    });
    for (const row of page) {
      const [seq, data, sha] = [Number(row[0]), String(row[1]), String(row[2])];
      if (seq !== head.seq + 1)
        say(
          seq === head.seq + 2
            ? `entry ${seq - 1} is missing`
            : `entries ${head.seq + 1} to ${seq - 1} are missing`,
        );
      // The stored hash is what the next entry was chained to: one altered entry is one finding.
      if (entrySha(head.sha, seq, data) !== sha)
        say(`entry ${seq}: its hash is not that of its content and the entry before`);
      head = { seq, sha };
      if (noted?.seq === seq) isNotedSeen = noted.sha === sha;
      entries++;
      chars += data.length;
      const statements = parseEntry(data, texts, used);
      if (typeof statements === 'string') say(`entry ${seq} ${statements}`);
      if (typeof statements === 'string') isFolded = false;
      else if (isFolded)
        await fold.write(statements).catch((e: unknown) => {
          isFolded = false;
          say(`entry ${seq} cannot be repeated: ${e instanceof Error ? e.message : 'failed'}`);
        });
    }
    if (page.length < PAGE) break;
  }
  if (!isNotedSeen) say(`entry ${noted?.seq} is not the one that was noted: cut off or rewritten`);
  for (const id of texts.keys()) if (!used.has(id)) say(`statement ${id} is stored, but no entry uses it`);
  return { breaks, say, head, entries, chars, isFolded };
}

/**
 * Checks that the hash chain is intact and that repeating all entries on an empty database gives every table, row by
 * row (invariant I5). The database must not be in use. Nothing in it is changed.
 * @throws Error when it cannot be read, or has no journal
 */
export async function verifyJournal(driver: Driver, o: VerifyOptions = {}): Promise<JournalReport> {
  const newest = async (): Promise<number> =>
    Number((await driver.read({ sql: 'select max(seq) from journal', params: [] }))[0]?.[0] ?? 0);
  const found = await driver.read({ sql: `select 1 from sqlite_master where name = 'journal'`, params: [] });
  if (found.length === 0)
    throw new Error('the database has no journal: start this version of snapback on it once');
  const fold = o.foldOn ?? (await openMemory());
  try {
    const { breaks, say, head, entries, chars, isFolded } = await walk(driver, fold, o.noted);
    const [highest] = await driver.read({
      sql: `select seq from sqlite_sequence where name = 'journal'`,
      params: [],
    });
    if (Number(highest?.[0] ?? 0) > head.seq)
      say(`entries ${head.seq + 1} to ${String(highest?.[0])} were cut off the end`);
    const tables = isFolded ? await compareTables(driver, fold) : [];
    if ((await newest()) !== head.seq) throw new Error('the database is in use: stop the bridge first');
    return {
      ok: breaks.length === 0 && isFolded && tables.every((t) => t.differences === 0),
      entries,
      chars,
      head,
      chain: breaks.length === 0 ? 'intact' : 'broken',
      breaks,
      tables,
    };
  } finally {
    if (o.foldOn === undefined) await fold.close();
  }
}
