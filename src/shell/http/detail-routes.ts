import { Alert } from '../../core/alert/schema.ts';
import { paramsOf } from '../../core/shared/coin-params.ts';
import type { HttpKit } from './kit.ts';
import { badQuery, CoinQuery, parseQuery } from './query.ts';
import { respondJson } from './respond.ts';
import { respondTagged } from './respond-tagged.ts';
import type { Route } from './route.ts';
import { Decision } from './schemas.ts';
import { Zones, zonesAnswer } from './zone-schemas.ts';

const EXAMPLE_PATH = '/api/v1/example-alert';

/** Single things. */
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
        ? kit.problem(
            '/api/v1/decisions/{id}',
            404,
            'not-found',
            'no decision has this id; /api/v1/decisions lists them (the id of an alert is another one)',
          )
        : respondJson(200, found);
    },
  },
  {
    method: 'get',
    path: '/api/v1/zones/{coin}',
    summary: "A coin's liquidation map: estimated, observed from real positions, and the blend of both",
    scope: 'read',
    isTagged: true,
    ok: { 200: Zones },
    refusals: [404, 503],
    run(c, kit) {
      const coin = c.req.param('coin') ?? '';
      const zones = kit.deps.bridge.zones(coin);
      if (zones !== null) return respondTagged(c, kit, zonesAnswer(zones));
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
];

const unknownCoin = (kit: HttpKit, path: string): Response =>
  kit.problem(
    path,
    404,
    'not-found',
    'no such coin here; /api/v1/coins lists them, spelled as Hyperliquid does',
  );
