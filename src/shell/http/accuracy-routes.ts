import type { Context } from 'hono';
import * as z from 'zod';
import { accuracyDay } from '../../core/review/report-accuracy.ts';
import type { CoinAccuracy } from '../../core/review/report-accuracy.ts';
import { paramsOf } from '../../core/shared/coin-params.ts';
import { Accuracy } from './accuracy-schemas.ts';
import type { HttpKit } from './kit.ts';
import { badQuery, LIMIT_DEFAULT, ListParams, parseQuery, PositionParams } from './query.ts';
import { respondJson } from './respond.ts';
import type { Route } from './route.ts';

const PATH = '/api/v1/accuracy';

const AccuracyQuery = ListParams.pick({ coin: true, since: true, cursor: true }).extend({
  limit: PositionParams.shape.limit,
});

export const accuracyRoutes: readonly Route[] = [
  {
    method: 'get',
    path: PATH,
    summary:
      'How well the live map ranked the liquidations that were heard, day by day, beside naive baselines',
    scope: 'read',
    cost: 2,
    query: AccuracyQuery,
    ok: { 200: Accuracy },
    refusals: [400, 404, 501],
    run: accuracy,
  },
];

async function accuracy(c: Context, kit: HttpKit): Promise<Response> {
  const query = parseQuery(c.req.url, AccuracyQuery);
  if (!query.ok) return badQuery(kit, PATH, query.issues);
  const { coin, since, limit = LIMIT_DEFAULT, cursor } = query.value;
  if (coin !== undefined && paramsOf(coin) === undefined)
    return kit.problem(PATH, 404, 'not-found', 'no such coin here; /api/v1/coins lists them');
  const after = cursor === undefined ? undefined : cursorOf(cursor);
  if (after === null)
    return badQuery(kit, PATH, [
      { path: 'cursor', message: 'not a cursor of this list', fix: 'send nextCursor as it came' },
    ]);
  const { scores } = kit.deps.bridge;
  if (scores === undefined)
    return kit.problem(
      PATH,
      501,
      'not-available',
      'nobody scores the map here: a Worker hears no liquidations, and a market of your own or an unreadable market file keeps none',
    );
  const known = scores.accuracy();
  // One more than asked for tells whether there is a next page.
  const days = await scores.days({ coin, sinceMs: since ?? 0, after, limit: limit + 1 });
  const page = days.slice(0, limit);
  const last = page.at(-1);
  return respondJson(200, {
    isMadeUp: known.isMadeUp,
    dataSource: kit.deps.bridge.health().dataSource,
    map: known.map,
    nextAtMs: known.nextAtMs,
    all: known.all,
    coins: known.coins
      .filter((k) => coin === undefined || k.coin === coin)
      .map(({ coin: name, windows, latest }) => {
        const [newest] = latest;
        const heardFraction =
          latest.reduce((sum, d) => sum + d.heardFraction, 0) / Math.max(1, latest.length);
        return {
          coin: name,
          windows,
          heardFraction,
          newest: newest === undefined ? null : { dayMs: newest.dayMs, notEnough: newest.notEnough },
        };
      }),
    items: page.map(accuracyDay),
    nextCursor: days.length > limit && last !== undefined ? `${last.dayMs}.${last.coin}` : null,
  } satisfies z.input<typeof Accuracy>);
}

function cursorOf(text: string): { dayMs: number; coin: string } | null {
  const [, dayMs, coin] = /^(\d{1,15})\.([\w:-]{1,30})$/.exec(text) ?? [];
  return dayMs === undefined || coin === undefined ? null : { dayMs: Number(dayMs), coin };
}

/** What a coin's report says of it; null where nobody scores the map. */
export function coinAccuracy(kit: HttpKit, coin: string): CoinAccuracy | null {
  const known = kit.deps.bridge.scores?.accuracy();
  if (known === undefined) return null;
  const own = known.coins.find((k) => k.coin === coin);
  return {
    isMadeUp: known.isMadeUp,
    map: known.map,
    nextAtMs: known.nextAtMs,
    windows: own?.windows ?? { '1h': null, '4h': null },
    days: (own?.latest ?? []).map(accuracyDay),
  };
}
