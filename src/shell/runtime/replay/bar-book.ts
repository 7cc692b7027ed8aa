import type { MarketBook } from '../../../app/market-book.ts';
import { UNHEARD } from '../../../app/market-book.ts';
import type { Clock } from '../../../app/ports.ts';
import type { Candle } from '../../../core/shared/candle.ts';
import type { CoinMeta } from '../../../core/shared/coin.ts';
import { buildZoneMap } from '../../../core/zones/build-zone-map.ts';
import { DEFAULT_MIX, leverageKernel } from '../../../core/zones/leverage-kernel.ts';
import { maintenanceOf } from '../../../core/zones/liquidation-px.ts';
import type { MapEngine } from '../../../core/zones/map-engine.ts';
import { createMapEngine } from '../../../core/zones/map-engine.ts';
import type { ZoneMap } from '../../../core/zones/types.ts';

const BAR_MS = 300_000;
/** Bars shown, as many as the bridge keeps. */
const BARS_SHOWN = 1_500;

interface Track {
  engine: MapEngine;
  bars: Candle[];
  /** What was made when somebody asked: for how many bars, and at which mark. */
  map: { bars: number; markPx: number; made: ZoneMap | null } | null;
  shown: { bars: number; made: readonly Candle[] } | null;
}

/**
 * The market as bars tell it, one venue, nothing beside price and volume. Maps and bars are made when asked for: a bar
 * that nobody asks about costs what the map's engine costs.
 */
export interface BarBook extends MarketBook {
  /** The next closed bar of a coin. */
  push(coin: string, candle: Candle): void;
}

/** @param o.markPx the venue's mark now, USD */
export function createBarBook(o: {
  clock: Pick<Clock, 'nowMs'>;
  coins: readonly CoinMeta[];
  markPx: (coin: string) => number;
}): BarBook {
  const tracks = new Map(
    o.coins.map(({ coin, marginTiers }): [string, Track] => {
      const kernel = leverageKernel(DEFAULT_MIX, maintenanceOf(marginTiers));
      return [
        coin,
        { engine: createMapEngine({ kernel, intervalMs: BAR_MS }), bars: [], map: null, shown: null },
      ];
    }),
  );
  const mapOf = (coin: string, { engine }: Track, markPx: number): ZoneMap | null => {
    const venues = [{ venue: 'hyperliquid', engine, markPx, openInterestUsd: null }];
    const built = buildZoneMap({ coin, markPx, nowMs: o.clock.nowMs(), venues });
    return built.ok ? built.value : null;
  };
  return {
    ...UNHEARD,
    push(coin, candle) {
      const track = tracks.get(coin);
      if (track?.engine.push(candle) === true) track.bars.push(candle);
    },
    mark: (coin) =>
      tracks.has(coin)
        ? {
            coin,
            markPx: o.markPx(coin),
            openInterestUsd: null,
            fundingHourlyFraction: null,
            markAtMs: o.clock.nowMs(),
          }
        : null,
    zoneMap(coin) {
      const track = tracks.get(coin);
      if (track === undefined) return null;
      const [bars, markPx] = [track.bars.length, o.markPx(coin)];
      if (track.map?.bars !== bars || track.map.markPx !== markPx)
        track.map = { bars, markPx, made: mapOf(coin, track, markPx) };
      return track.map.made;
    },
    zones: () => null,
    candles(coin) {
      const track = tracks.get(coin);
      if (track === undefined) return [];
      const bars = track.bars.length;
      if (track.shown?.bars !== bars) track.shown = { bars, made: track.bars.slice(-BARS_SHOWN) };
      return track.shown.made;
    },
    refresh: () => Promise.resolve(),
    feeds: () => [{ venue: 'hyperliquid', lastOkMs: o.clock.nowMs(), message: null }],
  };
}
