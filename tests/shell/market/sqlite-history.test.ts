import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, test } from 'vitest';
import type { MarketSource } from '../../../src/app/ports.ts';
import type { HistoryBatch } from '../../../src/app/market-ports.ts';
import { scoredDaysInMemory } from '../../../src/app/score-map-port.ts';
import type { Candle } from '../../../src/core/shared/candle.ts';
import type { KeptAccount } from '../../../src/core/zones/observed-book.ts';
import type { Liquidation } from '../../../src/core/zones/realised/types.ts';
import type { ScoredDay } from '../../../src/core/zones/score/score-day.ts';
import type { SqliteHistory } from '../../../src/shell/market/sqlite-history.ts';
import { openSqliteHistory } from '../../../src/shell/market/sqlite-history.ts';
import { storedCandles } from '../../../src/shell/market/stored-candles.ts';

const MIN = 60_000;
const BAR = 5 * MIN;
const DAY = 86_400_000;
const NOW = 1_760_140_800_000;

const open: SqliteHistory[] = [];
const folders: string[] = [];
afterEach(() => {
  for (const h of open.splice(0)) h.close();
  for (const f of folders.splice(0)) rmSync(f, { recursive: true });
});
const history = (path = ':memory:'): SqliteHistory => {
  const opened = openSqliteHistory(path);
  open.push(opened);
  return opened;
};
const file = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'market-'));
  folders.push(folder);
  return join(folder, 'deep', 'market.db');
};
const nothing: HistoryBatch = { liquidations: [], buckets: [], spans: [], samples: [], ratios: [] };
const liquidation = (timeMs: number): Liquidation => ({
  venue: 'okx',
  coin: 'BTC',
  side: 'short',
  px: 100.5,
  sz: 2,
  notionalUsd: 201,
  timeMs,
});
const sample = (tMs: number, usd: number | null) => ({
  venue: 'hyperliquid' as const,
  coin: 'BTC',
  tMs,
  openInterestUsd: usd,
  openInterestCoins: usd === null ? null : usd / 100,
  fundingHourlyFraction: null,
});

test('what is written is read back the same, from another process’s point of view', async () => {
  const path = file();
  const first = history(path);
  const bucket = {
    coin: 'BTC',
    tMs: NOW,
    side: 'long' as const,
    usd: 5,
    count: 2,
    px: 1,
    loPx: 1,
    hiPx: 2,
    largestUsd: 3,
  };
  const { coin: _, ...kept } = bucket;
  await first.append({
    liquidations: [liquidation(NOW - 2), liquidation(NOW - 1), liquidation(NOW - DAY)],
    buckets: [bucket],
    spans: [{ venue: 'okx', fromMs: NOW - DAY, toMs: NOW - 5 }],
    samples: [sample(NOW, 1_000), sample(NOW - MIN, null)],
    ratios: [{ venue: 'bybit', coin: 'BTC', tMs: NOW, longAccountFraction: 0.61 }],
  });
  // The same things, grown: a bucket with more in it, a span that goes on.
  await first.append({
    ...nothing,
    buckets: [{ ...bucket, usd: 9, count: 3 }],
    spans: [{ venue: 'okx', fromMs: NOW - DAY, toMs: NOW }],
    samples: [sample(NOW, 7)],
  });
  first.close();
  open.pop();
  const again = history(path);
  expect(await again.liquidations('BTC', NOW - 2)).toEqual([liquidation(NOW - 2), liquidation(NOW - 1)]);
  expect(await again.liquidations('ETH', 0)).toEqual([]);
  expect(await again.buckets('BTC', 0)).toEqual([{ ...kept, usd: 9, count: 3 }]);
  expect(await again.spans(0)).toEqual([{ venue: 'okx', fromMs: NOW - DAY, toMs: NOW }]);
  const { venue: _v, coin: _c, ...bare } = sample(NOW, 1_000);
  expect(await again.samples('hyperliquid', 'BTC', NOW)).toEqual([bare]);
  expect((await again.samples('hyperliquid', 'BTC', 0))[0]).toMatchObject({
    tMs: NOW - MIN,
    openInterestUsd: null,
  });
  expect(await again.ratios('BTC', 0)).toEqual([{ venue: 'bybit', tMs: NOW, longAccountFraction: 0.61 }]);
});

