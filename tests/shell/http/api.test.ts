import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Alert } from '../../../src/core/alert/schema.ts';
import { guardAgeMsMax } from '../../../src/shell/http/health-routes.ts';
import { CoinEntry, Coins, Decision, Lists, ZoneMap } from '../../../src/shell/http/schemas.ts';
import { exampleData } from './example-data.ts';
import { seed } from './seed.ts';
import {
  alertBody,
  digest,
  health,
  NOW_MS,
  OPERATE_TOKEN,
  READ_TOKEN,
  refusalOf,
  WEBHOOK_TOKEN,
  world,
} from './world.ts';
import type { World } from './world.ts';

const STORED = ['alerts', 'dead-letters', 'decisions', 'orders', 'fills', 'trades', 'guard'] as const;
const LISTS = [...STORED, 'positions'] as const;
const Items = z.object({
  items: z.array(z.record(z.string(), z.unknown())),
  nextCursor: z.string().nullable(),
});
const itemsOf = async (res: Response) => Items.parse(await res.json());

async function seeded(): Promise<World> {
  const w = await world();
  const data = exampleData(NOW_MS);
  await seed(w.store, data);
  w.bridge.read = { readAtMs: NOW_MS, equityUsd: 10_214.5, items: data.positions };
  return w;
}

