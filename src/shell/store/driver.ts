import { assert, InvariantError } from '../../core/shared/assert.ts';

export type Param = string | number | null;
/** Values of one row, in the order of the statement's columns. */
export type Row = unknown[];

export interface Statement {
  sql: string;
  params: readonly Param[];
}

/** All that a database must do for the store: two verbs, so that no write can slip past the transaction. */
export interface Driver {
  /** One statement that changes nothing. */
  read(statement: Statement): Promise<Row[]>;
  /**
   * All statements in one transaction, durable when it resolves; the rows each one returned. A rejection means that
   * nothing was stored, save on a network driver whose answer was lost: there it may have been.
   */
  write(statements: readonly Statement[]): Promise<Row[][]>;
  /** Writes a copy as of one moment into a new file, in small steps between which writes go on. Local files only. */
  backup?(path: string): Promise<void>;
  close(): Promise<void>;
}

/** Durable Object SQLite and D1 take no more; a driver that would take them must not hide it. */
const PARAMS_MAX = 100;

/**
 * A statement as every driver takes it. SQLite stores NaN as NULL and some drivers throw on it, so a number that is
 * not finite is our own bug on all of them.
 * @throws InvariantError
 */
export function toStatement(text: string, params: readonly unknown[]): Statement {
  assert(params.length <= PARAMS_MAX, `${params.length} parameters in ${text.slice(0, 60)}`);
  return { sql: text, params: params.map((p, i) => (isParam(p) ? p : refuseParam(text, i))) };
}

const isParam = (p: unknown): p is Param =>
  p === null || typeof p === 'string' || (typeof p === 'number' && Number.isFinite(p));

function refuseParam(text: string, i: number): never {
  throw new InvariantError(`parameter ${i} is not text, null or a finite number in ${text.slice(0, 60)}`);
}
