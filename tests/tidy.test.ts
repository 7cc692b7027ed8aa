import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const list = (dir: string): string[] =>
  readdirSync(join(ROOT, dir), { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.ts') && !f.endsWith('.generated.ts') && !f.includes('node_modules'))
    .map((f) => `${dir}/${f}`)
    .sort();
const sources = list('src');
const everything = [...sources, ...list('tests'), ...list('scripts')].filter(
  (f) => !f.endsWith('tidy.test.ts'),
);

/** A test file needs no limit on its length; product code does. */
const LINES_MAX = 300;

/** [what must not be there, what to do instead] */
const EVERYWHERE: [RegExp, string][] = [
  [/\bFIXME\b/, 'fix it, or file an issue'],
  [/\bTODO\b/, 'do it, or file an issue'],
  [/\.only\(/, 'run one test with -t instead'],
  [/\bas any\b/, 'narrow the type'],
  [/@ts-(ignore|nocheck)/, 'fix the type'],
  [
    /import\s*\{[^}]*\bz\b[^}]*\}\s*from\s*'zod'/,
    "import * as z from 'zod' (the other form triples the Worker)",
  ],
];
const IN_SRC: [RegExp, string][] = [
  [/\bconsole\./, 'use the Log port, or process.stdout in runtime/'],
  [/\benum\s+\w+\s*\{/, 'use a union of literals'],
  [/\bfrom\s*'pinets'/, 'PineTS is AGPL: only tools/pine-check may import it'],
];
const IN_CORE: [RegExp, string][] = [
  [/\bDate\b(?!')/, 'take nowMs as an argument'],
  [/\bMath\.random\b/, 'take a seed or a number source as an argument'],
  [/\bawait\b|\basync\b|\bPromise\b/, 'core is synchronous'],
  [/\bthrow\b/, 'return a Result, or assert()'],
];

const stripComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');

const offences = (files: string[], rules: [RegExp, string][], clean: (t: string) => string): string[] =>
  files.flatMap((f) => {
    const text = clean(readFileSync(join(ROOT, f), 'utf8'));
    return rules.filter(([re]) => re.test(text)).map(([re, instead]) => `${f}: ${re.source} → ${instead}`);
  });

test('no leftovers anywhere', () => {
  expect(offences(everything, EVERYWHERE, (t) => t)).toEqual([]);
});

test('product code keeps to its tools', () => {
  expect(offences(sources, IN_SRC, stripComments)).toEqual([]);
});

test('core has no clock, no chance, no waiting, no throwing', () => {
  const core = sources.filter((f) => f.startsWith('src/core/') && !f.endsWith('/assert.ts'));
  expect(offences(core, IN_CORE, stripComments)).toEqual([]);
});

test(`no source file is longer than ${LINES_MAX} lines`, () => {
  const long = sources
    .map((f) => [f, readFileSync(join(ROOT, f), 'utf8').split('\n').length - 1] as const)
    .filter(([, n]) => n > LINES_MAX);
  expect(long).toEqual([]);
});
