import { expect, test } from 'vitest';
import { CONFIRM_MS } from '../../../src/shell/http/confirm.ts';
import { NOW_MS, OPERATE_TOKEN, READ_TOKEN, refusalOf, world } from './world.ts';
import type { World } from './world.ts';

type Change = [what: string, method: 'POST' | 'PUT', path: string, body: string | null];
const CHANGES: Change[] = [
  ['opening trading', 'POST', '/api/v1/state', '{"state":"ACTIVE"}'],
  ['closing a position', 'POST', '/api/v1/positions/BTC/flatten', null],
  ['changing a coin', 'PUT', '/api/v1/coins/BTC', '{"driftBpsMax":50}'],
];
const send = async (w: World, [, method, path, body]: Change, headers: Record<string, string>) =>
  w.app.request(path, {
    method,
    headers: { authorization: `Bearer ${OPERATE_TOKEN}`, ...headers },
    ...(body === null ? {} : { body }),
  });
/** What reached the bridge. */
const done = (w: World) => [w.bridge.states.length, w.bridge.flattened.length, w.bridge.versions.length];

test.each(CHANGES)('%s needs a number of its own, once', async (...change) => {
  const w = await world();
  for (const headers of [{}, { 'x-confirm': '' }, { 'x-confirm': 'guessed' }] as Record<string, string>[]) {
    const res = await send(w, change, headers);
    expect([res.status, (await refusalOf(res)).code]).toEqual([428, 'confirm-needed']);
  }
  expect(done(w)).toEqual([0, 0, 0]);
  const confirmed = await w.confirm();
  expect((await send(w, change, confirmed)).status).toBe(200);
  const after = done(w);
  expect(after.reduce((a, n) => a + n)).toBe(1);
  // The same request again, byte for byte: a proxy's retry, a script run twice, a recording.
  expect((await send(w, change, confirmed)).status).toBe(428);
  expect(done(w)).toEqual(after);
});

test('a number is good for a minute, and the read token gets none', async () => {
  const w = await world();
  const [change] = CHANGES as [Change];
  const young = await w.confirm();
  const old = await w.confirm();
  w.setNow(NOW_MS + CONFIRM_MS - 1);
  expect((await send(w, change, young)).status).toBe(200);
  w.setNow(NOW_MS + CONFIRM_MS);
  expect((await send(w, change, old)).status).toBe(428);
  const headers = { authorization: `Bearer ${READ_TOKEN}` };
  expect((await w.app.request('/api/v1/confirm', { method: 'POST', headers })).status).toBe(401);
});

test('numbers asked for and never used do not gather: the oldest is forgotten', async () => {
  const w = await world();
  const [change] = CHANGES as [Change];
  const first = await w.confirm();
  const second = await w.confirm();
  for (let i = 0; i < 49; i++) await w.confirm();
  expect((await send(w, change, first)).status).toBe(428);
  expect((await send(w, change, second)).status).toBe(200);
});

test('to stop is one request, in every state; only to loosen needs a number', async () => {
  const w = await world();
  const set = async (now: 'ACTIVE' | 'REDUCING' | 'HALTED', next: string): Promise<number> => {
    w.bridge.view = { ...w.bridge.view, tradingState: now };
    return (await send(w, ['', 'POST', '/api/v1/state', JSON.stringify({ state: next })], {})).status;
  };
  expect(await set('ACTIVE', 'HALTED')).toBe(200);
  expect(await set('ACTIVE', 'REDUCING')).toBe(200);
  expect(await set('REDUCING', 'HALTED')).toBe(200);
  expect(await set('HALTED', 'HALTED')).toBe(200);
  expect(await set('HALTED', 'REDUCING')).toBe(428);
  expect(await set('HALTED', 'ACTIVE')).toBe(428);
  expect(await set('REDUCING', 'ACTIVE')).toBe(428);
  expect(await set('ACTIVE', 'ACTIVE')).toBe(428);
  expect(w.bridge.states).toEqual(['HALTED', 'REDUCING', 'HALTED', 'HALTED']);
});
