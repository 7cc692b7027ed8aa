// Requests made from /openapi.json: every route, valid and hostile. `npm run api:fuzz -- --requests 100000` for more.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { createEventStream } from '../../../src/shell/http/event-stream.ts';
import { createMetrics } from '../../../src/shell/metrics/create-metrics.ts';
import { exampleData } from './example-data.ts';
import { seed } from './seed.ts';
import { exampleScores, scoredDay } from './example-scores.ts';
import { FakeBridge, NOW_MS, OPERATE_TOKEN, READ_TOKEN, WEBHOOK_TOKEN, world } from './world.ts';

const REQUESTS = Number(process.env['API_FUZZ_REQUESTS'] ?? 1_500);

type Json = Record<string, unknown>;
const Operation = z.looseObject({
  parameters: z.array(z.looseObject({ name: z.string(), in: z.enum(['path', 'query', 'header']), schema: z.record(z.string(), z.unknown()) })),
  requestBody: z.looseObject({ content: z.record(z.string(), z.looseObject({ schema: z.record(z.string(), z.unknown()) })) }).optional(),
  responses: z.record(z.string(), z.unknown()),
}); // prettier-ignore
const Document = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), Operation)) });

const nasty = fc.oneof(
  fc.constantFrom<unknown>(null, true, -0, 1e308, -1e308, '', '\u0000', '../..', '{{close}}', '=cmd()', [], {}, '__proto__', 'constructor', READ_TOKEN, OPERATE_TOKEN, '9'.repeat(400)), // prettier-ignore
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.double(),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Values that mostly fit a JSON schema of ours. */
function valueOf(schema: Json): fc.Arbitrary<unknown> {
  const options = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(options)) return fc.oneof(...options.map((s: Json) => valueOf(s)));
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]));
  if ('const' in schema) return fc.constant(schema['const']);
  const min = typeof schema['minimum'] === 'number' ? schema['minimum'] : -1e6;
  const max = typeof schema['maximum'] === 'number' ? schema['maximum'] : 2e12;
  switch (schema['type']) {
    case 'object': {
      const properties = (schema['properties'] ?? {}) as Record<string, Json>;
      const required = (schema['required'] ?? []) as string[];
      return fc.record(
        Object.fromEntries(Object.entries(properties).map(([k, s]) => [k, fc.oneof({ weight: 9, arbitrary: valueOf(s) }, { weight: 1, arbitrary: nasty })])),
        { requiredKeys: required },
      ); // prettier-ignore
    }
    case 'array':
      return Array.isArray(schema['prefixItems'])
        ? fc.tuple(...schema['prefixItems'].map((s: Json) => valueOf(s)))
        : fc.array(valueOf((schema['items'] ?? {}) as Json), { maxLength: 5 });
    case 'integer':
      return fc.integer({ min: Math.ceil(min), max: Math.min(4.2e12, Math.floor(max)) });
    case 'number':
      return fc.double({ min, max, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'string':
      return fc.oneof(fc.constantFrom('BTC', 'max-pain', 'BTCUSDT.P', 'BINANCE', '5', 'a@1.0.0', 'csv', 'coin', '2026-11-21', '1760129700000'), fc.string({ maxLength: 12 })); // prettier-ignore
    default:
      return nasty;
  }
}

/** As a query has it; a value may have a `toString` of its own that is none. */
const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));

interface Request_ {
  route: string;
  method: string;
  path: string;
  query: [string, string][];
  token: string | null;
  headers: Record<string, string>;
  isConfirmed: boolean;
  body: string | undefined;
  allowed: string[];
}