describe('lists', () => {
  test.each(LISTS)('%s answers what its schema says, newest first', async (name) => {
    const res = await (await seeded()).get(`/api/v1/${name}`);
    expect(res.status).toBe(200);
    const page = z.strictObject(Lists[name].shape).parse(await res.clone().json());
    expect(page.items.length).toBeGreaterThan(0);
    expect(page.nextCursor).toBeNull();
    const times = (await itemsOf(res)).items.map((i) =>
      Number(i['receivedAtMs'] ?? i['decidedAtMs'] ?? i['startedAtMs'] ?? 0),
    );
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  });

  test.each(LISTS)('%s needs the read token, in the header', async (name) => {
    const w = await world();
    for (const token of [null, '', 'wrong', WEBHOOK_TOKEN, OPERATE_TOKEN]) {
      const res = await w.get(`/api/v1/${name}`, token);
      expect(res.status).toBe(401);
      expect(await refusalOf(res)).toMatchObject({ code: 'unauthorized' });
    }
    expect((await w.get(`/api/v1/${name}?token=${READ_TOKEN}`, null)).status).toBe(401);
    expect((await w.app.request(`/api/v1/${name}`, { headers: { authorization: READ_TOKEN } })).status).toBe(
      401,
    );
  });

  test.each(LISTS)('%s as CSV has a fixed header and as many columns in every line', async (name) => {
    const res = await (await seeded()).get(`/api/v1/${name}?format=csv`);
    expect(res.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(res.headers.get('content-disposition')).toBe(`attachment; filename="snapback-${name}.csv"`);
    const [header = '', first = ''] = (await res.text()).split('\r\n');
    const unquoted = first.replaceAll(/"(?:[^"]|"")*"/g, 'x');
    expect(unquoted.split(',')).toHaveLength(header.split(',').length);
    const empty = await (await world()).get(`/api/v1/${name}?format=csv`);
    expect(await empty.text()).toBe(`${header}\r\n`);
  });

  test('every CSV column leads to something in the data', async () => {
    const w = await seeded();
    for (const name of LISTS) {
      const lines = (await (await w.get(`/api/v1/${name}?format=csv`)).text()).trim().split('\r\n');
      const header = lines[0]?.split(',') ?? [];
      const never = new Set([
        'outcome',
        'nextCursor',
        'reason',
        'message',
        'cloid',
        'liquidation',
        'expiresAfterMs',
        'alertId',
      ]);
      const rows = lines.slice(1).map((l) => l.replaceAll(/"(?:[^"]|"")*"/g, 'x').split(','));
      const empty = header.filter((h, i) => !never.has(h) && rows.every((r) => r[i] === ''));
      expect([name, empty]).toEqual([name, []]);
    }
  });

  test('the filters reach the store: coin, since (inclusive), until (exclusive), strategy', async () => {
    const w = await seeded();
    const coins = async (q: string) =>
      (await itemsOf(await w.get(`/api/v1/decisions?${q}`))).items.map((i) => i['coin']);
    expect(await coins('coin=ETH')).toEqual(['ETH']);
    expect(await coins('coin=NOPE')).toEqual([]);
    expect(await coins('strategy=farms')).toEqual([]);
    expect(await coins(`since=${NOW_MS - 14 * 60_000 + 34}`)).toEqual(['DOGE', 'SOL', 'ETH', 'BTC']);
    expect(await coins(`since=${NOW_MS - 14 * 60_000 + 35}`)).toEqual(['DOGE', 'SOL', 'ETH']);
    expect(await coins(`until=${NOW_MS - 305 * 60_000 + 34}`)).toEqual(['XRP']);
    const iso = new Date(NOW_MS - 14 * 60_000 + 35).toISOString();
    expect(await coins(`since=${iso}`)).toEqual(['DOGE', 'SOL', 'ETH']);
    expect(await coins(`since=${iso.replace('Z', '%2B00:00')}`)).toEqual(['DOGE', 'SOL', 'ETH']);
  });

  test('pages follow each other without a gap or a repeat while alerts come in', async () => {
    const w = await seeded();
    const all = (await w.alerts()).map((a) => a.id);
    const seen: unknown[] = [];
    let cursor: string | null = null;
    let turn = 0;
    do {
      const page = await itemsOf(
        await w.get(`/api/v1/alerts?limit=3${cursor === null ? '' : `&cursor=${cursor}`}`),
      );
      seen.push(...page.items.map((i) => i['id']));
      cursor = page.nextCursor;
      await w.post(JSON.stringify(alertBody({ barTime: 1_700_000_000_000 + ++turn })));
    } while (cursor !== null);
    expect(seen).toEqual(all);
    expect(turn).toBe(4);
    const csv = await w.get('/api/v1/alerts?limit=3&format=csv');
    expect(csv.headers.get('x-next-cursor')).toBe(
      (await itemsOf(await w.get('/api/v1/alerts?limit=3'))).nextCursor,
    );
  });

  test('the list of decisions carries no inputs, the decision itself all of them', async () => {
    const w = await seeded();
    const [first] = (await itemsOf(await w.get('/api/v1/decisions'))).items;
    expect(first).not.toHaveProperty('inputs');
    expect(first).toHaveProperty('gates');
    const one = Decision.parse(await (await w.get(`/api/v1/decisions/${String(first?.['id'])}`)).json());
    expect(one.inputs).toMatchObject({ markPx: 0.198_71 });
    const none = await w.get('/api/v1/decisions/none');
    expect([none.status, (await refusalOf(none)).code]).toEqual([404, 'not-found']);
  });
});

describe('bad-query names the parameter and the fix', () => {
  test.each([
    ['limit=0', 'limit', /1 to 500/],
    ['limit=501', 'limit', /1 to 500/],
    ['limit=x', 'limit', /1 to 500/],
    ['limit=-1', 'limit', /1 to 500/],
    ['limit=1e2', 'limit', /1 to 500/],
    ['since=yesterday', 'since', /ISO 8601/],
    ['since=2026-11-21T10:00:00', 'since', /zone/],
    ['until=99999999999999999', 'until', /milliseconds/],
    ['until=2026-13-45', 'until', /ISO 8601/],
    ['coin=BTC;drop', 'coin', /kPEPE/],
    ['coin=BTC&coin=ETH', 'coin', /once/],
    ['strategy=Max%20Pain', 'strategy', /max-pain/],
    ['format=xml', 'format', /"csv"/],
    ['cursor=%00', 'cursor', /nextCursor/],
    ['cursor=not-one-of-ours', 'cursor', /nextCursor/],
    ['page=2', 'page', /use coin, strategy, since/],
    ['constructor=1', 'constructor', /use coin/],
    ['__proto__=1', '__proto__', /use coin/],
    ['hasOwnProperty=1&hasOwnProperty=2', 'hasOwnProperty', /once/],
  ])('%s', async (query, path, fix) => {
    const res = await (await world()).get(`/api/v1/alerts?${query}`);
    const refusal = await refusalOf(res);
    expect([res.status, refusal.code]).toEqual([400, 'bad-query']);
    expect(refusal.issues?.[0]?.path).toBe(path);
    expect(refusal.issues?.[0]?.fix).toMatch(fix);
    expect(refusal.message).toContain(path);
  });

  test.each(['strategy=max-pain', 'since=0', 'cursor=1'])('positions know no %s', async (query) => {
    expect((await (await world()).get(`/api/v1/positions?${query}`)).status).toBe(400);
  });
});

