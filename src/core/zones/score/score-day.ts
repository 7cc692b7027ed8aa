import type { ReasonCode } from '../../shared/reason-codes.ts';
import { createHeat } from '../heat.ts';
import { heardFraction, heardTimes } from '../realised/heard.ts';
import type { Times } from '../realised/heard.ts';
import type { HeardSpan, Liquidation, VenueName } from '../realised/types.ts';
import type { LiquidationFill, WindowSize } from './fill-windows.ts';
import { scoreFillWindows } from './fill-windows.ts';
import type { LevelModel } from './level-models.ts';
import { distanceModel, heatModel, uniformModel, unsweptModel } from './level-models.ts';
import { auc, captureTopQuarter, correlation, ranksOf } from './rank-statistics.ts';
import { BAR_MS, priceRatios, rebuiltMapModel } from './score-day-map.ts';
import type { VenuePast } from './score-day-map.ts';
import type { ScoredUnit } from './scored-unit.ts';
import { partialOf } from './summarise.ts';

export const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** The window sizes of `npm run score` on fills. */
export const SCORED_WINDOWS = ['1h', '4h'] as const;
export type ScoredWindow = (typeof SCORED_WINDOWS)[number];
const SIZES: Readonly<Record<ScoredWindow, WindowSize>> = {
  '1h': { windowMs: HOUR_MS, bucketFraction: 0.001 },
  '4h': { windowMs: 4 * HOUR_MS, bucketFraction: 0.0025 },
};

/**
 * The map that decisions rest on, its heat that colours the picture (Hyperliquid's alone), and beside them what knows
 * less: a score says nothing without it.
 */
export const ENTRANTS = ['model', 'heat', 'distance', 'unswept', 'uniform'] as const;
export type Entrant = (typeof ENTRANTS)[number];

/** A sum over the series in which a figure is defined, and their number: days add up. */
export interface FigureSum {
  n: number;
  sum: number;
}

/** The figures of `summarise`, before they are divided. */
export interface ScoreSums {
  /** Sides of windows. */
  units: number;
  /** Price buckets. */
  rows: number;
  rho: FigureSum;
  partialRho: FigureSum;
  auc: FigureSum;
  captureTop25: FigureSum;
}

/** One UTC day of one coin. */
export interface ScoredDay {
  coin: string;
  /** Start of the day, ms. */
  dayMs: number;
  /** Fingerprint of the map that was scored. */
  map: string;
  /** Part of the day in which at least one venue's liquidations were listened to, 0..1. */
  heardFraction: number;
  /** Liquidations heard within it. */
  liquidations: number;
  /** Hyperliquid's bars of the day, and of the three days before. */
  bars: { day: number; before: number };
  /** Whose bars the map was rebuilt from. */
  venues: VenueName[];
  /** Why there is no score; null when there is one. */
  notEnough: { code: ReasonCode; message: string } | null;
  /** Left out where no window of that size had enough in it. */
  windows: Partial<Record<ScoredWindow, Record<Entrant, ScoreSums>>>;
}

export interface DayInput {
  coin: string;
  dayMs: number;
  /** `mapFingerprint()` */
  map: string;
  /** Hyperliquid first. */
  venues: readonly VenuePast[];
  /** In any order; other coins' and other days' are left out. */
  liquidations: readonly Liquidation[];
  spans: readonly HeardSpan[];
}

/** A day of which less was heard is no sample of its liquidations. */
const HEARD_MIN = 0.5;
/** Silence in a window that was not listened to means nothing: only windows heard this much count. */
const WINDOW_HEARD_MIN = 0.95;
/** Bars before the day that the map is rebuilt from: those of the week are what a live one rests on. */
export const LOOK_BACK_MS = 6 * DAY_MS;
/** The map has to know this much of the past, and most of its bars: quiet coins have none in some intervals. */
const BEFORE_MS = 3 * DAY_MS;
const BARS_MIN = 0.9;

/**
 * One size of windows in each step, so that a caller can let others work in between: some tens of milliseconds each.
 * @returns the day's score, or the reason and the numbers why there is none
 */
export function* scoreDay(i: DayInput): Generator<ScoredWindow, ScoredDay> {
  const facts = factsOf(i);
  const { heard, code, message, ...day } = facts;
  if (code !== null) return { ...day, notEnough: { code, message }, windows: {} };
  const venues = i.venues
    .filter((v) => day.venues.includes(v.venue))
    .map((v) => ({ ...v, bars: v.bars.filter((b) => b.t >= i.dayMs - LOOK_BACK_MS) }));
  const windows: ScoredDay['windows'] = {};
  for (const name of SCORED_WINDOWS) {
    const scores = scoreWindows(i, venues, heard, SIZES[name]);
    if (scores !== null) windows[name] = scores;
    yield name;
  }
  if (Object.keys(windows).length > 0) return { ...day, notEnough: null, windows };
  return {
    ...day,
    notEnough: {
      code: 'too-few-liquidations',
      message: `${day.liquidations} liquidations heard, in no hour three of one side over a move of 0.4 %`,
    },
    windows,
  };
}

type Facts = Omit<ScoredDay, 'notEnough' | 'windows'> & { heard: Times } & (
    | { code: null; message: null }
    | { code: ReasonCode; message: string }
  );

