// The cascade script and its twin on one chart, with the parameter sets the tests use.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Alert } from '../../src/core/alert/schema.ts';
import { DEFAULT_DETECTOR_PARAMS, type DetectorParams } from '../../src/core/detect/params.ts';
import { syntheticTape, TF_MS } from '../../tests/core/detect/synthetic.ts';
import type { PineChart } from './fixture-provider.ts';
import { type PineAlert, runPine } from './run-pine.ts';
import { AS_SET, INPUT_TITLES, inputsOf, runTwin, WEIGHT_TITLES } from './twin.ts';

export const CODE = readFileSync(join(import.meta.dirname, '../../pine/cascade_exhaustion.pine'), 'utf8');
export const constantOf = (name: string): string =>
  new RegExp(`^string ${name} += "(.*)"$`, 'm').exec(CODE)?.[1] ?? '';
export const SCRIPT = constantOf('SCRIPT');
export const DEFAULTS = DEFAULT_DETECTOR_PARAMS;

/** Unlike the defaults in every number, so that no input can hide. */
export const OTHER: DetectorParams = {
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
export const EAGER: DetectorParams = {
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

const isPlain = (key: string): key is keyof typeof INPUT_TITLES => key in INPUT_TITLES;
const isWeight = (key: string): key is keyof typeof WEIGHT_TITLES => key in WEIGHT_TITLES;

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

/** One change for every number and switch: [title, the change, what it is compared with]. */
export const INPUT_CHANGES: [title: string, params: DetectorParams, from: DetectorParams][] = [
  ...Object.keys(INPUT_TITLES)
    .filter(isPlain)
    .map((key): [string, DetectorParams, DetectorParams] => {
      const part = USED_BY[key];
      const from = part === undefined ? DEFAULTS : withWeight(part);
      return [INPUT_TITLES[key], { ...from, [key]: OTHER[key] }, from];
    }),
  ...Object.keys(WEIGHT_TITLES)
    .filter(isWeight)
    .map((key): [string, DetectorParams, DetectorParams] => [WEIGHT_TITLES[key], withWeight(key), DEFAULTS]),
];

export const chartOf = (seed: number, bars = 1500): PineChart => ({
  exchange: 'BINANCE',
  ticker: 'BTCUSDT.P',
  interval: '5',
  intervalMs: TF_MS,
  mintick: 0.1,
  ...syntheticTape(seed, bars, seed % 3 !== 0),
});
export const closeOf = (chart: PineChart): number => (chart.candles.at(-1)?.t ?? 0) + chart.intervalMs;
/** The script with `params`, or with its own defaults but for the preset of the coin. */
export const pineOn = (
  chart: PineChart,
  o: { code?: string; params?: DetectorParams; nowMs?: number } = {},
) =>
  runPine(o.code ?? CODE, chart, {
    inputs: o.params === undefined ? AS_SET : inputsOf(o.params),
    nowMs: o.nowMs ?? closeOf(chart),
  });
export const twinOn = (chart: PineChart, params = DEFAULTS): Alert[] =>
  runTwin(params, chart, { script: SCRIPT, strategy: 'max-pain', nowMs: closeOf(chart) });
export const bodies = (alerts: readonly PineAlert[]): unknown[] => alerts.map((a) => a.payload);
export const kindOf = (a: PineAlert): string => Alert.parse(a.payload).kind;
