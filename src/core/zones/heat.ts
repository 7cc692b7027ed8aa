import type { Candle } from '../shared/candle.ts';
import type { Side } from '../shared/coin.ts';
import { heatKernel } from './leverage-kernel.ts';
import type { MaintenanceTier } from './liquidation-px.ts';
import type { MapEngine } from './map-engine.ts';
import { createMapEngine } from './map-engine.ts';
import { massBetween } from './mass-between.ts';
import { REACH_FRACTION } from './swept-since.ts';

/**
 * A row with less than this part of the usual density near the price is quiet: 0. So small an estimate is noise, and
 * ranking noise costs more than calling it equal (docs/zones.md).
 */
export const QUIET_BELOW = 0.2;

/** Where price was this lately is quiet too, ms: who could be liquidated there was, who opened since is just in. */
export const REST_MS = 3_600_000;

/**
 * Where liquidations are likely once price gets there: the map's method with a kernel for cross margin (`heatKernel`)
 * and quiet rows left empty. For ranking prices of one coin at one moment; no USD, and no comparison across moments.
 */
export interface Heat {
  /** See MapEngine. */
  push(candle: Candle): boolean;
  /** Heat of a row from `nearPx` to `farPx` (downward for longs, upward for shorts) while price stands at `openPx`. */
  between(side: Side, nearPx: number, farPx: number, openPx: number): number;
  /** What it reads: before quiet rows are left out. */
  engine: MapEngine;
}

export function createHeat(tiers: readonly MaintenanceTier[], intervalMs: number): Heat {
  const engine = createMapEngine({ kernel: heatKernel(tiers), intervalMs });
  const mass = massBetween(engine);
  const recent: Candle[] = [];
  const keep = Math.max(1, Math.round(REST_MS / intervalMs));
  const restPx = { long: Infinity, short: 0 };
  /** Density near the price: rows of one moment ask for the same again and again. */
  const usual = { long: { openPx: 0, density: 0 }, short: { openPx: 0, density: 0 } };

  const usualDensity = (side: Side, openPx: number): number => {
    if (usual[side].openPx !== openPx) {
      const endPx = openPx * (side === 'long' ? 1 - REACH_FRACTION : 1 + REACH_FRACTION);
      const density = mass(side, openPx, endPx) / Math.abs(Math.log(endPx / openPx));
      usual[side] = { openPx, density };
    }
    return usual[side].density;
  };

  return {
    engine,
    push(candle) {
      if (!engine.push(candle)) return false;
      recent.push(candle);
      if (recent.length > keep) recent.shift();
      restPx.long = Math.min(...recent.map((c) => c.l));
      restPx.short = Math.max(...recent.map((c) => c.h));
      usual.long.openPx = 0;
      usual.short.openPx = 0;
      return true;
    },
    between(side, nearPx, farPx, openPx) {
      const fromPx = side === 'long' ? Math.min(nearPx, restPx.long) : Math.max(nearPx, restPx.short);
      if (side === 'long' ? fromPx <= farPx : fromPx >= farPx) return 0;
      const inRow = mass(side, fromPx, farPx);
      const width = Math.abs(Math.log(farPx / nearPx));
      return inRow < QUIET_BELOW * usualDensity(side, openPx) * width ? 0 : inRow;
    },
  };
}
