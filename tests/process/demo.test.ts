import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../support/child-process.ts';

const DATA = join(import.meta.dirname, '../../../shared/data/hl-freqtrade');

const demo = async (...args: string[]): Promise<Record<string, unknown>> => {
  const child = runCli(['demo', '--json', ...args], {});
  expect(await child.exited).toBe(0);
  const last = child.output().trim().split('\n').at(-1) ?? '';
  return JSON.parse(last) as Record<string, unknown>;
};

const adds = (refused: unknown): number =>
  Object.values(refused as Record<string, number>).reduce((sum, n) => sum + n, 0);

test('the demo without data says that its market is synthetic, and protects every entry at once', async () => {
  const s = await demo('--coins', 'BTC');
  expect(s['dataSource']).toMatch(/^synthetic/);
  expect(s).toMatchObject({ unprotectedMsMax: 0, duplicates: 0, lost: 0 });
  expect(s['entries']).toBeGreaterThan(0);
  expect(s['stopsWithEntry']).toBe(s['entries']);
  expect(s['alerts']).toBe((s['approved'] as number) + adds(s['refused']) + adds(s['exits']));
}, 60_000);

test.skipIf(!existsSync(DATA))(
  'the demo on recorded candles of 2025-04-07 (skipped without ../shared/data/hl-freqtrade)',
  async () => {
    const s = await demo('--data', DATA, '--coins', 'ETH', '--from', '2025-04-07', '--to', '2025-04-08');
    expect(s['dataSource']).toBe('recorded: hl-freqtrade');
    expect(s).toMatchObject({ unprotectedMsMax: 0, duplicates: 0, lost: 0 });
    expect(s['entries']).toBeGreaterThan(0);
    expect(s['stopsWithEntry']).toBe(s['entries']);
  },
  60_000,
);

test('what cannot be played is refused in a sentence that says what to do', async () => {
  for (const [args, said] of [
    [['--data', '/nowhere'], 'no such folder'],
    [['--from', 'yesterday'], '--from yesterday'],
    [['--coins', 'NOPE'], 'no synthetic NOPE'],
  ] as const) {
    const child = runCli(['demo', ...args], {});
    expect(await child.exited).toBe(1);
    expect(child.output()).toContain(said);
    expect(child.output()).not.toContain('    at ');
  }
}, 60_000);
