import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PlaceStopInput } from '../../../src/core/decide/place-stop.ts';
import { placeStop } from '../../../src/core/decide/place-stop.ts';
import { paramsOf } from '../../../src/core/shared/coin-params.ts';
import type { Side } from '../../../src/core/shared/coin.ts';
import { tickOf } from '../../../src/core/shared/round.ts';
import type { Zone } from '../../../src/core/zones/types.ts';
import { zone } from '../../support/decide-input.ts';

const params = paramsOf('BTC')!;
const base: PlaceStopInput = {
  side: 'long',
  markPx: 100_000,
  entryPx: 100_500,
  extremePx: 98_000,
  atr: 0,
  szDecimals: 5,
  liquidationPx: null,
  zones: [],
  widthFactor: 1,
  params: { ...params, stopBufferBps: 10, stopBufferAtr: 0 },
};
const stopOf = (change: Partial<PlaceStopInput>): number | string => {
  const placed = placeStop({ ...base, ...change });
  return placed.ok ? placed.value.stopPx : placed.refusal.code;
};
const withParams = (change: Partial<typeof params>) => ({ ...base.params, ...change });
const isIn = (px: number) => (z: Zone) => px >= z.loPx && px <= z.hiPx;

describe('where the stop stands', () => {
  test('a buffer behind the extreme; more of it where the timeframes do not agree', () => {
    expect(stopOf({})).toBe(98_000 - 100.5 + 0.5);
    expect(stopOf({ widthFactor: 1.5 })).toBe(97_850);
    expect(stopOf({ atr: 800, params: withParams({ stopBufferAtr: 0.25 }) })).toBe(97_800);
  });

  test('the least distance counts from the mark, where the entry fills, not from the worst price it may pay', () => {
    expect(stopOf({ extremePx: 99_900, params: withParams({ stopDistanceBpsMin: 50 }) })).toBe(99_500);
    const short = { side: 'short' as const, entryPx: 99_500, extremePx: 100_100 };
    expect(stopOf({ ...short, params: withParams({ stopDistanceBpsMin: 50 }) })).toBe(100_500);
  });

  test('a level on a tick is that tick, whatever binary fractions make of it', () => {
    // 104,600 less 50 bp is 104,077 and not a hair more, which would round a whole tick toward the entry.
    expect(
      stopOf({
        markPx: 104_600,
        entryPx: 105_123,
        extremePx: 104_590,
        params: withParams({ stopBufferBps: 1 }),
      }),
    ).toBe(104_077);
  });

  test('behind the next cluster when the coin allows it, else before it; the bound itself is allowed', () => {
    const zones = [zone('long', 97_000, 97_300)];
    // 97,000 − 100.5 is 3.5821 % from the entry.
    expect(stopOf({ zones, params: withParams({ stopDistanceBpsMax: 360 }) })).toBe(96_900);
    expect(stopOf({ zones, params: withParams({ stopDistanceBpsMax: 355 }) })).toBe(97_900);
    // 100,500 × (1 − 2 %) = 98,490 exactly.
    const at = { extremePx: 98_590.5, params: withParams({ stopDistanceBpsMax: 200 }) };
    expect(stopOf(at)).toBe(98_490);
    expect(stopOf({ ...at, extremePx: 98_590 })).toBe('stop-too-far');
  });

  test('exactly at the edge of a cluster is not outside of it', () => {
    const edge = { extremePx: 98_100.5, params: withParams({ stopDistanceBpsMax: 290 }) };
    for (const zones of [[zone('long', 97_900, 98_000)], [zone('long', 98_000, 98_200)]]) {
      const px = stopOf({ ...edge, zones });
      expect(typeof px === 'number' && !zones.some(isIn(px))).toBe(true);
    }
  });

  test('rounding goes away from the entry where toward it would be back inside a cluster or at the extreme', () => {
    // 15,000.5 is between two ticks of a dollar; a buffer of 0.2 bp is a third of one.
    const fine = {
      markPx: 15_200,
      entryPx: 15_220,
      params: withParams({ stopBufferBps: 0.2, stopDistanceBpsMax: 300 }),
    };
    const zones = [zone('long', 15_000.5, 15_020)];
    expect(stopOf({ ...fine, szDecimals: 2, extremePx: 15_010, zones })).toBe(15_000);
    expect(stopOf({ ...fine, szDecimals: 2, extremePx: 15_000.9, zones: [] })).toBe(15_000);
    expect(stopOf({ ...fine, szDecimals: 2, extremePx: 15_000.1, zones: [] })).toBe(15_000);
  });

  test('a coin whose tick is a tenth of its price has a place for a stop only where a tick happens to be', () => {
    const coarse = { szDecimals: 0, markPx: 0.00001234, entryPx: 0.00001234, extremePx: 0.0000121 };
    expect(stopOf(coarse)).toBe(0.000012);
    expect(stopOf({ ...coarse, markPx: 0.0000128, entryPx: 0.0000128, extremePx: 0.0000125 })).toBe(
      'stop-too-far',
    );
    expect(stopOf({ ...coarse, markPx: 5e-7, entryPx: 5e-7, extremePx: 4.9e-7 })).toBe('stop-too-far');
  });

  test('the room before the liquidation price is 15 % of the way to it', () => {
    // 100,500 − 0.85 × (100,500 − 97,555.5) = 97,997.2.
    expect(stopOf({ liquidationPx: 97_555.5, extremePx: 98_098.5 })).toBe(97_998);
    expect(stopOf({ liquidationPx: 97_555.5, extremePx: 98_096 })).toBe('stop-beyond-liquidation');
  });
});

