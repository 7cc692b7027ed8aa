/** Starts that make a spreadsheet run a cell as a formula. */
const FORMULA = /^[=+\-@\t\r\n]/;

/** The value at a dotted path ("plan.stopPx"); undefined where there is nothing. */
const at = (row: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (value, key) => (value !== null && typeof value === 'object' ? Reflect.get(value, key) : undefined),
      row,
    );

/** One cell: numbers as they are, text quoted when needed and never a formula, lists and objects as JSON. */
function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const line = (cells: readonly unknown[]): string => `${cells.map(cell).join(',')}\r\n`;

/** Lines without a header, to follow others. */
export const csvLines = (columns: readonly string[], rows: readonly unknown[]): string =>
  rows.map((row) => line(columns.map((c) => at(row, c)))).join('');

/** RFC 4180 text with a header line. Columns are fixed per list, so that pages and versions line up. */
export const toCsv = (columns: readonly string[], rows: readonly unknown[]): string =>
  line(columns) + csvLines(columns, rows);
