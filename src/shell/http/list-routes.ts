import type { Context } from 'hono';
import type { DecisionQuery, Page, Store, TradeQuery } from '../../app/ports.ts';
import type { Decision } from '../../core/decide/types.ts';
import { bearerOf } from './access.ts';
import { csvLines, toCsv } from './csv.ts';
import type { HttpKit } from './kit.ts';
import type { AnyListParams } from './query.ts';
import {
  ALL,
  badQuery,
  DecisionListParams,
  LIMIT_MAX,
  ListParams,
  parseQuery,
  PositionParams,
  toListQuery,
  TradeListParams,
} from './query.ts';
import { respondJson, respondText, SECURITY_HEADERS } from './respond.ts';
import type { Route } from './route.ts';
import { Lists } from './schemas.ts';

interface List {
  name: Exclude<keyof typeof Lists, 'positions'>;
  summary: string;
  read: (store: Store, q: DecisionQuery & TradeQuery) => Promise<Page<unknown>>;
  /** Left out: what every list is narrowed by. */
  params?: typeof DecisionListParams | typeof TradeListParams;
  /** Columns of `format=csv`, as dotted paths into an item. */
  columns: readonly string[];
}

const LISTS: readonly List[] = [
  {
    name: 'alerts',
    summary: 'Alerts as they were stored, and what became of them',
    read: (s, q) => s.listAlerts(q),
    columns:
      'receivedAtMs,id,state,outcome,alert.kind,alert.strategy,alert.exchange,alert.ticker,alert.interval,alert.side,alert.barTime,alert.sentAt,alert.close,alert.score,alert.script,key,bodySha'.split(
        ',',
      ),
  },
  {
    name: 'dead-letters',
    summary: 'Bodies that were refused, without anything that looks like a token',
    read: (s, q) => s.listDeadLetters(q),
    columns: ['receivedAtMs', 'id', 'code', 'alertId', 'issues', 'bodyHead'],
  },
  {
    name: 'decisions',
    summary: 'Every decision with its gates, reasons and plan; the inputs are in /decisions/{id}',
    read: async (s, q) => withoutInputs(await s.listDecisions(q)),
    params: DecisionListParams,
    columns:
      'decidedAtMs,id,alertId,strategy,coin,side,status,reasons,explain,plan.sz,plan.markPx,plan.entryLimitPx,plan.stopPx,plan.takeProfits,plan.notionalUsd,plan.riskUsd,plan.stopDistanceBps,plan.confidence'.split(
        ',',
      ),
  },
  {
    name: 'orders',
    summary: 'Intents: every order, written down before it was sent, and its outcome',
    read: (s, q) => s.listIntents(q),
    columns:
      'createdAtMs,updatedAtMs,cloid,alertId,decisionId,coin,role,isBuy,px,sz,reduceOnly,triggerPx,state,oid,filledSz,avgPx,reason,message,signer,nonce,expiresAfterMs'.split(
        ',',
      ),
  },
  {
    name: 'fills',
    summary: 'Fills as the venue reported them',
    read: (s, q) => s.listFills(q),
    columns:
      'timeMs,tid,coin,oid,cloid,isBuy,px,sz,startPosition,closedPnlUsd,feeUsd,isTaker,liquidation'.split(
        ',',
      ),
  },
  {
    name: 'trades',
    summary: 'Trades, flat to flat, net of fees and funding',
    read: (s, q) => s.listTrades(q),
    params: TradeListParams,
    columns:
      'openedAtMs,closedAtMs,id,coin,side,strategy,alertId,decisionId,entryPx,exitPx,sz,pnlUsd,feesUsd,fundingUsd,netPnlUsd,rMultiple,slippageBps,unprotectedMs,exitReason,plannedRiskUsd'.split(
        ',',
      ),
  },
  {
    name: 'guard',
    summary: 'Passes of the guard: what it found and what it did',
    read: (s, q) => s.listGuardRuns(q),
    columns: ['startedAtMs', 'finishedAtMs', 'id', 'trigger', 'verdict', 'positions', 'findings'],
  },
];

const POSITION_COLUMNS =
  'coin,side,sz,entryPx,markPx,liquidationPx,leverage,marginUsedUsd,unrealizedPnlUsd,stop.triggerPx,stop.sz,stop.oid,takeProfits,isProtected,reason,unprotectedMs'.split(
    ',',
  );

/** JSON leaves out what is undefined: inputs are large, and /decisions/{id} has them. */
const withoutInputs = (page: Page<Decision>): Page<unknown> => ({
  ...page,
  items: page.items.map((d) => ({ ...d, inputs: undefined })),
});

