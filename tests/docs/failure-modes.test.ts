import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { read, ROOT, section } from './markdown.ts';

const MODES = 87;
/** `tests/file.ts` and the titles quoted after it. */
const PROOF = /`(tests\/[\w./-]+)`((?: “[^”]+”)*)/g;

const rows = section(read('docs/safety.md'), '## Failure modes')
  .split('\n')
  .flatMap((line) => {
    const [, number = '', cells = ''] = /^\| (\d+) \| (.*) \|$/.exec(line) ?? [];
    return number === '' ? [] : [{ number: Number(number), cells: cells.split(' | ') }];
  });

/** Titles as they may stand in the code: in single quotes an apostrophe is escaped. */
const holds = (text: string, title: string): boolean =>
  [title, title.replaceAll("'", String.raw`\'`)].some((t) => text.includes(t));

const wrongProofs = (cell: string): string[] =>
  [...cell.matchAll(PROOF)].flatMap(([, file = '', quoted = '']) => {
    if (!existsSync(join(ROOT, file))) return [`${file} does not exist`];
    const text = read(file);
    const titles = [...quoted.matchAll(/“([^”]+)”/g)].map(([, title = '']) => title);
    return titles.filter((t) => !holds(text, t)).map((t) => `${file} has no “${t}”`);
  });

test('docs/safety.md has every failure mode once, in order, in three filled cells', () => {
  expect(rows.map((r) => r.number)).toEqual(Array.from({ length: MODES }, (_, i) => i + 1));
  expect(rows.filter((r) => r.cells.length !== 3 || r.cells.some((c) => c.trim().length < 8))).toEqual([]);
});

test('every proof is a test that exists, by file and title; a row without one says “not covered”', () => {
  expect(rows.flatMap((r) => wrongProofs(r.cells[2] ?? '').map((w) => `${r.number}: ${w}`))).toEqual([]);
  const isBare = (cell: string): boolean => !/`tests\/[^`]+` “/.test(cell) && !/not covered/i.test(cell);
  expect(rows.filter((r) => isBare(r.cells[2] ?? '')).map((r) => r.number)).toEqual([]);
});

test('the check itself sees what is wrong', () => {
  expect(wrongProofs('`tests/gone.test.ts` “x”')).toEqual(['tests/gone.test.ts does not exist']);
  expect(wrongProofs('`tests/docs/markdown.ts` “of every page” “nobody says this”')).toEqual([
    'tests/docs/markdown.ts has no “of every page”',
    'tests/docs/markdown.ts has no “nobody says this”',
  ]);
});

test('75: no code outside the simulated venue and its conformance knows scheduleCancel', () => {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .map((f) => f.replaceAll('\\', '/'))
    .filter((f) => f.endsWith('.ts') && !f.startsWith('venue/'));
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((f) => read(`src/${f}`).includes('scheduleCancel'))).toEqual([]);
});
