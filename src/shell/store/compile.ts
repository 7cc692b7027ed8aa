import { type Column, is, Param, Placeholder, sql } from 'drizzle-orm';
import { assert } from '../../core/shared/assert.ts';
import { type Driver, type Statement, toStatement } from './driver.ts';

/** Where a value goes that is known only when the statement runs: by name, stored as `column` stores it. */
export const later = (name: string, column: Column): Param => sql.param(sql.placeholder(name), column);

/**
 * A statement whose text is built once, for the writes that an order waits for: drizzle's builder costs more than
 * SQLite's own work on them. The text is the one that `db.batch` would have sent.
 * @param query takes what changes from run to run through `later`
 * @returns the statement with the values of one run in their places; a value left out is NULL
 */
export function compile(query: {
  toSQL(): { sql: string; params: unknown[] };
}): (values: Readonly<Record<string, unknown>>) => Statement {
  const { sql: text, params } = query.toSQL();
  const places = params.map(placeOf);
  return (values) =>
    toStatement(
      text,
      places.map((place) => place(values)),
    );
}

interface Select<Rows> extends PromiseLike<Rows> {
  toSQL(): { sql: string; params: unknown[] };
  prepare(): { mapResult(response: unknown, isFromBatch: boolean): unknown };
}

/**
 * A read whose text is built at its first use, once: building it costs twenty times what a small table takes to answer.
 * @param build takes what changes from run to run through `later`
 * @returns the rows of one run, as awaiting the query would give them
 */
export function compileRead<Rows>(
  driver: Driver,
  build: () => Select<Rows>,
): (values?: Readonly<Record<string, unknown>>) => Promise<Rows> {
  let known: { statement: ReturnType<typeof compile>; toRows: (rows: unknown) => Rows } | undefined;
  const made = (): NonNullable<typeof known> => {
    const query = build();
    const prepared = query.prepare();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- drizzle's own mapping of this query
    return { statement: compile(query), toRows: (rows) => prepared.mapResult({ rows }, true) as Rows };
  };
  return async (values = {}) => {
    const { statement, toRows } = (known ??= made());
    return toRows(await driver.read(statement(values)));
  };
}

function placeOf(param: unknown): (values: Readonly<Record<string, unknown>>) => unknown {
  assert(!is(param, Placeholder), 'a value for later comes through `later`, which knows its column');
  if (!is(param, Param)) return () => param;
  const { encoder, value: place } = param;
  assert(is(place, Placeholder), 'any other value is a plain one by now');
  // As in drizzle: an encoder is not asked how to store nothing.
  return (values) => {
    const value = values[place.name] ?? null;
    return value === null ? null : encoder.mapToDriverValue(value);
  };
}