function requestsOf(document: z.infer<typeof Document>): fc.Arbitrary<Request_> {
  const operations = Object.entries(document.paths).flatMap(([route, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      route,
      method: method.toUpperCase(),
      operation,
    })),
  );
  const segment = fc.oneof(fc.constantFrom('BTC', 'kPEPE', 'XYZ', '__proto__', WEBHOOK_TOKEN), fc.string({ unit: 'binary', minLength: 1, maxLength: 30 })); // prettier-ignore
  const token = fc.constantFrom(
    READ_TOKEN,
    READ_TOKEN,
    OPERATE_TOKEN,
    OPERATE_TOKEN,
    WEBHOOK_TOKEN,
    'wrong',
    null,
  );
  const header = fc.constantFrom<Record<string, string>>({}, {}, { 'if-none-match': '*' }, { 'last-event-id': 'x-1' }, { 'x-forwarded-for': '52.89.214.238' }, { 'content-length': '-1' }); // prettier-ignore
  return fc.constantFrom(...operations).chain(({ route, method, operation }) => {
    const names = operation.parameters.filter((p) => p.in === 'query');
    const schema = operation.requestBody?.content['application/json']?.schema;
    const body = schema === undefined ? fc.option(fc.string({ maxLength: 20 }), { nil: undefined }) : fc.oneof({ weight: 5, arbitrary: valueOf(schema).map((v) => JSON.stringify(v) ?? '') }, { weight: 1, arbitrary: nasty.map((v) => JSON.stringify(v) ?? '') }, { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) }); // prettier-ignore
    const pair = names.length === 0 ? fc.constant<[string, string]>(['x', 'y']) : fc.constantFrom(...names).chain((p) => fc.tuple(fc.constant(p.name), fc.oneof(valueOf(p.schema), nasty).map(textOf))); // prettier-ignore
    return fc.record({
      route: fc.constant(route),
      method: fc.oneof({ weight: 12, arbitrary: fc.constant(method) }, { weight: 1, arbitrary: fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS') }), // prettier-ignore
      path: fc.array(segment, { minLength: 2, maxLength: 2 }).map((s) => {
        let i = 0;
        return route.replaceAll(/\{\w+\}/g, () => encodeURIComponent((s[i++] ?? '').toWellFormed()));
      }),
      query: fc.array(pair, { maxLength: 3 }),
      token,
      headers: header,
      isConfirmed: operation.parameters.some((p) => p.in === 'header') ? fc.integer({ min: 0, max: 4 }).map((n) => n > 0) : fc.constant(false), // prettier-ignore
      body: method === 'GET' ? fc.constant(undefined) : body,
      allowed: fc.constant(Object.keys(operation.responses)),
    });
  });
}

test(
  `${REQUESTS} requests over all routes: documented answers only, valid JSON, no secret`,
  { timeout: 1_200_000 },
  async () => {
    const events = createEventStream('b');
    const clock = { nowMs: () => NOW_MS, sleep: () => Promise.resolve() };
    const metrics = createMetrics(clock, new FakeBridge());
    const w = await world({
      readsPerMinute: 1e12,
      events,
      metrics: () => metrics.render(),
      backup: () => Promise.resolve({ path: '/b/x.db', bytes: 1, durationMs: 1 }),
    });
    w.bridge.scores = await exampleScores([scoredDay('BTC', NOW_MS - (NOW_MS % 86_400_000))], {
      nowMs: NOW_MS,
    });
    await seed(w.store, exampleData(NOW_MS));
    const document = Document.parse(await (await w.get('/openapi.json', null)).json());
    const seen = new Map<string, number>();
    let posts = 0;

    await fc.assert(
      fc.asyncProperty(requestsOf(document), async (r) => {
        const search = r.query
          .map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(v.toWellFormed())}`)
          .join('&');
        const url = new URL(`http://127.0.0.1${r.path}${search === '' ? '' : `?${search}`}`);
        const hasBody = r.body !== undefined && r.method !== 'GET' && r.method !== 'HEAD';
        posts += hasBody ? 1 : 0;
        const res = await w.app.request(url.href, {
          method: r.method,
          headers: {
            ...r.headers,
            ...(r.isConfirmed ? await w.confirm() : {}),
            ...(r.token === null ? {} : { authorization: `Bearer ${r.token}` }),
          },
          ...(hasBody ? { body: r.body ?? '' } : {}),
        });
        const type = res.headers.get('content-type') ?? '';
        seen.set(`${r.route} ${res.status}`, (seen.get(`${r.route} ${res.status}`) ?? 0) + 1);
        if (type.startsWith('text/event-stream')) return res.body?.cancel();
        const text = await res.text();
        const isWhole = text === '' || !type.startsWith('application/json') || isJson(text);
        const isRefusal = res.status < 400 || text === '' || r.route === '/healthz' || r.route === '/readyz' || /^\{"code":"[a-z-]+","message":".+","requestId":"/.test(text); // prettier-ignore
        expect({
          undocumented5xx: res.status >= 500 && !r.allowed.includes(String(res.status)) ? res.status : null,
          internal: text.includes('"internal"') && r.route !== '/openapi.json',
          isWhole,
          isRefusal,
          leaks: text.includes('canary') || JSON.stringify([...res.headers]).includes('canary'),
        }).toEqual({ undocumented5xx: null, internal: false, isWhole: true, isRefusal: true, leaks: false });
      }),
      { numRuns: REQUESTS },
    );
    const log = w.lines.join('\n');
    expect(log.includes('canary')).toBe(false);
    expect(log.includes('http.failed')).toBe(false);
    // Not a walk along the 401s: every route was reached, and most of them answered what was asked.
    const routes = Object.keys(document.paths);
    const reached = (ok: (status: number) => boolean): string[] =>
      routes.filter((route) =>
        [...seen.keys()].some((k) => k.startsWith(`${route} `) && ok(Number(k.split(' ').at(-1)))),
      );
    expect(reached(() => true)).toEqual(routes);
    expect(reached((s) => s < 300).length).toBeGreaterThan(routes.length * 0.6);
    expect(posts).toBeGreaterThan(REQUESTS / 20);
  },
);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
