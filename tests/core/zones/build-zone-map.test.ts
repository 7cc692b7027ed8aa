import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Candle } from '../../../src/core/shared/candle.ts';
import type { VenueMap } from '../../../src/core/zones/build-zone-map.ts';
import { buildZoneMap, STALE_AFTER_MS } from '../../../src/core/zones/build-zone-map.ts';
import { LIQUIDATABLE_SHARE } from '../../../src/core/zones/side-grid.ts';
import type { KernelTap } from '../../../src/core/zones/leverage-kernel.ts';
import { DEFAULT_MIX, leverageKernel } from '../../../src/core/zones/leverage-kernel.ts';
import { hyperliquidTiers } from '../../../src/core/zones/maintenance-tiers.ts';
import { createMapEngine } from '../../../src/core/zones/map-engine.ts';
import { sweptSince } from '../../../src/core/zones/swept-since.ts';
import type { ZoneMap } from '../../../src/core/zones/types.ts';
import { arbCandles, BAR_MS, T0 } from './candle-paths.ts';

const tap = (longRatio: number, shortRatio: number, weight = 1): KernelTap => ({
  weight,
  halfLifeMs: 7 * 86_400_000,
  longRatio,
  shortRatio,
});
const bar = (t: number, l: number, h: number, c: number, v: number): Candle => ({ t, o: c, h, l, c, v });
const flat = (px: number, turnoverUsd: number): Candle[] => [bar(T0, px, px, px, turnoverUsd / px)];

function venue(
  name: string,
  candles: readonly Candle[],
  o: { oi?: number | null; markPx?: number; kernel?: readonly KernelTap[] } = {},
): VenueMap {
  const engine = createMapEngine({ kernel: o.kernel ?? [tap(0.95, 1.05)], intervalMs: BAR_MS });
  for (const c of candles) engine.push(c);
  return { venue: name, engine, markPx: o.markPx ?? candles.at(-1)?.c ?? 1, openInterestUsd: o.oi ?? null };
}

function build(venues: readonly VenueMap[], markPx = 100, nowMs = T0 + BAR_MS): ZoneMap {
  const map = buildZoneMap({ coin: 'BTC', markPx, nowMs, venues });
  if (!map.ok) throw new Error(map.refusal.message);
  return map.value;
}

describe('one venue', () => {
  test('a level at −5 % and +5 %: one zone a side, its price, distance, share', () => {
    const map = build([venue('hyperliquid', flat(100, 1e6), { oi: 2e6 })]);
    expect(map.zones.map((z) => z.side)).toEqual(['long', 'short']);
    const [long, short] = map.zones;
    expect(long?.peakPx).toBeCloseTo(95, 0);
    expect(short?.peakPx).toBeCloseTo(105, 0);
    expect(long?.share).toBe(1);
    // 95 is 500 bp away; the band's near edge is one and a half buckets, 0.15 %, and rounding nearer.
    expect(Math.abs((long?.distanceBps ?? 0) - 485)).toBeLessThan(6);
    expect(map.maxPain).toEqual({ long, short });
    expect(map.asOfMs).toBe(T0 + BAR_MS);
    expect(map.sources).toEqual([
      { venue: 'hyperliquid', bars: 1, weight: 1, scaledBy: 'open-interest', sweptBy: 'trade' },
    ]);
  });

  test('each side adds up to the liquidatable share of one-sided open interest', () => {
    const map = build([venue('hyperliquid', flat(100, 1e6), { oi: 3e6 })]);
    expect(map.totalUsd.long).toBeCloseTo(3e6 * LIQUIDATABLE_SHARE, 3);
    expect(map.totalUsd.short).toBeCloseTo(3e6 * LIQUIDATABLE_SHARE, 3);
  });

  test('levels beyond the grid count towards open interest but are not on the map', () => {
    const kernel = [tap(0.95, 1.05, 0.25), tap(0.6, 1.4, 0.75)];
    const map = build([venue('hyperliquid', flat(100, 1e6), { oi: 4e6, kernel })]);
    expect(map.totalUsd.long).toBeCloseTo(1e6 * LIQUIDATABLE_SHARE, 3);
  });

  test('without open interest mass stays turnover and says so', () => {
    const map = build([venue('hyperliquid', flat(100, 1e6))]);
    expect(map.totalUsd.long).toBeCloseTo(1e6, 3);
    expect(map.sources[0]?.scaledBy).toBe('turnover');
  });

  test('levels that the mark crossed since the last bar are left out; a side without a level is null', () => {
    const near = { oi: 1e6, kernel: [tap(0.98, 1.02)] };
    const map = build([venue('hyperliquid', flat(100, 1e6), { ...near, markPx: 97 })], 97);
    expect(map.maxPain.long).toBeNull();
    expect(map.totalUsd.long).toBe(0);
    expect(map.reachUsd.long).toBe(0);
    expect(map.maxPain.short).not.toBeNull();
    // Where the venue's own mark still says 100, its levels move with the ratio: nothing was crossed there.
    expect(build([venue('binance', flat(100, 1e6), near)], 97).maxPain.long).not.toBeNull();
  });

  test('sweeps carry USD and price, and the share consumed counts what is left within 3 %', () => {
    const kernel = [tap(0.95, 1.05, 0.5), tap(0.92, 1.08, 0.25), tap(0.8, 1.2, 0.25)];
    const candles = [...flat(100, 1e6), bar(T0 + BAR_MS, 94.5, 100, 94.8, 0)];
    const map = build([venue('hyperliquid', candles, { oi: 1e6, kernel })], 94.8, T0 + 2 * BAR_MS);
    const [sweep] = map.sweeps;
    expect(sweep).toMatchObject({ t: T0 + BAR_MS, side: 'long' });
    expect(sweep?.loPx).toBeCloseTo(95, 0);
    // Left: levels at 92 (within 3 % of 94.8) and 80 (beyond), half of the mass, scaled to half of open interest.
    expect(map.reachUsd.long).toBeCloseTo(250_000, 0);
    expect(sweep?.notionalUsd).toBeCloseTo(500_000, 0);
    expect(sweptSince(map, 'long', T0 + BAR_MS).share).toBeCloseTo(2 / 3, 6);
  });
});