describe('positions', () => {
  test('unknown is 503, never an empty list', async () => {
    const w = await world();
    w.bridge.read = null;
    const res = await w.get('/api/v1/positions');
    expect([res.status, (await refusalOf(res)).code]).toEqual([503, 'account-unreadable']);
    expect((await w.get('/api/v1/positions?format=csv')).status).toBe(503);
  });

  test('none is an empty list with the moment it was read', async () => {
    const res = await (await world()).get('/api/v1/positions');
    expect(await res.json()).toEqual({ readAtMs: NOW_MS, equityUsd: 10_000, items: [], nextCursor: null });
  });

  test('by coin', async () => {
    const { items } = await itemsOf(await (await seeded()).get('/api/v1/positions?coin=ETH'));
    expect(items).toMatchObject([
      { coin: 'ETH', isProtected: false, reason: 'stop-missing', unprotectedMs: 4_210 },
    ]);
  });
});

describe('CSV keeps formulas from running', () => {
  test.each([
    ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', `"'\r=1"`],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    ['plain', 'plain'],
  ])('%j', async (bodyHead, cell) => {
    const w = await world();
    const letter = { id: 'd', receivedAtMs: NOW_MS, code: 'malformed', issues: '', alertId: null } as const;
    await w.store.recordDeadLetter({ ...letter, bodyHead });
    const csv = await (await w.get('/api/v1/dead-letters?format=csv')).text();
    expect(csv).toBe(`receivedAtMs,id,code,alertId,issues,bodyHead\r\n${NOW_MS},d,malformed,,,${cell}\r\n`);
  });

  test('numbers stay numbers, negative ones too', async () => {
    const csv = await (await (await seeded()).get('/api/v1/trades?coin=LINK&format=csv')).text();
    expect(csv).toMatch(/,-\d+\.\d+,/);
    expect(csv).not.toContain("'");
  });
});

describe('coins and zones', () => {
  test('coins say where their parameters come from', async () => {
    const w = await world();
    const { items } = Coins.parse(await (await w.get('/api/v1/coins')).json());
    expect(items).toHaveLength(18);
    const one = CoinEntry.parse(await (await w.get('/api/v1/coins/kPEPE')).json());
    expect(one).toMatchObject({ params: { coin: 'kPEPE' }, source: { tuned: false } });
    const none = await w.get('/api/v1/coins/PEPE');
    expect([none.status, (await refusalOf(none)).code]).toEqual([404, 'not-found']);
  });

  test('a map that is not built yet is 503, a coin nobody knows 404', async () => {
    const w = await world();
    expect([(await w.get('/api/v1/zones/BTC')).status, (await w.get('/api/v1/zones/XYZ')).status]).toEqual([
      503, 404,
    ]);
    w.bridge.map = ZoneMap.parse({
      coin: 'BTC', asOfMs: NOW_MS, markPx: 104_571, sources: [], leftOut: [], zones: [], maxPain: { long: null, short: null },
      totalUsd: { long: 1, short: 2 }, reachUsd: { long: 1, short: 2 }, sweeps: [], bins: { px: [], longUsd: [], shortUsd: [] },
    }); // prettier-ignore
    expect(await (await w.get('/api/v1/zones/BTC')).json()).toEqual({
      ...w.bridge.map,
      observed: null,
      notObserved: 'nobody looks',
      blended: null,
      decidesOn: 'estimated',
    });
  });
});