const double = (min: number, max: number) =>
  fc.integer({ min: 0, max: 1e6 }).map((n) => min + ((max - min) * n) / 1e6);

test('on any scale and side: outside every cluster, beyond the extreme and the mark, on a legal tick, within the bound', () => {
  let placed = 0;
  fc.assert(
    fc.property(
      fc.record({
        side: fc.constantFrom<Side>('long', 'short'),
        scale: fc.constantFrom(1e-5, 0.000123, 0.0071, 0.9999, 1.0001, 99.99, 12_345, 104_600),
        szDecimals: fc.integer({ min: 0, max: 5 }),
        leg: double(0.0002, 0.04),
        slippageBps: double(0.1, 100),
        bufferBps: fc.oneof(double(0.05, 2), double(1, 60)),
        zones: fc.array(fc.tuple(double(-0.06, 0.01), double(0.0001, 0.012)), { maxLength: 6 }),
        widthFactor: fc.constantFrom(1, 1.5),
      }),
      (s) => {
        const g = s.side === 'long' ? 1 : -1;
        const markPx = s.scale;
        const zones = s.zones.map(([at, width]) => {
          const [a, b] = [markPx * (1 + g * at), markPx * (1 + g * (at - width))];
          return zone(s.side, Math.min(a, b), Math.max(a, b));
        });
        const i: PlaceStopInput = {
          ...base,
          side: s.side,
          markPx,
          entryPx: markPx * (1 + (g * s.slippageBps) / 10_000),
          extremePx: markPx * (1 - g * s.leg),
          szDecimals: s.szDecimals,
          zones,
          widthFactor: s.widthFactor,
          params: withParams({ stopBufferBps: s.bufferBps }),
        };
        const found = placeStop(i);
        if (!found.ok) return;
        placed += 1;
        const { stopPx, distanceBps } = found.value;
        expect(zones.filter(isIn(stopPx))).toEqual([]);
        expect(g * (i.extremePx - stopPx)).toBeGreaterThan(0);
        expect(g * (markPx - stopPx)).toBeGreaterThan(0);
        const ticks = stopPx / tickOf(stopPx, s.szDecimals);
        expect(Math.abs(ticks - Math.round(ticks))).toBeLessThan(1e-6);
        expect(distanceBps).toBeLessThanOrEqual(i.params.stopDistanceBpsMax * (1 + 1e-9));
        // Toward the entry by a tick at most.
        const least = i.params.stopDistanceBpsMin - (tickOf(stopPx, s.szDecimals) / markPx) * 10_000;
        expect((g * (markPx - stopPx) * 10_000) / markPx).toBeGreaterThanOrEqual(least * (1 - 1e-9));
      },
    ),
    { numRuns: 3_000 },
  );
  expect(placed).toBeGreaterThan(1_000);
});
