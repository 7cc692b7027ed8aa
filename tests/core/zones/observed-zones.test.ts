import { describe, expect, test } from 'vitest';
import type { VenueMap } from '../../../src/core/zones/build-zone-map.ts';
import { DEFAULT_MIX, leverageKernel } from '../../../src/core/zones/leverage-kernel.ts';
import { binanceTiers, hyperliquidTiers } from '../../../src/core/zones/maintenance-tiers.ts';
import { createMapEngine } from '../../../src/core/zones/map-engine.ts';
import type { ObservedPosition } from '../../../src/core/zones/observed-sides.ts';
import type { ObservedReading } from '../../../src/core/zones/observed-zones.ts';
import { DECIDES_FROM, zonesSideBySide } from '../../../src/core/zones/observed-zones.ts';
import { BAR_MS, T0, toCandles } from './candle-paths.ts';

const candles = toCandles(
  100,
  Array.from({ length: 300 }, (_, i) => ({
    move: 0.004 * Math.sin(i / 9),
    up: 0.001,
    down: 0.001,
    turnoverUsd: 1e6,
    gapBars: 0,
  })),
);
const last = candles.at(-1) ?? { t: T0, c: 100 };
const MARK = last.c;
const NOW = last.t + BAR_MS + 5_000;
const OI = 1e6;
const venue = (name: string, openInterestUsd: number | null = OI): VenueMap => {
  const tiers = name === 'hyperliquid' ? hyperliquidTiers('BTC') : binanceTiers('BTC');
  const engine = createMapEngine({ kernel: leverageKernel(DEFAULT_MIX, tiers), intervalMs: BAR_MS });
  for (const c of candles) engine.push(c);
  return { venue: name, engine, markPx: MARK, openInterestUsd };
};
const input = (venues: readonly VenueMap[]) => ({ coin: 'BTC', markPx: MARK, nowMs: NOW, venues });
const reading = (
  share: number,
  ageMs = 60_000,
  sides: ObservedPosition['side'][] = ['long', 'short'],
): ObservedReading => ({
  addresses: 2,
  asOfMs: NOW - ageMs,
  positions: sides.map((side) => ({
    side,
    liquidationPx: MARK * (side === 'long' ? 0.9 : 1.1),
    notionalUsd: share * OI,
    ageMs,
  })),
});
const look = (venues: readonly VenueMap[], r: ObservedReading | string) => {
  const found = zonesSideBySide(input(venues), r);
  if (!found.ok) throw new Error(found.refusal.message);
  return found.value;
};

test('estimated, observed and blended stand side by side', () => {
  const { estimated, observed, blended } = look([venue('hyperliquid'), venue('binance')], reading(0.2));
  expect(estimated.blend).toBeUndefined();
  expect(observed).toMatchObject({
    coin: 'BTC',
    asOfMs: NOW - 60_000,
    addresses: 2,
    positions: 2,
    ageP50Ms: 60_000,
  });
  expect(observed?.coverageLong).toBeCloseTo(0.2 * 2 ** (-1 / 240), 6);
  expect(observed?.zones.map((z) => z.side)).toEqual(['long', 'short']);
  for (const z of observed?.zones ?? []) expect(z.notionalUsd).toBeCloseTo(2e5 * 2 ** (-1 / 240), 0);
  expect(observed?.zones[0]?.peakPx).toBeCloseTo(MARK * 0.9, 0);
  expect(blended?.blend).toEqual({
    coverage: { long: observed?.coverageLong, short: observed?.coverageShort },
    ageP50Ms: 60_000,
  });
  expect([blended?.sweeps, blended?.sources]).toEqual([estimated.sweeps, estimated.sources]);
  // The known band is in the blend and not in the estimate.
  const near = (z: { peakPx: number }) => Math.abs(z.peakPx / MARK - 0.9) < 0.002;
  const usd = (m: typeof estimated) => m.zones.find(near)?.notionalUsd ?? 0;
  expect(usd(blended!)).toBeGreaterThan(usd(estimated) + 1.9e5);
});

test('entries of known positions, halved after four hours; whose level the mark is at stands no more', () => {
  const position = (over: Partial<ObservedPosition>): ObservedPosition => ({
    side: 'long',
    liquidationPx: null,
    notionalUsd: 100,
    ageMs: 0,
    entryPx: MARK,
    ...over,
  });
  const positions = [
    position({}),
    position({ side: 'short', entryPx: MARK * 1.05, ageMs: 4 * 3_600_000 }),
    position({ entryPx: MARK * 1.1, liquidationPx: MARK * 1.01 }),
    position({ entryPx: null }),
    position({ entryPx: undefined }),
  ];
  const { observed } = look([venue('hyperliquid')], { addresses: 1, asOfMs: NOW, positions });
  expect(observed?.entries.longUsd).toEqual([100, 0]);
  expect(observed?.entries.shortUsd).toEqual([0, 50]);
  expect(observed?.entries.px[0]).toBeCloseTo(MARK, 0);
  expect((observed?.entries.px[1] ?? 0) / MARK).toBeCloseTo(1.05, 2);
});

test('only Hyperliquid’s part of the estimate gives way', () => {
  const full = reading(1, 0);
  const alone = look([venue('hyperliquid')], full).blended!;
  expect(alone.totalUsd.long).toBeCloseTo(OI, 3);
  const withOther = look([venue('hyperliquid'), venue('binance', 3 * OI)], full);
  const other = look([venue('binance', 3 * OI)], 'nobody looked').estimated;
  expect(withOther.blended!.totalUsd.long).toBeCloseTo(OI + other.totalUsd.long, 0);
});

describe('decisions rest on the estimate', () => {
  const both = [venue('hyperliquid')];
  test.each([
    ['without a reading', look(both, 'nobody looked')],
    ['below the coverage', look(both, reading(DECIDES_FROM.coverage - 0.01))],
    ['with one side unknown', look(both, reading(0.9, 0, ['long']))],
    ['with old readings', look(both, reading(0.9, DECIDES_FROM.ageP50Ms + 1))],
    ['without Hyperliquid’s open interest', look([venue('hyperliquid', null)], reading(0.9))],
    ['without Hyperliquid’s bars', look([venue('binance')], reading(0.9))],
  ])('%s', (_, found) => expect(found.decidesOn).toBe('estimated'));

  test('and on the blend when enough is known and young', () => {
    expect(look(both, reading(DECIDES_FROM.coverage, 0)).decidesOn).toBe('blended');
    expect(look(both, reading(0.9, DECIDES_FROM.ageP50Ms)).decidesOn).toBe('blended');
  });

  test('nothing observed is null, not an empty map', () => {
    const { observed, blended, notObserved } = look(both, 'nobody looked');
    expect([observed, blended, notObserved]).toEqual([null, null, 'nobody looked']);
    const blind = look([venue('hyperliquid', null)], reading(0.9));
    expect([blind.observed, blind.blended, blind.notObserved]).toEqual([
      null,
      null,
      expect.stringMatching(/open interest/),
    ]);
    expect(look(both, reading(0.1)).notObserved).toBeNull();
  });
});

test('no map without bars, whatever is observed', () => {
  const found = zonesSideBySide({ ...input([venue('hyperliquid')]), nowMs: NOW + 86_400_000 }, reading(1));
  expect(found).toMatchObject({ ok: false, refusal: { code: 'market-stale' } });
});
