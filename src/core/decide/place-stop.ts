import type { Side } from '../shared/coin.ts';
import { sign } from '../shared/coin.ts';
import type { CoinParams } from '../shared/coin-params.ts';
import type { Result } from '../shared/result.ts';
import { ok, refuse } from '../shared/result.ts';
import type { Direction } from '../shared/round.ts';
import { roundPx } from '../shared/round.ts';
import type { Zone } from '../zones/types.ts';

export interface PlaceStopInput {
  side: Side;
  /** Worst price the entry may fill at, USD per coin. */
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

/**
 * Trigger price of the stop: behind the cascade's extreme, behind the nearest cluster beyond it when that is within
 * the coin's bound, never inside a cluster, and inside the liquidation price with room.
 * Rounded toward the entry, so the rounded stop never risks more than the exact one.
 * Refuses with `stop-too-far` or `stop-beyond-liquidation`; no stop is invented.
 */
export function placeStop(i: PlaceStopInput): Result<{ stopPx: number; distanceBps: number }> {
  const s = sign(i.side);
  const bufferPx =
    Math.max((i.entryPx * i.params.stopBufferBps) / 10_000, i.atr * i.params.stopBufferAtr) * i.widthFactor;
  const nearest = i.entryPx * (1 - (s * i.params.stopDistanceBpsMin) / 10_000);
  const farthest = i.entryPx * (1 - (s * i.params.stopDistanceBpsMax) / 10_000);
  /** True when `a` is farther from the entry, on the losing side, than `b`. */
  const beyond = (a: number, b: number): boolean => s * (b - a) > 0;

  const behindExtreme = i.extremePx - s * bufferPx;
  const start = beyond(behindExtreme, nearest) ? behindExtreme : nearest;
  const inside = pushOutOfZones(start, i.zones, s, bufferPx);
  const cluster = nextZoneBeyond(inside, i.zones, s);
  const behindCluster =
    cluster === undefined
      ? undefined
      : pushOutOfZones(farEdge(cluster, s) - s * bufferPx, i.zones, s, bufferPx);
  const exact = behindCluster !== undefined && !beyond(behindCluster, farthest) ? behindCluster : inside;

  const direction: Direction = i.side === 'long' ? 'up' : 'down';
  const distanceOf = (px: number): number => (s * (i.entryPx - px) * 10_000) / i.entryPx;
  if (!(exact > 0) || beyond(exact, farthest))
    return refuse('stop-too-far', 'no place for a stop outside the clusters within the bound of this coin', {
      exactPx: exact,
      distanceBps: distanceOf(exact),
      maxBps: i.params.stopDistanceBpsMax,
    });
  const stopPx = roundPx(exact, i.szDecimals, direction);
  if (i.liquidationPx === null) return ok({ stopPx, distanceBps: distanceOf(stopPx) });
  const limit = i.liquidationPx + s * LIQUIDATION_ROOM_FRACTION * Math.abs(i.entryPx - i.liquidationPx);
  if (beyond(stopPx, limit))
    return refuse('stop-beyond-liquidation', 'the stop would stand too near the liquidation price', {
      stopPx,
      liquidationPx: i.liquidationPx,
      limitPx: limit,
    });
  return ok({ stopPx, distanceBps: distanceOf(stopPx) });
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
