import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ObservedZones, SideBySide } from '../../../src/core/zones/observed-zones.ts';
import type { ZoneMap } from '../../../src/core/zones/types.ts';
import { zonesPine } from '../../../src/core/zones/zones-pine.ts';
import { zone, zoneMap } from '../../support/decide-input.ts';

const bins = { px: [], longUsd: [], shortUsd: [] };
const alone = (estimated: ZoneMap): SideBySide => ({
  estimated,
  observed: null,
  notObserved: 'nobody looked',
  blended: null,
  decidesOn: 'estimated',
});
const observed = (change: Partial<ObservedZones> = {}): ObservedZones => ({
  coin: 'BTC',
  asOfMs: 0,
  markPx: 105_000,
  addresses: 41,
  positions: 55,
  coverageLong: 0.343,
  coverageShort: 0.0512,
  ageP50Ms: 250_000,
  entries: { px: [], longUsd: [], shortUsd: [] },
  zones: [],
  maxPain: { long: null, short: null },
  totalUsd: { long: 0, short: 0 },
  bins,
  ...change,
});
const callsOf = (name: string, code: string): string[][] =>
  [...code.matchAll(new RegExp(`^ {4}${name}\\((.*?), "(.*)"\\)$`, 'gm'))].map(([, args = '']) =>
    args.split(', '),
  );
const drawn = (map: ZoneMap): string[][] => callsOf('zone', zonesPine(alone(map)));

test('each zone is one call: side, edges, heat against the largest', () => {
  const zones = [zone('long', 100_000, 100_400, 2e6), zone('short', 106_500.25, 107_000, 8e6)];
  expect(drawn({ ...zoneMap({ zones }), bins })).toEqual([
    ['false', '106500.25', '107000', '1'],
    ['true', '100000', '100400', '0.25'],
  ]);
});

test('however many zones and whatever prices: numbers stay plain, boxes within what Pine draws', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          lo: fc.double({ min: 1e-7, max: 1e6, noNaN: true }),
          usd: fc.double({ min: 1, max: 1e12, noNaN: true }),
        }),
        { maxLength: 600 },
      ),
      (rows) => {
        const zones = rows.map(({ lo, usd }) => zone('long', lo, lo * 1.001, usd));
        const calls = drawn({ ...zoneMap({ zones }), bins });
        expect(calls).toHaveLength(Math.min(rows.length, 400));
        calls.forEach(([, lo, hi, heat], i) => {
          for (const n of [lo, hi, heat]) expect(n).toMatch(/^\d+(\.\d+)?$/);
          expect([Number(heat) <= 1, Number(heat) >= 0, Number(lo) < Number(hi)]).toEqual([true, true, true]);
          expect(Number(heat)).toBeLessThanOrEqual(Number(calls[i - 1]?.[3] ?? 1));
        });
      },
    ),
    { numRuns: 40 },
  );
});

test('a name cannot break out of its string', () => {
  const code = zonesPine(alone({ ...zoneMap({ coin: 'X")\nalert("y' }), bins }));
  expect(code.split('\n').some((line) => line.startsWith('alert'))).toBe(false);
  expect(code.match(/"/g)?.length).toBe(zonesPine(alone({ ...zoneMap(), bins })).match(/"/g)?.length);
});

test('observed zones are calls of their own, with coverage and age said; without any, why', () => {
  const estimated = { ...zoneMap({ zones: [zone('long', 100_000, 100_400, 9e6)] }), bins };
  const zones = [zone('short', 108_000, 108_100, 1e6), zone('long', 99_000, 99_100, 4e6)];
  const code = zonesPine({ ...alone(estimated), observed: observed({ zones }), notObserved: null });
  expect(callsOf('zone', code)).toEqual([['true', '100000', '100400', '1']]);
  expect(callsOf('real', code)).toEqual([
    ['true', '99000', '99100', '1'],
    ['false', '108000', '108100', '0.25'],
  ]);
  expect(code).toContain('"observed: 34 % of longs, 5.1 % of shorts, half read within 4 min"');
  const without = zonesPine(alone(estimated));
  expect(without).toContain('"nothing observed: nobody looked"');
  expect(without).not.toContain('real(');
});

test('both kinds together stay within what Pine draws', () => {
  const many = Array.from({ length: 600 }, (_, i) => zone('long', 1_000 + i, 1_000.5 + i, 1 + i));
  const code = zonesPine({
    ...alone({ ...zoneMap({ zones: many }), bins }),
    observed: observed({ zones: many }),
  });
  expect(callsOf('zone', code).length + callsOf('real', code).length).toBeLessThanOrEqual(500);
  expect(callsOf('real', code)[0]?.[1]).toBe('1599');
});
