import {
  and,
  asc,
  count,
  desc,
  eq,
  getTableColumns,
  gte,
  lt,
  lte,
  max,
  or,
  type SQL,
  sql,
} from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { SqliteRemoteDatabase } from 'drizzle-orm/sqlite-proxy';
import type { CoinRecord, ListQuery, Store } from '../../app/ports.ts';
import { BadCursor } from './lists.ts';
import { decisions, fills, guardRuns, intents, trades } from './schema.ts';

/** Rows one count looks at: some milliseconds in which nothing else is answered. */
const COUNT_LIMIT_MAX = 5_000;

const { seq: _1, atMs: _2, ...tradeColumns } = getTableColumns(trades);
const { seq: _3, inputs: _4, riskUsd: _5, ...decisionColumns } = getTableColumns(decisions);
const { seq: _6, ...intentColumns } = getTableColumns(intents);
const { seq: _7, ...fillColumns } = getTableColumns(fills);
const { seq: _8, ...guardRunColumns } = getTableColumns(guardRuns);

/** The oldest decision a count has looked at. */
interface Place {
  ms: number;
  seq: number;
}

const toCursor = ({ ms, seq }: Place): string => `${ms.toString(36)}.${seq.toString(36)}`;

function fromCursor(cursor: string): Place {
  const [, ms, seq] = /^([0-9a-z]{1,10})\.([1-9a-z][0-9a-z]{0,10})$/.exec(cursor) ?? [];
  if (ms === undefined || seq === undefined) throw new BadCursor('cursor: not one of ours');
  return { ms: Number.parseInt(ms, 36), seq: Number.parseInt(seq, 36) };
}

const before = ({ ms, seq }: Place): SQL | undefined =>
  and(lte(decisions.decidedAtMs, ms), or(lt(decisions.decidedAtMs, ms), lt(decisions.seq, seq)));

const notBefore = ({ ms, seq }: Place): SQL | undefined =>
  and(gte(decisions.decidedAtMs, ms), sql`not ${before({ ms, seq })}`);

/** What reviewing asks of the tables beside the lists. */
export function makeReviewReads(
  db: SqliteRemoteDatabase,
): Pick<Store, 'trade' | 'recordOf' | 'countDecisions'> {
  return {
    recordOf: (q) => recordOf(db, q),
    async trade(id) {
      const [rows] = await db.batch([db.select(tradeColumns).from(trades).where(eq(trades.id, id))]);
      return rows[0];
    },
    async countDecisions(q: ListQuery) {
      const limit = Math.min(COUNT_LIMIT_MAX, Math.max(1, Math.trunc(q.limit) || 1));
      const range = and(
        q.cursor === undefined ? undefined : before(fromCursor(q.cursor)),
        q.sinceMs === undefined ? undefined : gte(decisions.decidedAtMs, q.sinceMs),
        q.untilMs === undefined ? undefined : lt(decisions.decidedAtMs, q.untilMs),
      );
      const ordered = db
        .select({ ms: decisions.decidedAtMs, seq: decisions.seq })
        .from(decisions)
        .where(range)
        .orderBy(desc(decisions.decidedAtMs), desc(decisions.seq));
      const [ends] = await db.batch([ordered.limit(2).offset(limit - 1)]);
      const [last, next] = ends;
      const counts = db
        .select({
          status: decisions.status,
          reasons: decisions.reasons,
          n: count(),
          newestMs: max(decisions.decidedAtMs),
        })
        .from(decisions)
        // The plus keeps to the index on time: the one on coins would lead through all of a coin's decisions.
        .where(
          and(
            range,
            last === undefined ? undefined : notBefore(last),
            q.coin === undefined ? undefined : sql`+${decisions.coin} = ${q.coin}`,
            q.strategy === undefined ? undefined : eq(decisions.strategy, q.strategy),
          ),
        )
        .groupBy(decisions.status, decisions.reasons);
      const [rows] = await db.batch([counts]);
      return {
        items: rows.map((r) => ({ ...r, newestMs: r.newestMs ?? 0 })),
        nextCursor: next === undefined || last === undefined ? null : toCursor(last),
      };
    },
  };
}

/** Each by the index on its time (fills: on coin and time); the plus keeps SQLite from the one on coins alone. */
async function recordOf(
  db: SqliteRemoteDatabase,
  q: { coin: string; sinceMs: number; untilMs: number; limit: number },
): Promise<CoinRecord> {
  const within = (column: SQLiteColumn): SQL | undefined =>
    and(gte(column, q.sinceMs), lt(column, q.untilMs));
  const [decided] = await db.batch([
    db
      .select(decisionColumns)
      .from(decisions)
      .where(and(within(decisions.decidedAtMs), sql`+${decisions.coin} = ${q.coin}`))
      .orderBy(asc(decisions.decidedAtMs), asc(decisions.seq))
      .limit(q.limit),
  ]);
  const [ordered] = await db.batch([
    db
      .select(intentColumns)
      .from(intents)
      .where(and(within(intents.createdAtMs), sql`+${intents.coin} = ${q.coin}`))
      .orderBy(asc(intents.createdAtMs), asc(intents.seq))
      .limit(q.limit),
  ]);
  const [filled] = await db.batch([
    db
      .select(fillColumns)
      .from(fills)
      .where(and(within(fills.timeMs), eq(fills.coin, q.coin)))
      .orderBy(asc(fills.timeMs), asc(fills.seq))
      .limit(q.limit),
  ]);
  const isFound = sql`exists (select 1 from json_each(${guardRuns.findings}) where value ->> 'coin' = ${q.coin})`;
  const [guarded] = await db.batch([
    db
      .select(guardRunColumns)
      .from(guardRuns)
      .where(and(within(guardRuns.startedAtMs), isFound))
      .orderBy(asc(guardRuns.startedAtMs), asc(guardRuns.seq))
      .limit(q.limit),
  ]);
  return {
    decisions: decided.map((d) => ({ ...d, inputs: null })),
    intents: ordered,
    fills: filled,
    guardRuns: guarded,
  };
}
