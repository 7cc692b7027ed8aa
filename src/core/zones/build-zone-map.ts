import type { Side } from '../shared/coin.ts';
import type { Result } from '../shared/result.ts';
import { ok, refuse } from '../shared/result.ts';
import { findClusters } from './clusters.ts';
import { gridPosition, gridPx } from './log-grid.ts';
import type { MapEngine } from './map-engine.ts';
import { REACH_FRACTION } from './swept-since.ts';
import type { Sweep, Zone, ZoneMap } from './types.ts';

/** How far from the mark the map reaches, fraction either way. */
export const GRID_REACH = 0.3;

/**
 * Share of one-sided open interest taken to be liquidatable at all: hedged and unlevered positions are not. A guess.
 * It scales every USD figure alike and changes no ranking and no share.
 */
export const LIQUIDATABLE_SHARE = 0.5;

/** A venue whose newest bar closed longer ago is left out, ms: three 5-minute bars. */
export const STALE_AFTER_MS = 900_000;

/** Two venues' marks read farther apart than this say nothing about how their prices compare, ms. */
export const MARKS_APART_MS_MAX = 45_000;

/** Venues' marks differ by basis points. One that is off by more is quoting something else, or lying. */
export const MARK_RATIO_OFF_MAX = 0.05;
/** The mark may run away from the last closed bar, but not by this fraction: then one of the two is wrong. */
export const CLOSE_RATIO_OFF_MAX = 0.3;

/**
 * How two venues' prices compare changes little in five minutes: by 0.8 % at most between Binance and Hyperliquid on 11
 * coins in May 2025. A mark that moved this far against Hyperliquid's since both bars closed stands still or lies, and
 * would move all of its venue's levels.
 */
const BASIS_MOVE_MAX = 0.02;

const DAY_MS = 86_400_000;

export interface VenueMap {
  venue: string;
  engine: MapEngine;
  /** The venue's own mark, USD per coin in Hyperliquid's unit. */
  markPx: number;
  /** One-sided, USD; null when the venue does not say. */
  openInterestUsd: number | null;
  /** Time between the readings of this mark and of the one the map is built at, ms ≥ 0; left out = together. */
  marksApartMs?: number;
}

type Used = VenueMap & {
  weight: number;
  scaledBy: 'open-interest' | 'turnover';
  usdPerMass: Record<Side, number>;
};

/**
 * Merges the venues' engines into one map at Hyperliquid's mark. Each venue's levels move by the ratio of the marks;
 * each of its sides is scaled so that all of it, on the grid or beyond, is LIQUIDATABLE_SHARE of its one-sided open
 * interest (every contract has one long and one short). A venue that gives no open interest is scaled by its turnover
 * to the others; when none gives any, mass stays turnover. Levels on the wrong side of the mark, crossed since the
 * last closed bar, are left out.
 *
 * Refuses with `market-stale` when no venue has fresh bars and a plausible mark: an old map is no map.
 */
export function buildZoneMap(o: {
  coin: string;
  markPx: number;
  nowMs: number;
  venues: readonly VenueMap[];
}): Result<ZoneMap> {
  const reference = o.venues.find((v) => v.venue === 'hyperliquid');
  const judged = o.venues.map((v) => ({
    v,
    why: whyLeftOut(v, o.markPx, o.nowMs) ?? (reference === undefined ? null : whyAstray(v, reference)),
  }));
  const leftOut = judged.flatMap(({ v, why }) => (why === null ? [] : [{ venue: v.venue, why }]));
  const used = withScale(judged.flatMap(({ v, why }) => (why === null ? [v] : [])));
  if (used.length === 0)
    return refuse(
      'market-stale',
      `no fresh candles for ${o.coin}: ${leftOut.map((l) => `${l.venue} ${l.why}`).join('; ')}`,
    );
  const long = sideOnGrid(used, 'long', o.markPx);
  const short = sideOnGrid(used, 'short', o.markPx);
  const longZones = zonesOf(long, o.markPx);
  const shortZones = zonesOf(short, o.markPx);
  const asOfMs = Math.max(...used.map((v) => v.engine.asOfMs()));
  return ok({
    coin: o.coin,
    asOfMs,
    markPx: o.markPx,
    sources: used.map(({ venue, engine, weight, scaledBy }) => ({
      venue,
      bars: engine.bars(),
      weight,
      scaledBy,
    })),
    leftOut,
    zones: [...longZones, ...shortZones],
    maxPain: { long: largest(longZones), short: largest(shortZones) },
    totalUsd: { long: sum(long.usd), short: sum(short.usd) },
    reachUsd: { long: withinReach(long, o.markPx), short: withinReach(short, o.markPx) },
    sweeps: sweepsOf(used, o.markPx, asOfMs - DAY_MS),
    bins: binsOf([long, short]),
  });
}

function whyLeftOut(v: VenueMap, markPx: number, nowMs: number): string | null {
  if (v.engine.bars() === 0) return 'has no candles yet';
  const ageMs = nowMs - v.engine.asOfMs();
  if (ageMs > STALE_AFTER_MS) return `last closed bar is ${Math.round(ageMs / 60_000)} min old`;
  const apartMs = v.marksApartMs ?? 0;
  if (apartMs > MARKS_APART_MS_MAX)
    return `its mark and Hyperliquid's were read ${Math.round(apartMs / 1_000)} s apart`;
  if (isFar(v.markPx, markPx, MARK_RATIO_OFF_MAX)) return `mark ${v.markPx} is far from ${markPx}`;
  const close = v.engine.lastClosePx();
  return isFar(close, v.markPx, CLOSE_RATIO_OFF_MAX)
    ? `last close ${close} is far from its mark ${v.markPx}`
    : null;
}

