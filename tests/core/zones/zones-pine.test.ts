import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ZoneMap } from '../../../src/core/zones/types.ts';
import { zonesPine } from '../../../src/core/zones/zones-pine.ts';
import { zone, zoneMap } from '../../support/decide-input.ts';

const bins = { px: [], longUsd: [], shortUsd: [] };
const drawn = (map: ZoneMap): string[][] =>
  [...zonesPine(map).matchAll(/^ {4}zone\((.*?), "(.*)"\)$/gm)].map(([, args = '']) => args.split(', '));

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
  const code = zonesPine({ ...zoneMap({ coin: 'X")\nalert("y' }), bins });
  expect(code.split('\n').some((line) => line.startsWith('alert'))).toBe(false);
  expect(code.match(/"/g)?.length).toBe(zonesPine({ ...zoneMap(), bins }).match(/"/g)?.length);
});
