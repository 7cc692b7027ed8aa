import * as z from 'zod';
import { COIN_PARAMS } from '../../core/shared/coin-params.ts';
import type { MarketNow as MarketNowType } from '../../core/zones/signals/market-now.ts';
import { marketNow } from '../../core/zones/signals/market-now.ts';
import { signalsOf } from '../../core/zones/signals/signals-of.ts';
import type { HttpKit } from './kit.ts';
import { MarketWide } from './realised-schemas.ts';
import { respondJson } from './respond.ts';
import type { Route } from './route.ts';
import { like } from './schemas.ts';

const bySide = z.object({ long: z.number(), short: z.number() });

const Now = like<MarketNowType>()(
  z.object({
    coins: z.array(
      z.object({
        coin: z.string(),
        asOfMs: z.number(),
        markPx: z.number(),
        timeframes: z.array(
          z.object({
            timeframe: z.string(),
            direction: z.enum(['up', 'down', 'neutral']),
            bias: z.number(),
          }),
        ),
        agreement: z.enum(['agree', 'conflicted', 'mixed', 'neutral']),
        confidence: z.number(),
        flow: z.object({
          state: z.enum(['running', 'fading', 'quiet']),
          side: z.enum(['long', 'short']).nullable(),
          by: z.array(z.enum(['reported', 'estimated'])),
        }),
        openInterest: z.string(),
        isTooHot: z.boolean(),
      }),
    ),
    running: bySide,
    fading: bySide,
  }),
);
export const MarketAnswer = Now.extend({
  atMs: z.number(),
  /** Coins that are traded here and have no map now: nothing is known of them, not that they are quiet. */
  missing: z.array(z.string()),
  /** Forced closes of all followed coins together, 24 h. */
  marketWide: MarketWide.nullable(),
});

/** All coins in one small answer: what the page's first view shows. */
export const marketRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/api/v1/market',
    summary:
      'All coins at once: how many cascade, where each points, with what confidence, and 24 h of liquidations',
    scope: 'read',
    cost: 5,
    ok: { 200: MarketAnswer },
    refusals: [],
    run: (_, kit) => market(kit),
  },
];

function market({ deps: { bridge, clock } }: HttpKit): Response {
  const nowMs = clock.nowMs();
  const markets = COIN_PARAMS.map(({ coin }) => ({ coin, market: bridge.market(coin) }));
  const known = markets.flatMap((m) => m.market ?? []);
  return respondJson(200, {
    atMs: nowMs,
    ...marketNow(known.map((m) => signalsOf({ ...m, nowMs }))),
    missing: markets.flatMap((m) => (m.market === null ? [m.coin] : [])),
    marketWide: known[0]?.marketWide ?? null,
  });
}