describe('several venues', () => {
  test('weights follow open interest, whatever the turnover', () => {
    const map = build([
      venue('hyperliquid', flat(100, 1e6), { oi: 1e6 }),
      venue('binance', flat(100, 50e6), { oi: 3e6, kernel: [tap(0.9, 1.1)] }),
    ]);
    expect(map.sources.map((s) => s.weight)).toEqual([0.25, 0.75]);
    expect(map.zones.filter((z) => z.side === 'long').map((z) => z.share)).toEqual([0.75, 0.25]);
    expect(map.totalUsd.long).toBeCloseTo(4e6 * LIQUIDATABLE_SHARE, 3);
  });

  test('a venue without open interest gets as much per turnover as the others, and is named', () => {
    const map = build([
      venue('hyperliquid', flat(100, 1e6), { oi: 2e6 }),
      venue('binance', flat(100, 4e6), { oi: null }),
    ]);
    expect(map.sources.map((s) => [s.weight, s.scaledBy])).toEqual([
      [0.2, 'open-interest'],
      [0.8, 'turnover'],
    ]);
    expect(map.totalUsd.short).toBeCloseTo(10e6 * LIQUIDATABLE_SHARE, 3);
  });

  test("levels move by the ratio of the marks, so that they are in Hyperliquid's", () => {
    const map = build([venue('binance', flat(98, 1e6), { oi: 1e6 })], 100);
    expect(map.zones[0]?.peakPx).toBeCloseTo(95, 0);
    expect(map.zones[1]?.peakPx).toBeCloseTo(105, 0);
  });

  test('sweeps of the same bar add up across venues', () => {
    const candles = [...flat(100, 1e6), bar(T0 + BAR_MS, 94, 100, 94.5, 0)];
    const kernel = [tap(0.95, 1.05, 0.5), tap(0.85, 1.15, 0.5)];
    const two = ['hyperliquid', 'binance'].map((name) => venue(name, candles, { oi: 1e6, kernel }));
    const map = build(two, 94.5, T0 + 2 * BAR_MS);
    expect(map.sweeps.length).toBe(1);
    expect(map.sweeps[0]?.notionalUsd).toBeCloseTo(2 * 500_000, 0);
  });

  test('a stale, an empty and a lying venue are left out and named; the others carry the map', () => {
    const late = T0 + BAR_MS + STALE_AFTER_MS + 1;
    const map = build(
      [
        venue('hyperliquid', [...flat(100, 1e6), bar(late - BAR_MS, 100, 100, 100, 1)], { oi: 1e6 }),
        venue('frozen', flat(100, 1e6), { oi: 1e6 }),
        venue('empty', [], { oi: 1e6 }),
        venue('times-ten', [bar(late - BAR_MS, 1_000, 1_000, 1_000, 1)], { oi: 9e6 }),
        venue('bars-times-ten', [bar(late - BAR_MS, 1_000, 1_000, 1_000, 1)], { oi: 9e6, markPx: 100 }),
      ],
      100,
      late,
    );
    expect(map.sources.map((s) => s.venue)).toEqual(['hyperliquid']);
    expect(map.leftOut.map((l) => l.venue)).toEqual(['frozen', 'empty', 'times-ten', 'bars-times-ten']);
    expect(map.leftOut.map((l) => l.why).join()).toMatch(
      /15 min old.*no candles.*mark 1000 is far.*last close 1000 is far/,
    );
    expect(map.totalUsd.long).toBeCloseTo(1e6 * LIQUIDATABLE_SHARE, 3);
  });

  test('no venue left is a refusal, not an empty map', () => {
    const stale = buildZoneMap({
      coin: 'BTC',
      markPx: 100,
      nowMs: T0 + 10 * STALE_AFTER_MS,
      venues: [venue('hyperliquid', flat(100, 1e6))],
    });
    expect(stale).toMatchObject({ ok: false, refusal: { code: 'market-stale' } });
    expect(buildZoneMap({ coin: 'BTC', markPx: 100, nowMs: T0, venues: [] }).ok).toBe(false);
  });
});