/** GET /api/v1/{alerts, dead-letters, decisions, orders, fills, trades, guard, positions}, newest first. */
export const listRoutes: readonly Route[] = [
  ...LISTS.map((list): Route => ({
    method: 'get',
    path: `/api/v1/${list.name}`,
    summary: list.summary,
    scope: 'read',
    query: list.params ?? ListParams,
    ok: { 200: Lists[list.name] },
    refusals: [400],
    run: (c, kit) => runList(c, kit, list),
  })),
  {
    method: 'get',
    path: '/api/v1/positions',
    summary: 'Open positions, each with its stop and how long it was without one',
    scope: 'read',
    query: PositionParams,
    ok: { 200: Lists.positions },
    refusals: [400, 503],
    run: positions,
  },
];

async function runList(c: Context, kit: HttpKit, list: List): Promise<Response> {
  const { name, read, columns } = list;
  const path = `/api/v1/${name}`;
  const query = parseQuery(c.req.url, list.params ?? ListParams);
  if (!query.ok) return badQuery(kit, path, query.issues);
  try {
    if (query.value.limit === ALL) return await respondAll(c, kit, list, query.value);
    const page = await kit.inTurn(() => read(kit.deps.store, toListQuery(query.value)));
    return query.value.format === 'csv' ? respondCsv(name, columns, page) : respondJson(200, page);
  } catch (error) {
    if (!(error instanceof Error && error.name === 'BadCursor')) throw error;
    const fix = 'send "nextCursor" of the page before, unchanged, or leave it out to start at the newest';
    return badQuery(kit, path, [{ path: 'cursor', message: 'not a cursor of this list', fix }]);
  }
}

/** What a whole list takes from its token's share of requests. */
const ALL_COST = 50;

/**
 * A whole list as one CSV file, written page by page as fast as the client reads, so that neither its length nor a slow
 * client needs memory here. Between two pages webhooks get their turn. An error on the way breaks the connection off,
 * because a file that just ends looks complete.
 */
async function respondAll(
  c: Context,
  kit: HttpKit,
  { name, read, columns }: List,
  params: AnyListParams,
): Promise<Response> {
  const path = `/api/v1/${name}`;
  if (params.format !== 'csv')
    return badQuery(kit, path, [
      {
        path: 'limit',
        message: 'everything at once comes as a file only',
        fix: 'add format=csv, or page by cursor',
      },
    ]);
  const busy = kit.slowDown(bearerOf(c.req.header('authorization')) ?? '', ALL_COST, path);
  if (busy !== undefined) return busy;
  const readPage = (cursor = params.cursor): Promise<Page<unknown>> =>
    kit.inTurn(() => read(kit.deps.store, toListQuery({ ...params, cursor })));
  const encoder = new TextEncoder();
  const first = await readPage(); // a wrong cursor is refused, not a broken file
  let page: Page<unknown> | null = first;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (page === null) return controller.close();
        const { items, nextCursor } = page;
        controller.enqueue(encoder.encode(page === first ? toCsv(columns, items) : csvLines(columns, items)));
        page = nextCursor === null ? null : await readPage(nextCursor);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, {
    headers: { ...SECURITY_HEADERS, ...csvHeaders(name), 'cache-control': 'no-store' },
  });
}

/** All positions fit on one page. An account that was not read yet is 503, never an empty list. */
function positions(c: Context, kit: HttpKit): Response {
  const path = '/api/v1/positions';
  const query = parseQuery(c.req.url, PositionParams);
  if (!query.ok) return badQuery(kit, path, query.issues);
  const read = kit.deps.bridge.positions();
  if (read === null)
    return kit.problem(
      path,
      503,
      'account-unreadable',
      'the account could not be read yet: positions are unknown, not absent',
    );
  const { coin, format, limit } = query.value;
  const items = read.items.filter((p) => coin === undefined || p.coin === coin).slice(0, limit ?? LIMIT_MAX);
  const page = { readAtMs: read.readAtMs, equityUsd: read.equityUsd, items, nextCursor: null };
  return format === 'csv' ? respondCsv('positions', POSITION_COLUMNS, page) : respondJson(200, page);
}

const csvHeaders = (name: string): Record<string, string> => ({
  'content-type': 'text/csv; charset=utf-8',
  'content-disposition': `attachment; filename="snapback-${name}.csv"`,
});

const respondCsv = (name: string, columns: readonly string[], page: Page<unknown>): Response =>
  respondText(200, 'text/csv; charset=utf-8', toCsv(columns, page.items), {
    ...csvHeaders(name),
    ...(page.nextCursor === null ? {} : { 'x-next-cursor': page.nextCursor }),
  });
