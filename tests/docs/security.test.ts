import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { read, ROOT } from './markdown.ts';

/** `tests/file.ts` and the titles quoted after it. */
const PROOF = /`(tests\/[\w./-]+)`((?: “[^”]+”)+)/g;
const rows = read('docs/security.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| Asked') && !line.startsWith('| ---'))
  .map((line) => line.slice(2, -2).split(' | '));

const holds = (text: string, title: string): boolean =>
  [title, title.replaceAll("'", String.raw`\'`)].some((t) => text.includes(t));

test('each line of docs/security.md has a proof that exists, by file and title, or says that nothing covers it', () => {
  expect(rows.length).toBeGreaterThan(20);
  const wrong = rows.flatMap(([asked = '', is = '', proof = '', ...more]) => {
    const found = [...proof.matchAll(PROOF)];
    const missing = found.flatMap(([, file = '', quoted = '']) => {
      if (!existsSync(join(ROOT, file))) return [`${file} does not exist`];
      const titles = [...quoted.matchAll(/“([^”]+)”/g)].map(([, title = '']) => title);
      return titles.filter((t) => !holds(read(file), t)).map((t) => `${file} has no “${t}”`);
    });
    const isBare = found.length === 0 && !proof.includes('not covered');
    return [
      ...missing,
      ...(isBare || more.length > 0 || is === '' ? ['no proof, or not three cells'] : []),
    ].map((w) => `${asked}: ${w}`);
  });
  expect(wrong).toEqual([]);
});
