import type { ZoneMap } from './types.ts';

/** Estimated mass that a move from the mark to a distance would go through, either way. */
export interface ProfileRow {
  /** Of the mark, fraction > 0; longs lie so far below it, shorts so far above. */
  distanceFraction: number;
  /** From the mark to there, USD. */
  longUsd: number;
  shortUsd: number;
  /** Shorts less longs, USD: above 0 there is more to liquidate above. */
  deltaUsd: number;
}

/** Out to where the map reaches. */
const DISTANCES = [0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3];

/** Cumulative mass by equal distance from the mark, and its difference between the sides. */
export function cumulativeProfile({ markPx, bins }: Pick<ZoneMap, 'markPx' | 'bins'>): ProfileRow[] {
  return DISTANCES.map((distanceFraction) => {
    let [longUsd, shortUsd] = [0, 0];
    bins.px.forEach((px, i) => {
      if (px <= markPx && px >= markPx * (1 - distanceFraction)) longUsd += bins.longUsd[i] ?? 0;
      if (px >= markPx && px <= markPx * (1 + distanceFraction)) shortUsd += bins.shortUsd[i] ?? 0;
    });
    return { distanceFraction, longUsd, shortUsd, deltaUsd: shortUsd - longUsd };
  });
}