/** The venue's mark against Hyperliquid's, compared with the closes of the same bar; null when it follows. */
function whyAstray(v: VenueMap, reference: VenueMap): string | null {
  const [own, other] = [v.engine, reference.engine];
  if (own === other || own.asOfMs() !== other.asOfMs() || other.bars() === 0) return null;
  const atClose = own.lastClosePx() / other.lastClosePx();
  const now = v.markPx / reference.markPx;
  return isFar(now, atClose, BASIS_MOVE_MAX) ? `mark ${v.markPx} does not follow the market` : null;
}

/** Whether two prices differ by more than a fraction, or one of them is no price. */
export const isFar = (px: number, from: number, max: number): boolean => !(Math.abs(px / from - 1) <= max);

/** Open interest where known; a venue without one gets as much per unit of turnover as the others have together. */
function withScale(venues: readonly VenueMap[]): Used[] {
  const masses = venues.map(({ engine }) => ({ long: engine.total('long'), short: engine.total('short') }));
  const massOf = (i: number): number => (masses[i]?.long ?? 0) + (masses[i]?.short ?? 0);
  const known = venues.flatMap((v, i) =>
    v.openInterestUsd === null ? [] : [{ oi: v.openInterestUsd, mass: massOf(i) }],
  );
  const knownMass = known.reduce((n, k) => n + k.mass, 0);
  const oiPerMass = knownMass > 0 ? known.reduce((n, k) => n + k.oi, 0) / knownMass : null;
  const sizes = venues.map((v, i) => v.openInterestUsd ?? massOf(i) * (oiPerMass ?? 1));
  const all = sizes.reduce((a, b) => a + b, 0);
  return venues.map((v, i) => {
    const perSide = (mass: number): number => {
      if (oiPerMass === null) return 1;
      return mass > 0 ? ((sizes[i] ?? 0) * LIQUIDATABLE_SHARE) / mass : 0;
    };
    return {
      ...v,
      weight: all > 0 ? (sizes[i] ?? 0) / all : 1 / venues.length,
      scaledBy: v.openInterestUsd === null ? 'turnover' : 'open-interest',
      usdPerMass: { long: perSide(masses[i]?.long ?? 0), short: perSide(masses[i]?.short ?? 0) },
    };
  });
}

/** One side's mass on its half of the grid; `usd[i]` is bucket `from + i`. */
interface SideGrid {
  side: Side;
  from: number;
  usd: Float64Array;
}

const shiftOf = (v: VenueMap, markPx: number): number => Math.round(gridPosition(markPx / v.markPx));

function sideOnGrid(used: readonly Used[], side: Side, markPx: number): SideGrid {
  const at = gridPosition(markPx);
  const from = side === 'long' ? Math.ceil(gridPosition(markPx * (1 - GRID_REACH))) : Math.floor(at) + 1;
  const to = side === 'long' ? Math.ceil(at) - 1 : Math.floor(gridPosition(markPx * (1 + GRID_REACH)));
  const usd = new Float64Array(to - from + 1);
  for (const v of used) v.engine.addTo(usd, side, from - shiftOf(v, markPx), v.usdPerMass[side]);
  return { side, from, usd };
}

const sum = (a: Float64Array): number => a.reduce((x, y) => x + y, 0);

function zonesOf(grid: SideGrid, markPx: number): Zone[] {
  const total = sum(grid.usd);
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

function withinReach(grid: SideGrid, markPx: number): number {
  const isNear = (_: number, i: number): boolean =>
    Math.abs(gridPx(grid.from + i) / markPx - 1) <= REACH_FRACTION;
  return sum(grid.usd.filter(isNear));
}

/** The venues' sweeps of one bar and side in one entry, at Hyperliquid's prices. */
function sweepsOf(used: readonly Used[], markPx: number, sinceMs: number): Sweep[] {
  const merged = new Map<string, Sweep>();
  for (const v of used) {
    const shift = shiftOf(v, markPx);
    for (const s of v.engine.sweeps(sinceMs)) {
      const key = `${s.t} ${s.side}`;
      const loPx = gridPx(s.loBucket + shift);
      const hiPx = gridPx(s.hiBucket + shift);
      const known = merged.get(key);
      const notionalUsd = s.mass * v.usdPerMass[s.side] + (known?.notionalUsd ?? 0);
      merged.set(key, {
        t: s.t,
        side: s.side,
        notionalUsd,
        loPx: Math.min(loPx, known?.loPx ?? loPx),
        hiPx: Math.max(hiPx, known?.hiPx ?? hiPx),
      });
    }
  }
  return [...merged.values()].sort((a, b) => a.t - b.t || (a.side < b.side ? -1 : 1));
}

/** For pictures: six digits are enough. */
function binsOf(grids: readonly SideGrid[]): ZoneMap['bins'] {
  const bins: ZoneMap['bins'] = { px: [], longUsd: [], shortUsd: [] };
  for (const { side, from, usd } of grids)
    for (let i = 0; i < usd.length; i++) {
      const value = Number(usd[i]!.toPrecision(6));
      if (value <= 0) continue;
      bins.px.push(Number(gridPx(from + i).toPrecision(7)));
      bins.longUsd.push(side === 'long' ? value : 0);
      bins.shortUsd.push(side === 'short' ? value : 0);
    }
  return bins;
}
