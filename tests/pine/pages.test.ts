import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { bundlePine, inputTable, pineInputs, stale } from '../../scripts/build-pine.ts';
import { Alert } from '../../src/core/alert/schema.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const samplesOf = (page: string): unknown[] =>
  [...read(page).matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = '']): unknown => JSON.parse(text));
const KINDS = Alert.options.map((o) => o.shape.kind.value).sort();

test('committed scripts and pages are what their sources give', () => {
  expect(stale()).toEqual([]);
});

describe('docs/webhook.md', () => {
  const samples = samplesOf('docs/webhook.md');
  test.each(samples.map((sample) => [JSON.stringify(sample).slice(5, 35), sample]))(
    '%s… parses',
    (_name, sample) => {
      expect(Alert.parse(sample)).toEqual(sample);
    },
  );
  test('has one sample of every kind, under its own heading', () => {
    expect(samples.map((s) => Alert.parse(s).kind).sort()).toEqual(KINDS);
    const headings = [...read('docs/webhook.md').matchAll(/^### (\S+)[\s\S]*?```json\n([\s\S]*?)```/gm)];
    expect(new Set(headings.map(([, kind]) => kind))).toEqual(new Set(KINDS));
    for (const [, kind, text = ''] of headings) expect(Alert.parse(JSON.parse(text)).kind).toBe(kind);
  });
});

const SCRIPTS: [script: string, kinds: string[]][] = [
  ['cascade_exhaustion', ['cascade.exhaustion']],
  ['liquidation_zones', ['zone.touch']],
];
test('every script is looked at here, and named in the README', () => {
  const files = readdirSync(join(ROOT, 'pine')).filter((f) => f.endsWith('.pine'));
  expect(files).toEqual(
    [...SCRIPTS.map(([script]) => script), 'cascade_exhaustion_liquidations'].sort().map((f) => `${f}.pine`),
  );
  for (const file of files) expect(read('pine/README.md')).toContain(`| \`${file}\` |`);
});

describe.each(SCRIPTS)('%s', (script, kinds) => {
  const code = read(`pine/${script}.pine`);
  test('the samples on its page parse', () => {
    expect(samplesOf(`pine/${script}.md`).map((s) => Alert.parse(s).kind)).toEqual(kinds);
  });
  test('its page names the version it sends', () => {
    const version = /^string SCRIPT += "(.*)"$/m.exec(code)?.[1] ?? 'none';
    expect(read(`pine/${script}.md`)).toContain(`Version \`${version}\``);
    expect(read('docs/webhook.md')).toContain(`"script":"${version}"`);
  });
  test('is self-contained', () => expect(code).not.toMatch(/#include|^import /m));
  test('every input has a title, a group and a help text', () => {
    const inputs = pineInputs(code);
    expect(inputs).toHaveLength(code.match(/\binput\.\w+\(/g)?.length ?? 0);
    for (const i of inputs)
      expect([i.title, i.options['group'], i.options['tooltip']]).not.toContainEqual(undefined);
  });
  test('the table holds each of them once', () => {
    const rows = inputTable(pineInputs(code)).trim().split('\n').slice(2);
    expect(rows.map((r) => r.split(' | ')[1])).toEqual(
      pineInputs(code).map((i) => i.title.replaceAll('<', '&lt;')),
    );
  });
});

test('an include is replaced where it stands', () => {
  const built = bundlePine(join(ROOT, 'pine/src/cascade_exhaustion.pine'));
  const json = read('pine/src/lib/json.pine').trimEnd();
  expect(built).toContain(json);
  expect(built.indexOf(json)).toBeGreaterThan(built.indexOf('strategyInput'));
});

test('THIRD_PARTY.md names every dependency, and the AGPL one is no dependency of ours', () => {
  const Lists = z.looseObject({
    dependencies: z.record(z.string(), z.string()).default({}),
    devDependencies: z.record(z.string(), z.string()),
    optionalDependencies: z.record(z.string(), z.string()).default({}),
  });
  const ours = Lists.parse(JSON.parse(read('package.json')));
  const theirs = Lists.parse(JSON.parse(read('tools/pine-check/package.json')));
  const page = read('THIRD_PARTY.md');
  const names = [ours, theirs].flatMap((p) =>
    [p.dependencies, p.devDependencies, p.optionalDependencies].flatMap((d) => Object.keys(d)),
  );
  expect(names.filter((name) => !page.includes(name))).toEqual([]);
  expect(Object.keys({ ...ours.dependencies, ...ours.devDependencies })).not.toContain('pinets');
  expect(Object.keys(theirs.devDependencies)).toEqual(['pinets']);
});
