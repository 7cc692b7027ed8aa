import { seededRandom } from '../../shared/seeded-random.ts';
import { auc, captureTopQuarter, correlation, ranksOf } from './rank-statistics.ts';
import type { ScoredUnit } from './scored-unit.ts';

/** Means over the units in which the figure is defined; null where it is defined in none. */
export interface Score {
  units: number;
  rows: number;
  meanRho: number | null;
  /** Rank correlation with the control held fixed. */
  meanPartialRho: number | null;
  auc: number | null;
  /** Share of liquidated USD in the quarter of rows the model puts first. */
  captureTop25: number | null;
  /** 95 % interval of meanPartialRho, days resampled. */
  ci95: [lo: number, hi: number] | null;
}

const RESAMPLES = 1_000;

export function summarise(units: readonly ScoredUnit[], seed: number): Score {
  const ranked = units.map((u) => ({
    day: u.day,
    ranks: [u.predicted, u.actualUsd, u.control].map(ranksOf),
  }));
  const partials = ranked.map((u) => partialOf(u.ranks, undefined));
  return {
    units: units.length,
    rows: units.reduce((n, u) => n + u.day.length, 0),
    meanRho: meanOf(ranked.map((u) => correlation(u.ranks[0]!, u.ranks[1]!))),
    meanPartialRho: meanOf(partials),
    auc: meanOf(units.map((u) => auc(u.predicted, u.isHit))),
    captureTop25: meanOf(units.map((u) => captureTopQuarter(u.predicted, u.actualUsd))),
    ci95: meanOf(partials) === null ? null : bootstrap(ranked, seed),
  };
}

interface RankedUnit {
  day: readonly number[];
  ranks: Float64Array[];
}

/**
 * Days are drawn with replacement, the same ones for all units (one bad day holds many coins), and rows count as often
 * as their day was drawn. Ranks stay those of the whole sample. A unit weighs what its rows weigh.
 */
function bootstrap(units: readonly RankedUnit[], seed: number): [number, number] | null {
  const random = seededRandom(seed);
  const days = [...new Set(units.flatMap((u) => u.day))];
  const means: number[] = [];
  for (let n = 0; n < RESAMPLES; n++) {
    const drawn = new Map<number, number>();
    for (let i = 0; i < days.length; i++) {
      const day = days[Math.floor(random.next() * days.length)] ?? 0;
      drawn.set(day, (drawn.get(day) ?? 0) + 1);
    }
    let sum = 0;
    let weight = 0;
    for (const unit of units) {
      const weights = Float64Array.from(unit.day, (d) => drawn.get(d) ?? 0);
      const own = weights.reduce((a, b) => a + b, 0) / weights.length;
      const partial = own > 0 ? partialOf(unit.ranks, weights) : null;
      if (partial === null) continue;
      sum += own * partial;
      weight += own;
    }
    if (weight > 0) means.push(sum / weight);
  }
  means.sort((a, b) => a - b);
  const at = (share: number): number | undefined => means[Math.floor(share * (means.length - 1))];
  const [lo, hi] = [at(0.025), at(0.975)];
  return lo === undefined || hi === undefined ? null : [lo, hi];
}

/**
 * (ρxy − ρxz·ρyz) / √((1 − ρxz²)(1 − ρyz²)) on ranks of prediction, outcome and control. Null when it is not defined:
 * prediction or outcome does not vary, or the control says all there is to say about one of them.
 */
export function partialOf([x, y, z]: Float64Array[], weights: Float64Array | undefined): number | null {
  const xy = correlation(x!, y!, weights);
  const xz = correlation(x!, z!, weights) ?? 0;
  const yz = correlation(y!, z!, weights) ?? 0;
  const room = (1 - xz * xz) * (1 - yz * yz);
  return xy === null || room < 1e-9 ? null : (xy - xz * yz) / Math.sqrt(room);
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((v) => v !== null);
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length;
}