test('one process at a time; another version is refused, by name', async () => {
  const path = file();
  history(path);
  expect(() => openSqliteHistory(path)).toThrow(/locked/);
  const newer = file();
  history(newer).close();
  open.pop();
  const raw = new DatabaseSync(newer);
  raw.exec('PRAGMA user_version = 3');
  raw.close();
  expect(() => openSqliteHistory(newer)).toThrow('is of version 3, newer than 2');
});

test('a file of the first version keeps what it has and gets what it lacks', async () => {
  const path = file();
  const first = history(path);
  await first.append({ ...nothing, liquidations: [liquidation(NOW)] });
  first.close();
  open.pop();
  const raw = new DatabaseSync(path);
  raw.exec('DROP TABLE accuracy; DROP TABLE observed; PRAGMA user_version = 1');
  raw.close();
  const again = history(path);
  expect(await again.liquidations('BTC', 0)).toHaveLength(1);
  await again.saveScoredDay(scoredDay('BTC', 0));
  expect(await again.scoredDays({ sinceMs: 0 })).toEqual([scoredDay('BTC', 0)]);
  expect(await again.accounts(0)).toEqual([]);
});

const figure = { n: 1, sum: 0.5 };
const sums = { units: 1, rows: 9, rho: figure, partialRho: figure, auc: figure, captureTop25: figure };
const scoredDay = (coin: string, dayMs: number): ScoredDay => ({
  coin,
  dayMs,
  map: '0badcafe',
  heardFraction: 1,
  liquidations: 12,
  bars: { day: 288, before: 864 },
  venues: ['hyperliquid'],
  notEnough: null,
  windows: { '1h': { model: sums, heat: sums, distance: sums, unswept: sums, uniform: sums } },
});

test.each([
  ['in the file', () => history()],
  ['in memory', scoredDaysInMemory],
])('scored days %s: newest first, page by page, one of each, pruned after a year', async (_, make) => {
  const store = make();
  const days = [0, 1, 2].flatMap((n) => ['BTC', 'SOL', 'ETH'].map((c) => scoredDay(c, NOW - n * DAY)));
  for (const d of days) await store.saveScoredDay(d);
  await store.saveScoredDay({ ...scoredDay('ETH', NOW), liquidations: 13 });
  const all = await store.scoredDays({ sinceMs: 0 });
  expect(all.slice(0, 4).map((d) => [d.coin, (NOW - d.dayMs) / DAY, d.liquidations])).toEqual([
    ['BTC', 0, 12],
    ['ETH', 0, 13],
    ['SOL', 0, 12],
    ['BTC', 1, 12],
  ]);
  const paged: ScoredDay[] = [];
  for (;;) {
    const page = await store.scoredDays({ sinceMs: 0, limit: 2, after: paged.at(-1) });
    if (page.length === 0) break;
    paged.push(...page);
  }
  expect(paged).toEqual(all);
  expect(await store.scoredDays({ coin: 'SOL', sinceMs: NOW - DAY })).toHaveLength(2);
});

test('prune forgets scored days after a year', async () => {
  const h = history();
  await h.saveScoredDay(scoredDay('BTC', NOW - 364 * DAY));
  await h.saveScoredDay(scoredDay('BTC', NOW - 366 * DAY));
  await h.prune(NOW);
  expect((await h.scoredDays({ sinceMs: 0 })).map((d) => d.dayMs)).toEqual([NOW - 364 * DAY]);
});

test('accounts come back with their times, those that are gone do not', async () => {
  const h = history();
  const account = (address: string, readAtMs: number | null): KeptAccount => ({
    address,
    seenAtMs: NOW - DAY,
    readAtMs,
    tradedShare: 0.25,
    positions: [{ coin: 'BTC', side: 'long', liquidationPx: null, sz: 2 }],
  });
  await h.saveAccounts([account('a', NOW), account('b', null), account('c', NOW - 1)], []);
  await h.saveAccounts([{ ...account('c', NOW), positions: [] }], ['a']);
  expect(await h.accounts(NOW - DAY)).toEqual([account('b', null), { ...account('c', NOW), positions: [] }]);
  expect((await h.accounts(NOW)).map((a) => a.address)).toEqual(['c']);
});

