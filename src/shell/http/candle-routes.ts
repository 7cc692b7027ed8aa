import type { Context } from 'hono';
import * as z from 'zod';
import { INTERVAL_MS } from '../../core/shared/candle.ts';
import { paramsOf } from '../../core/shared/coin-params.ts';
import { mergeBars } from '../../core/shared/merge-bars.ts';
import type { HttpKit } from './kit.ts';
import { badQuery, parseQuery } from './query.ts';
import { respondTagged } from './respond-tagged.ts';
import type { Route } from './route.ts';

const PATH = '/api/v1/candles/{coin}';
const CandlesQuery = z.strictObject({ interval: z.enum(['5', '15', '60', '240']).default('5') });

/** Columns, not rows: a third of the size. */
const Candles = z.object({
  coin: z.string(),
  venue: z.literal('hyperliquid'),
  intervalMs: z.number(),
  /** Opens of the bars, ms, oldest first; the newest bar of a longer interval may be incomplete. */
  t: z.array(z.number()),
  o: z.array(z.number()),
  h: z.array(z.number()),
  l: z.array(z.number()),
  c: z.array(z.number()),
  v: z.array(z.number()),
});

export const candleRoutes: readonly Route[] = [
  {
    method: 'get',
    path: PATH,
    summary: "Hyperliquid's closed bars of a coin, as far back as they are kept in memory",
    scope: 'read',
    cost: 2,
    isTagged: true,
    query: CandlesQuery,
    ok: { 200: Candles },
    refusals: [400, 404, 503],
    run: candles,
  },
];

function candles(c: Context, kit: HttpKit): Response {
  const query = parseQuery(c.req.url, CandlesQuery);
  if (!query.ok) return badQuery(kit, PATH, query.issues);
  const coin = c.req.param('coin') ?? '';
  const market = kit.deps.bridge.market(coin);
  if (market === null)
    return paramsOf(coin) === undefined
      ? kit.problem(PATH, 404, 'not-found', 'no such coin here; /api/v1/coins lists them')
      : kit.problem(PATH, 503, 'market-stale', 'no candles for this coin yet; ask again soon');
  const intervalMs = INTERVAL_MS[query.value.interval] ?? 0;
  const bars = mergeBars(market.candles, intervalMs);
  const column = (key: 't' | 'o' | 'h' | 'l' | 'c' | 'v'): number[] => bars.map((b) => b[key]);
  return respondTagged(c, kit, {
    coin,
    venue: 'hyperliquid',
    intervalMs,
    t: column('t'),
    o: column('o'),
    h: column('h'),
    l: column('l'),
    c: column('c'),
    v: column('v'),
  });
}
