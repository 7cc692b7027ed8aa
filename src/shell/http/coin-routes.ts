import type { Context } from 'hono';
import type * as z from 'zod';
import type { CoinSettings } from '../../app/coin-settings.ts';
import { COIN_PARAMS } from '../../core/shared/coin-params.ts';
import { CoinChanges, COIN_FIELDS } from '../../core/shared/override-params.ts';
import { issuesOf } from './issues.ts';
import type { HttpKit } from './kit.ts';
import { parseJson } from './parse-json.ts';
import { readBody } from './read-body.ts';
import { respondJson } from './respond.ts';
import type { Issue } from './respond.ts';
import type { Route } from './route.ts';
import { CoinEntry, Coins } from './schemas.ts';

const COINS_PATH = '/api/v1/coins';
const COIN_PATH = '/api/v1/coins/{coin}';

const entryOf = (s: CoinSettings): z.infer<typeof CoinEntry> => ({
  params: s.params,
  version: s.version,
  provenance: Object.fromEntries(
    COIN_FIELDS.map((field) => [field, field in s.overrides ? 'override' : 'default'] as const),
  ),
  defaults: s.defaults,
  source: {
    file: 'src/core/shared/coin-params.ts',
    decision: 'docs/decisions/0006-coin-parameters.md',
    tuned: false,
  },
  history: s.history.map((v) => ({ ...v })),
});

/** Parameters of every coin, where each came from, and the door to change them. */
export const coinRoutes: readonly Route[] = [
  {
    method: 'get',
    path: COINS_PATH,
    summary: 'Parameters of every coin and where they came from',
    scope: 'read',
    ok: { 200: Coins },
    refusals: [],
    async run(_, kit) {
      const all = await Promise.all(COIN_PARAMS.map((p) => kit.deps.bridge.coin(p.coin)));
      return respondJson(200, { items: all.filter((s) => s !== null).map(entryOf), nextCursor: null });
    },
  },
  {
    method: 'get',
    path: COIN_PATH,
    summary: "One coin's parameters, where they came from, and their history",
    scope: 'read',
    ok: { 200: CoinEntry },
    refusals: [404],
    async run(c, kit) {
      const settings = await kit.deps.bridge.coin(c.req.param('coin') ?? '');
      return settings === null ? unknownCoin(kit) : respondJson(200, entryOf(settings));
    },
  },
  {
    method: 'put',
    path: COIN_PATH,
    summary: "Change a coin's parameters: those named, within their bounds; null is the default again",
    scope: 'operate',
    confirm: 'always',
    body: CoinChanges,
    ok: { 200: CoinEntry },
    refusals: [400, 404, 413, 503],
    run: changeCoin,
  },
];

async function changeCoin(c: Context, kit: HttpKit): Promise<Response> {
  const body = await readBody(c.req.raw);
  if (body === 'too-large')
    return kit.problem(COIN_PATH, 413, 'too-large', 'send the changed parameters alone');
  const changes = CoinChanges.safeParse(body === 'unreadable' ? undefined : parseJson(body.text));
  if (!changes.success) return refuse(kit, bodyIssues(changes.error));
  try {
    const result = await kit.deps.bridge.changeCoin(c.req.param('coin') ?? '', changes.data);
    if (result.ok === 'unknown-coin') return unknownCoin(kit);
    if (result.ok) return respondJson(200, entryOf(result.settings));
    return refuse(
      kit,
      result.issues.map((i) => ({ path: i.field, message: i.message, fix: 'send a value within the bound' })),
    );
  } catch (error) {
    kit.logError('coin-params.not-stored', COIN_PATH, error);
    return kit.problem(
      COIN_PATH,
      503,
      'not-stored',
      'the change could not be stored; the old values are in force',
    );
  }
}

/** The alert's fixes do not fit here: unknown names and wrong types are answered in the words of parameters. */
function bodyIssues(error: z.ZodError): Issue[] {
  const issues = issuesOf(error);
  return error.issues.slice(0, issues.length).map((issue, i) => {
    const base = issues[i] ?? { path: '', message: '', fix: '' };
    if (issue.code === 'unrecognized_keys')
      return {
        path: issue.keys.join(',').slice(0, 100),
        message: 'no such parameter',
        fix: `use ${COIN_FIELDS.join(', ')}`,
      };
    if (base.path === '')
      return { ...base, fix: 'send a JSON object of parameters: {"driftBpsMax":50,"riskFraction":null}' };
    return issue.code === 'invalid_type'
      ? { ...base, fix: `send a value of type ${issue.expected}, or null` }
      : base;
  });
}

function refuse(kit: HttpKit, found: readonly Issue[]): Response {
  const issues = kit.redactIssues(found);
  const message = issues.map((i) => `${i.path === '' ? '' : `${i.path}: `}${i.message}; ${i.fix}`).join('. ');
  return kit.problem(COIN_PATH, 400, 'malformed', message, { issues });
}

const unknownCoin = (kit: HttpKit): Response =>
  kit.problem(
    COIN_PATH,
    404,
    'not-found',
    'no such coin here; /api/v1/coins lists them, spelled as Hyperliquid does',
  );
