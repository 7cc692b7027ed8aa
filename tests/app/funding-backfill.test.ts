import { expect, test } from 'vitest';
import { createMarketFlow } from '../../src/app/market-flow.ts';
import type { MarketSource } from '../../src/app/ports.ts';
import { createSampleSeries } from '../../src/app/sample-series.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** On the hour. */
const T0 = 1_760_140_800_000;

function world(source: Partial<MarketSource>) {
  let nowMs = T0;
  const logged: string[] = [];
  const note = (event: string) => void logged.push(event);
  const flow = createMarketFlow({
    clock: { nowMs: () => nowMs, sleep: async () => undefined },
    log: { debug: note, info: note, warn: note, error: note },
    coins: ['BTC'],
    streams: [],
    sources: [{ venue: 'hyperliquid', candles: async () => [], marks: async () => [], ...source }],
    history: null,
  });
  const mark = (fundingHourlyFraction: number, openInterestUsd = 1e6) =>
    flow.onMarks(
      'hyperliquid',
      [{ coin: 'BTC', markPx: 100, openInterestUsd, fundingHourlyFraction }],
      nowMs,
    );
  return { flow, logged, mark, at: (ms: number) => void (nowMs = ms) };
}
const hourly = (rate: number) => async (_: string, startMs: number, endMs: number) => {
  const out = [];
  for (let t = Math.ceil(startMs / HOUR) * HOUR; t < endMs; t += HOUR)
    out.push({ tMs: t + 5, hourlyFraction: rate });
  return out;
};

test('right after a start a washout knows what funding was the day before', async () => {
  const w = world({ fundingHistory: hourly(0.00005) });
  // Two samples of open interest, a quarter of an hour apart; funding turned negative in between.
  w.mark(0.00002);
  await w.flow.readVenues();
  expect(w.flow.funding('BTC').length).toBeGreaterThanOrEqual(24);
  w.at(T0 + 900_000);
  w.mark(-0.00001, 0.9e6);
  expect(w.flow.washout('BTC', 'long', T0 + 60_000)).toMatchObject({ funding: 'flipped' });
  // Without the history, one sample is all there is to compare with.
  const without = world({});
  without.at(T0 + 60_000);
  without.mark(-0.00001);
  without.at(T0 + 960_000);
  without.mark(-0.00001, 0.9e6);
  expect(without.flow.washout('BTC', 'long', T0 + 60_000)).toMatchObject({ funding: 'unchanged' });
});

test('an hour watched sixty times counts as much as an hour that was paid once', async () => {
  const w = world({ fundingHistory: hourly(0.00006) });
  await w.flow.readVenues();
  for (let i = 0; i < 60; i++) {
    w.at(T0 + i * 60_000);
    w.mark(-0.00001);
  }
  w.at(T0 + HOUR + 60_000);
  w.mark(0.00004);
  // 23 hours at 6 and one at −1 of 100,000 are 5.7 in the mean: 4 is below it. By samples it would be 1.
  expect(w.flow.washout('BTC', 'long', T0 + HOUR)).toMatchObject({ funding: 'reset' });
});

test('asked once for each hole, and not for what was asked before', async () => {
  const asked: [number, number][] = [];
  const answer = hourly(0.00001);
  const w = world({
    fundingHistory: (coin, a, b) => {
      asked.push([a, b]);
      return answer(coin, a, b);
    },
  });
  await w.flow.readVenues();
  expect(asked).toEqual([[T0 - 2 * DAY, T0]]);
  w.mark(0.00001);
  w.at(T0 + 300_000);
  await w.flow.readVenues();
  expect(asked.length).toBe(1);
  w.at(T0 + 5 * HOUR);
  w.mark(0.00001);
  await w.flow.readVenues();
  expect(asked.slice(1)).toEqual([[T0, T0 + 5 * HOUR]]);
  await w.flow.readVenues();
  expect(asked.length).toBe(2);
});

test('a venue that cannot tell keeps its hole, says so and is asked again; an empty answer is an answer', async () => {
  let mode: 'refused' | 'empty' = 'refused';
  let asked = 0;
  const w = world({
    fundingHistory: async () => {
      asked += 1;
      if (mode === 'refused') throw new Error('HTTP 429');
      return [];
    },
  });
  await w.flow.readVenues();
  expect(w.logged).toEqual(['market-flow.unread']);
  mode = 'empty';
  await w.flow.readVenues();
  await w.flow.readVenues();
  expect(asked).toBe(2);
  expect(w.flow.funding('BTC')).toEqual([]);
});

test('open interest and funding stamped within a minute become one sample that knows both', () => {
  const s = createSampleSeries(7 * DAY);
  const unknown = { openInterestUsd: null, openInterestCoins: null, fundingHourlyFraction: null };
  s.merge([{ ...unknown, tMs: T0, openInterestUsd: 100, openInterestCoins: 1 }]);
  s.merge([
    { ...unknown, tMs: T0 + 5, fundingHourlyFraction: 0.0001 },
    { ...unknown, tMs: T0 + 20, openInterestUsd: 999, openInterestCoins: 9 },
  ]);
  expect(s.since(0)).toEqual([
    { tMs: T0, openInterestUsd: 100, openInterestCoins: 1, fundingHourlyFraction: 0.0001 },
  ]);
});
