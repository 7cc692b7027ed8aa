import { expect, test } from 'vitest';
import type { Trade } from '../../../src/core/review/types.ts';
import { exampleData } from './example-data.ts';
import { NOW_MS, refusalOf, world } from './world.ts';
import type { World } from './world.ts';

const COUNT = 1_203;

/** Enough trades for three pages, the first of which is the oldest. */
async function traded(over: Parameters<typeof world>[0] = {}): Promise<World> {
  const w = await world(over);
  const [example] = exampleData(NOW_MS).trades;
  if (example === undefined) throw new Error('no example');
  const trade = (i: number): Trade => ({ ...example, id: `t${i}`, coin: i % 3 === 0 ? 'BTC' : '=EVIL()' });
  await Promise.all(Array.from({ length: COUNT }, (_, i) => w.store.saveTrade(trade(i))));
  return w;
}
const linesOf = async (res: Response): Promise<string[]> => (await res.text()).trimEnd().split('\r\n');

test('a whole list is one file: a header, every row once, newest first, formulas defused', async () => {
  const w = await traded();
  const res = await w.get('/api/v1/trades?format=csv&limit=all');
  expect([res.status, res.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
  expect(res.headers.get('content-disposition')).toContain('snapback-trades.csv');
  const [header = '', ...rows] = await linesOf(res);
  expect(header.split(',').slice(0, 4)).toEqual(['openedAtMs', 'closedAtMs', 'id', 'coin']);
  expect(rows.map((r) => r.split(',')[2])).toEqual(
    Array.from({ length: COUNT }, (_, i) => `t${COUNT - 1 - i}`),
  );
  expect(rows.some((r) => r.includes(",'=EVIL()"))).toBe(true);
});

test('narrowed as pages are, and from a cursor on', async () => {
  const w = await traded();
  const coin = await linesOf(await w.get('/api/v1/trades?format=csv&limit=all&coin=BTC'));
  expect(coin).toHaveLength(1 + COUNT / 3);
  const page = await w.get('/api/v1/trades?format=csv&limit=500');
  const rest = await w.get(`/api/v1/trades?format=csv&limit=all&cursor=${page.headers.get('x-next-cursor')}`);
  expect(await linesOf(rest)).toHaveLength(1 + COUNT - 500);
  expect(await linesOf(await w.get('/api/v1/trades?format=csv&limit=all&coin=ETH'))).toHaveLength(1);
});

test('it reads as fast as the client does, and no page more', async () => {
  let reads = 0;
  const w = await traded();
  const { listTrades } = w.store;
  const counting = await world({
    store: new Proxy(w.store, {
      get: (target, verb): unknown =>
        verb === 'listTrades' ? (q: Parameters<typeof listTrades>[0]) => (reads++, target.listTrades(q)) : Reflect.get(target, verb),
    }),
  }); // prettier-ignore
  const res = await counting.get('/api/v1/trades?format=csv&limit=all');
  expect(reads).toBe(1); // a wrong cursor must be refused before there is a file
  const reader = res.body?.getReader();
  await reader?.read();
  await expect.poll(() => reads).toBe(2);
  await reader?.read();
  await expect.poll(() => reads).toBe(3);
  await reader?.cancel();
  expect(reads).toBe(3);
});

test('a file whose rows cannot be read breaks off: what just ends looks complete', async () => {
  const w = await traded();
  const res = await w.get('/api/v1/trades?format=csv&limit=all');
  const reader = res.body?.getReader();
  w.breakStore(true);
  await expect(
    (async () => {
      while ((await reader?.read())?.done === false);
    })(),
  ).rejects.toThrow('disk full');
});

test('JSON comes in pages, positions on one, and a whole list takes its share of the token', async () => {
  const w = await traded({ readsPerMinute: 60 });
  for (const path of ['trades?limit=all', 'trades?limit=all&format=json', 'positions?limit=all&format=csv']) {
    const res = await w.get(`/api/v1/${path}`);
    const { code, issues } = await refusalOf(res);
    expect([path, res.status, code, issues?.[0]?.path]).toEqual([path, 400, 'bad-query', 'limit']);
  }
  await (await w.get('/api/v1/trades?format=csv&limit=all')).body?.cancel();
  expect((await w.get('/api/v1/trades?format=csv&limit=all')).status).toBe(429);
  expect((await w.get('/api/v1/trades?limit=1')).status).toBe(200);
});
