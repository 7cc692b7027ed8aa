import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runCli } from '../support/child-process.ts';

test('a port that is taken ends the start with a sentence, not with a process that serves nobody', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'snapback-start-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as AddressInfo;
  const child = runCli(['start'], {
    DATABASE_URL: `file:${join(folder, 'a.db')}`,
    PORT: String(port),
    PAPER_MARKET: 'synthetic',
    LOG_LEVEL: 'error',
  });
  onTestFinished(() => child.kill());
  expect(await child.exited).toBe(1);
  expect(child.output()).toContain(
    `snapback: port ${port} on 127.0.0.1 is taken: stop what listens there, or set PORT to another`,
  );
}, 60_000);

test.each([
  [{ HOST: '192.0.2.1' }, 'snapback: HOST: 192.0.2.1 is no address of this machine; 127.0.0.1 is'],
  [{ PORT: 'x', MODE: 'Live' }, 'snapback:\n  MODE: one of paper, testnet, live\n  PORT: a whole number'],
])(
  '%j ends the start with the name of the setting',
  async (env, said) => {
    const folder = mkdtempSync(join(tmpdir(), 'snapback-start-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const DATABASE_URL = `file:${join(folder, 'a.db')}`;
    const child = runCli(['start'], { DATABASE_URL, PAPER_MARKET: 'synthetic', LOG_LEVEL: 'error', ...env });
    onTestFinished(() => child.kill());
    expect(await child.exited).toBe(1);
    expect(child.output()).toContain(said);
  },
  60_000,
);
