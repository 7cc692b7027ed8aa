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

/**
 * A mean over the units in which a figure is defined compares different windows for different maps: a map that cannot
 * tell rows apart drops out where it fails. Beside it therefore: the same over all units.
 */
export interface FullScore extends Score {
  /** Units in which the partial correlation is defined. */
  partialUnits: number;
  /** Mean over all units: one that adds nothing to the control counts 0. Null without units. */
  meanPartialRhoAll: number | null;
}

const RESAMPLES = 1_000;

export function summarise(units: readonly ScoredUnit[], seed: number): FullScore {
  const ranked = units.map((u) => ({
    day: u.day,
    ranks: [u.predicted, u.actualUsd, u.control].map(ranksOf),
  }));
  const partials = ranked.map((u) => partialOf(u.ranks));
  return {
    units: units.length,
    rows: units.reduce((n, u) => n + u.day.length, 0),
    meanRho: meanOf(ranked.map((u) => correlation(u.ranks[0]!, u.ranks[1]!))),
    meanPartialRho: meanOf(partials),
    partialUnits: partials.filter((p) => p !== null).length,
    meanPartialRhoAll: meanOf(partials.map((p) => p ?? 0)),
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
  const byDay = units.map(momentsByDay);
  const means: number[] = [];
  for (let n = 0; n < RESAMPLES; n++) {
    const drawn = new Map<number, number>();
    for (let i = 0; i < days.length; i++) {
      const day = days[Math.floor(random.next() * days.length)] ?? 0;
      drawn.set(day, (drawn.get(day) ?? 0) + 1);
    }
    let sum = 0;
    let weight = 0;
    for (const [i, unit] of byDay.entries()) {
      const all = new Float64Array(MOMENTS);
      for (const [day, m] of unit) {
        const times = drawn.get(day) ?? 0;
        if (times > 0) for (let k = 0; k < MOMENTS; k++) all[k]! += times * m[k]!;
      }
      const own = all[0]! / units[i]!.day.length;
      const partial = own > 0 ? partialOfMoments(all) : null;
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

/** Sums over rows: 1, x, y, z, xx, yy, zz, xy, xz, yz. They add up over days, so that a resample need not see rows. */
const MOMENTS = 10;

/** Around the mean rank, a half-integer: every sum is exact. */
function momentsByDay({ day, ranks: [x, y, z] }: RankedUnit): Map<number, Float64Array> {
  const middle = (day.length + 1) / 2;
  const out = new Map<number, Float64Array>();
  for (const [i, d] of day.entries()) {
    const [a, b, c] = [x![i]! - middle, y![i]! - middle, z![i]! - middle];
    const m = out.get(d) ?? new Float64Array(MOMENTS);
    out.set(d, m);
    for (const [k, v] of [1, a, b, c, a * a, b * b, c * c, a * b, a * c, b * c].entries()) m[k]! += v;
  }
  return out;
}

function partialOfMoments(m: Float64Array): number | null {
  const [n, x, y, z, xx, yy, zz, xy, xz, yz] = [...m];
  const rho = (ab: number, a: number, b: number, aa: number, bb: number): number | null => {
    const room = (n! * aa - a * a) * (n! * bb - b * b);
    return room > 0 ? (n! * ab - a * b) / Math.sqrt(room) : null;
  };
  return partialOfRhos(rho(xy!, x!, y!, xx!, yy!), rho(xz!, x!, z!, xx!, zz!), rho(yz!, y!, z!, yy!, zz!));
}

/**
 * (ρxy − ρxz·ρyz) / √((1 − ρxz²)(1 − ρyz²)) on ranks of prediction, outcome and control. Null when it is not defined:
 * prediction or outcome does not vary, or the control says all there is to say about one of them.
 */
export const partialOf = ([x, y, z]: Float64Array[]): number | null =>
  partialOfRhos(correlation(x!, y!), correlation(x!, z!), correlation(y!, z!));

function partialOfRhos(xy: number | null, xzOrNull: number | null, yzOrNull: number | null): number | null {
  const [xz, yz] = [xzOrNull ?? 0, yzOrNull ?? 0];
  const room = (1 - xz * xz) * (1 - yz * yz);
  return xy === null || room < 1e-9 ? null : (xy - xz * yz) / Math.sqrt(room);
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((v) => v !== null);
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length;
}
