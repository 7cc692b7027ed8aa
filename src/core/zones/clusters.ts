/** A dense run of buckets; indices into the array searched, lo ≤ peak ≤ hi. */
export interface Cluster {
  lo: number;
  hi: number;
  peak: number;
  /** Mass of the run before smoothing. */
  mass: number;
}

/** Least rise of a peak above the higher of the two valleys beside it, as a share of the highest peak. */
export const PROMINENCE_MIN = 0.15;

/**
 * Buckets a cluster may reach to either side of its peak (0.1 % each). Without a bound a plateau of even density, which
 * attracts nothing in particular, comes out as one band many percent wide, and no stop can stand outside it.
 */
export const HALF_WIDTH_MAX = 6;

/**
 * Clusters of one side's mass by bucket: smooth ¼-½-¼ twice, take peaks of at least PROMINENCE_MIN, extend each to the
 * neighbours that hold at least half of it, HALF_WIDTH_MAX away at most. The highest peak goes first; a lower one inside its band belongs to it,
 * and bands do not overlap. Ascending; empty when there is no mass. Some mass always gives at least one cluster.
 */
export function findClusters(mass: Float64Array): Cluster[] {
  const smooth = smoothed(smoothed(mass));
  let highest = 0;
  for (let i = 0; i < smooth.length; i++) highest = Math.max(highest, smooth[i]!);
  if (highest <= 0) return [];
  const taken = new Uint8Array(mass.length);
  return peaksOf(smooth)
    .filter((peak) => prominence(smooth, peak) >= PROMINENCE_MIN * highest)
    .sort((a, b) => smooth[b]! - smooth[a]! || a - b)
    .flatMap((peak) => {
      if (taken[peak] === 1) return [];
      const half = smooth[peak]! / 2;
      const belongs = (i: number): boolean =>
        i >= 0 &&
        i < smooth.length &&
        Math.abs(i - peak) <= HALF_WIDTH_MAX &&
        taken[i] === 0 &&
        smooth[i]! >= half;
      let lo = peak;
      let hi = peak;
      while (belongs(lo - 1)) lo--;
      while (belongs(hi + 1)) hi++;
      taken.fill(1, lo, hi + 1);
      return [{ lo, hi, peak, mass: mass.subarray(lo, hi + 1).reduce((a, b) => a + b, 0) }];
    })
    .filter((cluster) => cluster.mass > 0)
    .sort((a, b) => a.lo - b.lo);
}

/** A loop, as everything here that runs for each coin and each reading: a callback per bucket is a box per number. */
function smoothed(a: Float64Array): Float64Array {
  const out = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) {
    const before = i > 0 ? a[i - 1]! : 0;
    const after = i + 1 < a.length ? a[i + 1]! : 0;
    out[i] = 0.25 * before + 0.5 * a[i]! + 0.25 * after;
  }
  return out;
}

/** Local maxima; of a level top its first bucket. */
function peaksOf(a: Float64Array): number[] {
  const peaks: number[] = [];
  for (let i = 0; i < a.length; i++) {
    const before = i > 0 ? a[i - 1]! : 0;
    const after = i + 1 < a.length ? a[i + 1]! : 0;
    if (a[i]! > before && a[i]! >= after) peaks.push(i);
  }
  return peaks;
}

/** Height above the higher of the two lowest points on the way to higher ground; beyond the ends it is 0. */
function prominence(a: Float64Array, peak: number): number {
  const top = a[peak]!;
  const valley = (step: -1 | 1): number => {
    let lowest = top;
    for (let i = peak + step; i >= 0 && i < a.length; i += step) {
      if (a[i]! > top) return lowest;
      if (a[i]! < lowest) lowest = a[i]!;
    }
    return 0;
  };
  return top - Math.max(valley(-1), valley(1));
}