test('samples of yesterday and before come five minutes apart', async () => {
  const h = history();
  const samples = Array.from({ length: 2 * 1_440 }, (_, i) => sample(NOW - i * MIN, 1));
  await h.append({ ...nothing, samples });
  const read = await h.samples('hyperliquid', 'BTC', 0);
  expect(read.filter((s) => s.tMs >= NOW - DAY)).toHaveLength(1_441);
  expect(read.filter((s) => s.tMs < NOW - DAY)).toHaveLength(287);
});

test('prune keeps a month of liquidations and a week of bars, and the span tells', async () => {
  const h = history();
  await h.append({ ...nothing, liquidations: [liquidation(NOW - 30 * DAY), liquidation(NOW - 32 * DAY)] });
  const bars = [NOW - 8 * DAY, NOW - 6 * DAY].map((t): Candle => ({ t, o: 1, h: 1, l: 1, c: 1, v: 1 }));
  await h.addCandles('okx', 'BTC', { fromMs: NOW - 8 * DAY, toMs: NOW - 6 * DAY + BAR }, bars);
  await h.prune(NOW);
  expect((await h.liquidations('BTC', 0)).map((l) => l.timeMs)).toEqual([NOW - 30 * DAY]);
  expect((await h.candles('okx', 'BTC', 0, NOW)).map((c) => c.t)).toEqual([NOW - 6 * DAY]);
  expect(await h.candleSpan('okx', 'BTC')).toEqual({ fromMs: NOW - 7 * DAY, toMs: NOW - 6 * DAY + BAR });
});

/** A venue that has every bar, and counts what it is asked for. */
function venue() {
  const asked: [number, number][] = [];
  const source: MarketSource = {
    venue: 'okx',
    marks: async () => [],
    async candles(_, startMs, endMs) {
      asked.push([startMs, endMs]);
      const bars: Candle[] = [];
      for (let t = Math.ceil(startMs / BAR) * BAR; t < endMs; t += BAR)
        bars.push({ t, o: 1, h: 2, l: 1, c: 2, v: t / BAR });
      return bars;
    },
  };
  return { source, asked };
}

test('a restart asks for what closed meanwhile, and for nothing when nothing did', async () => {
  const path = file();
  const { source, asked } = venue();
  const first = history(path);
  await storedCandles(source, first).candles('BTC', NOW - 1_500 * BAR, NOW);
  first.close();
  open.pop();
  const again = storedCandles(source, history(path));
  const bars = await again.candles('BTC', NOW - 1_490 * BAR, NOW + 3 * BAR);
  expect(asked).toEqual([
    [NOW - 1_500 * BAR, NOW],
    [NOW, NOW + 3 * BAR],
  ]);
  expect(bars).toHaveLength(1_493);
  expect(bars).toEqual(await source.candles('BTC', NOW - 1_490 * BAR, NOW + 3 * BAR));
  await again.candles('BTC', NOW - 100 * BAR, NOW + 3 * BAR);
  expect(asked).toHaveLength(3);
});

test('bars from before what is kept: all of it is asked for again; forgotten bars too', async () => {
  const { source, asked } = venue();
  const stored = storedCandles(source, history());
  await stored.candles('BTC', NOW - 10 * BAR, NOW);
  await stored.candles('BTC', NOW - 20 * BAR, NOW);
  await stored.forget?.('BTC');
  await stored.candles('BTC', NOW - 5 * BAR, NOW);
  expect(asked.map(([from]) => (NOW - from) / BAR)).toEqual([10, 20, 5]);
});

test('a venue that cannot be read leaves what is kept as it was', async () => {
  const { source, asked } = venue();
  const h = history();
  await storedCandles(source, h).candles('BTC', NOW - 10 * BAR, NOW);
  const down = { ...source, candles: () => Promise.reject(new Error('HTTP 451')) };
  await expect(storedCandles(down, h).candles('BTC', NOW - 10 * BAR, NOW + BAR)).rejects.toThrow('451');
  await storedCandles(source, h).candles('BTC', NOW - 10 * BAR, NOW + BAR);
  expect(asked.at(-1)).toEqual([NOW, NOW + BAR]);
});
