import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pineInputs } from '../../scripts/build-pine.ts';
import { ALERT_SCHEMA_VERSION, Alert } from '../../src/core/alert/schema.ts';
import { coinOfTicker } from '../../src/core/alert/coin-of-ticker.ts';
import { DEFAULT_DETECTOR_PARAMS, type DetectorParams } from '../../src/core/detect/params.ts';
import { DETECTOR_PRESETS, presetParamsOf } from '../../src/core/detect/presets.ts';
import { HL_5M, hasHlCandles, hlCandles } from '../../tests/core/detect/recorded.ts';
import { syntheticTape, TF_MS } from '../../tests/core/detect/synthetic.ts';
import type { PineChart } from './fixture-provider.ts';
import { type PineAlert, runPine } from './run-pine.ts';
import { disagreements, INPUT_TITLES, inputsOf, runTwin, WEIGHT_TITLES } from './twin.ts';

const CODE = readFileSync(join(import.meta.dirname, '../../pine/cascade_exhaustion.pine'), 'utf8');
const constantOf = (name: string): string =>
  new RegExp(`^string ${name} += "(.*)"$`, 'm').exec(CODE)?.[1] ?? '';
const SCRIPT = constantOf('SCRIPT');
const DEFAULTS = DEFAULT_DETECTOR_PARAMS;
const PRESET = 'Leg size and volume surge';
const PANEL = 'Show the status panel';

/** Unlike the defaults in every number, so that no input can hide. */
const OTHER: DetectorParams = {
  atrLength: 10,
  volumeBaselineBars: 60,
  legBars: 5,
  legAtrMin: 8,
  legPctMin: 2.5,
  volumeSurgeMin: 4,
  forgetBars: 3,
  volumeDecay: 0.1,
  rejectionWick: 0.9,
  reclaimMin: 0.15,
  snapbackMin: 0.35,
  scoreMin: 97,
  useOi: false,
  oiDropPct: 9,
  weights: {
    volume: 15,
    wick: 30,
    reclaim: 20,
    rsi: 25,
    oi: 40,
    leg: 20,
    climax: 15,
    close: 25,
    higher: 30,
    funding: 35,
  },
  higherInterval: '30',
  fundingExtreme: 0.01,
  alertOnStart: false,
  alertOnSnapback: false,
  heartbeatBars: 7,
};
/** The same, made to fire often: what every second seed runs with. */
const EAGER: DetectorParams = {
  ...OTHER,
  legAtrMin: 3,
  legPctMin: 0.4,
  volumeSurgeMin: 2,
  forgetBars: 9,
  scoreMin: 45,
  useOi: true,
  alertOnStart: true,
  alertOnSnapback: true,
};

/** More of the same: `PINE_THOROUGH=1 npx vitest run tools/pine-check`, a minute or two. */
const isThorough = process.env['PINE_THOROUGH'] === '1';
const SEEDS = isThorough ? 50 : 12;
const MORE_COINS: [coin: string, mintick: number][] = [
  ['ETH', 0.1],
  ['XRP', 0.0001],
  ['LINK', 0.001],
  ['HYPE', 0.001],
  ['DOGE', 0.00001],
];

const chartOf = (seed: number, bars = 1500): PineChart => ({
  exchange: 'BINANCE',
  ticker: 'BTCUSDT.P',
  interval: '5',
  intervalMs: TF_MS,
  mintick: 0.1,
  ...syntheticTape(seed, bars, seed % 3 !== 0),
});
const closeOf = (chart: PineChart): number => (chart.candles.at(-1)?.t ?? 0) + chart.intervalMs;
const pineOn = (chart: PineChart, o: { code?: string; params?: DetectorParams; nowMs?: number } = {}) =>
  runPine(o.code ?? CODE, chart, {
    ...(o.params === undefined ? {} : { inputs: inputsOf(o.params) }),
    nowMs: o.nowMs ?? closeOf(chart),
  });
const twinOn = (chart: PineChart, params = DEFAULTS): Alert[] =>
  runTwin(params, chart, { script: SCRIPT, strategy: 'max-pain', nowMs: closeOf(chart) });
const bodies = (alerts: readonly PineAlert[]): unknown[] => alerts.map((a) => a.payload);
const kindOf = (a: PineAlert): string => Alert.parse(a.payload).kind;

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

