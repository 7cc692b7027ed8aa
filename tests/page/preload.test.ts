import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const text = (file: string): string => readFileSync(join(import.meta.dirname, '../../web', file), 'utf8');

/** A script of the page and all that it imports before it can run. */
function importsOf(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, next = ''] of text(file).matchAll(/^import [^;]*?from '\.\/([^']+)'/gm))
    importsOf(next, seen);
  return seen;
}

test('the page asks for all of its scripts at once, and for no chart library before a chart is shown', () => {
  const preloaded = [...text('index.html').matchAll(/rel="modulepreload" href="\/([^"]+)"/g)].map(
    ([, f]) => f,
  );
  const needed = importsOf('main.js');
  expect(needed.size).toBeGreaterThan(10);
  needed.delete('main.js');
  expect(new Set(preloaded)).toEqual(needed);
  expect(preloaded).toHaveLength(needed.size);
  expect([...needed].filter((f) => f.startsWith('vendor/'))).toEqual([]);
});
