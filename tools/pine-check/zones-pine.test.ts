import { describe, expect, test } from 'vitest';
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
  test('is clean', () => expect(lintPine(zonesPine(map))).toEqual([]));

  test('draws each zone where it is, the largest strongest, and max pain', async () => {
    const { boxes, lines, cells, alerts } = await run(zonesPine(map));
    expect(boxes.map((b) => [b.bottom / close, b.top / close])).toEqual([
      [expect.closeTo(0.95, 6), expect.closeTo(0.96, 6)],
      [expect.closeTo(1.03, 6), expect.closeTo(1.05, 6)],
    ]);
    expect(boxes.map((b) => b.text)).toEqual(['2M USD, 20.0 %', '1M USD, 20.0 %']);
    expect(boxes[0]?.bgcolor.slice(0, 7)).not.toBe(boxes[1]?.bgcolor.slice(0, 7));
    expect(boxes.every((b) => b.right === map.asOfMs)).toBe(true);
    expect(lines.map((l) => l.y1 / close)).toEqual([expect.closeTo(0.955, 6)]);
    expect(cells.join('|')).toMatch(
      /^BTC zones of \d{4}-\d\d-\d\d \d\d:\d\d UTC\|estimated, by hyperliquid 100 %$/,
    );
    expect(alerts).toEqual([]);
  });

  test('follows a chart that quotes a thousandth of the coin', async () => {
    const { boxes } = await run(
      zonesPine({
        ...map,
        markPx: close * 1000,
        zones: map.zones.map((z) => zone(z.side, z.loPx * 1000, z.hiPx * 1000, z.notionalUsd)),
      }),
    );
    expect(boxes[0]?.bottom).toBeCloseTo(close * 0.95, 3);
  });

  test('draws nothing on a chart of something else, and says so', async () => {
    const { boxes, lines, cells } = await run(zonesPine(map), scaled(20));
    expect([boxes.length, lines.length, cells[0]]).toEqual([0, 0, 'This chart is not BTC: nothing drawn.']);
  });

  test('a map without zones is a script all the same', async () => {
    const empty = { ...map, zones: [], maxPain: { long: null, short: null } };
    expect(lintPine(zonesPine(empty))).toEqual([]);
    expect((await run(zonesPine(empty))).boxes).toEqual([]);
  });
});
