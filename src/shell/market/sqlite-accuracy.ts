import type { SQLInputValue } from 'node:sqlite';
import type { ScoredDaysStore } from '../../app/score-map-port.ts';
import type { ScoredDay } from '../../core/zones/score/score-day.ts';

export const ACCURACY_TABLES = `
  CREATE TABLE accuracy (coin TEXT, day INTEGER, data TEXT, PRIMARY KEY (coin, day)) STRICT, WITHOUT ROWID;
  CREATE INDEX accuracy_by_day ON accuracy (day);
`;

/** Scored days of the map, beside the market data they were made from. */
export function sqliteAccuracy(
  rows: <T>(sql: string, ...of: SQLInputValue[]) => T[],
  run: (sql: string, ...of: SQLInputValue[]) => void,
): ScoredDaysStore {
  return {
    async scoredDays({ coin, sinceMs, after, limit }) {
      const where = ['day >= ?'];
      const values: SQLInputValue[] = [sinceMs];
      if (coin !== undefined) {
        where.push('coin = ?');
        values.push(coin);
      }
      if (after !== undefined) {
        where.push('(day < ? OR (day = ? AND coin > ?))');
        values.push(after.dayMs, after.dayMs, after.coin);
      }
      return rows<{ coin: string; day: number; data: string }>(
        `SELECT coin, day, data FROM accuracy WHERE ${where.join(' AND ')} ORDER BY day DESC, coin LIMIT ?`,
        ...values,
        limit ?? -1,
      ).map((r): ScoredDay => {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by us, below
        const kept = JSON.parse(r.data) as Omit<ScoredDay, 'coin' | 'dayMs'>;
        return { coin: r.coin, dayMs: r.day, ...kept };
      });
    },
    async saveScoredDay({ coin, dayMs, ...kept }) {
      run('INSERT OR REPLACE INTO accuracy VALUES (?, ?, ?)', coin, dayMs, JSON.stringify(kept));
    },
  };
}
