import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';

const SRC = join(import.meta.dirname, '../src');
const IMPORT = /\b(?:from|import)\s*['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]/g;
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((f) => f.endsWith('.ts'))
  .sort();

/** 'core/zones/map.ts' is 'core', 'venue/core/book.ts' is 'venue/core', 'shell/http/app.ts' is 'shell/http'. */
function layerOf(file: string): string {
  const [layer = '', part = ''] = file.split('/');
  if (layer === 'venue') return part === 'core' ? 'venue/core' : 'venue';
  return layer === 'shell' && !part.endsWith('.ts') ? `shell/${part}` : layer;
}

/** Why `file` may not import `specifier`, or undefined when it may. */
export function violation(file: string, specifier: string): string | undefined {
  const from = layerOf(file);
  const inside = specifier.startsWith('.');
  const to = inside ? layerOf(posix.normalize(posix.join(posix.dirname(file), specifier))) : specifier;
  if (from === 'core') return to === 'core' || to === 'zod' ? undefined : 'core imports core and zod only';
  if (from === 'app')
    return to === 'app' || to === 'core' ? undefined : 'app imports core and app only; add a port';
  if (from === 'venue/core')
    return to === 'venue/core' || to === 'core' ? undefined : 'the matching core imports core only';
  if (from === 'venue')
    return !inside || to === 'core' || to.startsWith('venue')
      ? undefined
      : 'the venue stands alone: core and its own parts only';
  if (from === 'shell/runtime' || !inside) return undefined;
  return to === 'core' || to === 'app' || to === 'shell' || to === from
    ? undefined
    : 'shell parts meet only in shell/runtime';
}

function importsOf(source: string): string[] {
  return [...source.matchAll(IMPORT)].map((m) => m[1] ?? m[2] ?? '');
}

test.each(files)('%s keeps to its layer', (file) => {
  const found = importsOf(readFileSync(join(SRC, file), 'utf8'))
    .map((s) => [s, violation(file, s)] as const)
    .filter(([, why]) => why !== undefined);
  expect(found).toEqual([]);
});

describe('the rule itself', () => {
  test.each([
    ['core/decide/decide.ts', '../../app/ports.ts'],
    ['core/decide/decide.ts', 'node:fs'],
    ['core/decide/decide.ts', 'viem'],
    ['app/handle-alert.ts', 'hono'],
    ['app/handle-alert.ts', '../shell/store/open.ts'],
    ['shell/http/app.ts', '../store/schema.ts'],
    ['venue/core/engine.ts', '../app.ts'],
    ['venue/app.ts', '../shell/log.ts'],
  ])('%s may not import %s', (file, specifier) => {
    expect(violation(file, specifier)).toBeDefined();
  });

  test('sees type-only, multi-line, dynamic and re-export imports', () => {
    const source = [
      `import type { A } from 'one';`,
      `import {\n  b,\n} from "two";`,
      `export { c } from 'three';`,
      `const d = await import('four');`,
      `import 'five';`,
    ].join('\n');
    expect(importsOf(source)).toEqual(['one', 'two', 'three', 'four', 'five']);
  });
});
