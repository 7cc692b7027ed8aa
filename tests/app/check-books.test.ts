import { expect, onTestFinished, test } from 'vitest';
import { BOOKS_MS, checkBooks, createBooks, REST_MS } from '../../src/app/check-books.ts';
import { exitPosition } from '../../src/app/exit-position.ts';
import type { Intent } from '../../src/core/execute/types.ts';
import { openBridgeWorld } from '../support/bridge-world.ts';
import type { BridgeWorld } from '../support/bridge-world.ts';

async function opened() {
  const w = await openBridgeWorld();
  onTestFinished(() => w.close());
  const books = createBooks();
  const check = async (afterMs = BOOKS_MS): Promise<void> => {
    await w.clock.advanceTo(w.clock.nowMs() + afterMs);
    await w.guard();
    await checkBooks(w.desk, books);
  };
  const violations = () => w.lines.filter((l) => l.event === 'invariant.violated').map((l) => l.fields);
  const checked = () => w.lines.findLast((l) => l.event === 'invariant.checked')?.fields;
  return { w, books, check, violations, checked };
}
/** The newest intents, changed in what the store says of them. */
function pretend(w: BridgeWorld, change: (items: Intent[]) => Intent[]): void {
  const { listIntents } = w.desk.store;
  const lie = async (q: Parameters<typeof listIntents>[0]) => {
    const page = await listIntents(q);
    return { ...page, items: change(page.items) };
  };
  w.desk.store = new Proxy(w.desk.store, {
    get: (store, verb): unknown => (verb === 'listIntents' ? lie : Reflect.get(store, verb)),
  });
}

test('a trade from entry to exit breaks nothing, and its cash is explained to the cent', async () => {
  const { w, check, violations, checked } = await opened();
  await check(0);
  await w.clock.advanceTo(w.clock.nowMs() + 10); // a fill of the reading's own millisecond could be on either side of it
  await w.post();
  await w.settle();
  for (let i = 0; i < 4; i++) await check();
  await exitPosition(w.desk, 'BTC', 'flatten');
  await w.settle();
  expect(w.position()).toBeUndefined();
  for (let i = 0; i < 4; i++) await check();
  expect(violations()).toEqual([]);
  expect(checked()).toMatchObject({ invariants: ['I1', 'I9', 'I2', 'I6', 'I8', 'I11'] });
  const fees = (await w.store.listFills({ limit: 500 })).items.reduce((a, f) => a + f.feeUsd, 0);
  expect(fees).toBeGreaterThan(1);
  expect(Math.abs(Number(checked()?.['unexplainedUsd']))).toBeLessThan(0.01);
});

test('I11: a deposit is no fill, and stays unexplained', async () => {
  const { w, check, checked } = await opened();
  for (let i = 0; i < 2; i++) await check();
  const cash = w.desk.reader.accountState.bind(w.desk.reader);
  w.desk.reader = { ...w.desk.reader, accountState: async () => ({ ...(await cash()), equityUsd: 100_250 }) };
  for (let i = 0; i < 3; i++) await check();
  expect(checked()?.['unexplainedUsd']).toBeCloseTo(250, 6);
});

test('an account that was not read lately is not judged', async () => {
  const { w, books, checked } = await opened();
  await w.guard();
  await w.clock.advanceTo(w.clock.nowMs() + 61_000);
  await checkBooks(w.desk, books);
  expect(checked()).toMatchObject({ invariants: ['I1', 'I9'] });
});