describe('a mark that does not follow the market', () => {
  const leftOut = (o: { close: number; markPx: number; hlMarkPx: number }): string[] =>
    build(
      [
        venue('hyperliquid', flat(100, 1e6), { markPx: o.hlMarkPx }),
        venue('okx', flat(o.close, 1e6), { markPx: o.markPx }),
      ],
      o.hlMarkPx,
    ).leftOut.map((l) => `${l.venue} ${l.why}`);

  test.each([
    ['3 % dearer in its bars and its mark alike: a standing difference', 103, 103, 100, []],
    ['stands still while Hyperliquid moves 1.9 %', 100, 100, 101.9, []],
    ['… and 2.1 %', 100, 100, 102.2, ['okx mark 100 does not follow the market']],
    ['moves 2.1 % by itself', 100, 102.1, 100, ['okx mark 102.1 does not follow the market']],
    ['moves 4 % together with it', 100, 104, 104, []],
  ])('%s', (_, close, markPx, hlMarkPx, expected) => {
    expect(leftOut({ close, markPx, hlMarkPx })).toEqual(expected);
  });
});

describe('properties', () => {
  const kernel = leverageKernel(DEFAULT_MIX, hyperliquidTiers('BTC'));
  const build2 = (candles: readonly Candle[], markShift = 1) => {
    const end = candles.at(-1) ?? bar(T0, 1, 1, 1, 0);
    const markPx = end.c * markShift;
    const map = buildZoneMap({
      coin: 'BTC',
      markPx,
      nowMs: end.t + BAR_MS,
      venues: [
        venue('hyperliquid', candles, { oi: 1e8, kernel, markPx }),
        venue('binance', candles, { oi: null, kernel, markPx: markPx * 1.0007 }),
      ],
    });
    if (!map.ok) throw new Error(map.refusal.message);
    return { map: map.value, markPx };
  };

  test('longs below, shorts above, zones in order and apart, sums that add up, plain JSON, at most 625 bins', () => {
    fc.assert(
      fc.property(arbCandles, fc.double({ min: 0.97, max: 1.03, noNaN: true }), (candles, shift) => {
        const { map, markPx } = build2(candles, shift);
        for (const side of ['long', 'short'] as const) {
          const zones = map.zones.filter((z) => z.side === side);
          zones.forEach((z, i) => {
            expect(z.loPx).toBeLessThanOrEqual(z.peakPx);
            expect(z.peakPx).toBeLessThanOrEqual(z.hiPx);
            expect(side === 'long' ? z.hiPx <= markPx : z.loPx >= markPx).toBe(true);
            expect(z.loPx).toBeGreaterThanOrEqual((zones[i - 1]?.hiPx ?? 0) * (1 - 1e-12));
            expect(z.distanceBps).toBeGreaterThanOrEqual(0);
            expect(z.share).toBeGreaterThan(0);
            expect(z.notionalUsd).toBeCloseTo(
              z.share * map.totalUsd[side],
              -Math.log10(map.totalUsd[side] * 1e-9 + 1e-9) | 0,
            );
          });
          const shares = zones.reduce((n, z) => n + z.share, 0);
          expect(shares).toBeLessThanOrEqual(1 + 1e-9);
          expect(map.maxPain[side] === null).toBe(zones.length === 0);
          for (const z of zones)
            expect(z.notionalUsd).toBeLessThanOrEqual(map.maxPain[side]?.notionalUsd ?? 0);
          expect(map.reachUsd[side]).toBeLessThanOrEqual(map.totalUsd[side] * (1 + 1e-12));
          expect(map.totalUsd[side]).toBeGreaterThanOrEqual(0);
        }
        expect(map.bins.px.length).toBeLessThanOrEqual(625);
        expect(map.bins.px).toEqual([...map.bins.px].sort((a, b) => a - b));
        const binned = map.bins.longUsd.reduce((a, b) => a + b, 0);
        expect(Math.abs(binned - map.totalUsd.long)).toBeLessThanOrEqual(1e-5 * map.totalUsd.long);
        expect(JSON.parse(JSON.stringify(map))).toEqual(map);
      }),
      { numRuns: 60 },
    );
  });

  test('the same data gives the same map, byte for byte', () => {
    fc.assert(
      fc.property(arbCandles, (candles) => {
        expect(JSON.stringify(build2(candles).map)).toBe(JSON.stringify(build2(candles).map));
      }),
      { numRuns: 20 },
    );
  });
});
