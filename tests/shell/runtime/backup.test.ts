import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { backup, checkCopy, copyTo, pruneCopies } from '../../../src/shell/runtime/backup.ts';
import { backupInto } from '../../../src/shell/runtime/backup-store.ts';
import { openReadOnly } from '../../../src/shell/store/node-sqlite.ts';
import { openStore } from '../../../src/shell/store/open-store.ts';
import { verifyJournal } from '../../../src/shell/store/verify-journal.ts';
import { exampleData } from '../http/example-data.ts';
import { seed } from '../http/seed.ts';
import { NOW_MS, OPERATE_TOKEN, READ_TOKEN, refusalOf, world } from '../http/world.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'snapback-backup-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
const open = async (path: string) => {
  const store = await openStore({
    url: `file:${path}`,
    nowMs: () => NOW_MS,
    fatal: (e) => {
      throw e;
    },
  });
  onTestFinished(() => store.close().catch(() => undefined));
  return store;
};
const everything = async (store: Awaited<ReturnType<typeof open>>) => ({
  alerts: await store.listAlerts({ limit: 500 }),
  decisions: await store.listDecisions({ limit: 500 }),
  orders: await store.listIntents({ limit: 500 }),
  fills: await store.listFills({ limit: 500 }),
  trades: await store.listTrades({ limit: 500 }),
  guard: await store.listGuardRuns({ limit: 500 }),
  deadLetters: await store.listDeadLetters({ limit: 500 }),
  state: await store.setting('trading-state'),
});

describe('a backup', () => {
  test('taken while the bridge writes is one moment of it, and a bridge starts on it', async () => {
    const dir = folder();
    const store = await open(join(dir, 'live.db'));
    await seed(store, exampleData(NOW_MS));
    await store.setSetting('trading-state', 'HALTED');
    const before = await everything(store);
    const makeCopy = backupInto(
      join(dir, 'backups'),
      store.backup ?? (() => Promise.reject(new Error())),
      () => NOW_MS,
    );
    let writes = 0;
    let isDone = false;
    const running = makeCopy().finally(() => (isDone = true));
    while (!isDone) {
      await store.setSetting('written-meanwhile', String(++writes));
      await new Promise((turn) => void setImmediate(turn)); // the copy's steps need turns of the loop
    }
    const done = await running;
    expect(writes).toBeGreaterThan(0);
    expect(done.bytes).toBe(statSync(done.path).size);
    expect(statSync(done.path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(dir, 'backups'))).toEqual(['snapback-20251010T210001Z.db']);

    const copy = openReadOnly(done.path);
    expect(await verifyJournal(copy)).toMatchObject({ ok: true });
    await copy.close();
    const restored = await open(done.path);
    expect(await everything(restored)).toEqual(before);
    const meanwhile = Number((await restored.setting('written-meanwhile')) ?? 0);
    expect(meanwhile >= 0 && meanwhile <= writes).toBe(true);
    // And it is a database to go on with, not only to look at.
    await restored.setSetting('trading-state', 'ACTIVE');
    expect(await store.setting('trading-state')).toBe('HALTED');
  });

  test('that fails leaves nothing behind, and the next one works', async () => {
    const dir = folder();
    let fails = true;
    const makeCopy = backupInto(
      dir,
      async (path) => {
        writeFileSync(path, 'half');
        if (fails) throw new Error('disk full');
      },
      () => NOW_MS,
    );
    await expect(makeCopy()).rejects.toThrow('disk full');
    expect(readdirSync(dir)).toEqual([]);
    fails = false;
    expect(readFileSync((await makeCopy()).path, 'utf8')).toBe('half');
  });

  test('asked for twice at once is made once', async () => {
    const dir = folder();
    let runs = 0;
    const makeCopy = backupInto(
      dir,
      async (path) => {
        runs += 1;
        await Promise.resolve();
        writeFileSync(path, 'x');
      },
      () => NOW_MS,
    );
    const [a, b] = await Promise.all([makeCopy(), makeCopy()]);
    expect([a === b, runs]).toEqual([true, 1]);
  });
});

