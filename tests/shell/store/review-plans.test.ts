// How SQLite answers what reviewing asks, asked of its planner: see query-plans.test.ts.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BridgeStore } from '../../../src/shell/store/create-store.ts';
import { createStore } from '../../../src/shell/store/create-store.ts';
import type { Statement } from '../../../src/shell/store/driver.ts';
import { migrate } from '../../../src/shell/store/migrate.ts';
import { openNodeSqlite } from '../../../src/shell/store/node-sqlite.ts';

const driver = openNodeSqlite(':memory:', (e) => {
  throw e;
});
let asked: Statement[] = [];
let store: BridgeStore;
beforeAll(async () => {
  await migrate(driver, 'test');
  const read = (statement: Statement) => {
    asked.push(statement);
    return driver.read(statement);
  };
  store = createStore({ ...driver, read }, setImmediate);
});
afterAll(() => driver.close());

/** The steps that touch tables or sort, of every statement that a call reads with. */
async function plansOf(call: () => Promise<unknown>): Promise<string[]> {
  asked = [];
  await call();
  const plans = await Promise.all(
    asked.map((s) => driver.read({ sql: `explain query plan ${s.sql}`, params: s.params })),
  );
  return plans.flat().map((row) => String(row[3]));
}

test('decisions for one reason, and approved ones, are found by index, newest first', async () => {
  const byReason = 'SEARCH decisions USING INDEX decisions_reasons (reasons=?)';
  expect(await plansOf(() => store.listDecisions({ limit: 9, reason: 'cooldown' }))).toEqual([byReason]);
  expect(await plansOf(() => store.listDecisions({ limit: 9, reason: 'cooldown', status: 'refused' }))).toEqual([byReason]); // prettier-ignore
  expect(await plansOf(() => store.listDecisions({ limit: 9, status: 'approved' }))).toEqual([
    'SCAN decisions USING INDEX decisions_approved',
  ]);
});

test('counting and telling go by the indexes on time, and sort no more than one moment’s rows', async () => {
  const q = { limit: 9, coin: 'BTC', sinceMs: 1, untilMs: 2 };
  const time = /^SEARCH \w+ USING (?:COVERING )?INDEX (?:decisions_decided_at|intents_created_at|fills_coin_time|guard_runs_started_at)_ms \(/;
  const rest = /^(?:USE TEMP B-TREE FOR (?:LAST TERM OF ORDER BY|GROUP BY)|CORRELATED SCALAR SUBQUERY \d+|SCAN json_each (?:EXISTS )?VIRTUAL TABLE.*)$/;
  for (const call of [() => store.countDecisions(q), () => store.recordOf(q)]) {
    const plans = await plansOf(call);
    expect(plans.filter((step) => !time.test(step) && !rest.test(step))).toEqual([]);
    expect(plans.filter((step) => time.test(step)).length).toBe(asked.length);
  }
}); // prettier-ignore

test('the trade of a decision is looked for among its coin’s', async () => {
  expect(await plansOf(() => store.listTrades({ limit: 1, coin: 'BTC', decisionId: 'd' }))).toEqual([
    'SEARCH trades USING INDEX trades_coin (coin=?)',
  ]);
});
