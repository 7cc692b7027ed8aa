import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Candle } from '../../../src/core/shared/candle.ts';
import { buildZoneMap } from '../../../src/core/zones/build-zone-map.ts';
import { DEFAULT_MIX, leverageKernel } from '../../../src/core/zones/leverage-kernel.ts';
import { binanceTiers } from '../../../src/core/zones/maintenance-tiers.ts';
import { createMapEngine } from '../../../src/core/zones/map-engine.ts';
import type { Sweep } from '../../../src/core/zones/types.ts';
import { BAR_MS, T0 } from './candle-paths.ts';

const MINUTE = 60_000;
const KERNEL = leverageKernel(DEFAULT_MIX, binanceTiers('BTC'));
const bar = (t: number, l: number, h: number, c: number, v = 1_000): Candle => ({ t, o: c, h, l, c, v });
/** A day of quiet bars around 100, in the venue's own price. */
const quiet = (scale: number): Candle[] =>
  Array.from({ length: 288 }, (_, i) => {
    const c = 100 + 0.5 * Math.sin(i / 9);
    return bar(T0 + i * BAR_MS, (c - 0.2) * scale, (c + 0.2) * scale, c * scale);
  });
const NOW = T0 + 288 * BAR_MS;

function venue(name: string, scale = 1, openInterestUsd: number | null = null) {
  const engine = createMapEngine({ kernel: KERNEL, intervalMs: BAR_MS });
  for (const c of quiet(scale)) engine.push(c);
  return { venue: name, engine, markPx: 100 * scale, openInterestUsd };
}
function running(venues: readonly ReturnType<typeof venue>[], minutes: readonly Candle[] | undefined) {
  const built = buildZoneMap({ coin: 'BTC', markPx: 100, nowMs: NOW, venues, minutes });
  if (!built.ok) throw new Error(built.refusal.message);
  return built.value.runningSweeps;
}
const usd = (list: readonly Sweep[] | undefined, side: Sweep['side']) =>
  (list ?? []).filter((s) => s.side === side).reduce((sum, s) => sum + s.notionalUsd, 0);

test('without minute bars the map says nothing of the minutes since; with bars that reached nothing, nothing', () => {
  expect(running([venue('hyperliquid')], undefined)).toBeUndefined();
  expect(running([venue('hyperliquid')], [bar(NOW, 99.99, 100.01, 100)])).toEqual([]);
});

test('what minutes take of either side is what their five-minute bar takes, minute by minute, whatever the path', () => {
  const px = fc.integer({ min: 9_000, max: 11_000 }).map((x) => x / 100);
  fc.assert(
    fc.property(fc.array(fc.tuple(px, px), { minLength: 1, maxLength: 5 }), (path) => {
      const minutes = path.map(([a, b], i) =>
        bar(NOW + i * MINUTE, Math.min(a, b, 100), Math.max(a, b, 100), 100),
      );
      const v = venue('hyperliquid');
      const found = running([v], minutes);
      const whole = bar(NOW, Math.min(...minutes.map((m) => m.l)), Math.max(...minutes.map((m) => m.h)), 100);
      v.engine.push(whole);
      const swept = v.engine.sweeps(NOW);
      for (const side of ['long', 'short'] as const) {
        const mass = swept.filter((s) => s.side === side).reduce((sum, s) => sum + s.mass, 0);
        // Mass halves in seven days: in five minutes it is a factor of 0.99966.
        expect(usd(found, side)).toBeGreaterThanOrEqual(mass * 0.9999);
        expect(usd(found, side)).toBeLessThanOrEqual(mass * 1.001 + 1e-9);
      }
      const times = (found ?? []).map((s) => s.t);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      // A minute that goes no farther than those before it takes nothing.
      const takes = (m: Candle) => found?.some((s) => s.side === 'long' && s.t === m.t) === true;
      const isNewLow = (m: Candle, i: number) => minutes.slice(0, i).every((b) => m.l < b.l);
      expect(minutes.filter((m, i) => takes(m) && !isNewLow(m, i))).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('the engine is only looked at: the same question twice has the same answer', () => {
  const v = venue('hyperliquid');
  const minutes = [bar(NOW, 95, 100, 97)];
  expect(running([v], minutes)).toEqual(running([v], minutes));
  expect(v.engine.bars()).toBe(288);
});

test("another venue's levels are reached at Hyperliquid's prices, in one entry a minute and side", () => {
  const minutes = [bar(NOW, 95, 100, 97), bar(NOW + MINUTE, 93, 104, 100)];
  const own = running([venue('hyperliquid', 1, 1e6)], minutes);
  const both = running([venue('hyperliquid', 1, 1e6), venue('binance', 1.01, 3e6)], minutes);
  expect(both?.map((s) => [s.t, s.side])).toEqual(own?.map((s) => [s.t, s.side]));
  for (const side of ['long', 'short'] as const) expect(usd(both, side) / usd(own, side)).toBeCloseTo(4, 1);
});

test('minutes from before the newest closed bar take nothing: that bar has', () => {
  expect(running([venue('hyperliquid')], [bar(NOW - MINUTE, 90, 110, 100)])).toEqual([]);
});
