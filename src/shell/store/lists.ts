import {
  and,
  count,
  desc,
  eq,
  exists,
  getTableColumns,
  gt,
  isNotNull,
  isNull,
  lt,
  lte,
  type SQL,
  sql,
} from 'drizzle-orm';
import type { SelectResultFields } from 'drizzle-orm/query-builders/select.types';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { SqliteRemoteDatabase } from 'drizzle-orm/sqlite-proxy';
import type { ListQuery, Page, Store, TradeResult } from '../../app/ports.ts';
import type { Decision } from '../../core/decide/types.ts';
import { alerts, deadLetters, decisions, fills, guardRuns, intents, trades } from './schema.ts';

export const LIST_LIMIT_MAX = 500;

/** A cursor that no page of ours gave out. */
export class BadCursor extends Error {
  override name = 'BadCursor';
}

/** The `seq` of the last row of a page, base 36: new rows get higher ones, so pages do not shift. */
const toCursor = (seq: number): string => seq.toString(36);

function fromCursor(cursor: string): number {
  const seq = /^[1-9a-z][0-9a-z]{0,10}$/.test(cursor) ? Number.parseInt(cursor, 36) : Number.NaN;
  if (!Number.isSafeInteger(seq)) throw new BadCursor('cursor: not one of ours');
  return seq;
}

/** One list: what it reads, and how it is narrowed. A filter that its rows cannot answer keeps none of them. */
interface List<C> {
  table: SQLiteTable;
  columns: C;
  atMs: SQLiteColumn;
  /** `isNarrow`: what is asked for lies in a short time, which is the index to go by. */
  coin?: (coin: string, isNarrow: boolean) => SQL;
  /** `isAlone`: nothing else narrows. */
  strategy?: (strategy: string, isAlone: boolean) => SQL | undefined;
}
type Columns = Record<string, SQLiteColumn> & { seq: SQLiteColumn };

const NONE = sql`0`;

/** A row's own coin: `+` keeps its index out of it where another one leads to fewer rows. */
const ownCoin =
  (column: SQLiteColumn) =>
  (v: string, isNarrow: boolean): SQL =>
    isNarrow ? sql`+${column} = ${v}` : eq(column, v);

/**
 * Asked once per query and answered by an index: a strategy nobody sent must not be looked for in every row. A value, not
 * an `exists`, which SQLite would turn into a join and lose the order by.
 */
const isKnown = (table: SQLiteTable, column: SQLiteColumn, strategy: string): SQL =>
  sql`(select 1 from ${table} where ${eq(column, strategy)} limit 1)`;

/** A row's own strategy. Each has many rows, so that its index helps only where nothing else narrows. */
const ownStrategy =
  (table: SQLiteTable, column: SQLiteColumn) =>
  (v: string, isAlone: boolean): SQL | undefined =>
    isAlone ? eq(column, v) : and(isKnown(table, column, v), sql`+${column} = ${v}`);

const RESULTS: Readonly<Record<TradeResult, SQL | undefined>> = {
  open: isNull(trades.closedAtMs),
  won: and(isNotNull(trades.closedAtMs), gt(trades.netPnlUsd, 0)),
  lost: and(isNotNull(trades.closedAtMs), lte(trades.netPnlUsd, 0)),
};

/** The condition of a partial index has to be spelled out, or SQLite would not use it. */
const STATUSES: Readonly<Record<Decision['status'], SQL>> = {
  approved: sql`${decisions.status} = 'approved'`,
  refused: sql`${decisions.status} = 'refused'`,
};

/** Rows of a window of time that are collected and put in order before the page is read from them, at most. */
const NARROW_MAX = 5_000;

/** `since` inclusive, `until` exclusive. */
const within = (q: ListQuery, at: SQLiteColumn | SQL): SQL | undefined =>
  and(
    q.sinceMs === undefined ? undefined : sql`${at} >= ${q.sinceMs}`,
    q.untilMs === undefined ? undefined : sql`${at} < ${q.untilMs}`,
  );

/**
 * A page goes newest first and stops when it is full: good while what it looks for is everywhere. A short time long
 * ago, or one with hardly a row, is collected from the index on time instead.
 */
const inTime = (q: ListQuery, { atMs, columns, table }: List<Columns>, isNarrow: boolean) =>
  isNarrow
    ? sql`${columns.seq} in (select ${columns.seq} from ${table} where ${within(q, atMs)})`
    : within(q, sql`+${atMs}`);

const where = (q: ListQuery, n: List<Columns>, isNarrow: boolean, also: SQL | undefined): SQL | undefined =>
  and(
    also,
    q.cursor === undefined ? undefined : lt(n.columns.seq, fromCursor(q.cursor)),
    q.coin === undefined ? undefined : (n.coin?.(q.coin, isNarrow) ?? NONE),
    q.strategy === undefined
      ? undefined
      : (n.strategy?.(q.strategy, (q.coin ?? q.sinceMs ?? q.untilMs) === undefined) ?? NONE),
    inTime(q, n, isNarrow),
  );

const limitOf = (q: ListQuery): number => Math.min(LIST_LIMIT_MAX, Math.max(1, Math.trunc(q.limit) || 1));

/** One row more than the page holds was asked for: it says whether there is a next page. */
function pageOf<R extends { seq: number }>(rows: R[], limit: number): Page<Omit<R, 'seq'>> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map(({ seq: _seq, ...item }) => item),
    nextCursor: rows.length > limit && last !== undefined ? toCursor(last.seq) : null,
  };
}

