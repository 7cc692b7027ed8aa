// The same run on the real store: SQLite in memory, with its journal. At the end the tables are what was committed,
// and the journal gives the tables (I5).
import { createStore } from '../../store/create-store.ts';
import { journaled } from '../../store/journal.ts';
import { migrate } from '../../store/migrate.ts';
import { openNodeSqlite } from '../../store/node-sqlite.ts';
import { verifyJournal } from '../../store/verify-journal.ts';
import { runScenario, type RunResult } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import type { WorldOptions } from './world.ts';

const PAGE = { limit: 500 };

/** Every read is printed and parsed as on the wire, too. */
export async function runOnDatabase(scenario: Scenario, o: WorldOptions = {}): Promise<RunResult> {
  const driver = openNodeSqlite(':memory:', (e) => {
    throw e;
  });
  try {
    const journal = journaled(driver);
    await migrate(journal, 'the simulation');
    const store = createStore(journal, setImmediate);
    const result = await runScenario(scenario, { ...o, store, isParsed: true });
    const violate = (message: string): void =>
      void result.violations.push({ invariant: 'I5', atMs: scenario.endMs, message });
    const lists: [string, unknown[], Iterable<object>][] = [
      ['alerts', (await store.listAlerts(PAGE)).items, result.rows.alerts.values()],
      ['intents', (await store.listIntents(PAGE)).items, result.rows.intents.values()],
      ['fills', (await store.listFills(PAGE)).items, result.rows.fills.values()],
      ['trades', (await store.listTrades(PAGE)).items, result.rows.trades.values()],
    ];
    for (const [name, found, expected] of lists)
      if (!isSame(found, expected)) violate(`${name}: the tables differ from what was committed`);
    const report = await verifyJournal(driver);
    if (!report.ok)
      violate(`the journal is ${report.chain}, and its fold differs from the tables or cannot be made`);
    return result;
  } finally {
    await driver.close();
  }
}

/** Rows as sorted texts: neither the order of rows nor that of columns counts. */
const isSame = (a: Iterable<unknown>, b: Iterable<unknown>): boolean => asText(a) === asText(b);
const asText = (rows: Iterable<unknown>): string =>
  Array.from(rows, (row) => JSON.stringify(row, (_, v: unknown) => sortedKeys(v)))
    .sort()
    .join('\n');
const sortedKeys = (v: unknown): unknown =>
  typeof v === 'object' && v !== null && !Array.isArray(v)
    ? Object.fromEntries(Object.entries(v).sort(([x], [y]) => (x < y ? -1 : 1)))
    : v;
