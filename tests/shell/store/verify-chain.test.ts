import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkJournal } from '../../../src/shell/runtime/watch-journal.ts';
import type { OpenedStore } from '../../../src/shell/store/open-store.ts';
import { openStore } from '../../../src/shell/store/open-store.ts';

const fatal = (e: unknown): never => {
  throw e;
};
const START = { seq: 0, sha: '' };
const noPause = () => Promise.resolve();

function file(): string {
  const folder = mkdtempSync(join(tmpdir(), 'snapback-chain-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'x.db');
}
async function written(path: string, count: number): Promise<OpenedStore> {
  const store = await openStore({ url: `file:${path}`, nowMs: () => 0, fatal });
  onTestFinished(() => store.close().catch(() => undefined));
  for (let i = 0; i < count; i++) await store.setSetting('x', String(i));
  return store;
}
/** What somebody does to the file behind the bridge. */
function tamper(path: string, sql: string): void {
  const raw = new DatabaseSync(path);
  raw.exec(sql);
  raw.close();
}

test('goes on from the head that was checked before, with a pause between two reads', async () => {
  const store = await written(file(), 25);
  let pauses = 0;
  const all = await store.verifyChain(START, async () => void pauses++);
  expect(all).toMatchObject({ wrong: null, head: { seq: all.entries } });
  expect(pauses).toBe(Math.floor(all.entries / 10));
  await store.setSetting('x', 'more');
  expect(await store.verifyChain(all.head, noPause)).toMatchObject({ wrong: null, entries: 1 });
  expect(await store.verifyChain(all.head, noPause)).toMatchObject({ head: { seq: all.head.seq + 1 } });
});

test.each([
  [
    'content',
    `update journal set data = replace(data, '"5"', '"6"') where data like '%"5"%'`,
    /its hash is not/,
  ],
  ['a gap', 'delete from journal where seq = 9', /^entry 9 is missing$/],
  [
    'a rewritten end',
    `update journal set sha = 'ff' where seq = (select max(seq) from journal)`,
    /its hash is not/,
  ],
])('sees %s that somebody changed', async (_, sql, wrong) => {
  const path = file();
  const store = await written(path, 25);
  const checked = await store.verifyChain(START, noPause);
  await store.close();
  tamper(path, sql);
  const again = await written(path, 0);
  expect((await again.verifyChain(START, noPause)).wrong).toMatch(wrong);
  const from = await again.verifyChain(checked.head, noPause);
  const isOther = from.wrong?.endsWith('is not the one that was checked before') ?? false;
  expect(isOther).toBe(sql.includes('max(seq)'));
});

test('the daily check keeps its place, and says what is wrong with each look', async () => {
  const path = file();
  const lines: [string, unknown][] = [];
  const line = (event: string, fields: unknown) => void lines.push([event, fields]);
  const o = {
    clock: { nowMs: () => 0, sleep: noPause },
    log: { debug: line, info: line, warn: line, error: line },
  };
  const store = await written(path, 12);
  await checkJournal(store, o);
  await store.setSetting('x', 'more');
  await checkJournal(store, o);
  const counts = lines.map(([, f]) => (f as { entries: number }).entries);
  expect(counts[0]).toBeGreaterThan(12);
  expect(counts[1]).toBe(2); // the setting, and where the first look ended
  expect(lines.map(([event]) => event)).toEqual(['invariant.checked', 'invariant.checked']);
  await store.close();
  tamper(path, 'delete from journal where seq = 9');
  const again = await written(path, 20);
  lines.length = 0;
  await again.setSetting('journal-checked', 'null');
  await checkJournal(again, o);
  expect(lines).toMatchObject([
    ['invariant.violated', { invariant: 'I5' }],
    ['invariant.checked', { invariants: ['I5'] }],
  ]);
});
