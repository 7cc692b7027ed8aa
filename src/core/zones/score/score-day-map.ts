import type { Candle } from '../../shared/candle.ts';
import { seededRandom } from '../../shared/seeded-random.ts';
import type { VenueMap } from '../build-zone-map.ts';
import { isFar, MARK_RATIO_OFF_MAX, STALE_AFTER_MS, withScale } from '../build-zone-map.ts';
import { createHeat } from '../heat.ts';
import { DEFAULT_MIX, leverageKernel } from '../leverage-kernel.ts';
import type { MaintenanceTier } from '../liquidation-px.ts';
import { binanceTiers } from '../maintenance-tiers.ts';
import { createMapEngine } from '../map-engine.ts';
import type { OpenInterestSeries } from '../open-interest.ts';
import { sampleAt } from '../open-interest.ts';
import type { VenueName } from '../realised/types.ts';
import type { LevelModel } from './level-models.ts';
import { heatModel, mapModel } from './level-models.ts';

export const BAR_MS = 300_000;

/** What is kept of one venue of one coin. */
export interface VenuePast {
  venue: VenueName;
  /** Closed five-minute bars, oldest first, in Hyperliquid's unit. */
  bars: readonly Candle[];
  /** The mark's range within a bar, by its opening: it sweeps where it is known. */
  marks?: ReadonlyMap<number, Pick<Candle, 'h' | 'l'>> | undefined;
  tiers: readonly MaintenanceTier[];
  openInterest: OpenInterestSeries;
}

/**
 * The live map again, from bars that were kept: an engine for each venue, scaled to the open interest of the moment
 * and moved to Hyperliquid's prices, as buildZoneMap does. Marks are not kept, so closes of the same bar stand for them.
 * It is given Hyperliquid's bars; the other venues' come along, none that opened later.
 * @param venues Hyperliquid first
 */
export function rebuiltMapModel(venues: readonly VenuePast[]): LevelModel {
  const all = venues.map((past) => {
    const engine = createMapEngine({ kernel: leverageKernel(DEFAULT_MIX, past.tiers), intervalMs: BAR_MS });
    return { past, engine, model: mapModel(engine), next: 0 };
  });
  const [reference] = all;
  let merged: { model: LevelModel; ratio: number; usdPerMass: { long: number; short: number } }[] | null =
    null;

  const merge = (): NonNullable<typeof merged> => {
    if (reference === undefined) return [];
    const [atMs, referencePx] = [reference.engine.asOfMs(), reference.engine.lastClosePx()];
    const used = all.filter(
      ({ engine }) =>
        engine.bars() > 0 &&
        atMs - engine.asOfMs() <= STALE_AFTER_MS &&
        !isFar(engine.lastClosePx(), referencePx, MARK_RATIO_OFF_MAX),
    );
    const scaled = withScale(
      used.map(({ past, engine }): VenueMap => ({
        venue: past.venue,
        engine,
        markPx: engine.lastClosePx(),
        openInterestUsd: sampleAt(past.openInterest, atMs)?.usd ?? null,
      })),
    );
    return used.map(({ model, engine }, i) => ({
      model,
      ratio: engine.lastClosePx() / referencePx,
      usdPerMass: scaled[i]?.usdPerMass ?? { long: 0, short: 0 },
    }));
  };

  return {
    push(candle) {
      for (const one of all)
        for (
          let bar = one.past.bars[one.next];
          bar !== undefined && bar.t <= candle.t;
          bar = one.past.bars[one.next]
        ) {
          one.engine.push(bar, one.past.marks?.get(bar.t));
          one.next += 1;
        }
      merged = null;
    },
    massBetween(side, nearPx, farPx, openPx) {
      merged ??= merge();
      return merged.reduce(
        (sum, { model, ratio, usdPerMass }) =>
          sum + usdPerMass[side] * model.massBetween(side, nearPx * ratio, farPx * ratio, openPx * ratio),
        0,
      );
    },
  };
}

/**
 * What this version's map and heat say of a few made-up bars, as eight hexadecimal digits: scores of a map that says something
 * else are scores of another map, whatever in it was changed.
 */
export function mapFingerprint(): string {
  const random = seededRandom('fingerprint');
  const bars = Array.from({ length: 400 }, (_, i): Candle => {
    const [o, c] = [100 + 4 * Math.sin(i / 40), 100 + 4 * Math.sin((i + 1) / 40)];
    const reach = 0.4 * random.next();
    return { t: i * BAR_MS, o, c, h: Math.max(o, c) + reach, l: Math.min(o, c) - reach, v: random.next() };
  });
  const tiers = binanceTiers('BTC');
  const models = [
    rebuiltMapModel([{ venue: 'hyperliquid', bars, tiers, openInterest: [] }]),
    heatModel(createHeat(tiers, BAR_MS)),
  ];
  const px = bars.at(-1)?.c ?? 0;
  const told = models.map((model) => {
    for (const bar of bars) model.push(bar);
    const masses = Array.from({ length: 40 }, (_, i) => {
      const [near, far] = [0.005 * (i >> 1), 0.005 * ((i >> 1) + 1)];
      return i % 2 === 0
        ? model.massBetween('long', px * (1 - near), px * (1 - far), px)
        : model.massBetween('short', px * (1 + near), px * (1 + far), px);
    });
    const total = masses.reduce((x, y) => x + y, 0);
    // Four digits: another machine may differ in the last ones.
    return masses.map((m) => (m / total).toFixed(4)).join();
  });
  const text = told.join();
  return Math.floor(seededRandom(text).next() * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
}

/**
 * How many of Hyperliquid's dollars one of a venue's is, by time: the ratio of their newest closes before it, 1 where
 * either is not known.
 */
export function priceRatios(reference: readonly Candle[], own: readonly Candle[]): (atMs: number) => number {
  const before = (bars: readonly Candle[], atMs: number): Candle | undefined => {
    let [lo, hi] = [0, bars.length];
    while (lo < hi) {
      const middle = (lo + hi) >>> 1;
      if ((bars[middle]?.t ?? 0) + BAR_MS <= atMs) lo = middle + 1;
      else hi = middle;
    }
    const found = bars[lo - 1];
    return found !== undefined && atMs - found.t - BAR_MS <= STALE_AFTER_MS ? found : undefined;
  };
  return (atMs) => {
    const [a, b] = [before(reference, atMs), before(own, atMs)];
    return a === undefined || b === undefined || a.t !== b.t ? 1 : a.c / b.c;
  };
}
