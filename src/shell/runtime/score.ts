import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { createHeat } from '../../core/zones/heat.ts';
import { DEFAULT_MIX, leverageKernel } from '../../core/zones/leverage-kernel.ts';
import type { MaintenanceTier } from '../../core/zones/liquidation-px.ts';
import { binanceTiers, hyperliquidTiers } from '../../core/zones/maintenance-tiers.ts';
import { createMapEngine } from '../../core/zones/map-engine.ts';
import type { WindowSize } from '../../core/zones/score/fill-windows.ts';
import { scoreFillWindows } from '../../core/zones/score/fill-windows.ts';
import { scoreHourlyTotals } from '../../core/zones/score/hourly-totals.ts';
import type { LevelModel } from '../../core/zones/score/level-models.ts';
import {
  distanceModel,
  heatModel,
  inverseDistanceModel,
  levelAgeModel,
  mapModel,
  uniformModel,
  unsweptModel,
  volumeProfileModel,
} from '../../core/zones/score/level-models.ts';
import type { ScoredUnit } from '../../core/zones/score/scored-unit.ts';
import type { FullScore } from '../../core/zones/score/summarise.ts';
import { summarise } from '../../core/zones/score/summarise.ts';
import { benchZones } from '../market/bench-zones.ts';
import type { OptionValues } from './commands.ts';
import { loadRecordedCandles, RecordedCandlesError } from './recorded-candles.ts';
import { loadHourlyLiquidations, loadLiquidationFills } from './recorded-liquidations.ts';
import { scoreMadeUp } from './score-synthetic.ts';

const HOUR_MS = 3_600_000;
const FIVE_MIN_MS = 300_000;
/** Bars before the first fill that build the map: 30 days of half-lives of 7. */
const LOOK_BACK_MS = 30 * 24 * HOUR_MS;
const SEED = 1;

/** What is asked, and beside it what knows less: a score says nothing without them. */
interface Entrant {
  name: string;
  make(coin: string): LevelModel;
}

/**
 * Every set has a question, and the reading of the market that answers it is its `model`: how much is liquidated in an
 * hour is asked of the map, which of the prices reached it hits is asked of the heat. The other is a row below.
 */
function entrants(
  asked: 'map' | 'heat',
  intervalMs: number,
  tiersOf: (coin: string) => MaintenanceTier[],
): Entrant[] {
  const map =
    (isSweeping: boolean) =>
    (coin: string): LevelModel =>
      mapModel(
        createMapEngine({ kernel: leverageKernel(DEFAULT_MIX, tiersOf(coin)), intervalMs, isSweeping }),
      );
  const heat = (coin: string): LevelModel => heatModel(createHeat(tiersOf(coin), intervalMs));
  const unswept = (hours: number) => () => unsweptModel((hours * HOUR_MS) / intervalMs);
  return [
    { name: 'model', make: asked === 'map' ? map(true) : heat },
    asked === 'map' ? { name: 'heat', make: heat } : { name: 'map', make: map(true) },
    { name: 'distance', make: distanceModel },
    { name: 'unswept', make: unswept(24) },
    { name: 'unswept6h', make: unswept(6) },
    { name: 'levelAge', make: levelAgeModel },
    { name: 'volumeProfile', make: volumeProfileModel },
    { name: 'inverseDistance', make: inverseDistanceModel },
    { name: 'uniform', make: uniformModel },
    { name: 'noSweep', make: map(false) },
  ];
}

export interface ScoredSet {
  name: string;
  rows: number;
  model: FullScore;
  baselines: Record<string, FullScore>;
}

function scoreSet(name: string, field: readonly Entrant[], run: (e: Entrant) => ScoredUnit[]): ScoredSet {
  const scores = new Map(field.map((e) => [e.name, summarise(run(e), SEED)]));
  const model = scores.get('model') ?? summarise([], SEED);
  scores.delete('model');
  return { name, rows: model.rows, model, baselines: Object.fromEntries(scores) };
}

/**
 * All sets a folder holds: hourly totals, whole and by halves of time, and fills at two window sizes.
 * @param isOverlapping fill windows begin every quarter of their length: where they are cut matters less then
 */
export function scoreFolder(dir: string, candlesDir: string, isOverlapping = false): ScoredSet[] {
  if (!existsSync(dir)) throw new RecordedCandlesError(`${dir}: no such folder`);
  const sets = [...hourlySets(dir), ...fillSets(dir, candlesDir, isOverlapping)];
  if (sets.length > 0) return sets;
  throw new RecordedCandlesError(
    `${dir}: neither utc_<COIN>USDT_1h.csv.gz with liq_long and liq_short nor liquidation_events.csv.gz`,
  );
}

