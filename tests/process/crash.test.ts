import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { privateKeyToAddress } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openReadOnly } from '../../src/shell/store/node-sqlite.ts';
import { verifyJournal } from '../../src/shell/store/verify-journal.ts';
import type { Child } from '../support/child-process.ts';
import { runCli } from '../support/child-process.ts';

const ACCOUNT = `0x${'ac'.repeat(20)}`;
const ENTRY_KEY = `0x${'e1'.repeat(32)}` as const;
const GUARD_KEY = `0x${'61'.repeat(32)}` as const;
const WEBHOOK_TOKEN = 'webhook-token-of-the-crash-test';
const READ_TOKEN = 'read-token-of-the-crash-test';
const auth = { headers: { authorization: `Bearer ${READ_TOKEN}` } };

let folder: string;
let venue: Child;
let venueUrl: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'snapback-crash-'));
  const agents = [ENTRY_KEY, GUARD_KEY].map((k) => privateKeyToAddress(k)).join(',');
  venue = runCli(['venue', '--port', '0', '--account', ACCOUNT, '--agents', agents, '--usd', '100000'], {});
  venueUrl = (await venue.until(/api\s+(http:\/\/\S+)/))[1]!;
}, 60_000);
afterAll(async () => {
  await venue.kill();
  rmSync(folder, { recursive: true, force: true });
});

const startBridge = async (database: string): Promise<{ child: Child; url: string }> => {
  const child = runCli(['start'], {
    MODE: 'testnet',
    HYPERLIQUID_API_URL: venueUrl,
    HYPERLIQUID_ACCOUNT: ACCOUNT,
    HYPERLIQUID_ENTRY_KEY: ENTRY_KEY,
    HYPERLIQUID_GUARD_KEY: GUARD_KEY,
    WEBHOOK_TOKEN,
    READ_TOKEN,
    PORT: '0',
    DATABASE_URL: `file:${join(folder, database)}`,
    LOG_LEVEL: 'warn',
  });
  const url = (await child.until(/page\s+(http:\/\/[^/\s]+)/))[1]!;
  return { child, url };
};

const json = async <T>(url: string, init?: RequestInit): Promise<T> =>
  (await (await fetch(url, init)).json()) as T;
const sim = (path: string, body?: object): Promise<unknown> =>
  json(
    `${venueUrl}/sim/${path}`,
    body === undefined ? undefined : { method: 'POST', body: JSON.stringify(body) },
  );

interface Alerts {
  items: { id: string; state: string; outcome: string | null }[];
}
interface Account {
  positions: { coin: string; szi: number }[];
  orders: { coin: string; isTrigger: boolean }[];
  fills: { coin: string; oid: number; dir: string }[];
}

/** An alert that will be approved: the venue's market has just seen a flush of BTC longs. */
const exampleAlert = async (url: string, exchange: string): Promise<string> => {
  let alert: Record<string, unknown> = {};
  await expect
    .poll(async () => (alert = await json(`${url}/api/v1/example-alert?coin=BTC`, auth)), { timeout: 20_000 })
    .toHaveProperty('kind');
  await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 20_000 }).toBe(200);
  // The exchange is part of an alert's meaning: each round sends an alert of its own.
  return JSON.stringify({ ...alert, exchange });
};

describe('kill -9', () => {
  test('a second process on the same database refuses to start and says what to do', async () => {
    const first = await startBridge('lock.db');
    const second = runCli(['start'], { PORT: '0', DATABASE_URL: `file:${join(folder, 'lock.db')}` });
    expect(await second.exited).toBe(1);
    expect(second.output()).toMatch(/another .*process/i);
    expect(second.output()).toContain('DATABASE_URL');
    expect((await fetch(`${first.url}/healthz`)).status).toBe(200);
    await first.child.kill('SIGTERM');
  }, 60_000);

  test('a SIGTERM ends the process in order', async () => {
    const { child } = await startBridge('term.db');
    child.process.kill('SIGTERM');
    expect(await child.exited).toBe(0);
  }, 60_000);

  // From before the decision to after the fill: the delay moves the moment of death along the path of one alert.
  test.each([0, 2, 6, 15, 40])(
    '%i ms after the 202: executed once or refused, never lost, never twice',
    async (delayMs) => {
      const database = `kill-${delayMs}.db`;
      const before = (await sim(`account/${ACCOUNT}`)) as Account;
      const first = await startBridge(database);
      const body = await exampleAlert(first.url, `ROUND${delayMs}`);
      const answer = await fetch(`${first.url}/webhook/${WEBHOOK_TOKEN}`, { method: 'POST', body });
      expect(answer.status).toBe(202);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      await first.child.kill('SIGKILL');
      const left = openReadOnly(join(folder, database));
      expect(await verifyJournal(left)).toMatchObject({ ok: true, breaks: [] });
      await left.close();

      const second = await startBridge(database);
      await expect
        .poll(
          async () => (await json<Alerts>(`${second.url}/api/v1/alerts`, auth)).items.map((a) => a.state),
          { timeout: 30_000 },
        )
        .toEqual(['done']);
      const after = (await sim(`account/${ACCOUNT}`)) as Account;
      const entries = (a: Account): number =>
        new Set(a.fills.filter((f) => f.dir.startsWith('Open')).map((f) => f.oid)).size;
      expect(entries(after) - entries(before)).toBeLessThanOrEqual(1);
      for (const p of after.positions)
        expect(after.orders.filter((o) => o.coin === p.coin && o.isTrigger)).toHaveLength(1);
      await second.child.kill('SIGTERM');
      await flatten(after);
    },
    90_000,
  );
});

/** Leaves the account flat for the next round: a deep price move through the stop does it on the venue's own terms. */
async function flatten(a: Account): Promise<void> {
  for (const p of a.positions) {
    const { mark } = (await json<{ mark: string }>(`${venueUrl}/info`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'allMids' }),
    }).then((mids) => ({ mark: (mids as unknown as Record<string, string>)[p.coin] ?? '0' }))) as {
      mark: string;
    };
    await sim('price', { coin: p.coin, markPx: Math.round(Number(mark) * (p.szi > 0 ? 0.9 : 1.1)) });
    await sim('price', { coin: p.coin, markPx: Math.round(Number(mark)) });
  }
}