describe('the copy', () => {
  const copied = async (dir: string) => {
    const store = await open(join(dir, 'live.db'));
    const { path } = await backupInto(
      join(dir, 'b'),
      store.backup ?? (() => Promise.reject(new Error())),
      () => NOW_MS,
    )();
    return path;
  };

  test('is checked, and stays one file', async () => {
    const dir = folder();
    const path = await copied(dir);
    await checkCopy(path);
    expect(readdirSync(join(dir, 'b'))).toEqual(['snapback-20251010T210001Z.db']);
    writeFileSync(path, 'no database');
    await expect(checkCopy(path)).rejects.toThrow(`${path} is not a SQLite database`);
  });

  test('is put elsewhere, never over a file, and a refusal says where it is', async () => {
    const dir = folder();
    const path = await copied(dir);
    const to = join(dir, 'safe.db');
    await copyTo(path, to);
    expect(readFileSync(to)).toEqual(readFileSync(path));
    await expect(copyTo(path, to)).rejects.toThrow(
      `--to ${to} is there already and is not overwritten; the copy is ${path}`,
    );
    await expect(copyTo(path, join(dir, 'no/such/x.db'))).rejects.toThrow('a folder that does not exist');
  });
});

describe('--keep', () => {
  const NAMES = [1, 2, 3, 4].map((day) => `snapback-2026010${day}T120000Z.db`);

  test.each([
    [1, NAMES.slice(0, 3)],
    [2, NAMES.slice(0, 2)],
    [4, []],
    [9, []],
  ])('%i: the newest stay, and nothing that is no copy is touched', async (keep, gone) => {
    const dir = folder();
    const others = ['snapback.db', 'snapback-notes.db', 'today.db', `${NAMES[0]}.part`];
    for (const name of [...NAMES, ...others]) writeFileSync(join(dir, name), 'x');
    expect(await pruneCopies(join(dir, NAMES[3] ?? ''), keep)).toEqual(gone);
    const left = [...NAMES.filter((n) => !gone.includes(n)), ...others];
    expect(readdirSync(dir).sort()).toEqual(left.sort());
  });

  test('the copy just made stays, also when a clock that was ahead left later names', async () => {
    const dir = folder();
    for (const name of NAMES) writeFileSync(join(dir, name), 'x');
    expect(await pruneCopies(join(dir, NAMES[0] ?? ''), 2)).toEqual([NAMES[1], NAMES[2]]);
    expect(readdirSync(dir).sort()).toEqual([NAMES[0], NAMES[3]]);
  });

  test.each(['0', '-1', '1.5', 'x', '', '1001', true])(
    '%j is refused before anything is done',
    async (keep) => {
      await expect(backup({ keep })).rejects.toThrow(/^--keep: a whole number from 1 to 1000$/);
    },
  );
});

describe('POST /api/v1/backup', () => {
  const ask = async (w: Awaited<ReturnType<typeof world>>, token = OPERATE_TOKEN) =>
    w.app.request('/api/v1/backup', { method: 'POST', headers: { authorization: `Bearer ${token}` } });

  test('needs the operate token and says where the copy is', async () => {
    const w = await world({ backup: () => Promise.resolve({ path: '/b/x.db', bytes: 4, durationMs: 2 }) });
    expect((await ask(w, READ_TOKEN)).status).toBe(401);
    const res = await ask(w);
    expect([res.status, await res.json()]).toEqual([200, { path: '/b/x.db', bytes: 4, durationMs: 2 }]);
  });

  test('501 where there is no file, 503 when it cannot be written, without the reason’s words', async () => {
    const none = await ask(await world());
    expect([none.status, (await refusalOf(none)).code]).toEqual([501, 'not-available']);
    const w = await world({ backup: () => Promise.reject(new Error(`cannot write ${OPERATE_TOKEN}`)) });
    const res = await ask(w);
    expect([res.status, (await refusalOf(res)).code]).toEqual([503, 'not-stored']);
    expect(w.lines.join()).not.toContain('canary');
  });
});
