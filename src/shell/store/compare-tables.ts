import type { Driver, Param, Row } from './driver.ts';
import { OURS, quoted } from './snapshot.ts';

export interface TableReport {
  name: string;
  /** Rows of the database's own table. */
  rows: number;
  /** Rows that differ from the fold, are missing, or are there although no entry made them. */
  differences: number;
  /** The first few, by key; columns are named, values never shown. */
  first: string[];
}

const FIRST_MAX = 5;
/** Decisions keep their inputs, up to 200 KB a row. */
const PAGE = 100;
/** The journal is not a fold of itself: its chain is what vouches for it. */
const JOURNAL = ['journal', 'journal_statements'];

type Read = (sql: string, ...params: Param[]) => Promise<Row[]>;
const reader =
  (driver: Driver): Read =>
  (sql, ...params) =>
    driver.read({ sql, params });

/** Compares rows by their first value, the key; each row is described by `columns`. */
function addDifferences(report: TableReport, columns: readonly string[], real: Row[], fold: Row[]): void {
  const key = columns[0] ?? 'key';
  const differ = (row: Row, how: string): void => {
    report.differences++;
    if (report.first.length < FIRST_MAX) report.first.push(`${key} ${String(row[0])}: ${how}`);
  };
  const left = new Map(fold.map((row) => [row[0], row]));
  for (const row of real) {
    const other = left.get(row[0]);
    left.delete(row[0]);
    if (other === undefined) differ(row, 'no journal entry made it');
    else if (JSON.stringify(row) !== JSON.stringify(other)) {
      const changed = columns.filter((_, i) => JSON.stringify(row[i]) !== JSON.stringify(other[i]));
      differ(row, `${changed.join(', ')} differs`);
    }
  }
  for (const row of left.values()) differ(row, 'missing');
}

/** One table, page by page in the order of its key. Both sides have the same columns. */
async function compareTable(name: string, real: Read, fold: Read): Promise<TableReport> {
  const report: TableReport = { name, rows: 0, differences: 0, first: [] };
  // table_xinfo lists generated columns too.
  const info = await real('select name, pk from pragma_table_xinfo(?) order by pk <> 1', name);
  const hasKey = info.filter(([, pk]) => pk !== 0).length === 1;
  // The key comes first.
  const names = [...(hasKey ? [] : ['rowid']), ...info.map(([column]) => String(column))];
  const columns = names.map(quoted);
  const [key = ''] = columns;
  const select = `select ${columns.join(', ')} from ${quoted(name)}`;
  for (let after: Param | undefined; ;) {
    const from = after === undefined ? 'where 1' : `where ${key} > ?`;
    const params = after === undefined ? [] : [after];
    const page = await real(`${select} ${from} order by ${key} limit ${PAGE}`, ...params);
    const end = page.at(-1)?.[0];
    const isLast = page.length < PAGE || (typeof end !== 'string' && typeof end !== 'number');
    const others = isLast
      ? await fold(`${select} ${from} order by ${key}`, ...params)
      : await fold(`${select} ${from} and ${key} <= ? order by ${key}`, ...params, end);
    report.rows += page.length;
    addDifferences(report, names, page, others);
    if (isLast) return report;
    after = end;
  }
}

/** What is compared as a whole: the schema, and where automatic numbers go on. */
async function compareWhole(name: string, sql: string, columns: string[], real: Read, fold: Read) {
  const rows = await real(sql);
  const report: TableReport = { name, rows: rows.length, differences: 0, first: [] };
  addDifferences(report, columns, rows, await fold(sql));
  return report;
}

const SCHEMA = `select name, type, tbl_name, sql from sqlite_master where ${OURS}`;
const SEQUENCE = `select name, seq from sqlite_sequence where ${OURS} and name not in ('journal')`;

/** Every table of the database against the same table of the fold. */
export async function compareTables(database: Driver, folded: Driver): Promise<TableReport[]> {
  const [real, fold] = [reader(database), reader(folded)];
  const schema = await compareWhole('sqlite_master', SCHEMA, ['name', 'type', 'tbl_name', 'sql'], real, fold);
  const sequence = await compareWhole('sqlite_sequence', SEQUENCE, ['name', 'seq'], real, fold);
  const shapes = async (read: Read): Promise<Map<string, string>> =>
    new Map(
      (await read(`${SCHEMA} and type = 'table' order by name`)).map((r) => [String(r[0]), String(r[3])]),
    );
  const [made, expected] = [await shapes(real), await shapes(fold)];
  const tables: TableReport[] = [];
  for (const [name, sql] of made)
    // A table of another shape is named by the schema's comparison; its rows cannot be compared.
    if (!JOURNAL.includes(name) && expected.get(name) === sql)
      tables.push(await compareTable(name, real, fold));
  return [...tables, schema, sequence];
}
