import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Candle } from '../../../src/core/shared/candle.ts';
import type { Heatmap } from '../../../src/core/zones/heatmap.ts';
import { CELL_MAX, heatmapOf } from '../../../src/core/zones/heatmap.ts';
import { hyperliquidTiers } from '../../../src/core/zones/maintenance-tiers.ts';
import { arbCandles, BAR_MS, T0 } from './candle-paths.ts';

const TIERS = hyperliquidTiers('BTC');
const bar = (i: number, px: number, low = px, high = px): Candle => ({
  t: T0 + i * BAR_MS,
  o: px,
  h: high,
  l: low,
  c: px,
  v: 1_000,
});

const heatmap = (candles: readonly Candle[], size?: { columns: number; rows: number }): Heatmap => {
  const map = heatmapOf(candles, TIERS, size);
  if (map === null) throw new Error('no bars');
  return map;
};
const column = (map: Heatmap, c: number): number[] =>
  map.cells.slice(c * map.prices.length, (c + 1) * map.prices.length);

test('no bars, no picture', () => {
  expect(heatmapOf([], TIERS)).toBeNull();
});

describe('a day at 100, then a fall to 96 and back', () => {
  const day = Array.from({ length: 288 }, (_, i) => bar(i, 100));
  const fall = [bar(288, 96, 96, 100), bar(289, 100, 96, 100)];
  const map = heatmap([...day, ...fall], { columns: 145, rows: 100 });
  const before = column(map, 143);
  const after = column(map, 144);

  test('columns of two bars, each with its end and its price', () => {
    expect(map.bars).toBe(290);
    expect(map.times.length).toBe(145);
    expect(map.times[0]).toBe(T0 + 2 * BAR_MS);
    expect(map.times.at(-1)).toBe(T0 + 290 * BAR_MS);
    expect(map.closes.at(-1)).toBe(100);
    expect(map.cells.length).toBe(145 * map.prices.length);
  });

  test('rows go from 10 % below the lowest to 10 % above the highest price', () => {
    expect(map.prices[0]).toBeGreaterThan(86.4 * 0.997);
    expect(map.prices[0]).toBeLessThan(86.4 * 1.005);
    expect(map.prices.at(-1)).toBeGreaterThan(110 * 0.995);
    expect(map.prices.at(-1)).toBeLessThan(110 * 1.005);
    expect(map.prices.length).toBeLessThanOrEqual(100);
  });

  test('longs below price are positive, shorts above it negative', () => {
    const where = (keep: (px: number) => boolean): number[] =>
      before.filter((_, r) => keep(map.prices[r] ?? 0));
    expect(Math.min(...where((px) => px < 99.5))).toBe(0);
    expect(Math.max(...where((px) => px > 100.5))).toBe(0);
    expect(Math.max(...before)).toBeGreaterThan(0);
    expect(Math.min(...before)).toBeLessThan(0);
  });

  test('the fall empties the longs it went through, at that time and no earlier', () => {
    const between = (cells: number[]): number =>
      cells.reduce((sum, m, r) => (map.prices[r]! > 96.5 && map.prices[r]! < 99.5 ? sum + m : sum), 0);
    expect(between(before)).toBeGreaterThan(100);
    expect(between(after)).toBeLessThan(between(before) * 0.1);
    expect(map.swept.long.slice(0, 144).every((s) => s === 0)).toBe(true);
    expect(map.swept.long[144]).toBeGreaterThan(0.05);
    expect(map.swept.long[144]).toBeLessThan(0.9);
  });
});

test('whatever the path: whole cells within bounds, the densest at the bound, no column of the future', () => {
  fc.assert(
    fc.property(arbCandles, fc.integer({ min: 1, max: 30 }), (candles, columns) => {
      const map = heatmap(candles, { columns, rows: 50 });
      expect(map.times.length).toBeLessThanOrEqual(columns);
      expect(map.prices.length).toBeLessThanOrEqual(50);
      for (const cell of map.cells) {
        expect(Number.isInteger(cell)).toBe(true);
        expect(Math.abs(cell)).toBeLessThanOrEqual(CELL_MAX);
      }
      for (const s of [...map.swept.long, ...map.swept.short]) {
        expect(s).toBeGreaterThanOrEqual(0);
        expect(s).toBeLessThanOrEqual(1);
      }
      expect(map.times.at(-1)).toBe((candles.at(-1)?.t ?? 0) + BAR_MS);
    }),
    { numRuns: 50 },
  );
});

test('30 days of five-minute bars are at most 300 kB of JSON', () => {
  const candles = Array.from({ length: 8_640 }, (_, i) => {
    const px = 60_000 * (1 + 0.1 * Math.sin(i / 700) + 0.02 * Math.sin(i / 37));
    return bar(i, px, px * 0.998, px * 1.002);
  });
  const map = heatmap(candles);
  expect(map.times.length).toBe(120);
  const bytes = JSON.stringify(map).length;
  expect(bytes).toBeLessThan(300_000);
  expect(bytes).toBeGreaterThan(20_000);
});
