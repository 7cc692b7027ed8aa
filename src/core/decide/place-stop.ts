import type { Side } from '../shared/coin.ts';
import { sign } from '../shared/coin.ts';
import type { CoinParams } from '../shared/coin-params.ts';
import type { Result } from '../shared/result.ts';
import { ok, refuse } from '../shared/result.ts';
import type { Direction } from '../shared/round.ts';
import { roundPx, tickOf } from '../shared/round.ts';
import type { Zone } from '../zones/types.ts';
import { withoutDust } from './without-dust.ts';

export interface PlaceStopInput {
  side: Side;
  /** Where the entry is likely to fill, and the worst price it may fill at, USD per coin. */
  markPx: number;
  entryPx: number;
  /** The cascade's extreme (its low before a long entry), USD per coin. */
  extremePx: number;
  atr: number;
  szDecimals: number;
  /** Where the venue would liquidate the position, USD per coin; null when it never would. */
  liquidationPx: number | null;
  /** Zones of the entry's own side: the levels a stop must not stand in. */
  zones: readonly Zone[];
  /** 1: the coin's own buffer; more where the timeframes do not agree: wide, and therefore small. */
  widthFactor: number;
  params: CoinParams;
}

/** Room between stop and liquidation, as a share of the distance from entry to liquidation. */
const LIQUIDATION_ROOM_FRACTION = 0.15;

export interface PlacedStop {
  stopPx: number;
  /** From the worst entry price. */
  distanceBps: number;
  /** What it stands behind, and by how much, USD per coin. */
  behind: 'extreme' | 'cluster' | 'least-distance';
  bufferPx: number;
}

/**
 * Trigger price of the stop: behind the cascade's extreme, behind the nearest cluster beyond it when that is within
 * the coin's bound, never inside a cluster, and inside the liquidation price with room.
 * Rounded toward the entry, so the rounded stop never risks more than the exact one; away from it only where toward it
 * would be back in a cluster or at the extreme.
 * Refuses with `stop-too-far` or `stop-beyond-liquidation`; no stop is invented.
 */
export function placeStop(i: PlaceStopInput): Result<PlacedStop> {
  const s = sign(i.side);
  const bufferPx =
    Math.max((i.entryPx * i.params.stopBufferBps) / 10_000, i.atr * i.params.stopBufferAtr) * i.widthFactor;
  const nearest = i.markPx * (1 - (s * i.params.stopDistanceBpsMin) / 10_000);
  const farthest = withoutDust(i.entryPx * (1 - (s * i.params.stopDistanceBpsMax) / 10_000));
  const beyond = isBeyond(s);

  const behindExtreme = i.extremePx - s * bufferPx;
  const start = beyond(behindExtreme, nearest) ? behindExtreme : nearest;
  const inside = pushOutOfZones(start, i.zones, s, bufferPx);
  const cluster = nextZoneBeyond(inside, i.zones, s);
  const behindCluster =
    cluster === undefined
      ? undefined
      : pushOutOfZones(farEdge(cluster, s) - s * bufferPx, i.zones, s, bufferPx);
  const isWithin = behindCluster !== undefined && !beyond(withoutDust(behindCluster), farthest);
  const found = isWithin ? behindCluster : inside;
  const behind = found !== start ? 'cluster' : start === nearest ? 'least-distance' : 'extreme';

  const exact = withoutDust(found);
  const stopPx = legalStop(i, exact, farthest);
  const distanceOf = (px: number): number => (s * (i.entryPx - px) * 10_000) / i.entryPx;
  if (stopPx === undefined)
    return refuse(
      'stop-too-far',
      beyond(exact, farthest)
        ? `a stop outside the clusters would be ${distanceOf(exact).toFixed(0)} bp away; this coin allows ${i.params.stopDistanceBpsMax}`
        : 'the ticks of this coin are too coarse for a stop in its place',
      { exactPx: exact, distanceBps: distanceOf(exact), maxBps: i.params.stopDistanceBpsMax },
    );
  const { liquidationPx } = i;
  const limitPx =
    liquidationPx === null
      ? null
      : liquidationPx + s * LIQUIDATION_ROOM_FRACTION * Math.abs(i.entryPx - liquidationPx);
  if (limitPx !== null && beyond(stopPx, limitPx))
    return refuse('stop-beyond-liquidation', 'the stop would stand too near the liquidation price', {
      stopPx,
      liquidationPx,
      limitPx,
    });
  return ok({ stopPx, distanceBps: distanceOf(stopPx), behind, bufferPx });
}

/** True when `a` is farther from the entry, on the losing side, than `b`. */
const isBeyond =
  (s: 1 | -1) =>
  (a: number, b: number): boolean =>
    s * (b - a) > 0;

/**
 * The tick toward the entry, or else the one away from it, whichever is still beyond the extreme and the mark, in no
 * cluster and within the bound; undefined when neither is: ticks of cheap coins are coarse.
 */
function legalStop(i: PlaceStopInput, exact: number, farthest: number): number | undefined {
  const beyond = isBeyond(sign(i.side));
  if (!(exact > 0) || beyond(exact, farthest) || exact < tickOf(exact, i.szDecimals)) return undefined;
  const directions: Direction[] = i.side === 'long' ? ['up', 'down'] : ['down', 'up'];
  return directions
    .map((direction) => roundPx(exact, i.szDecimals, direction))
    .find(
      (px) =>
        beyond(px, i.extremePx) &&
        beyond(px, i.markPx) &&
        !beyond(px, farthest) &&
        !i.zones.some((z) => px >= z.loPx && px <= z.hiPx),
    );
}

const farEdge = (z: Zone, s: 1 | -1): number => (s === 1 ? z.loPx : z.hiPx);
const nearEdge = (z: Zone, s: 1 | -1): number => (s === 1 ? z.hiPx : z.loPx);

/**
 * Moves a price away from the entry until it stands in no zone and within `bufferPx` of none: the buffer behind a far
 * edge also keeps the tick that rounding gives back from landing inside.
 */
function pushOutOfZones(px: number, zones: readonly Zone[], s: 1 | -1, bufferPx: number): number {
  const outward = [...zones].sort((a, b) => s * (nearEdge(b, s) - nearEdge(a, s)));
  let at = px;
  for (const z of outward) {
    const isReached = s * (nearEdge(z, s) + s * bufferPx - at) >= 0;
    if (isReached && s * (farEdge(z, s) - at) < bufferPx) at = farEdge(z, s) - s * bufferPx;
  }
  return at;
}

function nextZoneBeyond(px: number, zones: readonly Zone[], s: 1 | -1): Zone | undefined {
  return [...zones]
    .filter((z) => s * (px - nearEdge(z, s)) >= 0)
    .sort((a, b) => s * (nearEdge(b, s) - nearEdge(a, s)))[0];
}
