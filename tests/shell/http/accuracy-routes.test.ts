import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { scoreAllDays } from '../../../src/core/zones/score/score-days.ts';
import { Accuracy } from '../../../src/shell/http/accuracy-schemas.ts';
import { CoinReport } from '../../../src/shell/http/zone-schemas.ts';
import { bars, mapOf, zone } from '../../core/zones/signals/example-map.ts';
import { exampleScores, scoredDay, unheardDay } from './example-scores.ts';
import { NOW_MS, OPERATE_TOKEN, refusalOf, world } from './world.ts';
import type { World } from './world.ts';

const DAY = 86_400_000;
const TODAY = Math.floor(NOW_MS / DAY) * DAY;
const DAYS = [
  ...[2, 3, 4, 5, 6, 7].flatMap((n) => [
    scoredDay('BTC', TODAY - n * DAY),
    scoredDay('SOL', TODAY - n * DAY),
  ]),
  unheardDay('BTC', TODAY - DAY),
  scoredDay('SOL', TODAY - DAY),
];

async function scoredWorld(isMadeUp = false): Promise<World> {
  const w = await world();
  w.bridge.scores = await exampleScores(DAYS, { nowMs: NOW_MS, isMadeUp });
  return w;
}
const ask = async (w: World, query = '') =>
  z.strictObject(Accuracy.shape).parse(await (await w.get(`/api/v1/accuracy${query}`)).json());

describe('GET /api/v1/accuracy', () => {
  test('means over all days with every baseline beside the map, and the days newest first', async () => {
    const answer = await ask(await scoredWorld());
    expect(answer).toMatchObject({
      isMadeUp: false,
      dataSource: 'synthetic (seed 7)',
      nextAtMs: TODAY + DAY + 600_000,
      nextCursor: null,
    });
    expect(answer.coins.map((c) => [c.coin, c.newest?.notEnough?.code])).toEqual([
      ['BTC', 'not-heard'],
      ['SOL', undefined],
    ]);
    expect(answer.coins[0]?.heardFraction).toBeCloseTo((6 * 0.97 + 0.31) / 7, 12);
    const btc = answer.coins[0]?.windows['1h'];
    expect(btc).toEqual(scoreAllDays(DAYS.filter((d) => d.coin === 'BTC'))['1h']);
    expect(btc?.days).toBe(6);
    expect(btc?.scores.uniform).toMatchObject({ auc: 0.5, meanPartialRho: null, ci95: null });
    expect(btc?.scores.model.ci95?.[0]).toBeLessThan(btc?.scores.model.meanPartialRho ?? 0);
    const [all, direct] = [answer.all['1h'], scoreAllDays(DAYS)['1h']];
    expect([all?.days, all?.scores.model.units]).toEqual([direct?.days, direct?.scores.model.units]);
    expect(all?.scores.model.auc).toBeCloseTo(direct?.scores.model.auc ?? 0, 12);
    expect(all?.scores.model.ci95?.[1]).toBeCloseTo(direct?.scores.model.ci95?.[1] ?? 0, 12);
    expect(answer.items.map((d) => [d.coin, (TODAY - d.dayMs) / DAY]).slice(0, 3)).toEqual([
      ['BTC', 1],
      ['SOL', 1],
      ['BTC', 2],
    ]);
    expect(answer.items[0]).toMatchObject({
      notEnough: { code: 'not-heard', message: '31 % of the day was listened to, 50 % are needed' },
      windows: { '1h': null, '4h': null },
    });
    const sums = DAYS.find((d) => d.coin === 'SOL' && d.dayMs === TODAY - DAY)?.windows['4h']?.model;
    expect(answer.items[1]?.windows['4h']?.model).toMatchObject({
      units: sums?.units,
      meanPartialRho: (sums?.partialRho.sum ?? 0) / (sums?.partialRho.n ?? 1),
    });
  });

  test('one coin, since a day, page by page without a day lost', async () => {
    const w = await scoredWorld();
    const sol = await ask(w, '?coin=SOL');
    expect(sol.coins.map((c) => c.coin)).toEqual(['SOL']);
    expect(new Set(sol.items.map((d) => d.coin))).toEqual(new Set(['SOL']));
    expect((await ask(w, `?since=${TODAY - 2 * DAY}`)).items).toHaveLength(4);
    const all = (await ask(w)).items;
    const paged: unknown[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: z.output<typeof Accuracy> = await ask(
        w,
        `?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      paged.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(paged).toEqual(all);
  });

  test('nothing scored yet is an empty list that says when, not a zero', async () => {
    const w = await world();
    w.bridge.scores = await exampleScores([], { nowMs: NOW_MS });
    const answer = await ask(w);
    expect([answer.items, answer.coins, answer.all]).toEqual([[], [], { '1h': null, '4h': null }]);
    expect(answer.nextAtMs).toBeGreaterThan(NOW_MS);
  });

  test('where nobody scores the map it says so', async () => {
    const res = await (await world()).get('/api/v1/accuracy');
    expect(res.status).toBe(501);
    expect(await refusalOf(res)).toMatchObject({ code: 'not-available' });
  });

  test.each([
    ['?coin=NOPE', 404, 'not-found'],
    ['?cursor=yesterday', 400, 'bad-query'],
    ['?limit=0', 400, 'bad-query'],
    ['?strategy=zones', 400, 'bad-query'],
  ])('%s: %d %s', async (query, status, code) => {
    const res = await (await scoredWorld()).get(`/api/v1/accuracy${query}`);
    expect([res.status, (await refusalOf(res)).code]).toEqual([status, code]);
  });

  test('is read with the read token alone', async () => {
    const w = await scoredWorld();
    expect((await w.get('/api/v1/accuracy', null)).status).toBe(401);
    expect((await w.get('/api/v1/accuracy', OPERATE_TOKEN)).status).toBe(
      (await w.get('/api/v1/trades', OPERATE_TOKEN)).status,
    );
  });
});

describe('a report', () => {
  const reportOf = async (w: World, query = ''): Promise<Response> => {
    const map = mapOf([zone('long', 100, 2_000_000), zone('short', 150, 1_000_000)]);
    w.bridge.coinMarket = {
      map,
      candles: bars(900, () => 99),
      fundingHourlyFraction: null,
      marginTiers: [],
      realised: null,
      ratios: [],
      openInterest: [],
    };
    return w.get(`/api/v1/report/BTC${query}`);
  };

  test('has the coin’s own accuracy', async () => {
    const w = await scoredWorld(true);
    const { accuracy } = CoinReport.parse(await (await reportOf(w)).json());
    expect(accuracy).toMatchObject({ isMadeUp: true, nextAtMs: TODAY + DAY + 600_000 });
    expect(accuracy?.windows).toEqual(scoreAllDays(DAYS.filter((d) => d.coin === 'BTC')));
    expect(accuracy?.days.map((d) => (TODAY - d.dayMs) / DAY)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const text = await (await reportOf(w, '?format=markdown')).text();
    expect(text).toMatch(/\| \*\*this map\*\* \| 0\.\d{3} \| 0\.\d{3} – 0\.\d{3} \|/);
    expect(text).toContain('**A made-up market**');
  });

  test('of a bridge that does not score says so', async () => {
    const w = await world();
    expect(CoinReport.parse(await (await reportOf(w)).json()).accuracy).toBeNull();
  });
});
