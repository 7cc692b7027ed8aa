import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, copyFileSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checkJournal } from '../chaos/check-journal.ts';
import type { Child } from '../support/child-process.ts';
import { runCli } from '../support/child-process.ts';
import type { Disk } from '../support/disk.ts';
import { canMount, mountDisk } from '../support/disk.ts';
import { freePort } from '../support/free-port.ts';
import type { ChildBridge, FlushVenue } from '../support/flush-venue.ts';
import { listening, openFlushVenue, startBridge } from '../support/flush-venue.ts';

const CAN_MOUNT = canMount();
const skipped = '(skipped where no file system can be mounted)';
const soon = { timeout: 40_000, interval: 25 };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'snapback-storage-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let world: FlushVenue;
let children: Child[] = [];
let disk: Disk | null = null;
let port = '0';
beforeEach(async () => {
  world = await openFlushVenue();
  port = String(await freePort());
});
afterEach(async () => {
  await Promise.all(children.map((c) => c.kill()));
  children = [];
  await world.close();
  disk?.unmount();
  disk = null;
});

const keep = (child: Child): Child => {
  children.push(child);
  return child;
};
const env = (database: string, more: Record<string, string> = {}): Record<string, string> =>
  world.env(database, { PORT: port, GUARD_INTERVAL_MS: '1000', ...more });
const start = (database: string, more?: Record<string, string>): Child =>
  keep(startBridge(env(database, more)));
const guard = (database: string): Child => keep(runCli(['guard'], env(database, { LOG_LEVEL: 'info' })));
const isReady = async (b: ChildBridge): Promise<boolean> => (await fetch(`${b.url}/readyz`)).ok;
const ready = async (child: Child): Promise<ChildBridge> => {
  const b = await listening(child);
  await expect.poll(() => isReady(b), soon).toBe(true);
  return b;
};
const stops = (): number => world.stops('BTC').length;
const loseStop = (): unknown => world.venue.faults.inject({ kind: 'lose-stop' });
const alertIds = async (b: ChildBridge): Promise<string[]> =>
  (await b.get<{ items: { id: string }[] }>('/api/v1/alerts?limit=500')).items.map((a) => a.id);

/** An account with a protected long, and a bridge that has stopped in order. */
async function leavePosition(database: string): Promise<void> {
  const b = await ready(start(database));
  expect((await b.post(world.alert('BTC'))).status).toBe(202);
  await expect.poll(stops, soon).toBe(1);
  b.child.process.kill('SIGTERM');
  expect(await b.child.exited).toBe(0);
}

