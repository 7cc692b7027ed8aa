import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { HistoryBatch, MarketHistory } from '../../app/market-ports.ts';
import type { ObservedMemory } from '../../app/observed-port.ts';
import type { MarketSample } from '../../app/sample-series.ts';
import type { ScoredDaysStore } from '../../app/score-map-port.ts';
import { SCORED_DAYS_KEPT_MS } from '../../app/score-map-port.ts';
import type { Candle } from '../../core/shared/candle.ts';
import type {
  HeardSpan,
  Liquidation,
  LiquidationBucket,
  RatioSample,
} from '../../core/zones/realised/types.ts';
import { ACCURACY_TABLES, sqliteAccuracy } from './sqlite-accuracy.ts';
import { OBSERVED_TABLES, sqliteObserved } from './sqlite-observed.ts';
import type { CandleHistory } from './stored-candles.ts';

const DAY_MS = 86_400_000;
/** One liquidation each, and quarters of an hour. */
const LIQUIDATIONS_KEPT_MS = 31 * DAY_MS;
const SAMPLES_KEPT_MS = 31 * DAY_MS;
const CANDLES_KEPT_MS = 7 * DAY_MS;
/** Samples of a day ago and before are read five minutes apart. */
const FINE_MS = DAY_MS;

const TABLES = `
  CREATE TABLE liquidations (coin TEXT, t INTEGER, venue TEXT, side TEXT, px REAL, sz REAL, usd REAL) STRICT;
  CREATE INDEX liquidations_by_time ON liquidations (coin, t);
  CREATE TABLE buckets (coin TEXT, t INTEGER, side TEXT, usd REAL, n INTEGER, px REAL, lo REAL, hi REAL, largest REAL,
    PRIMARY KEY (coin, t, side)) STRICT, WITHOUT ROWID;
  CREATE TABLE spans (venue TEXT, f INTEGER, t INTEGER, PRIMARY KEY (venue, f)) STRICT, WITHOUT ROWID;
  CREATE TABLE samples (venue TEXT, coin TEXT, t INTEGER, usd REAL, coins REAL, funding REAL,
    PRIMARY KEY (venue, coin, t)) STRICT, WITHOUT ROWID;
  CREATE TABLE ratios (venue TEXT, coin TEXT, t INTEGER, longs REAL, PRIMARY KEY (venue, coin, t)) STRICT, WITHOUT ROWID;
  CREATE TABLE candles (venue TEXT, coin TEXT, t INTEGER, o REAL, h REAL, l REAL, c REAL, v REAL,
    PRIMARY KEY (venue, coin, t)) STRICT, WITHOUT ROWID;
  CREATE TABLE candle_spans (venue TEXT, coin TEXT, f INTEGER, t INTEGER, PRIMARY KEY (venue, coin)) STRICT, WITHOUT ROWID;
`;
/** What each version added; a file of an earlier one gets what it lacks. */
const VERSIONS = [TABLES, `${ACCURACY_TABLES} ${OBSERVED_TABLES}`];

export interface SqliteHistory extends MarketHistory, CandleHistory, ScoredDaysStore, ObservedMemory {
  close(): void;
}

/**
 * Market data in a file of its own, beside the database of the journal and never in it: it may be deleted at any time,
 * and its writes wait for no disk (`synchronous = NORMAL`). One process at a time.
 * @param path a file, or ':memory:'
 * @throws Error when the file is in use, damaged or of another version
 */
