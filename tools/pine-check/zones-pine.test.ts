import { describe, expect, test } from 'vitest';
import type { SideBySide } from '../../src/core/zones/observed-zones.ts';
import { zonesPine } from '../../src/core/zones/zones-pine.ts';
import type { ZoneMap } from '../../src/core/zones/types.ts';
import { zone, zoneMap } from '../../tests/support/decide-input.ts';
import { chartOf, closeOf } from './cascade-harness.ts';
import type { PineChart } from './fixture-provider.ts';
import { lintPine } from './lint-pine.ts';
import { runWhole } from './run-pine.ts';

const chart = chartOf(1, 40);
const close = chart.candles.at(-1)?.c ?? 0;
const map: ZoneMap = {
  ...zoneMap({
    asOfMs: closeOf(chart),
    markPx: close,
    zones: [zone('long', close * 0.95, close * 0.96, 2e6), zone('short', close * 1.03, close * 1.05, 1e6)],
    maxPain: { long: zone('long', close * 0.95, close * 0.96), short: null },
  }),
  bins: { px: [], longUsd: [], shortUsd: [] },
};
const alone = (estimated: ZoneMap): SideBySide => ({
  estimated,
  observed: null,
  notObserved: 'nobody looked',
  blended: null,
  decidesOn: 'estimated',
});
const both: SideBySide = {
  ...alone(map),
  notObserved: null,
  observed: {
    coin: 'BTC',
    asOfMs: map.asOfMs,
    markPx: close,
    addresses: 12,
    positions: 13,
    coverageLong: 0.3,
    coverageShort: 0.05,
    ageP50Ms: 120_000,
    entries: { px: [], longUsd: [], shortUsd: [] },
    zones: [zone('long', close * 0.97, close * 0.972, 3e5), zone('short', close * 1.04, close * 1.041, 2e5)],
    maxPain: { long: null, short: null },
    totalUsd: { long: 3e5, short: 2e5 },
    bins: map.bins,
  },
};
const run = (code: string, on: PineChart = chart) => runWhole(code, on, { nowMs: closeOf(on) });
const scaled = (factor: number): PineChart => ({
  ...chart,
  candles: chart.candles.map((k) => ({
    ...k,
    o: k.o * factor,
    h: k.h * factor,
    l: k.l * factor,
    c: k.c * factor,
  })),
});

describe('the script of the server’s zones', () => {
  test('is clean', () => {
    expect(lintPine(zonesPine(alone(map)))).toEqual([]);
    expect(lintPine(zonesPine(both))).toEqual([]);
  });

  test('draws each zone where it is, the largest strongest, and max pain', async () => {
    const { boxes, lines, cells, alerts } = await run(zonesPine(alone(map)));
    expect(boxes.map((b) => [b.bottom / close, b.top / close])).toEqual([
      [expect.closeTo(0.95, 6), expect.closeTo(0.96, 6)],
      [expect.closeTo(1.03, 6), expect.closeTo(1.05, 6)],
    ]);
    expect(boxes.map((b) => b.text)).toEqual(['2M USD, 20.0 %', '1M USD, 20.0 %']);
    expect(boxes[0]?.bgcolor.slice(0, 7)).not.toBe(boxes[1]?.bgcolor.slice(0, 7));
    expect(boxes.every((b) => b.right === map.asOfMs)).toBe(true);
    expect(lines.map((l) => l.y1 / close)).toEqual([expect.closeTo(0.955, 6)]);
    expect(cells.join('|')).toMatch(
      /^BTC zones of \d{4}-\d\d-\d\d \d\d:\d\d UTC\|estimated, by hyperliquid 100 %\|nothing observed: nobody looked$/,
    );
    expect(alerts).toEqual([]);
  });

  test('follows a chart that quotes a thousandth of the coin', async () => {
    const { boxes } = await run(
      zonesPine(
        alone({
          ...map,
          markPx: close * 1000,
          zones: map.zones.map((z) => zone(z.side, z.loPx * 1000, z.hiPx * 1000, z.notionalUsd)),
        }),
      ),
    );
    expect(boxes[0]?.bottom).toBeCloseTo(close * 0.95, 3);
  });

  test('draws nothing on a chart of something else, and says so', async () => {
    const { boxes, lines, cells } = await run(zonesPine(alone(map)), scaled(20));
    expect([boxes.length, lines.length, cells[0]]).toEqual([0, 0, 'This chart is not BTC: nothing drawn.']);
  });

  test('a map without zones is a script all the same', async () => {
    const empty = { ...map, zones: [], maxPain: { long: null, short: null } };
    expect(lintPine(zonesPine(alone(empty)))).toEqual([]);
    expect((await run(zonesPine(alone(empty)))).boxes).toEqual([]);
  });

  test('draws real positions beside the estimate, in frames and colours of their own, and says how much they are', async () => {
    const { boxes, cells } = await run(zonesPine(both));
    expect(boxes.map((b) => b.bottom / close)).toEqual(
      [0.95, 1.03, 0.97, 1.04].map((x) => expect.closeTo(x, 6)),
    );
    expect(boxes.map((b) => b.text)).toEqual([
      '2M USD, 20.0 %',
      '1M USD, 20.0 %',
      'read: 300k USD, 20.0 %',
      'read: 200k USD, 20.0 %',
    ]);
    expect(new Set(boxes.map((b) => b.bgcolor.slice(0, 7))).size).toBe(4);
    expect(cells[2]).toBe('observed: 30 % of longs, 5.0 % of shorts, half read within 2 min');
  });
});
