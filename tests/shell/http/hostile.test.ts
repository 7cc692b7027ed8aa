import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Alert } from '../../../src/core/alert/schema.ts';
import { alertBody, OPERATE_TOKEN, READ_TOKEN, refusalOf, WEBHOOK_TOKEN, world } from './world.ts';

const good = JSON.stringify(alertBody());
const keys = Object.keys(alertBody());

const nastyValue = fc.oneof(
  fc.constantFrom(
    'NaN',
    '1e400',
    '-1e400',
    '-0',
    'null',
    'true',
    '[]',
    '{}',
    '""',
    '"\\ud800"',
    '"=cmd()"',
    '9'.repeat(400),
  ),
  fc.double().map(String),
  fc.bigInt().map(String),
  fc.string({ unit: 'binary' }).map((s) => JSON.stringify(s)),
  fc.json(),
  fc.nat({ max: 3_000 }).map((n) => '['.repeat(n) + ']'.repeat(n)),
);

/** The good alert with one field's value replaced by hostile text. */
const mutated = fc
  .tuple(fc.constantFrom(...keys, '__proto__', 'constructor', 'toJSON'), nastyValue)
  .map(([key, value]) => {
    const { [key]: _old, ...rest } = alertBody();
    return `${JSON.stringify(rest).slice(0, -1)},${JSON.stringify(key)}:${value}}`;
  });

const spliced = fc
  .tuple(fc.nat({ max: good.length }), fc.nat({ max: 20 }), fc.string({ unit: 'binary', maxLength: 20 }))
  .map(([at, cut, text]) => good.slice(0, at) + text + good.slice(at + cut));

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 9_000 }).map((b) => new Uint8Array(b)),
  fc.json({ maxDepth: 20 }).map((s) => new TextEncoder().encode(s)),
  mutated.map((s) => new TextEncoder().encode(s)),
  spliced.map((s) => new TextEncoder().encode(s)),
);

test('whatever the body: never a 5xx, always JSON, and a refusal is on record', async () => {
  const w = await world();
  let letters = 0;
  await fc.assert(
    fc.asyncProperty(bytes, async (body) => {
      const res = await w.post(body);
      expect(res.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect([200, 202, 400, 409, 413]).toContain(res.status);
      if (res.status >= 400) await refusalOf(res);
      letters += res.status === 400 || res.status === 409 ? 1 : 0;
    }),
    { numRuns: 1_000 },
  );
  expect((await w.deadLetters()).length).toBe(Math.min(letters, 500));
  expect(letters).toBeGreaterThan(300);
  for (const { alert } of await w.alerts()) Alert.parse(alert);
});

test('whatever the address and the query: never a 5xx, never a secret', async () => {
  const w = await world();
  const segment = fc.oneof(
    fc.constantFrom(
      'api',
      'v1',
      'alerts',
      'decisions',
      'zones',
      'coins',
      'positions',
      'webhook',
      '..',
      '%00',
      '%',
      '__proto__',
    ),
    fc.string({ unit: 'binary', maxLength: 12 }),
  );
  const name = fc.oneof(
    fc.constantFrom(
      'coin',
      'strategy',
      'since',
      'until',
      'limit',
      'cursor',
      'format',
      '__proto__',
      'constructor',
    ),
    fc.string({ unit: 'binary', maxLength: 8 }),
  );
  const url = fc.record({
    path: fc.oneof(
      fc.constantFrom(
        'api/v1/alerts',
        'api/v1/trades',
        'api/v1/positions',
        'api/v1/guard',
        'healthz',
        'readyz',
      ),
      fc.array(segment, { maxLength: 5 }).map((s) => s.join('/')),
    ),
    query: fc.array(
      fc.tuple(name, fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.nat().map(String))),
      { maxLength: 3 },
    ),
    method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'),
  });
  await fc.assert(
    fc.asyncProperty(url, async ({ path, query, method }) => {
      const search = query.map(([k, v]) => `${escape(k)}=${escape(v)}`).join('&');
      const res = await w.app.request(new URL(`http://127.0.0.1/${safe(path)}?${search}`).href, {
        method,
        headers: { authorization: `Bearer ${READ_TOKEN}` },
      });
      const text = await res.text();
      expect(res.status).toBeLessThan(500);
      expect(text).not.toContain('canary');
      if (res.headers.get('content-type')?.startsWith('application/json') === true && text !== '')
        JSON.parse(text);
    }),
    { numRuns: 1_000 },
  );
  expect(w.lines.join()).not.toContain('canary');
});

