import { describe, expect, test } from 'vitest';
import { pineInputs } from '../../scripts/build-pine.ts';
import { coinOfTicker } from '../../src/core/alert/coin-of-ticker.ts';
import { Alert } from '../../src/core/alert/schema.ts';
import { DetectorParams } from '../../src/core/detect/params.ts';
import { COIN_PARAMS } from '../../src/core/shared/coin-params.ts';
import { DETECTOR_PRESETS, presetParamsOf } from '../../src/core/detect/presets.ts';
import { bodies, chartOf, closeOf, CODE, INPUT_CHANGES, pineOn, SCRIPT, twinOn } from './cascade-harness.ts';
import type { PineChart } from './fixture-provider.ts';
import { type PineAlert, runPine, runWhole } from './run-pine.ts';
import { AS_SET, disagreements, PRESET_TITLE } from './twin.ts';

const PANEL = 'Show the status panel';

describe('no input is dead', () => {
  const chart = chartOf(9, 800);
  /** Twice the work for PineTS: only where open interest or funding matter. */
  const chartWithFeeds = chartOf(8, 800);
  const chartFor = (title: string): PineChart =>
    /open interest|OI drop|unding/.test(title) ? chartWithFeeds : chart;
  const base = pineOn(chart);
  test.each(INPUT_CHANGES)('%s changes what is sent, in both alike', async (title, params, from) => {
    const on = chartFor(title);
    const pine = await pineOn(on, { params });
    expect(disagreements(pine, twinOn(on, params))).toEqual([]);
    expect(disagreements(pine, twinOn(on, from))).not.toEqual([]);
  });
  test('the strategy is sent as it is set', async () => {
    const pine = await runPine(CODE, chart, {
      inputs: { ...AS_SET, 'Strategy (sent as is)': 'zones' },
      nowMs: closeOf(chart),
    });
    expect(new Set(pine.map((a) => Alert.parse(a.payload).strategy))).toEqual(new Set(['zones']));
  });
  test('the panel is for the eye: it changes nothing that is sent', async () => {
    const inputs = { ...AS_SET, [PANEL]: false };
    const { alerts, cells } = await runWhole(CODE, chart, { inputs, nowMs: closeOf(chart) });
    expect([bodies(alerts), cells]).toEqual([bodies(await base), []]);
  });
  test('these are all the inputs there are', () => {
    const titles = pineInputs(CODE).map((i) => i.title);
    const all = [...INPUT_CHANGES.map(([title]) => title), PRESET_TITLE, 'Strategy (sent as is)', PANEL];
    expect(new Set(titles)).toEqual(new Set(all));
  });
});

describe('the panel says why nothing fires', () => {
  const chart = chartOf(9, 600);
  const panel = async (ticker: string, inputs: Record<string, unknown>): Promise<Map<string, string>> => {
    const { cells } = await runWhole(CODE, { ...chart, ticker }, { inputs, nowMs: closeOf(chart) });
    return new Map(cells.flatMap((name, i) => (i % 2 === 0 ? [[name, cells[i + 1] ?? '']] : [])));
  };
  test('preset, phase, each measure against its threshold, what was sent last and when', async () => {
    const rows = await panel('BTCUSDT.P', {});
    expect(rows.get(SCRIPT)).toBe('preset BTC');
    expect(rows.get('phase')).toMatch(/^(before|(during|after), (long|short))$/);
    expect(rows.get('leg')).toMatch(/^\d+(\.\d+)? \/ 9(\.0+)? ATR$/);
    expect(rows.get('volume')).toMatch(/^\d+(\.\d+)? \/ 4(\.0+)? x$/);
    const last = twinOn(chart, presetParamsOf('BTC')).findLast((a) => a.kind !== 'heartbeat');
    const closed = new Date((last?.barTime ?? 0) + chart.intervalMs).toISOString();
    expect(rows.get('last')).toBe(
      `${last?.kind.slice(8).replace('snapback', 'snap-back')} ${closed.slice(0, 16).replace('T', ' ')}`,
    );
  });
  test('without a preset it says so', async () => {
    expect((await panel('BTCUSDT.P', AS_SET)).get(SCRIPT)).toBe('inputs as set');
    expect((await panel('FOOUSDT.P', {})).get(SCRIPT)).toBe('inputs as set');
  });
});

describe('presets', () => {
  const chart = chartOf(9, 600);
  /** Nothing set: the coin's preset is the default. */
  const byCoin = (ticker: string, on: PineChart = chart): Promise<PineAlert[]> =>
    runPine(CODE, { ...on, ticker }, { nowMs: closeOf(on) });

  test.each([
    ['BTCUSDT.P', 'BTC'],
    ['1000PEPEUSDT.P', 'kPEPE'],
    ['HYPEUSDC.P', 'HYPE'],
  ])('%s runs as %s', async (ticker, coin) => {
    const pine = await byCoin(ticker);
    expect(disagreements(pine, twinOn({ ...chart, ticker }, presetParamsOf(coin)))).toEqual([]);
    expect(disagreements(pine, twinOn({ ...chart, ticker }))).not.toEqual([]);
  });
  test('a coin without one keeps the inputs', async () => {
    const ticker = 'FOOUSDT.P';
    expect(disagreements(await byCoin(ticker), twinOn({ ...chart, ticker }))).toEqual([]);
  });
  test('another interval keeps them too', async () => {
    const on: PineChart = { ...chart, interval: '15', intervalMs: 900_000 };
    on.candles = chart.candles.map((k, i) => ({ ...k, t: (chart.candles[0]?.t ?? 0) + i * 900_000 }));
    const pine = await byCoin('BTCUSDT.P', on);
    expect(disagreements(pine, twinOn(on))).toEqual([]);
    expect(pine.some((a) => Alert.parse(a.payload).kind === 'cascade.exhaustion')).toBe(true);
  });
  test('every coin of the server has one, and no other', () => {
    expect(Object.keys(DETECTOR_PRESETS)).toEqual(COIN_PARAMS.map((p) => p.coin));
    for (const coin of Object.keys(DETECTOR_PRESETS))
      expect(DetectorParams.safeParse(presetParamsOf(coin)).success).toBe(true);
  });
  test('tickers mean the coins the server takes them for', () => {
    const known = new Set(Object.keys(DETECTOR_PRESETS));
    const rows = [...CODE.matchAll(/str\.startswith\(ticker, "(\w+)"\) => "(\w+)"/g)];
    expect(new Set(rows.map(([, , coin]) => coin))).toEqual(known);
    for (const [, start, coin] of rows)
      for (const end of ['.P', 'T.P', 'C.P']) expect(coinOfTicker(`${start}${end}`, known)?.coin).toBe(coin);
  });
});
