import { seededRandom } from '../../shared/seeded-random.ts';
import type { Entrant, FigureSum, ScoredDay, ScoredWindow, ScoreSums } from './score-day.ts';
import { ENTRANTS, SCORED_WINDOWS } from './score-day.ts';
import type { Score } from './summarise.ts';

/**
 * What can be told of one day: an interval needs several. A mean over the series in which a correlation is defined
 * compares different series for different entrants, so the same over all of them stands beside it.
 */
export interface Figures extends Omit<Score, 'ci95'> {
  /** Series in which the partial correlation is defined. */
  partialUnits: number;
  /** Over all series: one in which an entrant tells no prices apart counts 0. */
  meanPartialRhoAll: number | null;
}

/** `ci95` is that of meanPartialRho. */
export type FiguresWithInterval = Figures & Pick<Score, 'ci95'>;

/** What days came to together. */
export interface DaysScore {
  /** Days that had a score. */
  days: number;
  /** First and last of them, start of the day, ms. */
  fromMs: number;
  toMs: number;
  scores: Record<Entrant, FiguresWithInterval>;
}

const RESAMPLES = 1_000;
const SEED = 1;
/** From fewer days no interval is told: resampling two days says nothing about a third. */
const DAYS_FOR_INTERVAL = 5;

/**
 * The mean over all series of all days, as `summarise` of them would give it, and the 95 % interval of the partial
 * correlation with whole days resampled: several coins' same days are drawn together.
 * @returns null without a scored day
 */
export function scoreDays(all: readonly ScoredDay[], window: ScoredWindow): DaysScore | null {
  const days = all.filter((d) => d.windows[window] !== undefined);
  if (days.length === 0) return null;
  const times = [...new Set(days.map((d) => d.dayMs))].sort((a, b) => a - b);
  const scoreOf = (entrant: Entrant): FiguresWithInterval => {
    const partials = (t: number): FigureSum[] =>
      days.flatMap((d) => (d.dayMs === t ? (d.windows[window]?.[entrant].partialRho ?? []) : []));
    return {
      ...figuresOf(days.flatMap((d) => d.windows[window]?.[entrant] ?? [])),
      ci95: intervalOf(times.map((t) => added(partials(t)))),
    };
  };
  return {
    days: times.length,
    fromMs: times[0] ?? 0,
    toMs: times.at(-1) ?? 0,
    scores: forEntrants(scoreOf),
  };
}

/** Both sizes of windows. */
export const scoreAllDays = (days: readonly ScoredDay[]): Record<ScoredWindow, DaysScore | null> => ({
  '1h': scoreDays(days, '1h'),
  '4h': scoreDays(days, '4h'),
});

/** Means over all series; null where a figure is defined in none. */
export function figuresOf(sums: readonly ScoreSums[]): Figures {
  const mean = (of: (s: ScoreSums) => FigureSum): number | null => {
    const { n, sum } = added(sums.map(of));
    return n === 0 ? null : sum / n;
  };
  const units = sums.reduce((n, s) => n + s.units, 0);
  const partial = added(sums.map((s) => s.partialRho));
  return {
    units,
    rows: sums.reduce((n, s) => n + s.rows, 0),
    meanRho: mean((s) => s.rho),
    meanPartialRho: mean((s) => s.partialRho),
    partialUnits: partial.n,
    meanPartialRhoAll: units === 0 ? null : partial.sum / units,
    auc: mean((s) => s.auc),
    captureTop25: mean((s) => s.captureTop25),
  };
}

/**
 * Coins' days put together, one entry a day: what `scoreDays` makes of them is the same, and a year of all coins fits
 * in little memory. Only the sums mean anything in it.
 */
export function mergedByDay(all: readonly ScoredDay[]): ScoredDay[] {
  const byDay = new Map<number, ScoredDay>();
  for (const day of all) {
    const known = byDay.get(day.dayMs);
    byDay.set(day.dayMs, known === undefined ? day : { ...known, windows: mergedWindows(known, day) });
  }
  return [...byDay.values()];
}

function mergedWindows({ windows: a }: ScoredDay, { windows: b }: ScoredDay): ScoredDay['windows'] {
  const merged: ScoredDay['windows'] = { ...a, ...b };
  for (const window of SCORED_WINDOWS) {
    const [x, y] = [a[window], b[window]];
    if (x === undefined || y === undefined) continue;
    merged[window] = forEntrants((e) => ({
      units: x[e].units + y[e].units,
      rows: x[e].rows + y[e].rows,
      rho: added([x[e].rho, y[e].rho]),
      partialRho: added([x[e].partialRho, y[e].partialRho]),
      auc: added([x[e].auc, y[e].auc]),
      captureTop25: added([x[e].captureTop25, y[e].captureTop25]),
    }));
  }
  return merged;
}

export const forEntrants = <T>(of: (entrant: Entrant) => T): Record<Entrant, T> =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an entry for each of ENTRANTS
  Object.fromEntries(ENTRANTS.map((e) => [e, of(e)])) as Record<Entrant, T>;

const added = (sums: readonly FigureSum[]): FigureSum => ({
  n: sums.reduce((n, s) => n + s.n, 0),
  sum: sums.reduce((sum, s) => sum + s.sum, 0),
});

/** Days with replacement; a series weighs the same wherever it is, so a day weighs what it has series. */
function intervalOf(days: readonly FigureSum[]): [lo: number, hi: number] | null {
  const defined = days.filter((d) => d.n > 0);
  if (defined.length < DAYS_FOR_INTERVAL) return null;
  const random = seededRandom(SEED);
  const count = defined.length;
  const [ns, sums] = [Float64Array.from(defined, (d) => d.n), Float64Array.from(defined, (d) => d.sum)];
  const means = new Float64Array(RESAMPLES);
  for (let r = 0; r < RESAMPLES; r++) {
    let [n, sum] = [0, 0];
    for (let k = 0; k < count; k++) {
      const day = Math.floor(random.next() * count);
      n += ns[day] ?? 0;
      sum += sums[day] ?? 0;
    }
    means[r] = sum / n;
  }
  means.sort();
  const at = (share: number): number => means[Math.floor(share * (RESAMPLES - 1))] ?? 0;
  return [at(0.025), at(0.975)];
}
