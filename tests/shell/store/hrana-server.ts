// A libSQL server for tests: Hrana 2 over HTTP in JSON (github.com/tursodatabase/libsql, docs/HRANA_2_SPEC.md), as
// much of it as @libsql/client uses, over one in-memory SQLite database.
import { createServer } from 'node:http';
import { DatabaseSync } from 'node:sqlite';

type Value =
  | { type: 'null' }
  | { type: 'integer'; value: string }
  | { type: 'float'; value: number }
  | { type: 'text'; value: string };
interface Stmt {
  sql?: string;
  sql_id?: number;
  args?: Value[];
}
type Cond =
  | { type: 'ok'; step: number }
  | { type: 'error'; step: number }
  | { type: 'not'; cond: Cond }
  | { type: 'and'; conds: Cond[] }
  | { type: 'or'; conds: Cond[] }
  | { type: 'is_autocommit' };
type Request =
  | { type: 'execute'; stmt: Stmt }
  | { type: 'batch'; batch: { steps: { condition?: Cond; stmt: Stmt }[] } }
  | { type: 'store_sql'; sql_id: number; sql: string }
  | { type: 'close_sql'; sql_id: number }
  | { type: 'get_autocommit' | 'close' };

const decode = (v: Value): string | number | null => {
  if (v.type === 'null') return null;
  return v.type === 'integer' ? Number(v.value) : v.value;
};
const encode = (v: unknown): Value => {
  if (v === null) return { type: 'null' };
  if (typeof v === 'string') return { type: 'text', value: v };
  if (typeof v !== 'number') throw new Error(`no value for ${typeof v}`);
  return Number.isInteger(v) ? { type: 'integer', value: String(v) } : { type: 'float', value: v };
};

/** The statements of one stream, run on the one database. */
class Stream {
  readonly #db: DatabaseSync;
  readonly #texts = new Map<number, string>();
  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  #run(stmt: Stmt) {
    const text = stmt.sql ?? this.#texts.get(stmt.sql_id ?? -1);
    if (text === undefined) throw new Error('no such statement');
    const prepared = this.#db.prepare(text);
    const cols = prepared.columns().map((c) => ({ name: c.name, decltype: c.type }));
    const rows = prepared.all(...(stmt.args ?? []).map(decode)).map((r) => Object.values(r).map(encode));
    return { cols, rows, affected_row_count: 0, last_insert_rowid: null };
  }

  #batch(steps: { condition?: Cond; stmt: Stmt }[]) {
    const results: unknown[] = [];
    const errors: unknown[] = [];
    const holds = (c: Cond | undefined): boolean => {
      if (c === undefined) return true;
      if (c.type === 'not') return !holds(c.cond);
      if (c.type === 'is_autocommit') return !this.#db.isTransaction;
      if (c.type === 'and') return c.conds.every(holds);
      if (c.type === 'or') return c.conds.some(holds);
      return (c.type === 'ok' ? results : errors)[c.step] !== null;
    };
    for (const { condition, stmt } of steps) {
      results.push(null);
      errors.push(null);
      if (!holds(condition)) continue;
      try {
        results[results.length - 1] = this.#run(stmt);
      } catch (e) {
        errors[errors.length - 1] = { message: String(e), code: 'SQLITE_CONSTRAINT' };
      }
    }
    return { step_results: results, step_errors: errors };
  }

  answer(r: Request): unknown {
    try {
      switch (r.type) {
        case 'execute':
          return { type: 'ok', response: { type: r.type, result: this.#run(r.stmt) } };
        case 'batch':
          return { type: 'ok', response: { type: r.type, result: this.#batch(r.batch.steps) } };
        case 'store_sql':
          this.#texts.set(r.sql_id, r.sql);
          return { type: 'ok', response: { type: r.type } };
        case 'close_sql':
          this.#texts.delete(r.sql_id);
          return { type: 'ok', response: { type: r.type } };
        case 'get_autocommit':
          return { type: 'ok', response: { type: r.type, is_autocommit: !this.#db.isTransaction } };
        case 'close':
          return { type: 'ok', response: { type: r.type } };
      }
    } catch (e) {
      return { type: 'error', error: { message: String(e), code: 'SQLITE_ERROR' } };
    }
  }
}

export interface HranaServer {
  url: string;
  /** The next request is carried out, but its connection is cut before the answer. */
  loseNextAnswer(): void;
  close(): Promise<void>;
}

export async function startHranaServer(): Promise<HranaServer> {
  const db = new DatabaseSync(':memory:', { enableForeignKeyConstraints: true });
  const streams = new Map<string, Stream>();
  let batons = 0;
  let loses = false;
  const pipeline = (body: { baton?: string; requests: Request[] }) => {
    const stream = streams.get(body.baton ?? '') ?? new Stream(db);
    streams.delete(body.baton ?? '');
    const results = body.requests.map((r) => stream.answer(r));
    const isOver = body.requests.some((r) => r.type === 'close');
    const baton = isOver ? null : `baton-${++batons}`;
    if (baton !== null) streams.set(baton, stream);
    return { baton, base_url: null, results };
  };
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (c: Buffer) => chunks.push(c));
    req.on('end', () => {
      if (req.url === '/v2') return res.end();
      if (req.url !== '/v2/pipeline') return res.writeHead(404).end();
      const answer = JSON.stringify(pipeline(JSON.parse(Buffer.concat(chunks).toString())));
      if (loses) {
        loses = false;
        return req.socket.destroy();
      }
      return res.setHeader('content-type', 'application/json').end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    loseNextAnswer: () => (loses = true),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      db.close();
    },
  };
}