const { coin: _coin, strategy: _strategy, kind: _kind, ...alertColumns } = getTableColumns(alerts);
const { inputs: _inputs, riskUsd: _riskUsd, ...decisionColumns } = getTableColumns(decisions);
const { atMs: _atMs, ...tradeColumns } = getTableColumns(trades);

type Lists = Pick<Store, Extract<keyof Store, `list${string}`>>;

/** The lists of `/api/v1`, newest first. `listDecisions` leaves `inputs` null: they are for one decision at a time. */
export function makeLists(db: SqliteRemoteDatabase): Lists {
  /** Out of the index alone, and no further than it needs to know. */
  const isFew = async (q: ListQuery, { table, atMs }: List<Columns>): Promise<boolean> => {
    const some = db
      .select({ atMs })
      .from(table)
      .where(within(q, atMs))
      .limit(NARROW_MAX + 1)
      .as('some');
    const [rows] = await db.batch([db.select({ n: count() }).from(some)]);
    return (rows[0]?.n ?? 0) <= NARROW_MAX;
  };
  const list = async <C extends Columns>(q: ListQuery, of: List<C>, also?: SQL) => {
    const limit = limitOf(q);
    const isNarrow = (q.sinceMs !== undefined || q.untilMs !== undefined) && (await isFew(q, of));
    const query = db
      .select(of.columns as Columns)
      .from(of.table)
      .where(where(q, of, isNarrow, also))
      .orderBy(desc(of.columns.seq))
      .limit(limit + 1);
    const [rows] = await db.batch([query]);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- drizzle's own type of a row of these columns
    return pageOf(rows as (SelectResultFields<C> & { seq: number })[], limit);
  };
  // Rows that know their alert: asked row by row, newest first, so that a page stops when it is full.
  const alertOf = (id: SQLiteColumn, condition: SQL) =>
    exists(
      db
        .select({ id: alerts.id })
        .from(alerts)
        .where(and(eq(alerts.id, id), condition)),
    );
  const intentOf = (cloid: SQLiteColumn, condition: SQL) =>
    exists(
      db
        .select({ cloid: intents.cloid })
        .from(intents)
        .where(and(eq(intents.cloid, cloid), condition)),
    );
  const ofStrategy = (id: SQLiteColumn, v: string) =>
    and(isKnown(alerts, alerts.strategy, v), alertOf(id, eq(alerts.strategy, v)));

  const alertList = {
    table: alerts,
    columns: alertColumns,
    atMs: alerts.receivedAtMs,
    coin: ownCoin(alerts.coin),
    strategy: ownStrategy(alerts, alerts.strategy),
  };
  const deadLetterList = {
    table: deadLetters,
    columns: getTableColumns(deadLetters),
    atMs: deadLetters.receivedAtMs,
    coin: (v: string) => alertOf(deadLetters.alertId, eq(alerts.coin, v)),
    strategy: (v: string) => ofStrategy(deadLetters.alertId, v),
  };
  const decisionList = {
    table: decisions,
    columns: decisionColumns,
    atMs: decisions.decidedAtMs,
    coin: ownCoin(decisions.coin),
    strategy: ownStrategy(decisions, decisions.strategy),
  };
  const intentList = {
    table: intents,
    columns: getTableColumns(intents),
    atMs: intents.createdAtMs,
    coin: ownCoin(intents.coin),
    strategy: (v: string) => ofStrategy(intents.alertId, v),
  };
  const fillList = {
    table: fills,
    columns: getTableColumns(fills),
    atMs: fills.timeMs,
    // Its index is in order of time: all of a coin's fills would have to be sorted.
    coin: (v: string) => sql`+${fills.coin} = ${v}`,
    strategy: (v: string) =>
      and(
        isKnown(alerts, alerts.strategy, v),
        intentOf(fills.cloid, alertOf(intents.alertId, eq(alerts.strategy, v))),
      ),
  };
  const tradeList = {
    table: trades,
    columns: tradeColumns,
    atMs: trades.atMs,
    coin: ownCoin(trades.coin),
    strategy: ownStrategy(trades, trades.strategy),
  };
  const guardRunList = {
    table: guardRuns,
    columns: getTableColumns(guardRuns),
    atMs: guardRuns.startedAtMs,
    coin: (v: string) =>
      sql`exists (select 1 from json_each(${guardRuns.findings}) where value ->> 'coin' = ${v})`,
  };

  return {
    listAlerts: (q) => list(q, alertList),
    listDeadLetters: (q) => list(q, deadLetterList),
    listDecisions: async (q) => {
      const also = and(
        q.status === undefined ? undefined : STATUSES[q.status],
        q.reason === undefined ? undefined : eq(decisions.reasons, [q.reason]),
      );
      const page = await list(q, decisionList, also);
      return { ...page, items: page.items.map((d) => ({ ...d, inputs: null })) };
    },
    listIntents: (q) => list(q, intentList),
    listFills: (q) => list(q, fillList),
    listTrades: (q) =>
      list(
        q,
        tradeList,
        and(
          q.side === undefined ? undefined : eq(trades.side, q.side),
          q.result === undefined ? undefined : RESULTS[q.result],
          q.decisionId === undefined ? undefined : eq(trades.decisionId, q.decisionId),
        ),
      ),
    listGuardRuns: (q) => list(q, guardRunList),
  };
}
