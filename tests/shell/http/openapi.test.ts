import { expect, test } from 'vitest';
import * as z from 'zod';
import { routesOf } from '../../../src/shell/http/app.ts';
import { EXAMPLES } from '../../../src/shell/http/examples.ts';
import { createKit } from '../../../src/shell/http/kit.ts';
import { world } from './world.ts';

const deps = { tokens: { webhook: [], read: null, operate: null }, clock: { nowMs: () => 0 } };
const routes = routesOf(
  createKit({ digest: (t: string) => t, ...deps } as unknown as Parameters<typeof createKit>[0]),
);
const routeOf = (key: string) => routes.find((r) => `${r.method} ${r.path}` === key);

test.each(Object.entries(EXAMPLES))('the examples of %s are what its schemas say', (key, { body, ok }) => {
  const route = routeOf(key);
  expect(route).toBeDefined();
  expect(body === undefined || route?.body?.safeParse(body).error?.issues).toBe(
    body === undefined ? true : undefined,
  );
  for (const [status, example] of Object.entries(ok ?? {}))
    expect([status, route?.ok[Number(status)]?.safeParse(example).error?.issues]).toEqual([
      status,
      undefined,
    ]);
});

test('each answer of each route has an example, which its own schema takes', async () => {
  const Media = z.record(z.string(), z.looseObject({ example: z.unknown().optional() }));
  const Responses = z.record(z.string(), z.looseObject({ content: Media.optional() }));
  const document = z
    .looseObject({
      paths: z.record(z.string(), z.record(z.string(), z.looseObject({ responses: Responses }))),
    })
    .parse(await (await (await world()).get('/openapi.json', null)).json());
  const wrong = routes.flatMap(({ method, path, ok }) =>
    Object.entries(ok).flatMap(([status, schema]) => {
      const [media] = Object.values(document.paths[path]?.[method]?.responses[status]?.content ?? {});
      const issues = schema.safeParse(media?.example).error?.issues;
      return issues === undefined
        ? []
        : [`${method} ${path} ${status}: ${JSON.stringify(issues.slice(0, 3))}`];
    }),
  );
  expect(wrong).toEqual([]);
});

test('every route that takes a body shows one, and the document carries what is there', async () => {
  expect(
    routes.filter((r) => r.body !== undefined && EXAMPLES[`${r.method} ${r.path}`]?.body === undefined),
  ).toEqual([]);
  const Media = z.looseObject({ content: z.record(z.string(), z.looseObject({ example: z.unknown() })) });
  const document = z
    .looseObject({ paths: z.record(z.string(), z.record(z.string(), z.looseObject({ requestBody: Media.optional(), responses: z.record(z.string(), z.unknown()) }))) })
    .parse(await (await (await world()).get('/openapi.json', null)).json()); // prettier-ignore
  const put = document.paths['/api/v1/coins/{coin}']?.['put'];
  expect(put?.requestBody?.content['application/json']?.example).toEqual({
    driftBpsMax: 50,
    riskFraction: null,
  });
  const flatten = document.paths['/api/v1/positions/{coin}/flatten']?.['post'];
  expect(Media.parse(flatten?.responses['202']).content['application/json']?.example).toMatchObject({
    status: 'pending',
  });
});
