import { and, eq, getTableColumns, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { compile, compileRead, later } from '../../../src/shell/store/compile.ts';
import type { Driver, Statement } from '../../../src/shell/store/driver.ts';
import { makeDb } from '../../../src/shell/store/make-db.ts';
import { alerts, intents } from '../../../src/shell/store/schema.ts';
import { makeOrderWrites } from '../../../src/shell/store/order-writes.ts';

const written: Statement[] = [];
const driver: Driver = {
  read: () => Promise.resolve([]),
  write(statements) {
    written.push(...statements);
    return Promise.resolve(statements.map(() => []));
  },
  close: () => Promise.resolve(),
};
const db = makeDb(driver);

test('is the text and the values that drizzle sends: JSON, flags, numbers, nothing', async () => {
  const change = { reduceOnly: true, oid: null, px: 1.5, message: 'not "sent"' };
  const columns = getTableColumns(intents);
  const swap = compile(
    db
      .update(intents)
      .set({
        px: sql`${later('px', columns.px)}`,
        reduceOnly: sql`${later('reduceOnly', columns.reduceOnly)}`,
        oid: sql`${later('oid', columns.oid)}`,
        message: sql`${later('message', columns.message)}`,
      })
      .where(and(sql`${intents.cloid} = ${later('of', intents.cloid)}`, eq(intents.role, 'stop'))),
  );
  written.length = 0;
  await db.batch([
    db
      .update(intents)
      .set(change)
      .where(and(eq(intents.cloid, '0x5bac'), eq(intents.role, 'stop'))),
  ]);
  expect(swap({ ...change, of: '0x5bac' })).toEqual(written[0]);
  const json = compile(db.update(alerts).set({ alert: sql`${later('alert', alerts.alert)}` }));
  expect(json({ alert: { a: [1, null] } }).params).toEqual(['{"a":[1,null]}']);
  expect(json({ alert: null }).params).toEqual([null]);
  expect(json({}).params).toEqual([null]);
});

test('a read asks what drizzle asks, is built once, and gives its rows', async () => {
  const stored = ['0x1', '{"a":1}', null];
  const asked: Statement[] = [];
  const answering: Driver = {
    ...driver,
    read(statement) {
      asked.push(statement);
      return Promise.resolve([stored]);
    },
  };
  const reading = makeDb(answering);
  const columns = { id: alerts.id, alert: alerts.alert, outcome: alerts.outcome };
  let built = 0;
  const byId = compileRead(answering, () => {
    built += 1;
    return reading
      .select(columns)
      .from(alerts)
      .where(eq(alerts.id, later('id', alerts.id)));
  });
  const [expected] = await reading.batch([reading.select(columns).from(alerts).where(eq(alerts.id, '0x1'))]);
  expect(await byId({ id: '0x1' })).toEqual(expected);
  expect(asked[1]).toEqual(asked[0]);
  await byId({ id: '0x2' });
  expect([built, asked[2]?.params]).toEqual([1, ['0x2']]);
});

test('a number that is not finite is refused, as everywhere', () => {
  const set = compile(db.update(intents).set({ px: sql`${later('px', intents.px)}` }));
  expect(() => set({ px: Number.NaN })).toThrow(/not text, null or a finite number/);
});

test('changes of other shapes get texts of their own', async () => {
  const { recordOutcome } = makeOrderWrites(driver, db, queueMicrotask);
  written.length = 0;
  const legs = [
    { cloid: '0xa', from: ['sending', 'unknown'], change: { state: 'acked', oid: 7, updatedAtMs: 5 } },
    { cloid: '0xb', from: ['sending'], change: { state: 'unknown', message: 'm', updatedAtMs: 6 } },
    { cloid: '0xc', from: ['sending', 'unknown'], change: { state: 'acked', oid: 8, updatedAtMs: 7 } },
  ] as const;
  await recordOutcome(legs, null);
  expect(written.map((s) => s.params)).toEqual([
    ['acked', 7, 5, '0xa', 'sending', 'unknown'],
    ['unknown', 'm', 6, '0xb', 'sending'],
    ['acked', 8, 7, '0xc', 'sending', 'unknown'],
  ]);
  expect(written[2]!.sql).toBe(written[0]!.sql);
  expect(written[1]!.sql).not.toContain('"oid"');
  await recordOutcome([], null);
  expect(written).toHaveLength(3);
});

test('outcomes recorded at the same moment go to the database side by side; one that is refused fails alone', async () => {
  const open: ((e?: Error) => void)[] = [];
  const slow: Driver = {
    ...driver,
    write: (statements) =>
      new Promise((resolve, reject) =>
        open.push((e) => (e === undefined ? resolve(statements.map(() => [])) : reject(e))),
      ),
  };
  const turns: (() => void)[] = [];
  const { recordOutcome } = makeOrderWrites(slow, db, (run) => turns.push(run));
  const leg = { cloid: '0xa', from: ['sending'], change: { state: 'acked', updatedAtMs: 5 } } as const;
  const ends = Promise.allSettled(
    [0, 1, 2].map((n) => recordOutcome([leg], { id: `a${n}`, outcome: 'filled' })),
  );
  expect(open).toHaveLength(0);
  while (turns.length > 0) turns.shift()?.();
  expect(open).toHaveLength(3);
  for (const [n, end] of open.entries()) end(n === 1 ? new Error('constraint') : undefined);
  expect((await ends).map((e) => e.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});
