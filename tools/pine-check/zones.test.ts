import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pineInputs } from '../../scripts/build-pine.ts';
import { ALERT_SCHEMA_VERSION, Alert } from '../../src/core/alert/schema.ts';
import { HL_5M, hasHlCandles, hlCandles } from '../../tests/core/detect/recorded.ts';
import { TF_MS } from '../../tests/core/detect/synthetic.ts';
import { bodies, chartOf, closeOf, kindOf, pineOn as pineOnCascade } from './cascade-harness.ts';
import type { PineChart } from './fixture-provider.ts';
import { type PineAlert, runPine, runWhole } from './run-pine.ts';
import { disagreements } from './twin.ts';
import {
  runZonesTwin,
  ZONES_DEFAULTS,
  ZONES_OTHER as OTHER,
  ZONES_TITLES,
  type ZonesParams,
} from './zones-twin.ts';

/** `PINE_THOROUGH=1 npx vitest run --project node tools/pine-check/zones` does more of the same. */
const isThorough = process.env['PINE_THOROUGH'] === '1';
const SEEDS = isThorough ? 50 : 4;

const CODE = readFileSync(join(import.meta.dirname, '../../pine/liquidation_zones.pine'), 'utf8');
const SCRIPT = /^string SCRIPT += "(.*)"$/m.exec(CODE)?.[1] ?? '';

const inputsOf = (params: ZonesParams): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(ZONES_TITLES).map(([key, title]) => [title, new Map(Object.entries(params)).get(key)]),
  );
const pineOn = (chart: PineChart, params?: ZonesParams, code = CODE): Promise<PineAlert[]> =>
  runPine(code, chart, {
    ...(params === undefined ? {} : { inputs: inputsOf(params) }),
    nowMs: closeOf(chart),
  });
const twinOn = (chart: PineChart, params = ZONES_DEFAULTS): Alert[] =>
  runZonesTwin(params, chart, { script: SCRIPT, strategy: 'zones', nowMs: closeOf(chart) });
const touchesOf = (alerts: readonly PineAlert[]) =>
  bodies(alerts)
    .map((a) => Alert.parse(a))
    .filter((a) => a.kind === 'zone.touch');

describe('script and twin agree on synthetic candles', () => {
  const seen = { long: 0, short: 0, deeper: 0 };
  test.each(Array.from({ length: SEEDS }, (_, i) => i + 1))('seed %i', async (seed) => {
    const chart = chartOf(seed, isThorough ? 1500 : 600);
    const params = seed % 2 === 0 ? ZONES_DEFAULTS : OTHER;
    const pine = await pineOn(chart, params);
    expect(disagreements(pine, twinOn(chart, params))).toEqual([]);
    for (const a of touchesOf(pine)) {
      seen[a.side] += 1;
      if (a.zone.depth > 0) seen.deeper += 1;
    }
  });
  test('over enough touches of either side, and of zones behind the first, to mean something', () => {
    for (const n of Object.values(seen)) expect(n).toBeGreaterThan(10);
  });
});

const COINS: [coin: string, mintick: number][] = [
  ['BTC', 1],
  ['SOL', 0.01],
  ...(isThorough
    ? ([
        ['ETH', 0.1],
        ['XRP', 0.0001],
        ['LINK', 0.001],
        ['HYPE', 0.001],
        ['AVAX', 0.001],
      ] satisfies [string, number][])
    : []),
];
describe.skipIf(!hasHlCandles())(
  `script and twin agree on recorded candles (skipped without ${HL_5M})`,
  () => {
    test.each(COINS)('%s', async (coin, mintick) => {
      const chart: PineChart = {
        exchange: 'HYPERLIQUID',
        ticker: `${coin}USDC.P`,
        interval: '5',
        intervalMs: TF_MS,
        mintick,
        candles: hlCandles(coin, Date.UTC(2025, 3, 5, 12), isThorough ? 3000 : 600),
        oi: null,
        funding: null,
      };
      const params = { ...ZONES_DEFAULTS, shareMin: 0.03 };
      const pine = await pineOn(chart, params);
      expect(disagreements(pine, twinOn(chart, params))).toEqual([]);
      expect(touchesOf(pine).length).toBeGreaterThan(isThorough ? 5 : 1);
    });
  },
);

describe('no input is dead', () => {
  const chart = chartOf(5, 260);
  const keys = Object.keys(ZONES_TITLES).filter((key): key is keyof ZonesParams => key in ZONES_TITLES);
  test.each(keys)('%s changes what is sent, in both alike', async (key) => {
    const params = { ...OTHER, [key]: key === 'alertOnTouch' ? false : ZONES_DEFAULTS[key] };
    const pine = await pineOn(chart, params);
    expect(disagreements(pine, twinOn(chart, params))).toEqual([]);
    expect(disagreements(pine, twinOn(chart, OTHER))).not.toEqual([]);
  });
  test('these are all of them, with those for the eye and the strategy', async () => {
    const eye = { 'Width of the levels (bars)': 20, 'Show max pain': false, 'Show the status panel': false };
    const inputs = { ...inputsOf(OTHER), ...eye, 'Strategy (sent as is)': 'max-pain' };
    expect(new Set(pineInputs(CODE).map((i) => i.title))).toEqual(new Set(Object.keys(inputs)));
    const pine = await runPine(CODE, chart, { inputs, nowMs: closeOf(chart) });
    const twin = twinOn(chart, OTHER).map((a): Alert => ({ ...a, strategy: 'max-pain' }));
    expect(disagreements(pine, twin)).toEqual([]);
  });
  test('the twin’s defaults are the script’s', () => {
    const written = new Map(pineInputs(CODE).map((i) => [i.title, i.defval]));
    for (const key of keys)
      expect([key, Number(written.get(ZONES_TITLES[key]))]).toEqual(
        key === 'alertOnTouch' ? [key, NaN] : [key, ZONES_DEFAULTS[key]],
      );
  });
});

