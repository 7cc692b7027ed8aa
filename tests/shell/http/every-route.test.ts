// What holds for each route there is, also for the ones that come later: nobody has to remember it.
import { expect, test } from 'vitest';
import { routesOf } from '../../../src/shell/http/app.ts';
import { createKit } from '../../../src/shell/http/kit.ts';
import { exampleData } from './example-data.ts';
import { seed } from './seed.ts';
import { NOW_MS, OPERATE_TOKEN, READ_TOKEN, WEBHOOK_TOKEN, world } from './world.ts';

const deps = { tokens: { webhook: [], read: null, operate: null }, clock: { nowMs: () => 0 } };
const routes = routesOf(
  createKit({ digest: (t: string) => t, ...deps } as unknown as Parameters<typeof createKit>[0]),
);
const addressOf = (path: string, token = 'x'): string =>
  path.replaceAll('{token}', token).replaceAll('{coin}', 'BTC').replaceAll('{id}', 'x');
const tokenOf: Record<string, string | null> = {
  open: null,
  webhook: null,
  read: READ_TOKEN,
  operate: OPERATE_TOKEN,
};

async function asked(token: (scope: string) => string | null): Promise<[string, Response][]> {
  const w = await world();
  await seed(w.store, exampleData(NOW_MS));
  return Promise.all(
    routes.map(async ({ method, path, scope }, i): Promise<[string, Response]> => {
      const bearer = token(scope);
      const headers = {
        'x-test-socket': `10.0.0.${i}`, // strangers are counted by address
        ...(await w.confirm()),
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      };
      const res = await w.app.request(addressOf(path, WEBHOOK_TOKEN), {
        method: method.toUpperCase(),
        headers,
        ...(method === 'get' ? {} : { body: '{}' }),
      });
      return [`${method} ${path}`, res];
    }),
  );
}

test('nothing but health, the document and the webhook opens without a token, and no token opens another’s door', async () => {
  const open = routes.filter((r) => r.scope === 'open').map((r) => r.path);
  expect(open.sort()).toEqual(['/healthz', '/openapi.json', '/readyz']);
  for (const wrong of [
    () => null,
    () => WEBHOOK_TOKEN,
    (scope: string) => (scope === 'read' ? OPERATE_TOKEN : READ_TOKEN),
  ]) {
    const answers = await asked(wrong);
    const let_in = answers.filter(([name, res]) => res.status !== 401 && !open.some((path) => name.endsWith(path)) && !name.includes('/webhook/')); // prettier-ignore
    expect(let_in.map(([name, res]) => `${name} ${res.status}`)).toEqual([]);
  }
});

test.each([
  ['with its token', (scope: string) => tokenOf[scope] ?? null],
  ['refused', () => null],
] as const)('each answer, %s, has the strict headers and lets no other site read it', async (_, token) => {
  for (const [name, res] of await asked(token)) {
    const header = (key: string): string => res.headers.get(key) ?? '';
    expect([name, header('content-security-policy')]).toEqual([
      name,
      expect.stringContaining("default-src 'none'"),
    ]);
    expect([name, header('x-content-type-options'), header('x-frame-options')]).toEqual([
      name,
      'nosniff',
      'DENY',
    ]);
    expect([name, header('referrer-policy'), header('cross-origin-resource-policy')]).toEqual([name, 'no-referrer', 'same-origin']); // prettier-ignore
    expect([name, header('cache-control')]).toEqual([name, expect.stringMatching(/no-store|no-cache/)]);
    expect([name, header('access-control-allow-origin'), header('server'), header('x-powered-by')]).toEqual([name, '', '', '']); // prettier-ignore
    await res.body?.cancel();
  }
});

test('each door that changes something takes a number used once, or cannot be harmful twice', () => {
  const without = routes.filter((r) => r.scope === 'operate' && r.confirm === undefined);
  expect(without.map((r) => r.path).sort()).toEqual(['/api/v1/backup', '/api/v1/confirm']);
});

test('each token has its share of requests at each door', async () => {
  for (const { method, path, scope } of routes) {
    if (scope !== 'read' && scope !== 'operate') continue;
    const w = await world({ readsPerMinute: 0 });
    const res = await w.app.request(addressOf(path), {
      method: method.toUpperCase(),
      headers: { authorization: `Bearer ${tokenOf[scope]}` },
    });
    expect([path, res.status, Number(res.headers.get('retry-after')) > 0]).toEqual([path, 429, true]);
  }
});
