import * as z from 'zod';
import { paramsOf } from '../../core/shared/coin-params.ts';
import { zonesPine } from '../../core/zones/zones-pine.ts';
import { badQuery, CoinQuery, parseQuery } from './query.ts';
import { respondText } from './respond.ts';
import type { Route } from './route.ts';

const ZONES_PATH = '/pine/zones.pine';

/** Pine scripts made of what the bridge knows now. */
export const pineRoutes: readonly Route[] = [
  {
    method: 'get',
    path: ZONES_PATH,
    summary:
      "A Pine script with a coin's current zones drawn in, estimated and observed, to paste on the chart",
    scope: 'read',
    query: CoinQuery,
    mediaType: 'text/plain',
    ok: { 200: z.string() },
    refusals: [400, 404, 503],
    run(c, kit) {
      const query = parseQuery(c.req.url, CoinQuery);
      if (!query.ok) return badQuery(kit, ZONES_PATH, query.issues);
      const { coin } = query.value;
      const zones = kit.deps.bridge.zones(coin);
      if (zones !== null) return respondText(200, 'text/plain; charset=utf-8', zonesPine(zones));
      return paramsOf(coin) === undefined
        ? kit.problem(ZONES_PATH, 404, 'not-found', 'no such coin here; /api/v1/coins lists them')
        : kit.problem(ZONES_PATH, 503, 'zones-missing', 'this map is not built yet; ask again soon');
    },
  },
];
