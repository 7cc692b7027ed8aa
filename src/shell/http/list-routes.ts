import type { Context } from 'hono';
import type { ListQuery, Page, Store } from '../../app/ports.ts';
import { toCsv } from './csv.ts';
import type { HttpKit } from './kit.ts';
import { ListParams, parseListQuery } from './query.ts';
import { respondJson, respondText } from './respond.ts';
import type { Route } from './route.ts';
import { Lists } from './schemas.ts';

interface List {
  name: Exclude<keyof typeof Lists, 'positions'>;
  summary: string;
  read: (store: Store, q: ListQuery) => Promise<Page<unknown>>;
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
    columns:
      'openedAtMs,closedAtMs,id,coin,side,strategy,alertId,decisionId,entryPx,exitPx,sz,pnlUsd,feesUsd,fundingUsd,netPnlUsd,rMultiple,slippageBps,unprotectedMs,exitReason'.split(
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

function withoutInputs<T extends { inputs: unknown }>(page: Page<T>): Page<Omit<T, 'inputs'>> {
  return { ...page, items: page.items.map(({ inputs: _, ...item }) => item) };
}

/** GET /api/v1/{alerts, dead-letters, decisions, orders, fills, trades, guard, positions}, newest first. */
export const listRoutes: readonly Route[] = [
  ...LISTS.map(({ name, summary, read, columns }): Route => ({
    method: 'get',
    path: `/api/v1/${name}`,
    summary,
    scope: 'read',
    query: ListParams,
    ok: { 200: Lists[name] },
    refusals: [400],
    async run(c, kit) {
      const query = parseListQuery(c.req.queries());
      if (!query.ok) return badQuery(kit, `/api/v1/${name}`, query.issues);
      const { isCsv, ...q } = query.value;
      const page = await read(kit.deps.store, q);
      return isCsv ? respondCsv(name, columns, page) : respondJson(200, page);
    },
  })),
  {
    method: 'get',
    path: '/api/v1/positions',
    summary: 'Open positions, each with its stop and how long it was without one',
    scope: 'read',
    query: ListParams,
    ok: { 200: Lists.positions },
    refusals: [400, 503],
    run: positions,
  },
];

/** All positions fit on one page. An account that was not read yet is 503, never an empty list. */
function positions(c: Context, kit: HttpKit): Response {
  const path = '/api/v1/positions';
  const query = parseListQuery(c.req.queries());
  if (!query.ok) return badQuery(kit, path, query.issues);
  const read = kit.deps.bridge.positions();
  if (read === null)
    return kit.problem(
      path,
      503,
      'account-unreadable',
      'the account could not be read yet: positions are unknown',
    );
  const { coin, isCsv, limit } = query.value;
  const items = read.items.filter((p) => coin === undefined || p.coin === coin).slice(0, limit);
  const page = { readAtMs: read.readAtMs, equityUsd: read.equityUsd, items, nextCursor: null };
  return isCsv ? respondCsv('positions', POSITION_COLUMNS, page) : respondJson(200, page);
}

function badQuery(kit: HttpKit, path: string, issues: Parameters<typeof summaryOf>[0]): Response {
  return kit.problem(path, 400, 'bad-query', summaryOf(issues), { issues });
}

const summaryOf = (issues: readonly { path: string; message: string; fix: string }[]): string =>
  issues.map((i) => `${i.path}: ${i.message}; ${i.fix}`).join('. ');

const respondCsv = (name: string, columns: readonly string[], page: Page<unknown>): Response =>
  respondText(200, 'text/csv; charset=utf-8', toCsv(columns, page.items), {
    'content-disposition': `attachment; filename="snapback-${name}.csv"`,
    ...(page.nextCursor === null ? {} : { 'x-next-cursor': page.nextCursor }),
  });
