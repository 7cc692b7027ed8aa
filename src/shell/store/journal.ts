import { digest } from '../digest.ts';
import type { Driver, Row, Statement } from './driver.ts';
import { groupCommit } from './group-commit.ts';
import { snapshot } from './snapshot.ts';

/** The newest entry. What a person notes down to prove later that nothing was cut off or rewritten. */
export interface JournalHead {
  seq: number;
  /** SHA-256, hex; empty before the first entry. */
  sha: string;
}

/** Each entry's hash covers the one before it, its place and its content. */
export const entrySha = (prevSha: string, seq: number, data: string): string =>
  digest(`${prevSha}\n${seq}\n${data}`);

/** Statement texts are few and long: entries name them by the first 64 bits of their SHA-256. */
export const statementId = (sql: string): string => digest(sql).slice(0, 16);

/** One value may have 2 MB in a Durable Object, and a character up to three bytes. Longer transactions get more entries. */
const DATA_CHARS_MAX = 500_000;

const INSERT_STATEMENT = 'insert into journal_statements (id, sql) values (?, ?)';
const INSERT_ENTRY = 'insert into journal (seq, data, sha) values (?, ?, ?)';

/** What the only writer knows about the journal's end. */
interface Known {
  head: JournalHead;
  /** Ids of the texts that are stored, by text. */
  ids: Map<string, string>;
  /** What an older version left without a journal, as statements that make it again. */
  unrecorded: readonly Statement[];
}

async function readKnown(driver: Driver): Promise<Known> {
  const read = (sql: string): Promise<Row[]> => driver.read({ sql, params: [] });
  const found = await read(`select name from sqlite_master where type = 'table' and name = 'journal'`);
  if (found.length === 0)
    return { head: { seq: 0, sha: '' }, ids: new Map(), unrecorded: await snapshot(driver) };
  const [newest] = await read('select seq, sha from journal order by seq desc limit 1');
  const texts = await read('select sql, id from journal_statements');
  return {
    head: newest === undefined ? { seq: 0, sha: '' } : { seq: Number(newest[0]), sha: String(newest[1]) },
    ids: new Map(texts.map(([sql, id]) => [String(sql), String(id)])),
    unrecorded: [],
  };
}

/** The rows that record `statements` after `known`, whose ids it completes; and the head after them. */
function entriesOf(known: Known, statements: readonly Statement[]) {
  const inserts: Statement[] = [];
  let { seq, sha } = known.head;
  let parts: string[] = [];
  let chars = 0;
  const close = (): void => {
    const data = `[${parts.join(',')}]`;
    sha = entrySha(sha, ++seq, data);
    inserts.push({ sql: INSERT_ENTRY, params: [seq, data, sha] });
    parts = [];
    chars = 0;
  };
  for (const { sql, params } of statements) {
    let id = known.ids.get(sql);
    if (id === undefined) {
      known.ids.set(sql, (id = statementId(sql)));
      inserts.push({ sql: INSERT_STATEMENT, params: [id, sql] });
    }
    const part = `["${id}",${JSON.stringify(params)}]`;
    if (chars > 0 && chars + part.length > DATA_CHARS_MAX) close();
    parts.push(part);
    chars += part.length;
  }
  close();
  return { inserts, head: { seq, sha } };
}

/** The entry's place is taken: the head in memory is not the newest one. */
function explainConflict(e: unknown): never {
  if (e instanceof Error && /journal\.seq/.test(e.message))
    throw new Error(
      'another process wrote to the database, or a write whose answer was lost landed late; run one bridge per database',
      { cause: e },
    );
  throw e;
}

/** What each caller's own statements returned. */
function shareOut(group: readonly (readonly Statement[])[], rows: readonly Row[][]): Row[][][] {
  let from = 0;
  return group.map((statements) => rows.slice(from, (from += statements.length)));
}

/** The database said no to a statement: nothing of the transaction is stored. */
const isRefused = (e: unknown): boolean => e instanceof Error && /constraint/i.test(e.message);

/**
 * Adds to every transaction of `driver` the journal entry that repeats it, so that nothing is written without its
 * entry (docs/decisions/0013-journal.md). Migrations are transactions like others; the one that makes the journal's own
 * tables is recorded in them, behind a snapshot of what was there before.
 *
 * One transaction at a time, because each entry's hash needs the one before; writes that come meanwhile share the next
 * one, or over a network they would queue up for a round trip each. When that is refused, each is tried alone. After a
 * rejected write the head is read again, because on a network driver it may have landed.
 */
export function journaled(driver: Driver): Driver {
  let known: Known | undefined;

  const append = async (statements: readonly Statement[]): Promise<Row[][]> => {
    const { unrecorded, ...before } = known ?? (await readKnown(driver));
    known = undefined;
    const recorded = unrecorded.length === 0 ? statements : [...unrecorded, ...statements];
    const { inserts, head } = entriesOf({ ...before, unrecorded }, recorded);
    const rows = await driver.write([...statements, ...inserts]).catch(explainConflict);
    known = { head, ids: before.ids, unrecorded: [] };
    return rows;
  };

  const commit = async (group: (readonly Statement[])[]): Promise<(Row[][] | Failed)[]> => {
    try {
      return shareOut(group, await append(group.flat()));
    } catch (e) {
      if (group.length === 1 || !isRefused(e)) throw e;
    }
    const answers: (Row[][] | Failed)[] = [];
    for (const statements of group)
      answers.push(
        await append(statements).then(
          (rows) => rows.slice(0, statements.length),
          (why: unknown) => new Failed(why),
        ),
      );
    return answers;
  };

  const enqueue = groupCommit(commit, queueMicrotask);
  return {
    read: (statement) => driver.read(statement),
    write: async (statements) => {
      const answer = await enqueue(statements);
      if (answer instanceof Failed) throw answer.why;
      return answer;
    },
    close: () => driver.close(),
  };
}

/** One write of a group that was refused by itself. */
class Failed {
  readonly why: unknown;
  constructor(why: unknown) {
    this.why = why;
  }
}