describe('example alert', () => {
  test('comes from the bridge and is one that the webhook takes', async () => {
    const w = await world();
    expect((await w.get('/api/v1/example-alert')).status).toBe(503);
    w.bridge.example = Alert.parse(alertBody());
    const res = await w.get('/api/v1/example-alert?coin=BTC');
    expect((await w.post(await res.text())).status).toBe(202);
    expect((await w.get('/api/v1/example-alert?coin=XYZ')).status).toBe(404);
    expect((await w.get('/api/v1/example-alert?side=long')).status).toBe(400);
    expect((await w.get('/api/v1/example-alert', null)).status).toBe(401);
  });
});

describe('health', () => {
  test.each([
    [45_000, 90_000],
    [10_000, 90_000],
    [60_000, 120_000],
  ])('a guard every %d ms may be silent for %d ms', async (guardIntervalMs, limitMs) => {
    expect(guardAgeMsMax(guardIntervalMs)).toBe(limitMs);
    const w = await world();
    w.bridge.view = health({ guardIntervalMs, guardLastOkMs: NOW_MS - limitMs + 1 });
    expect((await w.get('/healthz', null)).status).toBe(200);
    w.bridge.view = health({ guardIntervalMs, guardLastOkMs: NOW_MS - limitMs });
    const res = await w.get('/healthz', null);
    expect(res.status).toBe(503);
    expect(await res.json()).toMatchObject({ ok: false, guard: { ageMs: limitMs, ageMsMax: limitMs } });
  });

  test('before the first pass nothing is protected: 503', async () => {
    const w = await world();
    w.bridge.view = health({ guardLastOkMs: null });
    expect((await w.get('/healthz', null)).status).toBe(503);
  });

  test('says what it runs on', async () => {
    expect(await (await (await world()).get('/healthz', null)).json()).toMatchObject({
      ok: true,
      mode: 'paper',
      dataSource: 'synthetic (seed 7)',
      tradingState: 'ACTIVE',
      guard: { ageMs: 12_000, ageMsMax: 90_000 },
      feeds: [{ venue: 'hyperliquid', ageMs: 900, message: null }],
    });
  });

  test('ready says why not', async () => {
    const w = await world();
    expect((await w.get('/readyz', null)).status).toBe(200);
    w.bridge.view = health({ notReady: [{ code: 'market-stale', message: 'no marks for 8 s' }] });
    const res = await w.get('/readyz', null);
    expect([res.status, await res.json()]).toEqual([503, { ready: false, reasons: w.bridge.view.notReady }]);
  });
});