function hourlySets(dir: string): ScoredSet[] {
  const coins = loadHourlyLiquidations(dir);
  if (coins.size === 0) return [];
  const field = entrants('map', HOUR_MS, binanceTiers);
  const units = new Map(
    field.map((e) => [
      e.name,
      [...coins].flatMap(([coin, bars]) => scoreHourlyTotals(coin, bars, e.make(coin))),
    ]),
  );
  const days = (units.get('model') ?? []).flatMap((u) => u.day).sort((a, b) => a - b);
  const middle = days[days.length >> 1] ?? 0;
  const name = `${basename(resolve(dir))} hourly totals`;
  const part = (label: string, keep: (day: number) => boolean): ScoredSet =>
    scoreSet(`${name}${label}`, field, (e) => (units.get(e.name) ?? []).map((u) => rowsOf(u, keep)));
  return [
    part('', () => true),
    part(', first half', (day) => day < middle),
    part(', second half', (day) => day >= middle),
  ];
}

function rowsOf(unit: ScoredUnit, keep: (day: number) => boolean): ScoredUnit {
  const kept = <T>(values: readonly T[]): T[] => values.filter((_, i) => keep(unit.day[i] ?? 0));
  return {
    name: unit.name,
    day: kept(unit.day),
    predicted: kept(unit.predicted),
    actualUsd: kept(unit.actualUsd),
    control: kept(unit.control),
    isHit: kept(unit.isHit),
  };
}

const WINDOWS: readonly (WindowSize & { label: string })[] = [
  { label: '1 h, 0.1 %', windowMs: HOUR_MS, bucketFraction: 0.001 },
  { label: '4 h, 0.25 %', windowMs: 4 * HOUR_MS, bucketFraction: 0.0025 },
];

function fillSets(dir: string, candlesDir: string, isOverlapping: boolean): ScoredSet[] {
  const coins = [...loadLiquidationFills(dir)].map(([coin, fills]) => {
    const { candles } = loadRecordedCandles(candlesDir, coin, '5m');
    const fromMs = (fills[0]?.t ?? 0) - LOOK_BACK_MS;
    return { coin, fills, candles: candles.filter((c) => c.t >= fromMs) };
  });
  if (coins.length === 0) return [];
  const field = entrants('heat', FIVE_MIN_MS, hyperliquidTiers);
  return WINDOWS.map(({ label, windowMs, bucketFraction }) => {
    const size = { windowMs, bucketFraction, stepMs: isOverlapping ? windowMs / 4 : windowMs };
    const name = `${basename(resolve(dir))} fills, ${label}${isOverlapping ? ', overlapping' : ''}`;
    return scoreSet(name, field, (e) =>
      coins.flatMap(({ coin, fills, candles }) => scoreFillWindows(coin, candles, fills, e.make(coin), size)),
    );
  });
}

const figure = (value: number | null): string => (value === null ? '    –' : value.toFixed(3).padStart(6));

const line = (name: string, s: FullScore): string =>
  `  ${name.padEnd(16)}${figure(s.meanRho)}  ${figure(s.meanPartialRho)}  ${
    s.ci95 === null ? '              –' : `[${figure(s.ci95[0])},${figure(s.ci95[1])}]`
  }  ${String(s.partialUnits).padStart(3)}  ${figure(s.meanPartialRhoAll)}  ${figure(s.auc)}  ${figure(s.captureTop25)}`;

function table(set: ScoredSet): string {
  return [
    `${set.name}: ${set.model.units} series, ${set.rows} rows`,
    '  map                rho  partial  95 % by day     in    all     AUC   top ¼',
    line('model', set.model),
    ...Object.entries(set.baselines).map(([name, s]) => line(name, s)),
  ].join('\n');
}

/** `npm run score`: how well the map ranks hours and prices against recorded liquidations, beside naive baselines. */
export function score(o: OptionValues): Promise<number> {
  if (o['synthetic'] === true) return scoreMadeUp(o);
  const dir = typeof o['data'] === 'string' ? o['data'] : '';
  if (dir === '') throw new RecordedCandlesError('give the folder of recordings: --data DIR, or --synthetic');
  const candlesDir = typeof o['candles'] === 'string' ? o['candles'] : join(dir, '../hl-freqtrade');
  const sets = scoreFolder(dir, candlesDir, o['overlap'] === true);
  const { zoneMapMs: msPerMap } = benchZones(() => performance.now());
  process.stdout.write(
    o['json'] === true
      ? `${JSON.stringify({ sets, msPerMap })}\n`
      : `${sets.map(table).join('\n\n')}\n\nmodel: the map for hours, the heat for fills. in: series where partial is defined. all: the others count 0\none map of 1,000 candles: ${msPerMap.toFixed(2)} ms\n`,
  );
  return Promise.resolve(0);
}
