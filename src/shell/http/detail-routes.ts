import * as z from 'zod';
import { Alert } from '../../core/alert/schema.ts';
import { COIN_PARAMS, paramsOf } from '../../core/shared/coin-params.ts';
import type { CoinParams } from '../../core/shared/coin-params.ts';
import type { HttpKit } from './kit.ts';
import { badQuery, CoinQuery, parseQuery } from './query.ts';
import { readBody } from './read-body.ts';
import { respondJson } from './respond.ts';
import type { Route } from './route.ts';
import { CoinEntry, Coins, Decision } from './schemas.ts';
import { Zones, zonesAnswer } from './zone-schemas.ts';

const STATE_PATH = '/api/v1/state';
const EXAMPLE_PATH = '/api/v1/example-alert';
const StateChange = z.strictObject({ state: z.enum(['ACTIVE', 'REDUCING', 'HALTED']) });

const entryOf = (params: CoinParams): z.infer<typeof CoinEntry> => ({
  params,
  source: {
    file: 'src/core/shared/coin-params.ts',
    decision: 'docs/decisions/0006-coin-parameters.md',
    tuned: false,
  },
});

/** Single things, and the one command of the first version: the trading state. */
export const detailRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/api/v1/decisions/{id}',
    summary: 'One decision with all of its inputs: recomputing it gives the same answer',
    scope: 'read',
    ok: { 200: Decision },
    refusals: [404],
    async run(c, kit) {
      const found = await kit.deps.store.decision(c.req.param('id') ?? '');
      return found === undefined
        ? kit.problem('/api/v1/decisions/{id}', 404, 'not-found', 'no decision has this id')
        : respondJson(200, found);
    },
  },
  {
    method: 'get',
    path: '/api/v1/zones/{coin}',
    summary: "A coin's liquidation map: estimated, observed from real positions, and the blend of both",
    scope: 'read',
    ok: { 200: Zones },
    refusals: [404, 503],
    run(c, kit) {
      const coin = c.req.param('coin') ?? '';
      const zones = kit.deps.bridge.zones(coin);
      if (zones !== null) return respondJson(200, zonesAnswer(zones));
      return paramsOf(coin) === undefined
        ? unknownCoin(kit, '/api/v1/zones/{coin}')
        : kit.problem(
            '/api/v1/zones/{coin}',
            503,
            'zones-missing',
            'this map is not built yet; ask again soon',
          );
    },
  },
  {
    method: 'get',
    path: EXAMPLE_PATH,
    summary: 'An alert as the Pine script would send it now, to try the webhook without TradingView',
    scope: 'read',
    query: CoinQuery,
    ok: { 200: Alert },
    refusals: [400, 404, 503],
    run(c, kit) {
      const query = parseQuery(c.req.url, CoinQuery);
      if (!query.ok) return badQuery(kit, EXAMPLE_PATH, query.issues);
      const { coin } = query.value;
      if (paramsOf(coin) === undefined) return unknownCoin(kit, EXAMPLE_PATH);
      const alert = kit.deps.bridge.exampleAlert(coin);
      return alert === null
        ? kit.problem(EXAMPLE_PATH, 503, 'market-stale', 'no candles for this coin yet; ask again soon')
        : respondJson(200, alert);
    },
  },
  {
    method: 'get',
    path: '/api/v1/coins',
    summary: 'Parameters of every coin and where they came from',
    scope: 'read',
    ok: { 200: Coins },
    refusals: [],
    run: () => respondJson(200, { items: COIN_PARAMS.map(entryOf), nextCursor: null }),
  },
  {
    method: 'get',
    path: '/api/v1/coins/{coin}',
    summary: "One coin's parameters and where they came from",
    scope: 'read',
    ok: { 200: CoinEntry },
    refusals: [404],
    run(c, kit) {
      const params = paramsOf(c.req.param('coin') ?? '');
      return params === undefined
        ? unknownCoin(kit, '/api/v1/coins/{coin}')
        : respondJson(200, entryOf(params));
    },
  },
  {
    method: 'post',
    path: STATE_PATH,
    summary:
      'Set the trading state: ACTIVE, REDUCING (no new entries) or HALTED. The guard works on in all of them',
    scope: 'operate',
    body: StateChange,
    ok: { 200: StateChange },
    refusals: [400, 413, 503],
    run: (c, kit) => changeState(c.req.raw, kit),
  },
];

const unknownCoin = (kit: HttpKit, path: string): Response =>
  kit.problem(
    path,
    404,
    'not-found',
    'no such coin here; /api/v1/coins lists them, spelled as Hyperliquid does',
  );

async function changeState(request: Request, kit: HttpKit): Promise<Response> {
  const body = await readBody(request);
  if (body === 'too-large') return kit.problem(STATE_PATH, 413, 'too-large', 'send {"state":"HALTED"} alone');
  const change = StateChange.safeParse(body === 'unreadable' ? undefined : parseJson(body.text));
  if (!change.success)
    return kit.problem(
      STATE_PATH,
      400,
      'malformed',
      'send {"state":"ACTIVE"}, {"state":"REDUCING"} or {"state":"HALTED"}',
    );
  const { state } = change.data;
  try {
    await kit.deps.bridge.setTradingState(state);
  } catch (error) {
    kit.logError('state.not-stored', STATE_PATH, error);
    return kit.problem(
      STATE_PATH,
      503,
      'not-stored',
      'the state could not be stored; look at /healthz for the one in force',
    );
  }
  kit.deps.log.info('state.changed', { state });
  return respondJson(200, { state });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
