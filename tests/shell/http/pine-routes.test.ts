import { expect, test } from 'vitest';
import { zoneMap } from '../../support/decide-input.ts';
import { OPERATE_TOKEN, refusalOf, WEBHOOK_TOKEN, world } from './world.ts';

const PATH = '/pine/zones.pine';
const MAP = { ...zoneMap(), bins: { px: [], longUsd: [], shortUsd: [] } };

test('answers a script as plain text, for BTC if no coin is given', async () => {
  const w = await world();
  w.bridge.map = MAP;
  const res = await w.get(PATH);
  expect([res.status, res.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
  const code = await res.text();
  expect(code.split('\n')[0]).toBe('//@version=6');
  expect(code).toContain('zone(true, 100000, 100400,');
  expect(await (await w.get(`${PATH}?coin=BTC`)).text()).toBe(code);
});

test('needs the read token', async () => {
  const w = await world();
  for (const token of [null, 'wrong', WEBHOOK_TOKEN, OPERATE_TOKEN])
    expect((await w.get(PATH, token)).status).toBe(401);
});

test.each([
  ['', 503, 'zones-missing'],
  ['?coin=XYZ', 404, 'not-found'],
  ['?coin=%22%0A', 400, 'bad-query'],
  ['?coins=BTC', 400, 'bad-query'],
])('without a map, %s is refused with %i %s', async (query, status, code) => {
  const res = await (await world()).get(`${PATH}${query}`);
  expect([res.status, (await refusalOf(res)).code]).toEqual([status, code]);
});

test('the document says that it is text', async () => {
  const doc = JSON.stringify(await (await (await world()).get('/openapi.json')).json());
  expect(doc).toMatch(/"\/pine\/zones\.pine".*?"200":\{"description":"OK","content":\{"text\/plain"/);
});
