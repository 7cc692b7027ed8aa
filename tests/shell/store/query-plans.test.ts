// How SQLite answers the lists, asked of its planner rather than of a clock: with a million rows a plan that sorts or
// walks everything is seconds, whatever this machine measures on ten.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ListQuery } from '../../../src/app/ports.ts';
import type { BridgeStore } from '../../../src/shell/store/create-store.ts';
import { createStore } from '../../../src/shell/store/create-store.ts';
import type { Driver, Statement } from '../../../src/shell/store/driver.ts';
import { migrate } from '../../../src/shell/store/migrate.ts';
import { openNodeSqlite } from '../../../src/shell/store/node-sqlite.ts';

const driver = openNodeSqlite(':memory:', (e) => {
  throw e;
});
let asked: Statement[] = [];
const spy: Driver = {
  ...driver,
  read: (statement) => {
    asked.push(statement);
    return driver.read(statement);
  },
};
let store: BridgeStore;
beforeAll(async () => {
  await migrate(driver, 'test');
  store = createStore(spy, setImmediate);
});
afterAll(() => driver.close());

const LISTS = {
  alerts: 'listAlerts',
  dead_letters: 'listDeadLetters',
  decisions: 'listDecisions',
  intents: 'listIntents',
  fills: 'listFills',
  trades: 'listTrades',
  guard_runs: 'listGuardRuns',
} as const;
type Table = keyof typeof LISTS;
const TABLES = Object.keys(LISTS) as Table[];

/** The steps of the plan of the one statement that a call reads with. */
async function planOf(call: () => Promise<unknown>): Promise<string[]> {
  asked = [];
  await call();
  const statement = asked.at(-1); // before it, at most one that counts
  if (statement === undefined || asked.length > 2) throw new Error(`${asked.length} reads`);
  const rows = await driver.read({ sql: `explain query plan ${statement.sql}`, params: statement.params });
  return rows.map((r) => String(r[3]));
}
const pageOf = (table: Table, q: Omit<ListQuery, 'limit'>): Promise<string[]> =>
  planOf(() => store[LISTS[table]]({ limit: 100, ...q }));
const sorts = (plan: readonly string[]): boolean => plan.some((step) => step.includes('TEMP B-TREE'));

describe('the first step of each page', () => {
  test.each(TABLES)('%s: newest first is the table’s own order, and a cursor is a seek', async (table) => {
    expect(await pageOf(table, {})).toEqual([`SCAN ${table}`]);
    expect(await pageOf(table, { cursor: 'zz' })).toEqual([
      `SEARCH ${table} USING INTEGER PRIMARY KEY (rowid<?)`,
    ]);
  });

  test.each(['alerts', 'decisions', 'intents', 'trades'] as const)(
    '%s: one coin, and its next page',
    async (table) => {
      const search = `SEARCH ${table} USING INDEX ${table}_coin (coin=?`;
      expect(await pageOf(table, { coin: 'BTC' })).toEqual([`${search})`]);
      expect(await pageOf(table, { coin: 'BTC', cursor: 'zz' })).toEqual([`${search} AND rowid<?)`]);
      // Coins are more than strategies: with both it goes by the coin.
      expect(await pageOf(table, { coin: 'BTC', strategy: 'max-pain' })).toContain(`${search})`);
    },
  );

  test.each(['alerts', 'decisions', 'trades'] as const)('%s: one strategy', async (table) => {
    expect(await pageOf(table, { strategy: 'max-pain' })).toEqual([
      `SEARCH ${table} USING INDEX ${table}_strategy (strategy=?)`,
    ]);
  });

  test.each(['intents', 'fills', 'dead_letters'] as const)(
    '%s: a strategy is asked for once, by index, before any row; then row by row, in order',
    async (table) => {
      const plan = await pageOf(table, { strategy: 'typo' });
      expect(plan).toContain('SEARCH alerts USING COVERING INDEX alerts_strategy (strategy=?)');
      expect(plan.find((step) => step.includes(table))).toBe(`SCAN ${table}`);
      expect(plan.some((step) => /^SCAN (?!dead_letters|intents|fills)/.test(step) && !step.includes('CONSTANT'))).toBe(false); // prettier-ignore
    },
  );
});

describe('a window of time', () => {
  const window = { sinceMs: 1, untilMs: 2 };

  test.each(TABLES)('%s: with few rows in it, they are collected from the index on time', async (table) => {
    const plan = await pageOf(table, window);
    expect(plan[0]).toBe(`SEARCH ${table} USING INTEGER PRIMARY KEY (rowid=?)`);
    expect(plan.some((step) => /^SEARCH \w+ USING (?:COVERING )?INDEX \w+_ms /.test(step))).toBe(true);
    expect(asked[0]?.sql).toContain('limit ?'); // counted no further than it needs to know
  });

  test('with many rows in it, the page goes newest first and stops when it is full', async () => {
    const isCount = (s: Statement): boolean => s.sql.includes('count(*)');
    const many = createStore(
      { ...spy, read: (s) => (isCount(s) ? Promise.resolve([[5_001]]) : spy.read(s)) },
      setImmediate,
    );
    expect(await planOf(() => many.listAlerts({ limit: 100, ...window }))).toEqual(['SCAN alerts']);
    expect(await planOf(() => many.listTrades({ limit: 100, ...window, coin: 'BTC' }))).toEqual([
      'SEARCH trades USING INDEX trades_coin (coin=?)',
    ]);
  });
});

test('no page sorts: a page stops when it is full, and what is sorted must be read whole first', async () => {
  const filters: Omit<ListQuery, 'limit'>[] = [
    {},
    { coin: 'BTC' },
    { strategy: 'max-pain' },
    { coin: 'BTC', strategy: 'max-pain' },
    { sinceMs: 1 },
    { untilMs: 2 },
    { sinceMs: 1, untilMs: 2 },
    { coin: 'BTC', sinceMs: 1, untilMs: 2 },
    { strategy: 'max-pain', sinceMs: 1, untilMs: 2 },
    { coin: 'BTC', cursor: 'zz' },
  ];
  const sorting: string[] = [];
  for (const table of TABLES)
    for (const q of filters)
      if (sorts(await pageOf(table, q))) sorting.push(`${table} ${Object.keys(q).join('+')}`);
  expect(sorting).toEqual([]);
});

describe('what stands in the order path', () => {
  test('the use of limits comes out of indexes alone', async () => {
    asked = [];
    await store.usage(1, 2);
    const plans = await Promise.all(
      asked.map(({ sql, params }) => driver.read({ sql: `explain query plan ${sql}`, params })),
    );
    expect(plans.flat().map((r) => r[3])).toEqual([
      expect.stringMatching(/^SEARCH alerts USING COVERING INDEX alerts_received_at_ms/),
      expect.stringMatching(/^SEARCH decisions USING COVERING INDEX decisions_decided_at_ms/),
    ]);
  });

  test('open alerts, doubts and single things are found, not looked for', async () => {
    expect(await planOf(() => store.openAlerts())).toEqual(['SCAN alerts USING INDEX alerts_open']);
    expect((await planOf(() => store.unresolvedIntents()))[0]).toMatch(/USING INDEX intents_state/);
    expect(await planOf(() => store.intentsOf('a'))).toEqual([
      'SEARCH intents USING INDEX intents_alert_id (alert_id=?)',
    ]);
    expect((await planOf(() => store.decisionOfAlert('a')))[0]).toMatch(/decisions_alert_id_unique/);
    expect((await planOf(() => store.newestFillMs()))[0]).toMatch(/COVERING INDEX fills_time_ms/);
  });
});