describe('a database that another process wants', () => {
  const TRIES = `
    const { DatabaseSync } = require('node:sqlite');
    let busy = 0;
    const timer = setInterval(() => {
      try {
        const db = new DatabaseSync(process.argv[1], { timeout: 0 });
        try { db.exec('BEGIN IMMEDIATE; CREATE TABLE stranger (x); COMMIT'); console.log('WROTE'); }
        finally { db.close(); }
      } catch (e) { if (/lock|busy/i.test(e.message)) busy += 1; if (busy === 1 || busy === 50) console.log('busy', busy); }
    }, 2);
    process.on('SIGTERM', () => { clearInterval(timer); console.log('tries', busy); process.exit(0); });`;

  test.each(['node-sqlite', 'libsql'])(
    '%s: a stranger who keeps trying gets SQLITE_BUSY, and every acknowledged alert survives kill -9',
    async (driver) => {
      const database = join(folder, `busy-${driver}.db`);
      const b = await ready(start(database, { DATABASE_DRIVER: driver }));
      const stranger = spawn(process.execPath, ['-e', TRIES, database], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      let said = '';
      stranger.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
      const over = once(stranger, 'exit');
      await expect.poll(() => said, soon).toContain('busy 1\n');
      const acknowledged: string[] = [];
      for (let i = 0; i < 20; i++) {
        const answer = await b.post(world.alert('BTC', i));
        expect(answer.status).toBe(202);
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the webhook's own answer
        acknowledged.push(((await answer.json()) as { alertId: string }).alertId);
      }
      await expect.poll(() => said, soon).toContain('busy 50\n');
      // The stranger first: with the bridge dead the file would be free for it.
      stranger.kill('SIGKILL');
      await over;
      expect(said).not.toContain('WROTE');
      await b.child.kill('SIGKILL');
      const again = await ready(start(database, { DATABASE_DRIVER: driver }));
      expect((await alertIds(again)).sort()).toEqual(acknowledged.sort());
    },
    150_000,
  );

  test.each(['node-sqlite', 'libsql'])(
    '%s: one that somebody else holds is refused at the start, with what to do',
    async (driver) => {
      const database = join(folder, `held-${driver}.db`);
      const holder = spawn(
        process.execPath,
        [
          '-e',
          `const db = new (require('node:sqlite').DatabaseSync)(process.argv[1]);
           db.exec('CREATE TABLE mine (x); BEGIN EXCLUSIVE'); console.log('held'); setInterval(() => {}, 1000)`,
          database,
        ],
        { stdio: ['ignore', 'pipe', 'ignore'] },
      );
      await once(holder.stdout, 'data');
      const child = start(database, { DATABASE_DRIVER: driver });
      expect(await child.exited).toBe(1);
      expect(child.output()).toContain(`another snapback process is using ${database}`);
      expect(child.output()).toContain('DATABASE_URL');
      holder.kill('SIGKILL');
      await once(holder, 'exit');
    },
    60_000,
  );
});

describe('a disk that is full', () => {
  test.skipIf(!CAN_MOUNT)(
    `the webhook answers 503, the guard protects, and all goes on once there is room ${skipped}`,
    async () => {
      disk = mountDisk(8);
      const database = join(disk?.folder ?? '', 'snapback.db');
      const b = await ready(start(database));
      const first = await b.post(world.alert('BTC'));
      expect(first.status).toBe(202);
      await expect.poll(stops, soon).toBe(1);

      disk?.fill();
      const answered = new Map<number, number>();
      const post = async (n: number): Promise<number> => {
        const { status } = await b.post(world.alert('BTC', n));
        answered.set(n, status);
        return status;
      };
      // What is left in already allocated blocks may still take a few.
      let n = 1;
      await expect.poll(() => post(n++), soon).toBe(503);
      expect(new Set(answered.values())).toEqual(new Set([...answered.values(), 503]));

      loseStop();
      await expect.poll(stops, soon).toBe(1);
      expect(b.child.process.exitCode).toBeNull();

      disk?.free();
      const refused = [...answered].filter(([, status]) => status === 503).map(([k]) => k);
      // TradingView's own resend: the same alert again, accepted now.
      await expect.poll(() => post(refused[0] ?? 0), soon).toBe(202);
      await b.child.kill('SIGKILL');

      const again = await ready(start(database));
      const acknowledged = [...answered.values()].filter((status) => status === 202).length + 1;
      expect(await alertIds(again)).toHaveLength(acknowledged);
      expect(stops()).toBe(1);
      again.child.process.kill('SIGTERM');
      expect(await again.child.exited).toBe(0);
      expect((await checkJournal(database)).journal).toBe('ok');
    },
    150_000,
  );

  test.skipIf(!CAN_MOUNT)(
    `npm run guard protects without a record of its own ${skipped}`,
    async () => {
      disk = mountDisk(8);
      const database = join(disk?.folder ?? '', 'snapback.db');
      await leavePosition(database);
      disk?.fill();
      loseStop();
      const child = guard(database);
      await expect.poll(stops, soon).toBe(1);
      expect(child.output()).toContain('record in memory only');
      expect(child.output()).toContain('guard.memory-only');
    },
    150_000,
  );
});

describe('a damaged database', () => {
  test('is refused with what to do, and the guard protects meanwhile from the venue’s truth', async () => {
    const database = join(folder, 'damaged.db');
    await leavePosition(database);
    const backup = `${database}.backup`;
    copyFileSync(database, backup);
    flip(database);
    loseStop();

    const child = start(database);
    expect(await child.exited).toBe(1);
    expect(child.output()).toContain(`${database} is damaged`);
    expect(child.output()).toContain('backup');
    expect(child.output()).toContain('npm run guard');
    expect(stops()).toBe(0);

    const own = guard(database);
    await expect.poll(stops, soon).toBe(1);
    // Its own record damaged as well: it goes on without one.
    own.process.kill('SIGTERM');
    expect(await own.exited).toBe(0);
    flip(join(folder, 'damaged-guard.db'));
    loseStop();
    const bare = guard(database);
    await expect.poll(stops, soon).toBe(1);
    expect(bare.output()).toContain('record in memory only');

    // The backup is put back: the bridge starts, finds the position protected and leaves it so.
    copyFileSync(backup, database);
    const again = await ready(start(database));
    expect(await alertIds(again)).toHaveLength(1);
    expect(stops()).toBe(1);
  }, 150_000);
});

/** Overwrites the pages in the middle of a file, but for its first: what a failing disk leaves. */
function flip(path: string): void {
  const { size } = statSync(path);
  const file = openSync(path, 'r+');
  for (let at = 4_096; at < size; at += 3 * 4_096) writeSync(file, Buffer.alloc(2_048, 0xa5), 0, 2_048, at);
  closeSync(file);
}

describe('a database that cannot be written', () => {
  const chmod = (mode: string, path: string): void => void spawnSync('chmod', [mode, path]);
  const isRoot = process.getuid?.() === 0;

  test.skipIf(!CAN_MOUNT)(
    `a read-only file system: the message names the file and the fix ${skipped}`,
    async () => {
      disk = mountDisk(8);
      const database = join(disk?.folder ?? '', 'snapback.db');
      await leavePosition(database);
      disk?.readOnly(true);
      const child = start(database);
      expect(await child.exited).toBe(1);
      expect(child.output()).toMatch(
        new RegExp(`${database}.* is read-only; make the file and its folder writable`),
      );
      expect(child.output()).toContain('DATABASE_URL');
      disk?.readOnly(false);
      await ready(start(database));
    },
    150_000,
  );

  test.skipIf(isRoot).each(['file', 'folder'])(
    'a read-only %s: the message names the file and the fix (skipped for root, who may write anything)',
    async (what) => {
      const own = mkdtempSync(join(folder, 'locked-'));
      const database = join(own, 'snapback.db');
      await leavePosition(database);
      const path = what === 'file' ? database : own;
      chmod(what === 'file' ? '0444' : '0555', path);
      const child = start(database);
      const code = await child.exited;
      chmod('0755', path);
      expect(code).toBe(1);
      expect(child.output()).toContain(`${database} is read-only; make the file and its folder writable`);
    },
    60_000,
  );
});
