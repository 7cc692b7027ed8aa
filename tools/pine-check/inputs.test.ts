import { describe, expect, test } from 'vitest';
import { pineInputs } from '../../scripts/build-pine.ts';
import { coinOfTicker } from '../../src/core/alert/coin-of-ticker.ts';
import { Alert } from '../../src/core/alert/schema.ts';
import type { DetectorParams } from '../../src/core/detect/params.ts';
import { DETECTOR_PRESETS, presetParamsOf } from '../../src/core/detect/presets.ts';
import { bodies, chartOf, closeOf, CODE, DEFAULTS, OTHER, pineOn, twinOn } from './cascade-harness.ts';
import type { PineChart } from './fixture-provider.ts';
import { type PineAlert, runPine } from './run-pine.ts';
import { disagreements, INPUT_TITLES, WEIGHT_TITLES } from './twin.ts';

const PRESET = 'Leg size and volume surge';
const PANEL = 'Show the status panel';

/** Inputs that only matter to a part of the score whose weight is 0 by default. */
const USED_BY: Partial<Record<string, keyof typeof WEIGHT_TITLES>> = {
  higherInterval: 'higher',
  fundingExtreme: 'funding',
};
/** The defaults with one weight switched on, or off when it is on. */
const withWeight = (key: keyof typeof WEIGHT_TITLES): DetectorParams => ({
  ...DEFAULTS,
  weights: { ...DEFAULTS.weights, [key]: DEFAULTS.weights[key] === 0 ? 40 : 0 },
});

const isPlain = (key: string): key is keyof typeof INPUT_TITLES => key in INPUT_TITLES;
const isWeight = (key: string): key is keyof typeof WEIGHT_TITLES => key in WEIGHT_TITLES;

describe('no input is dead', () => {
  const chart = chartOf(9, 800);
  /** Twice the work for PineTS: only where open interest or funding matter. */
  const chartWithFeeds = chartOf(8, 800);
  const chartFor = (title: string): PineChart =>
    /open interest|OI drop|unding/.test(title) ? chartWithFeeds : chart;
  const base = pineOn(chart);
  /** [title, the change, what it is compared with] */
  const changes: [title: string, params: DetectorParams, from: DetectorParams][] = [
    ...Object.keys(INPUT_TITLES)
      .filter(isPlain)
      .map((key): [string, DetectorParams, DetectorParams] => {
        const part = USED_BY[key];
        const from = part === undefined ? DEFAULTS : withWeight(part);
        return [INPUT_TITLES[key], { ...from, [key]: OTHER[key] }, from];
      }),
    ...Object.keys(WEIGHT_TITLES)
      .filter(isWeight)
      .map((key): [string, DetectorParams, DetectorParams] => [
        WEIGHT_TITLES[key],
        withWeight(key),
        DEFAULTS,
      ]),
  ];

  test.each(changes)('%s changes what is sent, in both alike', async (title, params, from) => {
    const on = chartFor(title);
    const pine = await pineOn(on, { params });
    expect(disagreements(pine, twinOn(on, params))).toEqual([]);
    expect(disagreements(pine, twinOn(on, from))).not.toEqual([]);
  });
  test('the strategy is sent as it is set', async () => {
    const pine = await runPine(CODE, chart, {
      inputs: { 'Strategy (sent as is)': 'zones' },
      nowMs: closeOf(chart),
    });
    expect(new Set(pine.map((a) => Alert.parse(a.payload).strategy))).toEqual(new Set(['zones']));
  });
  test('the panel is for the eye: it changes nothing that is sent', async () => {
    const inputs = { [PANEL]: false };
    expect(bodies(await runPine(CODE, chart, { inputs, nowMs: closeOf(chart) }))).toEqual(bodies(await base));
    expect(CODE).toContain('if panelInput and');
  });
  test('these are all the inputs there are', () => {
    const titles = pineInputs(CODE).map((i) => i.title);
    const all = [...changes.map(([title]) => title), PRESET, 'Strategy (sent as is)', PANEL];
    expect(new Set(titles)).toEqual(new Set(all));
  });
});

describe('presets', () => {
  const chart = chartOf(9, 600);
  const byCoin = (ticker: string): Promise<PineAlert[]> =>
    runPine(CODE, { ...chart, ticker }, { inputs: { [PRESET]: 'by coin' }, nowMs: closeOf(chart) });

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
  test('tickers mean the coins the server takes them for', () => {
    const known = new Set(Object.keys(DETECTOR_PRESETS));
    const rows = [...CODE.matchAll(/str\.startswith\(ticker, "(\w+)"\) => "(\w+)"/g)];
    expect(new Set(rows.map(([, , coin]) => coin))).toEqual(known);
    for (const [, start, coin] of rows)
      for (const end of ['.P', 'T.P', 'C.P']) expect(coinOfTicker(`${start}${end}`, known)?.coin).toBe(coin);
  });
});
