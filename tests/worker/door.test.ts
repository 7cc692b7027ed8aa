import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import worker from '../../src/shell/runtime/worker.ts';
import { exhaustion } from '../support/alerts.ts';
import {
  ask,
  closeWorld,
  desk,
  enter,
  idle,
  json,
  NOW_MS,
  openWorld,
  post,
  read,
  rows,
  saidSoFar,
  secretsIn,
} from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeEach(() => {
  world = openWorld();
});
afterEach(closeWorld);

/** The Worker's answer with other bindings than the configured ones. */
const withEnv = (change: Record<string, string>): Promise<Response> =>
  worker.fetch(new Request('https://snapback.test/healthz'), { ...env, ...change });

test.each([
  'WEBHOOK_TOKEN',
  'READ_TOKEN',
  'HYPERLIQUID_ACCOUNT',
  'HYPERLIQUID_ENTRY_KEY',
  'HYPERLIQUID_GUARD_KEY',
])('refuses everything without %s, and says so', async (name) => {
  const answer = await withEnv({ [name]: '' });
  expect(answer.status).toBe(500);
  const body = json(await answer.text());
  expect(body).toMatchObject({ code: 'not-ready', message: expect.stringContaining(`${name}: required`) });
  expect(saidSoFar()).toContain(`"requestId":"${String(body['requestId'])}"`);
  expect(world.asked).toEqual([]);
});

test.each([
  [{ MODE: 'paper' }, 'MODE=testnet'],
  [{ MODE: '' }, 'MODE=testnet'],
  [{ MODE: 'live' }, 'LIVE_TRADING'],
  [{ HYPERLIQUID_GUARD_KEY: env.HYPERLIQUID_ENTRY_KEY }, 'another agent wallet'],
  [{ READ_TOKEN: 'short' }, 'READ_TOKEN: at least 20'],
])('refuses %j', async (change, says) => {
  const answer = await withEnv(change);
  expect(answer.status).toBe(500);
  expect(json(await answer.text())['message']).toContain(says);
});

test('the page and its files come through the same app, with its headers', async () => {
  const page = await ask('/');
  expect(page.status).toBe(200);
  expect(page.text).toContain('<!doctype html>');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect((await ask('/main.js')).headers.get('content-type')).toContain('javascript');
  expect((await ask('/../wrangler.toml')).status).toBe(404);
  expect((await ask('/no-such-page.html')).status).toBe(404);
  // A file needs neither the desk nor the venue.
  expect(world.asked).toEqual([]);
});

test('each door has its own token', async () => {
  expect((await ask('/api/v1/alerts')).status).toBe(401);
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  expect((await ask('/api/v1/alerts', bearer(env.WEBHOOK_TOKEN))).status).toBe(401);
  expect((await ask(`/webhook/${env.READ_TOKEN}`, { method: 'POST' })).status).toBe(401);
  const state = (token: string, body?: string) =>
    ask('/api/v1/state', { method: 'POST', ...bearer(token), ...(body === undefined ? {} : { body }) });
  expect((await state(env.READ_TOKEN)).status).toBe(401);
  expect((await state(env.OPERATE_TOKEN, '{"state":"HALTED"}')).status).toBe(200);
  await evictDurableObject(desk());
  expect(json((await ask('/healthz')).text)).toMatchObject({ tradingState: 'HALTED' });
});

test('wrong tokens are counted per client as Cloudflare names it', async () => {
  const from = (address: string, n: number) =>
    ask(`/webhook/wrong-${n}`, { method: 'POST', headers: { 'cf-connecting-ip': address } });
  for (let n = 0; n < 10; n++) expect((await from('192.0.2.1', n)).status).toBe(401);
  expect((await from('192.0.2.1', 10)).status).toBe(429);
  expect((await from('192.0.2.2', 0)).status).toBe(401);
});

test('healthy means guarding: after waking up, with the guard having passed', async () => {
  expect((await ask('/healthz')).status).toBe(200);
  expect(json((await ask('/healthz')).text)).toMatchObject({
    ok: true,
    mode: 'testnet',
    guard: { lastOkMs: NOW_MS },
  });
  expect((await ask('/readyz')).status).toBe(200);
});

test('secrets stay inside: not in answers, logs, dead letters or the database, whatever goes wrong', async () => {
  await enter();
  // In a body, in a path, in what the venue answers, in a failure of the venue.
  await post({ ...exhaustion(), note: env.WEBHOOK_TOKEN, key: env.HYPERLIQUID_ENTRY_KEY });
  await post(`${env.READ_TOKEN} ${env.OPERATE_TOKEN}`);
  await ask(`/${env.READ_TOKEN}`);
  world.venue.faults.inject({ kind: 'http', status: 500, body: env.HYPERLIQUID_GUARD_KEY, count: 3 });
  await evictDurableObject(desk());
  await read('positions');
  await idle();
  for (const list of ['alerts', 'dead-letters', 'decisions', 'orders', 'fills', 'trades', 'guard'])
    await rows(list);
  const tables = await runInDurableObject(desk(), (_, state) => {
    const names = state.storage.sql.exec(
      "select name from sqlite_master where type = 'table' and name not like '%cf%'",
    );
    return names
      .toArray()
      .map(({ name }) => JSON.stringify(state.storage.sql.exec(`select * from "${String(name)}"`).toArray()));
  });
  expect(tables.join('').length).toBeGreaterThan(10_000);
  expect(secretsIn(tables.join('\n'))).toEqual([]);
  expect(secretsIn(saidSoFar())).toEqual([]);
  // The search finds what is there.
  expect(secretsIn(`x${env.READ_TOKEN}x ${env.HYPERLIQUID_GUARD_KEY.slice(2)}`)).toEqual([
    'READ_TOKEN',
    'HYPERLIQUID_GUARD_KEY',
  ]);
});