function factsOf(i: DayInput): Facts {
  const { coin, dayMs } = i;
  const heard = heardTimes(i.spans);
  const own = i.venues[0]?.bars ?? [];
  const has = (v: VenuePast): boolean =>
    isWhole(v, dayMs - BEFORE_MS, dayMs) && isWhole(v, dayMs, dayMs + DAY_MS);
  const facts = {
    coin,
    dayMs,
    map: i.map,
    heard,
    heardFraction: heardFraction(heard, dayMs, dayMs + DAY_MS),
    liquidations: i.liquidations.filter((l) => isWithin(l, i)).length,
    bars: {
      day: countOf(own, dayMs, dayMs + DAY_MS),
      before: countOf(own, dayMs - BEFORE_MS, dayMs),
    },
    venues: i.venues.filter((v, at) => at === 0 || has(v)).map((v) => v.venue),
  };
  if (facts.heardFraction < HEARD_MIN)
    return {
      ...facts,
      code: 'not-heard',
      message: `${percent(facts.heardFraction)} of the day was listened to, ${percent(HEARD_MIN)} are needed`,
    };
  const [reference] = i.venues;
  if (reference === undefined || !has(reference))
    return {
      ...facts,
      code: 'bars-missing',
      message: `${facts.bars.day} of ${DAY_MS / BAR_MS} bars of the day and ${facts.bars.before} of ${BEFORE_MS / BAR_MS} of the three days before are kept, ${percent(BARS_MIN)} of each are needed`,
    };
  return { ...facts, code: null, message: null };
}

const percent = (fraction: number): string => `${Math.floor(100 * fraction + 1e-9)} %`;

const countOf = (bars: VenuePast['bars'], fromMs: number, toMs: number): number =>
  bars.reduce((n, b) => (b.t >= fromMs && b.t < toMs ? n + 1 : n), 0);

const isWhole = ({ bars }: VenuePast, fromMs: number, toMs: number): boolean =>
  countOf(bars, fromMs, toMs) >= (BARS_MIN * (toMs - fromMs)) / BAR_MS;

const isWithin = (l: Liquidation, { coin, dayMs }: DayInput): boolean =>
  l.coin === coin && l.timeMs >= dayMs && l.timeMs < dayMs + DAY_MS;

/** Null when no window had enough in it. */
function scoreWindows(
  i: DayInput,
  venues: readonly VenuePast[],
  heard: Times,
  size: WindowSize,
): Record<Entrant, ScoreSums> | null {
  const bars = (venues[0]?.bars ?? []).filter((b) => b.t < i.dayMs + DAY_MS);
  const fills = fillsOf(i, heard, size);
  const run = (model: LevelModel): ScoreSums => sumsOf(scoreFillWindows(i.coin, bars, fills, model, size));
  const model = run(rebuiltMapModel(venues));
  if (model.units === 0) return null;
  return {
    model,
    heat: run(heatModel(createHeat(venues[0]?.tiers ?? [], BAR_MS))),
    distance: run(distanceModel()),
    unswept: run(unsweptModel(DAY_MS / BAR_MS)),
    uniform: run(uniformModel()),
  };
}

/**
 * The day's liquidations at Hyperliquid's prices, of windows that were listened to. Windows tell sides by the open; what
 * was reported is of the other side when price came back, and counts for neither then.
 */
function fillsOf(i: DayInput, heard: Times, { windowMs }: WindowSize): LiquidationFill[] {
  const reference = i.venues[0]?.bars ?? [];
  const ratios = new Map(i.venues.map((v) => [v.venue, priceRatios(reference, v.bars)]));
  const opens = new Map<number, number>();
  for (const b of reference.toReversed()) opens.set(Math.floor(b.t / windowMs), b.o);
  return i.liquidations
    .filter((l) => isWithin(l, i))
    .flatMap((l): LiquidationFill[] => {
      const window = Math.floor(l.timeMs / windowMs);
      const open = opens.get(window);
      const fraction = heardFraction(heard, window * windowMs, (window + 1) * windowMs);
      if (open === undefined || fraction < WINDOW_HEARD_MIN) return [];
      const px = l.px * (ratios.get(l.venue)?.(l.timeMs) ?? 1);
      const isOnItsSide = l.side === 'long' ? px <= open : px >= open;
      return isOnItsSide ? [{ t: l.timeMs, px, usd: l.notionalUsd }] : [];
    })
    .sort((a, b) => a.t - b.t);
}

/** The figures of each series, added up. */
export function sumsOf(units: readonly ScoredUnit[]): ScoreSums {
  const sum = (values: readonly (number | null)[]): FigureSum => {
    const known = values.filter((v) => v !== null);
    return { n: known.length, sum: known.reduce((a, b) => a + b, 0) };
  };
  const ranks = units.map((u) => [u.predicted, u.actualUsd, u.control].map(ranksOf));
  return {
    units: units.length,
    rows: units.reduce((n, u) => n + u.day.length, 0),
    rho: sum(ranks.map(([predicted, actual]) => correlation(predicted ?? [], actual ?? []))),
    partialRho: sum(ranks.map((r) => partialOf(r))),
    auc: sum(units.map((u) => auc(u.predicted, u.isHit))),
    captureTop25: sum(units.map((u) => captureTopQuarter(u.predicted, u.actualUsd))),
  };
}
