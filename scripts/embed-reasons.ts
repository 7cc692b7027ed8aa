// Makes web/reasons.js from docs/errors.md, so that the page explains reason codes in the words of that page and in no
// others. `--check` (in npm test) fails when the two differ.
import { readFileSync, writeFileSync } from 'node:fs';

const at = (path: string): URL => new URL(`../${path}`, import.meta.url);
const TARGET = 'web/reasons.js';

/** Text of a table's cell without its markup. */
const plain = (cell: string): string =>
  cell
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll('`', '')
    .replaceAll(/(^|\W)_([^_]+)_(?=\W|$)/g, '$1$2')
    .trim();

const entries: [string, { means: string; todo: string }][] = [];
for (const line of readFileSync(at('docs/errors.md'), 'utf8').split('\n')) {
  const cells = line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
  const code = /^`([a-z0-9-]+)`$/.exec(cells[0] ?? '')?.[1];
  const [means, todo] = cells.slice(-2);
  if (code !== undefined && means !== undefined && todo !== undefined)
    entries.push([code, { means: plain(means), todo: plain(todo) }]);
}

const text =
  '// Made from docs/errors.md by `npm run reasons:embed`: what each reason code means, and what to do (or what is done).\n' +
  `export const REASONS = ${JSON.stringify(Object.fromEntries(entries), null, 2)};\n`;
if (!process.argv.includes('--check')) writeFileSync(at(TARGET), text);
else if (readFileSync(at(TARGET), 'utf8') !== text) {
  process.stderr.write(`${TARGET} is not what docs/errors.md says: run \`npm run reasons:embed\`\n`);
  process.exitCode = 1;
}
