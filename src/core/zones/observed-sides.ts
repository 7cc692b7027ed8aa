import { assert } from '../shared/assert.ts';
import type { Side } from '../shared/coin.ts';
import { gridPosition } from './log-grid.ts';
import type { SideGrid } from './side-grid.ts';
import { sideGrid } from './side-grid.ts';

/** A position whose liquidation price the venue itself told us. */
export interface ObservedPosition {
  side: Side;
  /** Null: as things are, no price of this coin alone liquidates it. */
  liquidationPx: number | null;
  /** At the mark, USD ≥ 0. */
  notionalUsd: number;
  /** Since it was read, ms ≥ 0. */
  ageMs: number;
  /** Mean price it was opened at; null or left out: not told. */
  entryPx?: number | null | undefined;
}

/** One side's known positions, each weighed by its age. */
export interface ObservedSide {
  /** USD by bucket of the liquidation price; what lies beyond the reach is not on it. */
  grid: SideGrid;
  /** Known, and the part of it that has a liquidation price, within reach or not, USD. */
  knownUsd: number;
  liquidatableUsd: number;
  /** Known ÷ one-sided open interest, 0..1. */
  coverage: number;
  positions: number;
}

export type ObservedSides = Record<Side, ObservedSide> & {
  /** Median age of the readings of both sides, ms; 0 without any. */
  ageP50Ms: number;
};

/**
 * After so long a reading counts half, ms. Whoever trades meanwhile is read again (they are seen doing so); what ages
 * is the rest: collateral moved, other positions of a cross account, trades missed while the stream was down. A guess;
 * on the synthetic market, one hour shows only when readings are treated as much older than they are.
 */
export const OBSERVED_HALF_LIFE_MS = 4 * 3_600_000;

/**
 * Known positions on the grid of the map. One whose level the mark is at or beyond is left out of everything: it is
 * being closed, or the reading is wrong.
 * @param o.openInterestUsd one-sided, > 0
 */
export function observedSides(o: {
  markPx: number;
  openInterestUsd: number;
  positions: readonly ObservedPosition[];
}): ObservedSides {
  assert(o.openInterestUsd > 0, `open interest ${o.openInterestUsd}`);
  const alive = o.positions.filter((p) => !isBeyond(p, o.markPx));
  const ages = alive.map((p) => p.ageMs).sort((a, b) => a - b);
  const of = (side: Side): ObservedSide =>
    sideOf(
      side,
      alive.filter((p) => p.side === side),
      o,
    );
  return { long: of('long'), short: of('short'), ageP50Ms: ages[ages.length >> 1] ?? 0 };
}

/** Whether the mark has reached a position's level. */
export const isBeyond = (
  { side, liquidationPx: px }: { side: Side; liquidationPx: number | null },
  markPx: number,
): boolean => px !== null && (side === 'long' ? px >= markPx : px <= markPx);

/** What a reading still counts for, USD. */
export const agedUsd = ({ notionalUsd, ageMs }: Pick<ObservedPosition, 'notionalUsd' | 'ageMs'>): number =>
  notionalUsd * 2 ** (-ageMs / OBSERVED_HALF_LIFE_MS);

function sideOf(
  side: Side,
  positions: readonly ObservedPosition[],
  o: { markPx: number; openInterestUsd: number },
): ObservedSide {
  const grid = sideGrid(side, o.markPx);
  const last = grid.usd.length - 1;
  let knownUsd = 0;
  let liquidatableUsd = 0;
  for (const { liquidationPx, notionalUsd, ageMs } of positions) {
    const usd = agedUsd({ notionalUsd, ageMs });
    knownUsd += usd;
    if (liquidationPx === null) continue;
    liquidatableUsd += usd;
    const i = Math.round(gridPosition(liquidationPx)) - grid.from;
    // A level within half a bucket of the mark falls into the mark's own bucket: it belongs to the one beside it.
    const bucket = side === 'long' ? Math.min(i, last) : Math.max(i, 0);
    if (bucket >= 0 && bucket <= last) grid.usd[bucket] = (grid.usd[bucket] ?? 0) + usd;
  }
  const coverage = Math.min(1, knownUsd / o.openInterestUsd);
  return { grid, knownUsd, liquidatableUsd, coverage, positions: positions.length };
}