describe('what it draws', () => {
  const chart = chartOf(5, 260);
  const drawn = (inputs: Record<string, unknown>) =>
    runWhole(CODE, chart, { inputs: { ...inputsOf(OTHER), ...inputs }, nowMs: closeOf(chart) });
  const close = chart.candles.at(-1)?.c ?? 0;
  const bars = chart.candles.length - 1;

  test('long levels green below price, short ones red above, none where price is; a line per side', async () => {
    const { boxes, lines, cells } = await drawn({});
    const [below, above] = [boxes.filter((b) => b.top <= close), boxes.filter((b) => b.bottom >= close)];
    expect([below.length > 10, above.length > 10, below.length + above.length]).toEqual([
      true,
      true,
      boxes.length,
    ]);
    const hues = (side: typeof boxes): Set<string> => new Set(side.map((b) => b.bgcolor.slice(0, 7)));
    expect([hues(below).size, hues(above).size, hues(boxes).size]).toEqual([1, 1, 2]);
    expect(new Set(below.map((b) => b.bgcolor.slice(7))).size).toBeGreaterThan(5);
    expect(new Set(boxes.map((b) => [b.left, b.right].join()))).toEqual(
      new Set([[bars - 60, bars + 10].join()]),
    );
    expect([lines.length, new Set(lines.map((l) => l.y1 < close)).size]).toEqual([2, 2]);
    expect(cells.slice(0, 3)).toEqual([SCRIPT, 'zones', 'next short zone']);
  });
  test('levels that price has passed are gone', async () => {
    const { boxes } = await drawn({});
    const { l, h } = chart.candles.at(-1) ?? { l: 0, h: 0 };
    for (const b of boxes) expect(b.top <= l || b.bottom >= h).toBe(true);
  });
  test('the width, the lines and the panel can be set', async () => {
    const { boxes, lines, cells } = await drawn({
      'Width of the levels (bars)': 20,
      'Show max pain': false,
      'Show the status panel': false,
    });
    expect([boxes[0]?.left, lines, cells]).toEqual([bars - 20, [], []]);
  });
});

describe('a change in the script is caught', () => {
  const chart = chartOf(5, 260);
  test.each([
    ['Tap.new(1 / leverage', 'Tap.new(1 / (leverage + 0.01)'],
    ['int    TAPS         = 12', 'int    TAPS         = 11'],
    ['seed(longs, shorts, taps, base, low, mass, bucketLow, bucketHigh)', ''],
    ['way * zone.near > way * run.far', 'way * zone.near > way * run.far + 5'],
    ['runBelow.reached - 1', 'runBelow.reached'],
  ])('%s → %s', async (from, to) => {
    expect(CODE).toContain(from);
    const pine = await pineOn(chart, OTHER, CODE.replace(from, to));
    expect(disagreements(pine, twinOn(chart, OTHER))).not.toEqual([]);
  });
});

describe('closed bars only', () => {
  const chart = chartOf(5, 300);
  test('an open bar sends nothing; the same bar closed sends what it does in history', async () => {
    const whole = await pineOn(chart, OTHER);
    const at = touchesOf(whole)[0]?.barTime ?? 0;
    const bar = chart.candles.findIndex((k) => k.t === at);
    expect(bar).toBeGreaterThan(0);
    const cut = { ...chart, candles: chart.candles.slice(0, bar + 1) };
    const sent = async (nowMs: number): Promise<string[]> =>
      (await runPine(CODE, cut, { inputs: inputsOf(OTHER), nowMs }))
        .filter((a) => a.bar === bar && kindOf(a) === 'zone.touch')
        .map((a) => JSON.stringify(a.payload).replace(/"sentAt":\d+/, ''));
    expect(await sent(closeOf(cut) - 1)).toEqual([]);
    expect(await sent(closeOf(cut))).toEqual(
      whole
        .filter((a) => a.bar === bar && kindOf(a) === 'zone.touch')
        .map((a) => JSON.stringify(a.payload).replace(/"sentAt":\d+/, '')),
    );
  });
  test('bar by bar gives what all at once gives', async () => {
    const plain = (alerts: readonly PineAlert[]): string[] =>
      alerts.map((a) => JSON.stringify(a).replace(/"sentAt":\d+/, ''));
    const whole = await pineOn(chart, OTHER);
    const touched = touchesOf(whole).at(-1)?.barTime;
    const at = chart.candles.findIndex((k) => k.t === touched);
    expect(at).toBeGreaterThan(100);
    for (let bars = at - 1; bars < at + 4; bars += 1) {
      const cut = { ...chart, candles: chart.candles.slice(0, bars) };
      expect(plain(await pineOn(cut, OTHER))).toEqual(plain(whole.filter((a) => a.bar < bars)));
    }
  });
  test('SCHEMA is the server’s version, SCRIPT a name and a version', () => {
    expect(/^string SCHEMA +=? "(.*)"$/m.exec(CODE)?.[1]).toBe(String(ALERT_SCHEMA_VERSION));
    expect(SCRIPT).toMatch(/^liquidation-zones@\d+\.\d+\.\d+$/);
  });
});

test('between them the scripts send every kind the server knows', async () => {
  const chart = chartOf(3, 400);
  const cascade = await pineOnCascade(chart);
  const kinds = [...cascade, ...(await pineOn(chart, OTHER))].map(kindOf);
  expect(new Set(kinds)).toEqual(new Set(Alert.options.map((o) => o.shape.kind.value)));
});
