import type { Side } from '../shared/coin.ts';
import { toDigits } from '../shared/to-digits.ts';
import { findClusters } from './clusters.ts';
import { gridPosition, gridPx } from './log-grid.ts';
import { REACH_FRACTION } from './swept-since.ts';
import type { Zone, ZoneMap } from './types.ts';

/** How far from the mark the map reaches, fraction either way. */
export const GRID_REACH = 0.3;

/**
 * Share of one-sided open interest taken to be liquidatable at all: hedged and unlevered positions are not. A guess.
 * It scales every USD figure alike and changes no ranking and no share.
 */
export const LIQUIDATABLE_SHARE = 0.5;

/** One side's mass on its half of the grid; `usd[i]` is bucket `from + i`. */
export interface SideGrid {
  side: Side;
  from: number;
  usd: Float64Array;
}

/** An empty half: longs from the reach up to the mark's bucket, shorts from there up. Neither holds the mark itself. */
export function sideGrid(side: Side, markPx: number): SideGrid {
  const at = gridPosition(markPx);
  const from = side === 'long' ? Math.ceil(gridPosition(markPx * (1 - GRID_REACH))) : Math.floor(at) + 1;
  const to = side === 'long' ? Math.ceil(at) - 1 : Math.floor(gridPosition(markPx * (1 + GRID_REACH)));
  return { side, from, usd: new Float64Array(to - from + 1) };
}

export function totalUsd(a: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]!;
  return sum;
}

/** What a map says about its two halves. */
export function zonesOnGrid(
  long: SideGrid,
  short: SideGrid,
  markPx: number,
): Pick<ZoneMap, 'zones' | 'maxPain' | 'totalUsd' | 'reachUsd' | 'bins'> {
  const longZones = zonesOf(long, markPx);
  const shortZones = zonesOf(short, markPx);
  return {
    zones: [...longZones, ...shortZones],
    maxPain: { long: largest(longZones), short: largest(shortZones) },
    totalUsd: { long: totalUsd(long.usd), short: totalUsd(short.usd) },
    reachUsd: { long: withinReach(long, markPx), short: withinReach(short, markPx) },
    bins: binsOf([long, short]),
  };
}

function zonesOf(grid: SideGrid, markPx: number): Zone[] {
  const total = totalUsd(grid.usd);
  return findClusters(grid.usd).map(({ lo, hi, peak, mass }) => {
    const edges = [gridPx(grid.from + lo - 0.5), gridPx(grid.from + hi + 0.5)] as const;
    // The bucket next to the mark may reach half a bucket across it.
    const loPx = grid.side === 'long' ? edges[0] : Math.max(edges[0], markPx);
    const hiPx = grid.side === 'long' ? Math.min(edges[1], markPx) : edges[1];
    return {
      side: grid.side,
      loPx,
      hiPx,
      peakPx: gridPx(grid.from + peak),
      notionalUsd: mass,
      share: mass / total,
      distanceBps: (Math.abs((grid.side === 'long' ? hiPx : loPx) - markPx) / markPx) * 10_000,
    };
  });
}

const largest = (zones: readonly Zone[]): Zone | null =>
  zones.reduce<Zone | null>(
    (best, z) => (best === null || z.notionalUsd > best.notionalUsd ? z : best),
    null,
  );

function withinReach({ side, from, usd }: SideGrid, markPx: number): number {
  const isNear = (i: number): boolean => Math.abs(gridPx(from + i) / markPx - 1) <= REACH_FRACTION;
  // The mark is at one end of the half: what is near lies together there.
  let [lo, hi] = [0, usd.length];
  if (side === 'long') for (lo = hi; lo > 0 && isNear(lo - 1);) lo--;
  else for (hi = lo; hi < usd.length && isNear(hi);) hi++;
  return totalUsd(usd.subarray(lo, hi));
}

/** For pictures: six digits are enough. */
function binsOf(grids: readonly SideGrid[]): ZoneMap['bins'] {
  const bins: ZoneMap['bins'] = { px: [], longUsd: [], shortUsd: [] };
  for (const { side, from, usd } of grids)
    for (let i = 0; i < usd.length; i++) {
      const value = toDigits(usd[i]!, 6);
      if (value <= 0) continue;
      bins.px.push(toDigits(gridPx(from + i), 7));
      bins.longUsd.push(side === 'long' ? value : 0);
      bins.shortUsd.push(side === 'short' ? value : 0);
    }
  return bins;
}
