import { type Column, is, Param, Placeholder, sql } from 'drizzle-orm';
import { assert } from '../../core/shared/assert.ts';
import { type Statement, toStatement } from './driver.ts';

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
