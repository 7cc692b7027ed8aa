import { expect, test } from 'vitest';
import { COIN_PARAMS } from '../../../src/core/shared/coin-params.ts';
import type { Candle } from '../../../src/core/shared/candle.ts';
import { playDemo } from '../../../src/shell/runtime/play-demo.ts';
import { syntheticMaterial, venueCoinOf } from '../../../src/shell/runtime/play-material.ts';
import { baselinesOf } from '../../../src/shell/runtime/replay/baselines.ts';
import { playReplay } from '../../../src/shell/runtime/replay/play-replay.ts';
import { replayReport } from '../../../src/shell/runtime/replay/replay-report.ts';

const BAR_MS = 300_000;
const HOUR_MS = 3_600_000;
const EQUITY_USD = 10_000;
const quiet = () => undefined;
const silent = { debug: quiet, info: quiet, warn: quiet, error: quiet };

function material(coins: readonly string[], days: number, seed = 7) {
  const m = syntheticMaterial(seed, { coins, days });
  return {
    ...m,
    coins: [...m.candles].map(([coin, bars]) => venueCoinOf(coin, bars)),
    equityUsd: EQUITY_USD,
  };
}

test('a replay decides and earns what the demo does over HTTP, signatures and a database', async () => {
  // The hours around an entry: the demo is a thousand times slower.
  const month = material(['BTC'], 30);
  const entry = [...(await playReplay(month)).rows.decisions.values()].find((d) => d.plan !== null);
  const hourMs = Math.floor((entry?.decidedAtMs ?? 0) / HOUR_MS) * HOUR_MS;
  const fromMs = hourMs - 2 * HOUR_MS;
  // The bridge starts with 1,500 bars.
  const bars = (month.candles.get('BTC') ?? []).filter((b) => b.t >= fromMs - 1_500 * BAR_MS);
  const m = { ...month, candles: new Map([['BTC', bars]]), fromMs, toMs: hourMs + 3 * HOUR_MS };
  const replayed = await playReplay(m);
  const report = replayReport(replayed, { ...m, seconds: 1 });
  const demo = await playDemo({ ...m, log: silent, onProgress: quiet });
  expect(report.approved).toBe(demo.approved);
  expect(report.approved).toBeGreaterThan(0);
  expect(report.exits).toEqual(demo.exits);
  // The demo's heartbeats only inform.
  const { 'not-an-entry': _, ...refused } = report.refused;
  const { 'not-an-entry': __, ...refusedThere } = demo.refused;
  expect(refused).toEqual(refusedThere);
  expect(report.trades).toBe(demo.trades);
  // The demo's guard also looks between two closes: a stop may move to break-even a little sooner.
  expect(Math.abs(report.netPnlUsd - demo.netPnlUsd)).toBeLessThan(1);
  expect(report.unprotectedMsMax).toBe(0);
});

test('the same candles give the same replay, and its equity is what its trades say', async () => {
  const m = material(['BTC', 'SOL'], 20, 3);
  const [a, b] = [await playReplay(m), await playReplay(m)];
  expect(a.rows).toEqual(b.rows);
  expect(a.bars).toBe(2 * 20 * 288);
  const report = replayReport(a, { ...m, seconds: 1 });
  expect(report.trades).toBeGreaterThan(1);
  expect(report.openPositions).toBe(0);
  expect(report.lost).toBe(0);
  expect(a.equityUsd - EQUITY_USD).toBeCloseTo(report.netPnlUsd, 1);
  expect(a.maxDrawdownFraction).toBeGreaterThan(0);
  expect(a.maxDrawdownFraction).toBeLessThan(0.1);
});

test('prices after a moment change nothing that was decided before it', async () => {
  const m = material(['BTC'], 30);
  const decisions = [...(await playReplay(m)).rows.decisions.values()];
  const middle = decisions.length >> 1;
  const toMs = Math.floor(decisions[middle]!.decidedAtMs / BAR_MS) * BAR_MS;
  const known = new Map([...m.candles].map(([coin, bars]) => [coin, bars.filter((b) => b.t < toMs)]));
  const cut = await playReplay({ ...m, candles: known, toMs });
  expect(middle).toBeGreaterThan(2);
  expect([...cut.rows.decisions.values()]).toEqual(decisions.slice(0, middle + 1));
});

test('a replay that goes wrong says so instead of reporting on what is left', async () => {
  const params = COIN_PARAMS.map((p) => ({
    ...p,
    get riskFraction(): number {
      throw new Error('unreadable');
    },
  }));
  await expect(playReplay({ ...material(['BTC'], 2), params })).rejects.toThrow('the replay failed at 20');
});

const flat = (t: number, c: number): Candle => ({ t: t * BAR_MS, o: c, h: c, l: c, c, v: 1 });

test('the baselines, by hand', () => {
  // Down 3 % within three bars at bar 3; bought at bar 4's open of 98, sold at bar 9's close of 99.
  const closes = [100, 100, 100, 97, 98, 98, 98, 98, 98, 99, 110];
  const bars = new Map([['BTC', closes.map((c, i) => flat(i, c))]]);
  const { buyHold, drop3in15, random } = baselinesOf(bars, [
    { coin: 'BTC', side: 'short', heldMs: 11 * BAR_MS },
  ]);
  expect(buyHold.trades).toBe(1);
  expect(buyHold.netBps?.mean).toBeCloseTo(1_000 - 9, 9);
  expect(drop3in15.trades).toBe(1);
  expect(drop3in15.netBps?.mean).toBeCloseTo((99 / 98 - 1) * 10_000 - 9, 9);
  // No room to draw from: as long as the whole period.
  expect(random).toEqual({ trades: 0, netBps: null });
});

test('chance holds as long, and on the side, as the strategy did', () => {
  const rising = new Map([['BTC', Array.from({ length: 400 }, (_, i) => flat(i, 100 * 1.001 ** i))]]);
  const held = { coin: 'BTC', heldMs: 3 * BAR_MS };
  const long = baselinesOf(rising, [{ ...held, side: 'long' }]).random;
  const short = baselinesOf(rising, [{ ...held, side: 'short' }]).random;
  expect(long.trades).toBe(20);
  // Entered at an open, left at the close two bars on: two steps of 10 bps, less fees both ways.
  expect(long.netBps?.mean).toBeCloseTo((1.001 ** 2 - 1) * 10_000 - 9, 6);
  expect(short.netBps?.mean).toBeCloseTo(-(1.001 ** 2 - 1) * 10_000 - 9, 6);
});
