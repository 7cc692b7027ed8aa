import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { createClient } from '@libsql/client';
import { expect, test } from 'vitest';
import { inFolder } from './processes.ts';

/** Another process: takes the write lock, gives it back on the first line it is sent, counts the rows on the second. */
const OTHER = `
  const db = new (require('node:sqlite').DatabaseSync)(process.argv[1]);
  db.exec('BEGIN IMMEDIATE');
  console.log('locked');
  const steps = [
    () => { db.exec('COMMIT'); return 'free'; },
    () => String(db.prepare('select count(*) as n from t').get().n),
  ];
  require('node:readline').createInterface(process.stdin).on('line', () => console.log(steps.shift()()));
`;

// Why a local file is not opened with @libsql/client by default, and never without the exclusive lock: docs/decisions/
// 0001-store-drivers.md. When this test fails, the client was mended and the decision can be looked at again.
test('@libsql/client reports success for rows it never commits, after one SQLITE_BUSY', () =>
  inFolder(async (folder) => {
    const client = createClient({ url: `file:${folder}/x.db`, concurrency: 1 });
    await client.execute('create table t (x integer)');
    const other = spawn(process.execPath, ['-e', OTHER, `${folder}/x.db`], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface(other.stdout)[Symbol.asyncIterator]();
    const said = async (): Promise<unknown> => (await lines.next()).value;
    expect(await said()).toBe('locked');
    await expect(client.execute('insert into t values (0)')).rejects.toThrow(/SQLITE_BUSY/);
    other.stdin.write('\n');
    expect(await said()).toBe('free');

    for (const x of [1, 2, 3])
      expect((await client.execute(`insert into t values (${x})`)).rowsAffected).toBe(1);
    expect((await client.execute('select count(*) from t')).rows[0]?.[0]).toBe(3);
    other.stdin.write('\n');
    expect(await said()).toBe('0');
    other.kill();
    client.close();
  }));
