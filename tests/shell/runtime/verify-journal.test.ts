import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { verifyJournal } from '../../../src/shell/runtime/verify-journal.ts';
import { openStore } from '../../../src/shell/store/open-store.ts';

let folder: string;
let url: string;
let said: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'snapback-verify-'));
  url = `file:${folder}/x.db`;
  said = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((said += String(text)), true));
  const store = await openStore({ url, nowMs: () => 7, fatal: () => undefined });
  await store.commitNonce('0xsigner', 5);
  await store.close();
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});
const tamper = (sql: string): void => {
  const raw = new DatabaseSync(`${folder}/x.db`);
  raw.exec(sql);
  raw.close();
};

test('an intact journal: exit code 0, with its head, and it can be noted', async () => {
  expect(await verifyJournal({ database: url })).toBe(0);
  expect(said).toMatch(/^head {4}3:[0-9a-f]{64}\nchain {3}intact, 3 entries, [1-9] kB\n/);
  expect(said).toMatch(/\ntable {3}signers +1 rows, as the journal gives them\n/);
  expect(said).toMatch(/\nintact\n$/);
  const head = /3:[0-9a-f]{64}/.exec(said)?.[0];
  expect(await verifyJournal({ database: url, noted: head })).toBe(0);
  expect(await verifyJournal({ database: `${folder}/x.db` })).toBe(0); // by its path
  expect(await verifyJournal({ database: url, noted: `3:${'0'.repeat(64)}` })).toBe(1);
  expect(said).toContain('entry 3 is not the one that was noted: cut off or rewritten');
  await expect(verifyJournal({ database: url, noted: 'abc' })).rejects.toThrow('--noted is not a head');
});

test('an altered table: exit code 1, named with its key', async () => {
  tamper('update signers set last_nonce = 4');
  expect(await verifyJournal({ database: url })).toBe(1);
  expect(said).toContain('1 rows, 1 DIFFER\n        address 0xsigner: last_nonce differs\n');
  expect(said).toMatch(/\nNOT INTACT: /);
});

test('--json prints one object', async () => {
  tamper('delete from journal where seq = 2');
  expect(await verifyJournal({ database: url, json: true })).toBe(1);
  const report: unknown = JSON.parse(said);
  expect(report).toMatchObject({ ok: false, entries: 2, chain: 'broken', head: { seq: 3 } });
  expect(report).toHaveProperty('breaks.0', 'entry 2 is missing');
  expect(report).toHaveProperty('tables.0.differences', expect.any(Number));
});

test('the database of DATABASE_URL is the default, and one that is missing is said to be', async () => {
  vi.stubEnv('DATABASE_URL', `file:${folder}/none.db`);
  await expect(verifyJournal({})).rejects.toThrow(`${folder}/none.db cannot be opened`);
  vi.stubEnv('DATABASE_URL', url);
  expect(await verifyJournal({})).toBe(0);
  vi.unstubAllEnvs();
});
