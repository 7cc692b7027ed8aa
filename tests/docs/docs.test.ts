import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/core/decide/decide.ts';
import { RISK_LIMITS } from '../../src/core/decide/risk-limits.ts';
import { REASON_CODES } from '../../src/core/shared/reason-codes.ts';
import { ConfigSchema } from '../../src/shell/config.ts';
import { COMMANDS } from '../../src/shell/runtime/commands.ts';
import { decideInput } from '../support/decide-input.ts';
import { codeOf, deadLinks, deadPaths, PAGES, read, ROOT, rowNames, section } from './markdown.ts';

const textsOf = (dir: string): string[] =>
  readdirSync(join(ROOT, dir), { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.ts') && !f.includes('node_modules'))
    .map((f) => read(`${dir}/${f}`));
const sources = textsOf('src');
/** Keys that only tests and tools read. */
const keysOfTests = ['tests', 'tools']
  .flatMap(textsOf)
  .flatMap((t) => [...t.matchAll(/\bprocess\.env(?:\.|\[')(\w+)/g)].map(([, key = '']) => key));
const CONSTANT = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/;
const { scripts }: { scripts: Record<string, string> } = JSON.parse(read('package.json'));
const alias = /main\.js (\S+)$/;

/** Of every page, what `faultsIn` finds wrong with it. */
const faults = (faultsIn: (text: string, code: string[], page: string) => string[]): string[] =>
  PAGES.flatMap((page) => {
    const text = read(page);
    return faultsIn(text, codeOf(text), page).map((fault) => `${page}: ${fault}`);
  });

describe('every page', () => {
  test('has links and paths that lead somewhere', () => {
    expect(faults((text, _, page) => [...deadLinks(page, text), ...deadPaths(text)])).toEqual([]);
  });

  test('names npm scripts and commands that exist, with options that they take', () => {
    const wrong = (how: string, name: string, rest: string): boolean => {
      const command = how === 'npx snapback' ? name : (alias.exec(scripts[name] ?? '')?.[1] ?? '');
      const exists = how === 'npx snapback' ? COMMANDS[name] : scripts[name];
      const known = [...Object.keys(COMMANDS[command]?.options ?? {}), 'help'];
      const [own = ''] = rest.split(/[|#;]/);
      const given = [...own.matchAll(/--([a-z-]+)/g)].map(([, option = '']) => option);
      return (
        exists === undefined || (COMMANDS[command] !== undefined && given.some((o) => !known.includes(o)))
      );
    };
    const CALL = /\b(npm run|npx snapback) ([a-z:-]+)([^\n`]*)/g;
    const found = faults((_, code) =>
      code.flatMap((c) =>
        [...c.matchAll(CALL)]
          .filter(([, how = '', name = '', rest = '']) => wrong(how, name, rest))
          .map(([call]) => call),
      ),
    );
    expect(found).toEqual([]);
  });

  test('names environment keys that are read', () => {
    const keys = new Set([
      ...Object.keys(ConfigSchema.shape),
      ...keysOfTests,
      'SNAPBACK',
      'HOOK',
      'NODE_COMPILE_CACHE',
    ]);
    const found = faults((_, code) => [
      ...code
        .flatMap((c) => [...c.matchAll(/(?:^|[\s;])([A-Z][A-Z0-9_]+)=/g)].map(([, key = '']) => key))
        .filter((key) => !keys.has(key)),
      ...code.filter((c) => CONSTANT.test(c) && !keys.has(c) && !sources.some((s) => s.includes(c))),
    ]);
    expect(found).toEqual([]);
  });

  test('names no path of a machine and no host of a registry', () => {
    const found = faults((text) =>
      [/(?<![\w.$}])\/(?:work|tmp|root|home)\//, /registry\.|npmjs|artifactory|proxy\.golang/].flatMap(
        (re) => re.exec(text)?.[0] ?? [],
      ),
    );
    expect(found).toEqual([]);
  });
});

test('the checks themselves see what is wrong', () => {
  const bad = '[a](gone.md) [b](README.md#nowhere) [c](README.md#status) `src/core/gone.ts` `src/core`';
  expect(deadLinks('README.md', bad)).toEqual(['gone.md', 'README.md#nowhere']);
  expect(deadPaths(bad)).toEqual(['src/core/gone.ts']);
  expect(rowNames('| `a-b` | x |\n| `c`, `d` | y |\n| e | `f` |')).toEqual(['a-b', 'c', 'd']);
  expect(section('x\n## A\n1\n### B\n2\n## C\n3', '## A')).toBe('1\n### B\n2\n');
});

test('docs/errors.md has every reason code once, and no other', () => {
  expect(rowNames(read('docs/errors.md')).sort()).toEqual([...REASON_CODES].sort());
});

test('README’s table has every command, and every alias of package.json is one', () => {
  const listed = rowNames(section(read('README.md'), '## Commands')).map((name) => {
    const script = /^npm (?:run )?(\S+)$/.exec(name)?.[1];
    return script === undefined
      ? name.replace('npx snapback ', '')
      : (alias.exec(scripts[script] ?? '')?.[1] ?? name);
  });
  expect(listed.sort()).toEqual(Object.keys(COMMANDS).sort());
  const aliases = Object.values(scripts).flatMap((s) => alias.exec(s)?.[1] ?? []);
  expect(aliases.filter((name) => COMMANDS[name] === undefined)).toEqual([]);
});

test('docs/architecture.md has the gates in the order they run', () => {
  const listed = [...section(read('docs/architecture.md'), '### 3 Decide').matchAll(/^\d+\. `([a-z-]+)`/gm)];
  const run = decide(decideInput(), () => `0x${'0'.repeat(32)}`).gates.map((g) => g.gate);
  expect(run.length).toBeGreaterThan(5);
  expect(listed.map(([, gate]) => gate)).toEqual(run);
});

test('docs/safety.md has the limits as they are', () => {
  const rows = [...section(read('docs/safety.md'), '## Limits').matchAll(/^\| `(\w+)` \| ([\d.]+) \|/gm)];
  expect(Object.fromEntries(rows.map(([, name, value]) => [name, Number(value)]))).toEqual(RISK_LIMITS);
});

test('docs/demo.md explains every field of the summary', () => {
  const [, body = ''] =
    /interface DemoSummary \{([\s\S]*?)\n\}/.exec(read('src/shell/runtime/demo-summary.ts')) ?? [];
  const fields = [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, field = '']) => field);
  expect(fields).toContain('unprotectedMsMax');
  expect(rowNames(section(read('docs/demo.md'), '## What the summary says')).sort()).toEqual(fields.sort());
});

test('docs/replay.md explains every field of the report', () => {
  const [, body = ''] =
    /interface ReplayReport \{([\s\S]*?)\n\}/.exec(read('src/shell/runtime/replay/replay-report.ts')) ?? [];
  const fields = [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, field = '']) => field);
  expect(fields).toContain('unprotectedMsMax');
  expect(rowNames(section(read('docs/replay.md'), '## What the report says')).sort()).toEqual(fields.sort());
});

test('pages that the code sends people to exist', () => {
  const named = sources.flatMap((s) => s.match(/\bdocs\/[\w/-]+\.md\b/g) ?? []);
  expect(named.length).toBeGreaterThan(5);
  expect([...new Set(named)].filter((page) => !PAGES.includes(page))).toEqual([]);
});
