import type { Candle } from '../shared/candle.ts';
import type { Side } from '../shared/coin.ts';
import type { Result } from '../shared/result.ts';
import { ok, refuse } from '../shared/result.ts';
import { blendObserved } from './blend-observed.ts';
import type { MapEngine } from './map-engine.ts';
import type { ObservedSides } from './observed-sides.ts';
import type { SideGrid } from './side-grid.ts';
import { LIQUIDATABLE_SHARE, sideGrid, zonesOnGrid } from './side-grid.ts';
import type { ZoneMap } from './types.ts';
import { closedSweeps, runningSweeps, shiftOf } from './venue-sweeps.ts';

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
  /** Why the caller does not trust this mark, in words; null or left out = it does. */
  markProblem?: string | null;
}

export interface ZoneMapInput {
  coin: string;
  markPx: number;
  nowMs: number;
  venues: readonly VenueMap[];
  /** Hyperliquid's positions that are known: they take the place of a part of what is estimated of that venue. */
  observed?: ObservedSides;
  /** Hyperliquid's closed one-minute bars, oldest first, since the newest five-minute one; left out where unknown. */
  minutes?: readonly Candle[] | undefined;
  /** Sweeps where they are known already, from the map of the same input without `observed`: they are the same. */
  swept?: Pick<ZoneMap, 'sweeps' | 'runningSweeps'>;
}

export type ScaledVenue = VenueMap & {
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
 * With `observed`, Hyperliquid's part is a blend (see blendObserved), `blend` says of how much, and sweeps stay the
 * estimate's. Without Hyperliquid's open interest there is nothing to measure coverage by, and the map stays as it is.
 *
 * Refuses with `market-stale` when no venue has fresh bars and a plausible mark: an old map is no map.
 */
export function buildZoneMap(o: ZoneMapInput): Result<ZoneMap> {
  const reference = o.venues.find((v) => v.venue === 'hyperliquid');
  const judged = o.venues.map((v) => ({
    v,
    why:
      whyLeftOut(v, o.markPx, o.nowMs) ??
      (reference === undefined ? null : whyAstray(v, reference)) ??
      v.markProblem ??
      null,
  }));
  const leftOut = judged.flatMap(({ v, why }) => (why === null ? [] : [{ venue: v.venue, why }]));
  const used = withScale(judged.flatMap(({ v, why }) => (why === null ? [v] : [])));
  if (used.length === 0)
    return refuse(
      'market-stale',
      `no fresh candles for ${o.coin}: ${leftOut.map((l) => `${l.venue} ${l.why}`).join('; ')}`,
    );
  const own = used.filter((v) => v.venue === 'hyperliquid' && v.scaledBy === 'open-interest');
  const observed = own.length > 0 ? o.observed : undefined;
  const halfOf = (side: Side): SideGrid => {
    const grid = estimateOf(used, side, o.markPx);
    return observed === undefined
      ? grid
      : { ...grid, usd: blendObserved(grid.usd, estimateOf(own, side, o.markPx).usd, observed[side]) };
  };
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
      sweptBy: sweptBy(engine),
    })),
    leftOut,
    ...zonesOnGrid(halfOf('long'), halfOf('short'), o.markPx),
    ...(o.swept ?? sweptOf(used, o, asOfMs)),
    ...(observed === undefined
      ? {}
      : { blend: { coverage: coverageOf(observed), ageP50Ms: observed.ageP50Ms } }),
  });
}

const sweptOf = (
  used: readonly ScaledVenue[],
  { markPx, minutes }: ZoneMapInput,
  asOfMs: number,
): Pick<ZoneMap, 'sweeps' | 'runningSweeps'> => ({
  sweeps: closedSweeps(used, markPx, asOfMs - DAY_MS),
  ...(minutes === undefined ? {} : { runningSweeps: runningSweeps(used, markPx, minutes) }),
});

const sweptBy = (engine: MapEngine): 'mark' | 'trade' | 'mixed' =>
  engine.markBars() === 0 ? 'trade' : engine.markBars() === engine.bars() ? 'mark' : 'mixed';

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
export function withScale(venues: readonly VenueMap[]): ScaledVenue[] {
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

const coverageOf = ({ long, short }: ObservedSides): Record<Side, number> => ({
  long: long.coverage,
  short: short.coverage,
});

/** What the venues together estimate of one side. */
function estimateOf(used: readonly ScaledVenue[], side: Side, markPx: number): SideGrid {
  const grid = sideGrid(side, markPx);
  for (const v of used) v.engine.addTo(grid.usd, side, grid.from - shiftOf(v, markPx), v.usdPerMass[side]);
  return grid;
}
