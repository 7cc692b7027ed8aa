import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Candle } from '../../../src/core/shared/candle.ts';
import { createHeat, QUIET_BELOW, REST_MS } from '../../../src/core/zones/heat.ts';
import { heatKernel } from '../../../src/core/zones/leverage-kernel.ts';
import { liquidationPx } from '../../../src/core/zones/liquidation-px.ts';
import { binanceTiers, hyperliquidTiers } from '../../../src/core/zones/maintenance-tiers.ts';
import { massBetween } from '../../../src/core/zones/mass-between.ts';
import { arbCandles, BAR_MS, T0 } from './candle-paths.ts';

const bar = (i: number, px: number, low = px, high = px): Candle => ({
  t: T0 + i * BAR_MS,
  o: px,
  h: high,
  l: low,
  c: px,
  v: 1_000,
});
const REST_BARS = REST_MS / BAR_MS;

describe('the kernel of the heat', () => {
  const taps = heatKernel(hyperliquidTiers('ETH'));

  test('every step of log leverage opens as much', () => {
    expect(new Set(taps.map((t) => t.weight)).size).toBe(1);
    expect(taps.reduce((sum, t) => sum + t.weight, 0)).toBeCloseTo(1, 12);
  });

  test('lowest leverage, 2.5x: where the formula of an isolated position says', () => {
    const position = { px: 1, sz: 50_000, marginUsd: 20_000, tiers: hyperliquidTiers('ETH') };
    expect(taps[0]?.longRatio).toBe(liquidationPx({ side: 'long', ...position }));
    expect(taps[0]?.shortRatio).toBe(liquidationPx({ side: 'short', ...position }));
  });

  test('worked example: 125x on a coin of at most 25x lies at √(25/125) of the distance of 25x', () => {
    // 25x, mmr 2 %: (1 − 0.04)/(1 − 0.02) = 0.97959, so 2.041 % away; × 0.44721 = 0.913 %.
    expect(1 - (taps.at(-1)?.longRatio ?? 0)).toBeCloseTo(0.020_408 * 0.447_214, 6);
    expect((taps.at(-1)?.shortRatio ?? 0) - 1).toBeCloseTo((1.04 / 1.02 - 1) * 0.447_214, 6);
  });

  test('more leverage is always nearer, by less than a third', () => {
    for (const all of [taps, heatKernel(hyperliquidTiers('HYPE')), heatKernel(binanceTiers('BTC'))])
      for (let i = 1; i < all.length; i++) {
        const [far, near] = [1 - all[i - 1]!.longRatio, 1 - all[i]!.longRatio];
        expect(near).toBeLessThan(far);
        expect(near).toBeGreaterThan(far / 1.5);
      }
  });
});

describe('a day at 100', () => {
  const heat = createHeat(hyperliquidTiers('BTC'), BAR_MS);
  for (let i = 0; i < 288; i++) heat.push(bar(i, 100));
  const mass = massBetween(heat.engine);

  test('a row is what the map holds there', () => {
    expect(heat.between('long', 98, 97, 100)).toBe(mass('long', 98, 97));
    expect(heat.between('short', 102, 103, 100)).toBeGreaterThan(0);
  });

  test('a row with under a fifth of the density within 3 % is quiet', () => {
    const usual = mass('long', 100, 97) / Math.log(100 / 97);
    let [quiet, loud] = [0, 0];
    for (let px = 99.9; px > 65; px *= 0.997) {
      const far = px * 0.997;
      const density = mass('long', px, far) / Math.log(px / far);
      const row = heat.between('long', px, far, 100);
      if (density < QUIET_BELOW * usual) quiet++;
      else loud++;
      expect(row > 0).toBe(density >= QUIET_BELOW * usual);
    }
    expect(quiet).toBeGreaterThan(5);
    expect(loud).toBeGreaterThan(5);
  });
});

test('where price was within the last hour is quiet, in part when the row is in part; an hour later it is not', () => {
  const heat = createHeat(hyperliquidTiers('BTC'), BAR_MS);
  for (let i = 0; i < 288; i++) heat.push(bar(i, 100));
  heat.push(bar(288, 100, 98, 100));
  // Opened after the fall, and below its low: it would count but for the rest.
  for (let i = 1; i < REST_BARS; i++) heat.push(bar(288 + i, 100));
  const mass = massBetween(heat.engine);
  expect(mass('long', 99, 98.2)).toBeGreaterThan(0);
  expect(heat.between('long', 99, 98.2, 100)).toBe(0);
  expect(heat.between('long', 98.5, 97.5, 100)).toBeCloseTo(mass('long', 98, 97.5), 6);
  expect(heat.between('short', 100.5, 102, 100)).toBeGreaterThan(0);
  heat.push(bar(288 + REST_BARS, 100));
  expect(heat.between('long', 99, 98.2, 100)).toBe(mass('long', 99, 98.2));
});

test('a bar that is not newer is refused and changes nothing', () => {
  const heat = createHeat(hyperliquidTiers('BTC'), BAR_MS);
  for (let i = 0; i < 50; i++) heat.push(bar(i, 100));
  const before = heat.between('long', 98, 97, 100);
  expect(before).toBeGreaterThan(0);
  expect(heat.push(bar(49, 100, 90, 100))).toBe(false);
  expect(heat.between('long', 98, 97, 100)).toBe(before);
});

test('heat is never negative, never more than the map holds in the row, and one of the two or the part beyond the rest', () => {
  fc.assert(
    fc.property(arbCandles, fc.double({ min: 0.001, max: 0.2, noNaN: true }), (candles, depth) => {
      const heat = createHeat(hyperliquidTiers('SOL'), BAR_MS);
      for (const c of candles) heat.push(c);
      const mass = massBetween(heat.engine);
      const px = heat.engine.lastClosePx();
      if (px === 0) return;
      for (const side of ['long', 'short'] as const) {
        const edge = (d: number): number => px * (side === 'long' ? 1 - d : 1 + d);
        const row = heat.between(side, edge(depth), edge(depth + 0.002), px);
        expect(row).toBeGreaterThanOrEqual(0);
        expect(row).toBeLessThanOrEqual(mass(side, edge(depth), edge(depth + 0.002)) * (1 + 1e-9));
      }
    }),
  );
});