/** How many of each kind and side, after parsing every payload with the server's schema. */
function tally(counts: Map<string, number>, alerts: readonly PineAlert[]): void {
  for (const { payload } of alerts) {
    const alert = Alert.parse(payload);
    const key = 'side' in alert ? `${alert.kind} ${alert.side}` : alert.kind;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
}

describe('script and twin agree on synthetic candles', () => {
  const counts = new Map<string, number>();

  test.each(Array.from({ length: SEEDS }, (_, i) => i + 1))('seed %i', async (seed) => {
    const chart = chartOf(seed);
    const params = seed % 2 === 0 ? DEFAULTS : EAGER;
    const pine = await pineOn(chart, { params });
    expect(disagreements(pine, twinOn(chart, params))).toEqual([]);
    tally(counts, pine);
  });

  test('over enough events of every kind and side to mean something', () => {
    expect(Object.fromEntries(counts)).toEqual({
      'cascade.start long': expect.toSatisfy((n) => n > 60),
      'cascade.start short': expect.toSatisfy((n) => n > 60),
      'cascade.exhaustion long': expect.toSatisfy((n) => n > 60),
      'cascade.exhaustion short': expect.toSatisfy((n) => n > 60),
      'cascade.snapback long': expect.toSatisfy((n) => n > 40),
      'cascade.snapback short': expect.toSatisfy((n) => n > 40),
      heartbeat: expect.toSatisfy((n) => n > 1500),
    });
  });
});

describe.skipIf(!hasHlCandles())(
  `script and twin agree on recorded candles (skipped without ${HL_5M})`,
  () => {
    test.each([['BTC', 1], ['SOL', 0.01], ['AVAX', 0.001], ...(isThorough ? MORE_COINS : [])])(
      '%s',
      async (coin, mintick) => {
        const candles = hlCandles(coin, Date.UTC(2025, 3, 4), isThorough ? 5000 : 2000);
        const chart: PineChart = {
          exchange: 'HYPERLIQUID',
          ticker: `${coin}USDC.P`,
          interval: '5',
          intervalMs: TF_MS,
          mintick,
          candles,
          oi: null,
          funding: null,
        };
        const pine = await pineOn(chart);
        expect(disagreements(pine, twinOn(chart))).toEqual([]);
        expect(pine.filter((a) => kindOf(a) === 'cascade.exhaustion').length).toBeGreaterThan(10);
      },
    );
  },
);

describe('a change in either is caught', () => {
  const chart = chartOf(2, 800);
  const pine = pineOn(chart);
  test('left alone they agree, with the defaults of each', async () => {
    expect(disagreements(await pine, twinOn(chart))).toEqual([]);
  });
  test.each([
    ['input.float(25, "Weight: volume decay"', 'input.float(24, "Weight: volume decay"'],
    ['input.float(30, "Weight: reclaim"', 'input.float(29, "Weight: reclaim"'],
    ['input.float(15, "Weight: open interest"', 'input.float(14, "Weight: open interest"'],
    ['35 - c.rsi', '34 - c.rsi'],
    ['c.rsi - 65', 'c.rsi - 66'],
    ['atr[legBarsInput]', 'atr[1]'],
    ['baseline[1]', 'baseline[2]'],
  ])('in the script: %s → %s', async (from, to) => {
    expect(CODE).toContain(from);
    expect(disagreements(await pineOn(chart, { code: CODE.replace(from, to) }), twinOn(chart))).not.toEqual(
      [],
    );
  });
  test.each(['volume', 'wick', 'reclaim', 'rsi', 'oi'] as const)(
    'in the twin: weight of %s',
    async (part) => {
      const weights = { ...DEFAULTS.weights, [part]: DEFAULTS.weights[part] - 1 };
      expect(disagreements(await pine, twinOn(chart, { ...DEFAULTS, weights }))).not.toEqual([]);
    },
  );
});

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

describe('closed bars only', () => {
  const chart = chartOf(4, 450);
  const base = pineOn(chart);
  const upTo = (bars: number): PineChart => ({
    ...chart,
    candles: chart.candles.slice(0, bars),
    oi: chart.oi?.slice(0, bars) ?? null,
    funding: chart.funding?.slice(0, bars) ?? null,
  });

  test.each(['cascade.start', 'cascade.exhaustion', 'cascade.snapback', 'heartbeat'])(
    'an open bar never sends a %s; the same bar closed sends exactly one',
    async (kind) => {
      const first = (await base).find((a) => kindOf(a) === kind)?.bar ?? -1;
      const cut = upTo(first + 1);
      const sent = async (nowMs: number): Promise<number> =>
        (await pineOn(cut, { nowMs })).filter((a) => a.bar === first && kindOf(a) === kind).length;
      expect([first > 0, await sent(closeOf(cut) - 1), await sent(closeOf(cut))]).toEqual([true, 0, 1]);
    },
  );

  test('bar by bar gives what all at once gives: nothing is repainted', async () => {
    const whole = (await base).map((a) => ({ ...a, payload: withoutSentAt(a.payload) }));
    const exhaustion = whole.find(
      (a) => kindOf({ ...a, payload: { ...a.payload, sentAt: a.barTime } }) === 'cascade.exhaustion',
    );
    const from = (exhaustion?.bar ?? 0) - 6;
    for (let bars = from; bars < from + 12; bars += 1) {
      const part = (await pineOn(upTo(bars))).map((a) => ({ ...a, payload: withoutSentAt(a.payload) }));
      expect(part).toEqual(whole.filter((a) => a.bar < bars));
    }
  });
});

function withoutSentAt(payload: unknown): Omit<Alert, 'sentAt'> {
  const { sentAt: _sentAt, ...rest } = Alert.parse(payload);
  return rest;
}

describe('the script’s constants', () => {
  test('SCHEMA is the server’s version', () =>
    expect(constantOf('SCHEMA')).toBe(String(ALERT_SCHEMA_VERSION)));
  test('SCRIPT is a name and a version', () => expect(SCRIPT).toMatch(/^cascade-exhaustion@\d+\.\d+\.\d+$/));
});
