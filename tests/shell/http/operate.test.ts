import { describe, expect, test } from 'vitest';
import { CoinEntry } from '../../../src/shell/http/schemas.ts';
import { exampleData } from './example-data.ts';
import { NOW_MS, OPERATE_TOKEN, READ_TOKEN, refusalOf, WEBHOOK_TOKEN, world } from './world.ts';
import type { World } from './world.ts';

const operate = async (
  w: World,
  method: string,
  path: string,
  body?: string,
  token: string | null = OPERATE_TOKEN,
) =>
  w.app.request(path, {
    method,
    ...(body === undefined ? {} : { body }),
    headers: { ...(await w.confirm()), ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
  });
const put = (w: World, body: string, coin = 'BTC', token: string | null = OPERATE_TOKEN) =>
  operate(w, 'PUT', `/api/v1/coins/${coin}`, body, token);

describe('PUT /api/v1/coins/{coin}', () => {
  test('changes what is named and says where each value comes from', async () => {
    const w = await world();
    const res = await put(w, '{"driftBpsMax":55,"enabled":false}');
    const entry = CoinEntry.parse(await res.json());
    expect([res.status, entry.version]).toEqual([200, 1]);
    expect(entry.params).toMatchObject({ driftBpsMax: 55, enabled: false, riskFraction: 0.005 });
    expect(entry.provenance).toMatchObject({
      driftBpsMax: 'override',
      enabled: 'override',
      riskFraction: 'default',
    });
    expect(entry.defaults.driftBpsMax).toBe(40);
    const read = CoinEntry.parse(await (await w.get('/api/v1/coins/BTC')).json());
    expect(read).toEqual(entry);
    expect(read.history).toMatchObject([{ version: 1, changes: { driftBpsMax: 55, enabled: false } }]);
  });

  test.each([
    ['{"driftBpsMax":501}', 'driftBpsMax', /at most 500/],
    ['{"riskFraction":0}', 'riskFraction', /at least 0|0/],
    ['{"riskFraction":"0.1"}', 'riskFraction', /number, or null/],
    ['{"leverage":2.5}', 'leverage', /./],
    ['{"coin":"ETH"}', 'coin', /driftBpsMax/],
    ['{"__proto__x":1}', '__proto__x', /riskFraction/],
    ['{}', '', /JSON object/],
    ['', '', /JSON object/],
    ['[]', '', /JSON object/],
    ['{"stopDistanceBpsMin":700}', 'stopDistanceBpsMin', /bound/],
    ['{"takeProfitR":[1]}', 'takeProfitR', /./],
  ])('%s names the field and the bound', async (body, path, fix) => {
    const w = await world();
    const res = await put(w, body);
    const refusal = await refusalOf(res);
    expect([res.status, refusal.code]).toEqual([400, 'malformed']);
    expect(refusal.issues?.[0]?.path).toContain(path);
    expect(refusal.issues?.[0]?.fix).toMatch(fix);
    expect(w.bridge.versions).toEqual([]);
  });

  test.each([null, READ_TOKEN, WEBHOOK_TOKEN, 'wrong'])('not with token %j', async (token) => {
    const w = await world();
    expect([(await put(w, '{"enabled":false}', 'BTC', token)).status, w.bridge.versions]).toEqual([401, []]);
  });

  test('404 for a coin nobody trades, 413 for a flood, 503 when it cannot be stored', async () => {
    const w = await world();
    expect((await put(w, '{"enabled":false}', 'XYZ')).status).toBe(404);
    expect((await put(w, 'x'.repeat(9_000))).status).toBe(413);
    w.bridge.refusesState = true;
    const res = await put(w, '{"enabled":false}');
    expect([res.status, (await refusalOf(res)).code]).toEqual([503, 'not-stored']);
  });
});

describe('POST /api/v1/positions/{coin}/flatten', () => {
  test.each([
    ['closed', 200],
    ['no-position', 200],
    ['pending', 202],
  ] as const)('%s is %i', async (status, code) => {
    const w = await world();
    w.bridge.exit = status;
    const res = await operate(w, 'POST', '/api/v1/positions/kPEPE/flatten');
    expect([res.status, await res.json()]).toEqual([
      code,
      { coin: 'kPEPE', status, message: `kPEPE: ${status}` },
    ]);
  });

  test.each(['x'.repeat(20), WEBHOOK_TOKEN, 'B%20C', '..%2f'])(
    'a name that no coin has (%s) is not repeated',
    async (name) => {
      const w = await world();
      const res = await operate(w, 'POST', `/api/v1/positions/${name}/flatten`);
      const refusal = await refusalOf(res);
      expect([res.status, refusal.code, refusal.message.includes(name)]).toEqual([404, 'not-found', false]);
    },
  );

  test('a slip of the shift key is not told that there is no position', async () => {
    const w = await world();
    w.bridge.read = { readAtMs: NOW_MS, equityUsd: 10_000, items: exampleData(NOW_MS).positions };
    const [held] = w.bridge.read?.items ?? [];
    if (held === undefined) throw new Error('nothing is held');
    const res = await operate(w, 'POST', `/api/v1/positions/${held.coin.toLowerCase()}/flatten`);
    expect(res.status).toBe(404);
    expect((await refusalOf(res)).message).toBe(`nothing was closed: the position is called ${held.coin}`);
    expect((await operate(w, 'POST', `/api/v1/positions/${held.coin}/flatten`)).status).not.toBe(404);
  });

  test('an account that cannot be read is 503: unknown is not flat', async () => {
    const w = await world();
    w.bridge.exit = 'refused';
    const res = await operate(w, 'POST', '/api/v1/positions/BTC/flatten');
    expect([res.status, (await refusalOf(res)).code]).toEqual([503, 'account-unreadable']);
  });

  test.each([null, READ_TOKEN, WEBHOOK_TOKEN])('not with token %j', async (token) => {
    const w = await world();
    expect((await operate(w, 'POST', '/api/v1/positions/BTC/flatten', undefined, token)).status).toBe(401);
  });
});

describe('POST /api/v1/state with a reason', () => {
  test('keeps it, without anything that looks like a token', async () => {
    const w = await world();
    const say = (reason: string) =>
      operate(w, 'POST', '/api/v1/state', JSON.stringify({ state: 'HALTED', reason }));
    expect((await say('going on holiday')).status).toBe(200);
    await say(`token ${READ_TOKEN}`);
    await operate(w, 'POST', '/api/v1/state', '{"state":"ACTIVE"}');
    expect(w.bridge.reasons).toEqual(['going on holiday', 'token [removed]', 'asked for over HTTP']);
    expect((await say('x'.repeat(201))).status).toBe(400);
  });
});
