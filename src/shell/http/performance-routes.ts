import type { Context } from 'hono';
import * as z from 'zod';
import type { Grouping, PerformanceStats as PerformanceStatsType } from '../../core/review/performance.ts';
import { GROUPINGS, performanceOf } from '../../core/review/performance.ts';
import type { Trade } from '../../core/review/types.ts';
import { toCsv } from './csv.ts';
import type { HttpKit } from './kit.ts';
import { badQuery, LIMIT_MAX, ListParams, parseQuery } from './query.ts';
import { respondJson, respondText } from './respond.ts';
import type { Route } from './route.ts';
import { like } from './schemas.ts';

const PATH = '/api/v1/performance';
const DAY_MS = 86_400_000;
const DAYS_DEFAULT = 90;
const GROUPINGS_MAX = 3;
/** Trades read at most, newest first: they are folded in one go, up to 0.1 s in which no webhook is answered. */
export const TRADES_MAX = 100_000;

const grouping = z.enum(GROUPINGS);
const PerformanceQuery = ListParams.pick({
  coin: true,
  strategy: true,
  since: true,
  until: true,
  format: true,
}).extend({
  by: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(grouping).max(GROUPINGS_MAX))
    .refine((list) => new Set(list).size === list.length, 'a grouping is named twice')
    .optional(),
});

const interval = z.tuple([z.number(), z.number()]);
const Mean = z.object({ n: z.number(), mean: z.number(), ci95: interval.nullable() }).nullable();
const Stats = like<PerformanceStatsType>()(
  z.object({
    n: z.number(),
    open: z.number(),
    netPnlUsd: z.number(),
    pnlUsd: z.number(),
    feesUsd: z.number(),
    fundingUsd: z.number(),
    hitRate: z.object({ n: z.number(), share: z.number(), ci95: interval }).nullable(),
    netR: Mean,
    netBps: Mean,
    maxDrawdownUsd: z.number(),
    slippageBps: Mean,
    unprotectedMs: z.object({ total: z.number(), max: z.number() }),
    holdMs: Mean,
  }),
);
export const PerformanceAnswer = z.object({
  sinceMs: z.number(),
  untilMs: z.number(),
  truncated: z.boolean(),
  total: Stats,
  items: z.array(Stats.extend({ group: z.partialRecord(grouping, z.string()) })),
});

const COLUMNS =
  'n,open,netPnlUsd,pnlUsd,feesUsd,fundingUsd,hitRate.share,hitRate.ci95.0,hitRate.ci95.1,netR.n,netR.mean,netR.ci95.0,netR.ci95.1,netBps.n,netBps.mean,netBps.ci95.0,netBps.ci95.1,maxDrawdownUsd,slippageBps.n,slippageBps.mean,unprotectedMs.total,unprotectedMs.max,holdMs.mean'.split(
    ',',
  );

export const performanceRoutes: readonly Route[] = [
  {
    method: 'get',
    path: PATH,
    summary: 'What trading brought, net, in total and by group, with sample sizes and 95 % intervals',
    scope: 'read',
    cost: 10,
    query: PerformanceQuery,
    ok: { 200: PerformanceAnswer },
    refusals: [400],
    run: performance,
  },
];

async function performance(c: Context, kit: HttpKit): Promise<Response> {
  const query = parseQuery(c.req.url, PerformanceQuery);
  if (!query.ok) return badQuery(kit, PATH, query.issues);
  const { coin, strategy, since, until, format, by = [] } = query.value;
  const untilMs = until ?? kit.deps.clock.nowMs();
  const sinceMs = since ?? Math.max(0, untilMs - DAYS_DEFAULT * DAY_MS);
  const { trades, truncated } = await readTrades(kit, { coin, strategy, sinceMs, untilMs });
  const { total, items } = performanceOf(trades, by);
  return format === 'csv'
    ? respondCsv(by, total, items)
    : respondJson(200, { sinceMs, untilMs, truncated, total, items });
}

/** Page by page: a webhook gets its turn between two of them. */
async function readTrades(
  kit: HttpKit,
  q: { coin: string | undefined; strategy: string | undefined; sinceMs: number; untilMs: number },
): Promise<{ trades: Trade[]; truncated: boolean }> {
  const trades: Trade[] = [];
  let cursor: string | undefined;
  do {
    const query = { ...q, limit: LIMIT_MAX, cursor };
    const page = await kit.inTurn(() => kit.deps.store.listTrades(query));
    trades.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && trades.length < TRADES_MAX);
  return { trades, truncated: cursor !== undefined };
}

/** One line per group, and the total last, whose groups are empty. */
function respondCsv(by: readonly Grouping[], total: object, items: readonly object[]): Response {
  const columns = [...by.map((g) => `group.${g}`), ...COLUMNS];
  return respondText(200, 'text/csv; charset=utf-8', toCsv(columns, [...items, total]), {
    'content-disposition': 'attachment; filename="snapback-performance.csv"',
  });
}
