import * as z from 'zod';
import { exampleOf } from './example-of.ts';
import { EXAMPLES } from './examples.ts';
import type { Route } from './route.ts';

const Problem = z.object({
  code: z.string(),
  message: z.string(),
  requestId: z.string(),
  issues: z.array(z.object({ path: z.string(), message: z.string(), fix: z.string() })).optional(),
});

const schemaOf = (schema: z.core.$ZodType, io: 'input' | 'output'): Record<string, unknown> => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return json;
};
const json = (schema: Record<string, unknown>, mediaType = 'application/json', example?: unknown) => ({
  [mediaType]: { schema, ...(example !== undefined && { example }) },
});
const PROBLEM = { $ref: '#/components/schemas/Problem' };
const REFUSAL = {
  code: 'bad-query',
  message: 'limit: not a whole number from 1 to 500; send a whole number from 1 to 500',
  requestId: '20011570-8203-486a-afdf-1f8154e2318d',
  issues: [
    {
      path: 'limit',
      message: 'not a whole number from 1 to 500',
      fix: 'send a whole number from 1 to 500',
    },
  ],
};

/** What a route of each scope can always answer. */
const SCOPE_REFUSALS: Readonly<Record<Route['scope'], readonly number[]>> = {
  open: [],
  read: [401, 429, 500],
  operate: [401, 429, 500],
  webhook: [401, 403, 413, 429, 503],
};

function parametersOf(route: Route): object[] {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(route.query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema: schemaOf(schema, 'input'),
  }));
  const inHeader =
    route.confirm === undefined
      ? []
      : [
          {
            name: 'X-Confirm',
            in: 'header',
            required: route.confirm === 'always',
            description: 'a nonce of POST /api/v1/confirm, used once',
            schema: { type: 'string' },
          },
        ];
  return [...inPath, ...inQuery, ...inHeader];
}

function operationOf(route: Route): object {
  const examples = EXAMPLES[`${route.method} ${route.path}`];
  const good = Object.entries(route.ok).map(([status, schema]) => {
    const found = schemaOf(schema, 'output');
    const example = examples?.ok?.[Number(status)] ?? exampleOf(found);
    const description = Number(status) < 300 ? 'OK' : 'Not well';
    return [status, { description, content: json(found, route.mediaType, example) }];
  });
  const confirms = route.confirm === undefined ? [] : [428];
  const bad = [...new Set([...SCOPE_REFUSALS[route.scope], ...route.refusals, ...confirms])]
    .filter((status) => !(status in route.ok))
    .map((status) => [String(status), { description: 'Refused', content: json(PROBLEM) }]);
  return {
    summary: route.summary,
    parameters: parametersOf(route),
    ...(route.body && {
      requestBody: {
        required: true,
        content: json(schemaOf(route.body, 'input'), undefined, examples?.body),
      },
    }),
    ...((route.scope === 'read' || route.scope === 'operate') && { security: [{ [route.scope]: [] }] }),
    responses: {
      ...Object.fromEntries([...good, ...bad]),
      ...(route.isTagged === true && { 304: { description: 'Not modified: If-None-Match has it' } }),
    },
  };
}

const bearer = (token: string) => ({ type: 'http', scheme: 'bearer', description: token });

/** OpenAPI 3.1 of the route table. */
export function openapi(routes: readonly Route[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method] = operationOf(route);
  return {
    openapi: '3.1.0',
    info: { title: 'snapback', version: '1', description: 'docs/api.md has the examples.' },
    paths,
    components: {
      schemas: { Problem: { ...schemaOf(Problem, 'output'), examples: [REFUSAL] } },
      securitySchemes: { read: bearer('READ_TOKEN'), operate: bearer('OPERATE_TOKEN') },
    },
  };
}