/** Lone surrogates cannot be written into a URL; everything else goes in as it is. */
const safe = (text: string): string => text.toWellFormed();
const escape = (text: string): string => encodeURIComponent(safe(text));

test('tokens never reach an answer, a log line or the store, wherever they are put', async () => {
  const w = await world();
  const secrets = [WEBHOOK_TOKEN, READ_TOKEN, OPERATE_TOKEN];
  const answers: Response[] = [];
  for (const secret of secrets) {
    const headers = { authorization: `Bearer ${secret}` };
    const confirmed = async () => ({ ...headers, ...(await w.confirm()) });
    answers.push(
      await w.post(good),
      await w.post(good, { token: secret }),
      await w.post(`{"note":"${secret}"}`),
      await w.post(`{"${secret}":1}`),
      await w.post(`buy ${secret}`),
      await w.post(JSON.stringify(alertBody({ ticker: secret.slice(0, 40) }))),
      await w.post(JSON.stringify(alertBody({ strategy: secret }))),
      await w.app.request(`/api/v1/alerts?coin=${secret}`, { headers }),
      await w.app.request(`/api/v1/alerts?${secret}=1`, { headers }),
      await w.app.request(`/api/v1/alerts?cursor=${secret}`, { headers }),
      await w.app.request(`/api/v1/decisions/${secret}`, { headers }),
      await w.app.request(`/api/v1/decisions/summary?coin=${secret}`, { headers }),
      await w.app.request(`/api/v1/decisions?reason=${secret}`, { headers }),
      await w.app.request(`/api/v1/trades/${secret}`, { headers }),
      await w.app.request(`/api/v1/trades?decision=${secret}&side=${secret}`, { headers }),
      await w.app.request(`/api/v1/zones/${secret}`, { headers }),
      await w.app.request(`/${secret}`, { headers }),
      await w.app.request(`/webhook/${secret}/`, { method: 'POST', headers }),
      await w.app.request('/api/v1/state', { method: 'POST', body: `{"state":"${secret}"}`, headers }),
      await w.app.request('/api/v1/state', {
        method: 'POST',
        body: `{"state":"HALTED","reason":"${secret}"}`,
        headers,
      }),
      await w.app.request('/api/v1/state', {
        method: 'POST',
        body: '{"state":"ACTIVE"}',
        headers: { ...headers, 'x-confirm': secret },
      }),
      await w.app.request(`/api/v1/positions/${secret}/flatten`, {
        method: 'POST',
        headers: await confirmed(),
      }),
      await w.app.request(`/api/v1/coins/${secret}`, {
        method: 'PUT',
        body: '{"enabled":true}',
        headers: await confirmed(),
      }),
      await w.app.request('/api/v1/coins/BTC', {
        method: 'PUT',
        body: `{"${secret}":1}`,
        headers: await confirmed(),
      }),
      await w.app.request('/api/v1/coins/BTC', {
        method: 'PUT',
        body: `{"enabled":"${secret}"}`,
        headers: await confirmed(),
      }),
      await w.app.request(`/api/v1/performance?by=${secret}`, { headers }),
      await w.app.request(`/api/v1/stream`, { headers: { ...headers, 'last-event-id': secret } }),
      await w.app.request(`/api/v1/zones/BTC`, { headers: { ...headers, 'if-none-match': secret } }),
    );
  }
  w.breakStore(true);
  answers.push(await w.post(good), await w.get('/api/v1/alerts'), await w.get('/api/v1/decisions/x'));
  w.breakStore(false);
  const read = await Promise.all(
    ['alerts', 'dead-letters', 'dead-letters?format=csv'].map((l) => w.get(`/api/v1/${l}`)),
  );
  const everything = [
    ...(await Promise.all(
      [...answers, ...read].map(async (r) => JSON.stringify([...r.headers]) + (await r.text())),
    )),
    ...w.lines,
    ...w.bridge.reasons,
    JSON.stringify(w.bridge.versions),
  ].join('\n');
  expect(everything.length).toBeGreaterThan(10_000);
  const leaked = everything.split('\n').filter((line) => secrets.some((s) => line.includes(s)));
  expect(leaked).toEqual([]);
});
