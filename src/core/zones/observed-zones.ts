import type { Result } from '../shared/result.ts';
import { ok } from '../shared/result.ts';
import type { ZoneMapInput } from './build-zone-map.ts';
import { buildZoneMap } from './build-zone-map.ts';
import type { EntryBins } from './net-position-delta.ts';
import { entryBins } from './net-position-delta.ts';
import type { ObservedPosition, ObservedSides } from './observed-sides.ts';
import { agedUsd, isBeyond, observedSides } from './observed-sides.ts';
import { zonesOnGrid } from './side-grid.ts';
import type { ZoneMap } from './types.ts';

/** What has been read of a coin's positions. */
export interface ObservedReading {
  /** Accounts with a position of this coin. */
  addresses: number;
  /** Time of the newest reading, ms. */
  asOfMs: number;
  positions: readonly ObservedPosition[];
}

/** Zones of real positions on Hyperliquid: a part of the market, and that part for certain. */
export interface ObservedZones extends Pick<ZoneMap, 'zones' | 'maxPain' | 'totalUsd' | 'bins'> {
  coin: string;
  /** Time of the newest reading, ms. */
  asOfMs: number;
  markPx: number;
  addresses: number;
  positions: number;
  /** Known positions ÷ one-sided open interest of Hyperliquid, each reading weighed by its age, 0..1. */
  coverageLong: number;
  coverageShort: number;
  /** Median age of the positions' readings, ms. */
  ageP50Ms: number;
  /** The known positions by the price they were opened at, each weighed by its age. */
  entries: EntryBins;
}

/** One coin's zones in three ways, and which of them decisions rest on. */
export interface SideBySide {
  estimated: ZoneMap;
  /** Null while no position is known, or Hyperliquid's open interest is not. */
  observed: ObservedZones | null;
  /** Why nothing is observed, in words; null when something is. */
  notObserved: string | null;
  /** The estimate with the known positions in place of as much of it; null when nothing is observed. */
  blended: ZoneMap | null;
  decidesOn: 'estimated' | 'blended';
}

/**
 * Decisions rest on the blend from this coverage of both sides on, and only while its readings are young
 * (docs/decisions/0016-observed-zones.md).
 */
export const DECIDES_FROM = { coverage: 0.3, ageP50Ms: 600_000 } as const;

/**
 * The estimate, what is observed and the blend of both. Refuses as buildZoneMap does.
 * @param reading or, in words, why there is none
 */
export function zonesSideBySide(input: ZoneMapInput, reading: ObservedReading | string): Result<SideBySide> {
  const built = buildZoneMap(input);
  if (!built.ok) return built;
  const without = (notObserved: string): Result<SideBySide> =>
    ok({ estimated: built.value, observed: null, notObserved, blended: null, decidesOn: 'estimated' });
  if (typeof reading === 'string') return without(reading);
  const own = input.venues.find((v) => v.venue === 'hyperliquid');
  const openInterestUsd = own?.openInterestUsd ?? 0;
  if (!(openInterestUsd > 0)) return without('Hyperliquid does not say how much open interest there is');
  const sides = observedSides({ markPx: input.markPx, openInterestUsd, positions: reading.positions });
  const { sweeps, runningSweeps } = built.value;
  const swept = { sweeps, ...(runningSweeps === undefined ? {} : { runningSweeps }) };
  const blended = buildZoneMap({ ...input, observed: sides, swept });
  // A map that does not say so is no blend: Hyperliquid's bars are missing.
  const isBlend = blended.ok && blended.value.blend !== undefined;
  return ok({
    estimated: built.value,
    notObserved: null,
    observed: zonesOf(input, reading, sides),
    blended: isBlend ? blended.value : null,
    decidesOn: isBlend && isGoodEnough(sides) ? 'blended' : 'estimated',
  });
}

const isGoodEnough = ({ long, short, ageP50Ms }: ObservedSides): boolean =>
  Math.min(long.coverage, short.coverage) >= DECIDES_FROM.coverage && ageP50Ms <= DECIDES_FROM.ageP50Ms;

function zonesOf(
  { coin, markPx }: ZoneMapInput,
  reading: ObservedReading,
  sides: ObservedSides,
): ObservedZones {
  const { zones, maxPain, totalUsd, bins } = zonesOnGrid(sides.long.grid, sides.short.grid, markPx);
  return {
    coin,
    asOfMs: reading.asOfMs,
    markPx,
    addresses: reading.addresses,
    positions: sides.long.positions + sides.short.positions,
    coverageLong: sides.long.coverage,
    coverageShort: sides.short.coverage,
    ageP50Ms: sides.ageP50Ms,
    entries: entriesOf(reading.positions, markPx),
    zones,
    maxPain,
    totalUsd,
    bins,
  };
}

/** Whose level the mark is at or beyond does not stand any more, or was misread. */
const entriesOf = (positions: readonly ObservedPosition[], markPx: number): EntryBins =>
  entryBins(
    positions.flatMap((p) =>
      typeof p.entryPx === 'number' && !isBeyond(p, markPx)
        ? [{ side: p.side, entryPx: p.entryPx, usd: agedUsd(p) }]
        : [],
    ),
  );