test('I6: a position at rest without its one full stop is told once, after its time, and again when it comes again', async () => {
  const { w, check, violations } = await opened();
  await w.post();
  await w.settle();
  await w.guard();
  const reading = w.desk.reader.accountState.bind(w.desk.reader);
  const without = async (isBare: boolean): Promise<void> => {
    const account = await reading();
    const openOrders = isBare ? account.openOrders.filter((o) => !o.orderType.startsWith('Stop')) : account.openOrders; // prettier-ignore
    w.desk.account = { ...account, openOrders, readAtMs: w.clock.nowMs() };
  };
  const books = createBooks();
  const at = async (afterMs: number, isBare: boolean): Promise<void> => {
    await w.clock.advanceTo(w.clock.nowMs() + afterMs);
    await without(isBare);
    await checkBooks(w.desk, books);
  };
  await w.clock.advanceTo(w.clock.nowMs() + 30_000);
  await w.guard(); // its entry has arrived
  await at(0, true);
  await at(REST_MS, true);
  expect(violations()).toEqual([]);
  await at(1, true);
  await at(1_000, true);
  expect(violations()).toMatchObject([{ invariant: 'I6', coin: 'BTC', forMs: REST_MS + 1 }]);
  await at(1_000, false);
  await at(1_000, true);
  await at(REST_MS + 1, true);
  expect(violations()).toHaveLength(2);
  await check(0);
  expect(violations()).toHaveLength(2);
});

test('I6 waits while an exit is under way', async () => {
  const { w, violations } = await opened();
  await w.post();
  await w.settle();
  const account = await w.desk.reader.accountState();
  const books = createBooks();
  for (let i = 0; i < 4; i++) {
    await w.clock.advanceTo(w.clock.nowMs() + REST_MS);
    w.desk.account = { ...account, openOrders: [], readAtMs: w.clock.nowMs() };
    w.desk.unresolved.set('BTC', 1);
    await checkBooks(w.desk, books);
  }
  expect(violations()).toEqual([]);
});

test('I2: an order of ours that could open a position has an intent; one that only reduces may be the other guard’s', async () => {
  const { w, violations } = await opened();
  const account = await w.desk.reader.accountState();
  const order = { coin: 'BTC', oid: 1, cloid: `0x5bac${'0'.repeat(28)}`, isBuy: true, limitPx: 1, sz: 1, origSz: 1, reduceOnly: true, isTrigger: false, triggerPx: null, orderType: 'Limit', isPositionTpsl: false, isUnarmedChild: false, timestampMs: 0 }; // prettier-ignore
  const see = async (over: object): Promise<void> => {
    w.desk.account = { ...account, openOrders: [{ ...order, ...over }] };
    await checkBooks(w.desk, createBooks());
  };
  await see({});
  await see({ reduceOnly: false, cloid: null });
  await see({ reduceOnly: false, cloid: `0xffff${'0'.repeat(28)}` });
  expect(violations()).toEqual([]);
  await see({ reduceOnly: false });
  expect(violations()).toMatchObject([{ invariant: 'I2', coin: 'BTC', oid: 1 }]);
});

test('I1 and I9: two entries for one alert, one nonce for two actions, a nonce that fell', async () => {
  const { w, check, violations, books } = await opened();
  await w.post();
  await w.settle();
  await check();
  expect(violations()).toEqual([]);
  pretend(w, (items) => items.flatMap((i) => (i.role === 'entry' ? [i, { ...i, cloid: 'other', createdAtMs: i.createdAtMs + 1 }] : [i]))); // prettier-ignore
  books.lastNonces.set(w.desk.guardSigner.address, Number.MAX_SAFE_INTEGER);
  await check();
  expect(violations().map((v) => [v['invariant'], v['what']])).toEqual([
    ['I1', 'two entries were accepted for one alert'],
    ['I9', 'one nonce was drawn for two actions'],
    ['I9', 'the highest nonce has fallen'],
  ]);
});

test('I8: more positions of ours than allowed, and more risk than a day may have', async () => {
  const { w, check, violations } = await opened();
  await w.post();
  await w.settle();
  await check();
  expect(violations()).toEqual([]);
  w.desk.limits = { ...w.desk.limits, positionsMax: 0, dayRiskFractionMax: 0.000_001 };
  await check();
  expect(violations().map((v) => v['what'])).toEqual([
    '1 positions of ours, 0 allowed',
    expect.stringMatching(/^\d+\.\d\d USD of risk approved within a day$/),
  ]);
});