export function openSqliteHistory(path: string): SqliteHistory {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const db = new DatabaseSync(path, { timeout: 0 });
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    db.exec('BEGIN IMMEDIATE; COMMIT');
    const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    if (version > VERSIONS.length)
      throw new Error(`${path} is of version ${version}, newer than ${VERSIONS.length}`);
    for (const [i, tables] of VERSIONS.entries())
      if (i >= version) db.exec(`BEGIN; ${tables} PRAGMA user_version = ${i + 1}; COMMIT`);
  } catch (e) {
    db.close();
    throw e;
  }
  const prepared = new Map<string, ReturnType<typeof db.prepare>>();
  const statement = (sql: string) => {
    const known = prepared.get(sql) ?? db.prepare(sql);
    prepared.set(sql, known);
    return known;
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- columns are named as the type's fields in each query
  const rows = <T>(sql: string, ...of: SQLInputValue[]): T[] => statement(sql).all(...of) as unknown as T[];
  const run = (sql: string, ...of: SQLInputValue[]): void => void statement(sql).run(...of);
  const atomic = (work: () => void): void => {
    db.exec('BEGIN');
    try {
      work();
      db.exec('COMMIT');
    } catch (e) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw e;
    }
  };

  return {
    liquidations: async (coin, sinceMs) =>
      rows<Liquidation>(
        'SELECT venue, coin, side, px, sz, usd AS notionalUsd, t AS timeMs FROM liquidations WHERE coin = ? AND t >= ? ORDER BY t',
        coin,
        sinceMs,
      ),
    buckets: async (coin, sinceMs) =>
      rows<LiquidationBucket>(
        'SELECT t AS tMs, side, usd, n AS count, px, lo AS loPx, hi AS hiPx, largest AS largestUsd FROM buckets WHERE coin = ? AND t >= ? ORDER BY t',
        coin,
        sinceMs,
      ),
    spans: async (sinceMs) =>
      rows<HeardSpan>('SELECT venue, f AS fromMs, t AS toMs FROM spans WHERE t >= ? ORDER BY f', sinceMs),
    async samples(venue, coin, sinceMs) {
      const newestMs = rows<{ t: number | null }>(
        'SELECT max(t) AS t FROM samples WHERE venue = ? AND coin = ?',
        venue,
        coin,
      )[0]?.t;
      return rows<MarketSample>(
        `SELECT t AS tMs, usd AS openInterestUsd, coins AS openInterestCoins, funding AS fundingHourlyFraction FROM samples
         WHERE venue = ? AND coin = ? AND t >= ? AND (t >= ? OR t % 300000 < 60000) ORDER BY t`,
        venue,
        coin,
        sinceMs,
        (newestMs ?? 0) - FINE_MS,
      );
    },
    ratios: async (coin, sinceMs) =>
      rows<RatioSample>(
        'SELECT venue, t AS tMs, longs AS longAccountFraction FROM ratios WHERE coin = ? AND t >= ? ORDER BY t',
        coin,
        sinceMs,
      ),
    append: async (batch) => atomic(() => write(batch, run)),
    prune: async (nowMs) =>
      atomic(() => {
        run('DELETE FROM liquidations WHERE t < ?', nowMs - LIQUIDATIONS_KEPT_MS);
        run('DELETE FROM buckets WHERE t < ?', nowMs - LIQUIDATIONS_KEPT_MS);
        run('DELETE FROM spans WHERE t < ?', nowMs - LIQUIDATIONS_KEPT_MS);
        run('DELETE FROM samples WHERE t < ?', nowMs - SAMPLES_KEPT_MS);
        run('DELETE FROM ratios WHERE t < ?', nowMs - SAMPLES_KEPT_MS);
        run('DELETE FROM candles WHERE t < ?', nowMs - CANDLES_KEPT_MS);
        run('UPDATE candle_spans SET f = max(f, ?)', nowMs - CANDLES_KEPT_MS);
        run('DELETE FROM accuracy WHERE day < ?', nowMs - SCORED_DAYS_KEPT_MS);
      }),
    candleSpan: async (venue, coin) =>
      rows<{ fromMs: number; toMs: number }>(
        'SELECT f AS fromMs, t AS toMs FROM candle_spans WHERE venue = ? AND coin = ? AND f <= t',
        venue,
        coin,
      )[0] ?? null,
    candles: async (venue, coin, fromMs, toMs) =>
      rows<Candle>(
        'SELECT t, o, h, l, c, v FROM candles WHERE venue = ? AND coin = ? AND t >= ? AND t < ? ORDER BY t',
        venue,
        coin,
        fromMs,
        toMs,
      ),
    addCandles: async (venue, coin, span, list) =>
      atomic(() => {
        for (const b of list)
          run(
            'INSERT OR REPLACE INTO candles VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
            venue,
            coin,
            b.t,
            b.o,
            b.h,
            b.l,
            b.c,
            b.v,
          );
        run('INSERT OR REPLACE INTO candle_spans VALUES (?, ?, ?, ?)', venue, coin, span.fromMs, span.toMs);
      }),
    forgetCandles: async (venue, coin) =>
      atomic(() => {
        run('DELETE FROM candles WHERE venue = ? AND coin = ?', venue, coin);
        run('DELETE FROM candle_spans WHERE venue = ? AND coin = ?', venue, coin);
      }),
    ...sqliteAccuracy(rows, run),
    ...sqliteObserved(rows, run, atomic),
    close: () => db.close(),
  };
}

function write(batch: HistoryBatch, run: (sql: string, ...of: SQLInputValue[]) => void): void {
  for (const l of batch.liquidations)
    run(
      'INSERT INTO liquidations VALUES (?, ?, ?, ?, ?, ?, ?)',
      l.coin,
      l.timeMs,
      l.venue,
      l.side,
      l.px,
      l.sz,
      l.notionalUsd,
    );
  for (const b of batch.buckets)
    run(
      'INSERT OR REPLACE INTO buckets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      b.coin,
      b.tMs,
      b.side,
      b.usd,
      b.count,
      b.px,
      b.loPx,
      b.hiPx,
      b.largestUsd,
    );
  for (const s of batch.spans)
    run('INSERT OR REPLACE INTO spans VALUES (?, ?, ?)', s.venue, s.fromMs, s.toMs);
  // What we saw ourselves stays: a venue's later word on the same moment is rounder.
  for (const s of batch.samples)
    run(
      'INSERT OR IGNORE INTO samples VALUES (?, ?, ?, ?, ?, ?)',
      s.venue,
      s.coin,
      s.tMs,
      s.openInterestUsd,
      s.openInterestCoins,
      s.fundingHourlyFraction,
    );
  for (const r of batch.ratios)
    run('INSERT OR REPLACE INTO ratios VALUES (?, ?, ?, ?)', r.venue, r.coin, r.tMs, r.longAccountFraction);
}
