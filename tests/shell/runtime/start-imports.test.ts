import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const SRC = resolve(import.meta.dirname, '../../../src');
/** Value imports that run as soon as the file is loaded: neither types alone, nor `await import(…)`. */
const STATIC = /^(?:import|export) (?!type )(?:[^;]*? from )?'([^']+)';/gms;
const onlyTypes = (statement: string): boolean => {
  const names = /\{([^}]*)\}/s
    .exec(statement)?.[1]
    ?.split(',')
    .map((n) => n.trim());
  return names?.every((n) => n === '' || n.startsWith('type ')) === true;
};

/** Packages that loading `entry` loads, each with the file that names it first. */
function packagesOf(entry: string): Map<string, string> {
  const packages = new Map<string, string>();
  const seen = new Set<string>();
  const open = [join(SRC, entry)];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const [statement, name = ''] of readFileSync(file, 'utf8').matchAll(STATIC)) {
      if (onlyTypes(statement)) continue;
      if (name.startsWith('.')) {
        const next = resolve(dirname(file), name);
        if (existsSync(next)) open.push(next);
      } else if (!packages.has(name)) packages.set(name, file.slice(SRC.length + 1));
    }
  }
  return packages;
}

test('the start loads no database builder but the one that opening the store loads', () => {
  const packages = packagesOf('shell/runtime/start.ts');
  // The walk sees what it should: the bridge does need these at once.
  for (const name of ['hono', 'zod', 'viem/accounts']) expect([...packages.keys()]).toContain(name);
  const heavy = [...packages].filter(([name]) => /^(drizzle-orm|@libsql)\b|^viem$/.test(name));
  // 109 modules and more, which a start that finds the database in use never needs.
  expect(heavy).toEqual([]);
  expect([...packagesOf('shell/store/create-store.ts').keys()]).toContain('drizzle-orm');
});
