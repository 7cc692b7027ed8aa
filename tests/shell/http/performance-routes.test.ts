import { describe, expect, test } from 'vitest';
import type { Trade } from '../../../src/core/review/types.ts';
import { PerformanceAnswer } from '../../../src/shell/http/performance-routes.ts';
import { exampleData } from './example-data.ts';
import { seed } from './seed.ts';
import { NOW_MS, refusalOf, world } from './world.ts';
import type { World } from './world.ts';

const DAY_MS = 86_400_000;
async function seeded(): Promise<World> {
  const w = await world();
  await seed(w.store, exampleData(NOW_MS));
  return w;
}
const ask = async (w: World, query = '') =>
  PerformanceAnswer.parse(await (await w.get(`/api/v1/performance${query}`)).json());

describe('GET /api/v1/performance', () => {
  test('adds up to the trades it is made of', async () => {
    const w = await seeded();
    const closed = exampleData(NOW_MS).trades.filter((t) => t.closedAtMs !== null);
    const { total, items, truncated, sinceMs, untilMs } = await ask(w, '?by=coin');
    expect([total.n, total.open, truncated]).toEqual([closed.length, 2, false]);
    expect(total.netPnlUsd).toBeCloseTo(
      closed.reduce((a, t) => a + t.netPnlUsd, 0),
      6,
    );
    expect(items.filter((i) => i.n > 0).map((i) => i.group.coin)).toEqual(closed.map((t) => t.coin).sort());
    expect([untilMs, untilMs - sinceMs]).toEqual([NOW_MS, 90 * DAY_MS]);
  });

  test('filters reach the store, groups combine', async () => {
    const w = await seeded();
    expect((await ask(w, '?coin=LINK')).total.n).toBe(1);
    expect((await ask(w, '?strategy=zones')).total.n).toBe(0);
    expect((await ask(w, `?since=${NOW_MS + 1}&until=${NOW_MS + 2}`)).total.n).toBe(0);
    expect((await ask(w, '?by=side,exit,day')).items[0]?.group).toMatchObject({ side: 'long' });
    expect((await ask(w)).items).toEqual([]);
  });

  test.each([
    'by=',
    'by=colour',
    'by=coin,coin',
    'by=coin,side,day,week',
    'limit=5',
    'since=x',
    'format=xml',
  ])('%s is refused by name', async (query) => {
    const res = await (await world()).get(`/api/v1/performance?${query}`);
    expect([res.status, (await refusalOf(res)).code]).toEqual([400, 'bad-query']);
  });

  test('CSV has a line per group and the total last, with as many cells in each', async () => {
    const res = await (await seeded()).get('/api/v1/performance?by=coin,side&format=csv');
    const lines = (await res.text()).trim().split('\r\n');
    expect(lines[0]).toMatch(/^group\.coin,group\.side,n,open,netPnlUsd/);
    expect(new Set(lines.map((l) => l.split(',').length)).size).toBe(1);
    expect(lines.at(-1)).toMatch(/^,,4,2,/);
    expect(lines[1]).toMatch(/^AVAX,short,1,0,/);
  });

  test('thousands of trades are read page by page, with turns for others between', async () => {
    const w = await world();
    const one = exampleData(NOW_MS).trades.at(-1) as Trade;
    for (let i = 0; i < 1_200; i++)
      await w.store.saveTrade({
        ...one,
        id: `t${i}`,
        alertId: null,
        decisionId: null,
        closedAtMs: NOW_MS - 1 - i,
      });
    expect((await ask(w)).total.n).toBe(1_200);
  });
});