const change = async (w: World, body: string, token: string | null = OPERATE_TOKEN) =>
  w.app.request('/api/v1/state', {
    method: 'POST',
    body,
    headers: { ...(await w.confirm()), ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
  });

describe('POST /api/v1/state', () => {
  test.each(['ACTIVE', 'REDUCING', 'HALTED'])('%s', async (state) => {
    const w = await world();
    const res = await change(w, JSON.stringify({ state }));
    expect([res.status, await res.json(), w.bridge.states]).toEqual([200, { state }, [state]]);
  });

  test.each([null, READ_TOKEN, WEBHOOK_TOKEN, 'wrong'])('not with token %j', async (token) => {
    const w = await world();
    expect([(await change(w, '{"state":"HALTED"}', token)).status, w.bridge.states]).toEqual([401, []]);
  });

  test.each(['', '{}', 'HALTED', '{"state":"halted"}', '{"state":"HALTED","x":1}', '[]'])(
    'not with %j',
    async (body) => {
      const w = await world();
      const res = await change(w, body);
      expect([res.status, (await refusalOf(res)).code, w.bridge.states]).toEqual([400, 'malformed', []]);
    },
  );

  test('a large body is 413, a state that could not be stored 503', async () => {
    const w = await world();
    expect((await change(w, 'x'.repeat(9_000))).status).toBe(413);
    w.bridge.refusesState = true;
    expect((await change(w, '{"state":"HALTED"}')).status).toBe(503);
  });
});

describe('everything else', () => {
  test('unknown routes are 404 in JSON, and no path leads out of web/', async () => {
    const w = await world();
    const paths = ['/nope', '/api/v1/nope', '/api', '/app.ts', '/.env', '/..%2f.env', '/%2e%2e/package.json', '/a/../../x.js', '/index.html/', '//evil.js', '/app.js%00.html', '/api/v1/alerts/']; // prettier-ignore
    for (const path of paths) {
      const res = await w.app.request(`http://127.0.0.1${path}`);
      expect([path, res.status, (await refusalOf(res)).code]).toEqual([path, 404, 'not-found']);
    }
  });

  test('the page comes with its type and the strict policy', async () => {
    const w = await world();
    const page = await w.get('/', null);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'",
    );
    expect((await w.get('/app.js', null)).headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect((await w.app.request('/', { method: 'POST' })).status).toBe(404);
  });

  test('a failure inside says "internal error" and no more', async () => {
    const w = await world();
    w.breakStore(true);
    const res = await w.get('/api/v1/trades');
    expect([res.status, await refusalOf(res)]).toMatchObject([
      500,
      { code: 'internal', message: 'internal error' },
    ]);
    expect(w.lines.join()).toContain('http.failed');
    expect(w.lines.join()).not.toMatch(/disk full|authToken/);
  });

  test('security headers are on every kind of answer, and nothing but the page may be kept', async () => {
    const w = await seeded();
    const post = await w.post(JSON.stringify(alertBody()));
    const answers = [post, ...(await Promise.all(['/', '/healthz', '/nope', '/api/v1/fills', '/api/v1/fills?format=csv', '/api/v1/fills?limit=0', '/openapi.json'].map((p) => w.get(p))))]; // prettier-ignore
    for (const res of answers) {
      expect(res.headers.get('x-content-type-options')).toBe('nosniff');
      expect(res.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(res.headers.get('referrer-policy')).toBe('no-referrer');
      expect(res.headers.get('cache-control')).toBe(res === answers[1] ? 'no-cache' : 'no-store');
    }
  });
});

describe('/openapi.json', () => {
  const Document = z.object({
    openapi: z.literal('3.1.0'),
    paths: z.record(
      z.string(),
      z.record(z.string(), z.looseObject({ responses: z.record(z.string(), z.unknown()) })),
    ),
  });

  test('describes every route that the app has, and none that it has not', async () => {
    const w = await world();
    const document = Document.parse(await (await w.get('/openapi.json', null)).json());
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(described.toSorted()).toEqual(w.app.routes.map((r) => `${r.method} ${r.path}`).toSorted());
    expect(described).toContain('POST /webhook/:token');
    expect(described.length).toBeGreaterThan(15);
  });

  test('docs/api.md has every route', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/api.md'), 'utf8');
    const routes = (await world()).app.routes.map(
      (r) => `${r.method} ${r.path.replaceAll(/:(\w+)/g, '{$1}')}`,
    );
    expect(
      routes.filter(
        (route) =>
          !page.includes(`${route}
`) && !page.includes(`${route} `),
      ),
    ).toEqual([]);
  });

  test('refers to nothing outside itself and says what each route answers', async () => {
    const text = await (await (await world()).get('/openapi.json', null)).text();
    const refs = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map((m) => m[1]));
    expect([...refs]).toEqual(['#/components/schemas/Problem']);
    const { paths } = Document.parse(JSON.parse(text));
    expect(Object.keys(paths['/webhook/{token}']?.['post']?.responses ?? {})).toEqual([
      '200',
      '202',
      '400',
      '401',
      '403',
      '409',
      '413',
      '429',
      '503',
    ]);
    expect(Object.keys(paths['/api/v1/positions']?.['get']?.responses ?? {})).toEqual([
      '200',
      '400',
      '401',
      '429',
      '500',
      '503',
    ]);
  });
});

test('ids of requests are the ones in the log', async () => {
  const w = await world();
  const { requestId } = await refusalOf(await w.get('/api/v1/alerts?limit=0'));
  expect(w.lines.filter((l) => l.includes(requestId))).toHaveLength(1);
  expect(digest(requestId)).not.toBe(digest(''));
});
