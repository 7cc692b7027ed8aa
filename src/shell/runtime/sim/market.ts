// The market of all runs: zone maps of a flush, built once per coin, side and price level by the real engine, and the
// alert that ends such a flush. Prices of a run start where the flush ended.
import type { MarketBook } from '../../../app/market-book.ts';
import { UNHEARD } from '../../../app/market-book.ts';
import type { Clock, MarkInfo } from '../../../app/ports.ts';
import type { EntryAlert } from '../../../core/alert/schema.ts';
import type { Candle } from '../../../core/shared/candle.ts';
import type { Side } from '../../../core/shared/coin.ts';
import { sign } from '../../../core/shared/coin.ts';
import { buildZoneMap } from '../../../core/zones/build-zone-map.ts';
import { DEFAULT_MIX, leverageKernel } from '../../../core/zones/leverage-kernel.ts';
import { maintenanceOf } from '../../../core/zones/liquidation-px.ts';
import { createMapEngine } from '../../../core/zones/map-engine.ts';
import type { ZoneMap } from '../../../core/zones/types.ts';
import { FLUSH_CLOSE_RATIO, FLUSH_EXTREME_RATIO, flushCandles } from '../../../venue/market/flush-candles.ts';
import type { VenueCoin } from '../../../venue/venue.ts';
import { atStage, type Stage } from './fade.ts';

export const BAR_MS = 300_000;
const BARS_SHOWN = 120;
const MARKET_AGE_MS_MAX = 900_000;
/** Close of the flush's last bar: 2025-10-10 21:00 UTC. Runs start a minute before. */
export const FLUSH_END_MS = 1_760_130_000_000;
export const START_MS = FLUSH_END_MS - 60_000;

/** Price before the flush, USD. Two majors and three others: their parameters differ. */
const BASE_PX: Readonly<Record<string, number>> = { BTC: 100_000, ETH: 4_000, XRP: 2.5, SOL: 200, LINK: 20 };
export const SIM_COINS: readonly string[] = Object.keys(BASE_PX);
export const VENUE_COINS: readonly VenueCoin[] = [
  { coin: 'BTC', szDecimals: 5, maxLeverage: 40 },
  { coin: 'ETH', szDecimals: 4, maxLeverage: 25 },
  { coin: 'XRP', szDecimals: 0, maxLeverage: 20 },
  { coin: 'SOL', szDecimals: 2, maxLeverage: 20 },
  { coin: 'LINK', szDecimals: 1, maxLeverage: 20 },
];
export const SCALES: readonly number[] = [1, 0.83, 1.21];

/** Where a run of that scale starts, USD: the middle between where a flush of longs and one of shorts end. */
export const startPx = (coin: string, scale: number): number => (BASE_PX[coin] ?? 1) * scale;

/** A flush that ends at `px`: of longs downwards, or its mirror image. */
function candlesTo(px: number, side: Side): Candle[] {
  const down = flushCandles(px / FLUSH_CLOSE_RATIO, FLUSH_END_MS);
  if (side === 'long') return down;
  const mirror = (x: number): number => 2 * px - x;
  return down.map((c) => ({
    ...c,
    o: mirror(c.o),
    h: mirror(c.l),
    l: mirror(c.h),
    c: mirror(c.c),
  }));
}

const bars = new Map<string, Candle[]>();

function flushBars(coin: string, side: Side, scale: number): Candle[] {
  const key = `${coin} ${side} ${scale}`;
  const known = bars.get(key);
  if (known !== undefined) return known;
  // What the signals look at; the map was made from all of them.
  const made = candlesTo(startPx(coin, scale), side).slice(-BARS_SHOWN);
  bars.set(key, made);
  return made;
}

const maps = new Map<string, ZoneMap | null>();

/** The map that a flush on the entry's side left behind. */
export function flushMap(coin: string, side: Side, scale: number): ZoneMap | null {
  const key = `${coin} ${side} ${scale}`;
  const known = maps.get(key);
  if (known !== undefined) return known;
  const px = startPx(coin, scale);
  const { maxLeverage = 20 } = VENUE_COINS.find((c) => c.coin === coin) ?? {};
  const kernel = leverageKernel(DEFAULT_MIX, maintenanceOf([{ lowerBoundUsd: 0, maxLeverage }]));
  const engine = createMapEngine({ kernel, intervalMs: BAR_MS });
  for (const c of candlesTo(px, side)) engine.push(c);
  const venues = [{ venue: 'hyperliquid', engine, markPx: px, marksApartMs: 0, openInterestUsd: 1e9 }];
  const built = buildZoneMap({ coin, markPx: px, nowMs: FLUSH_END_MS, venues });
  const map = built.ok ? built.value : null;
  maps.set(key, map);
  return map;
}

const EXTREME_FRACTION = (FLUSH_CLOSE_RATIO - FLUSH_EXTREME_RATIO) / FLUSH_CLOSE_RATIO;

/** The exhaustion alert of such a flush at the present price, of a bar that closed at `closeMs`. */
export function exhaustionAlert(o: {
  coin: string;
  side: Side;
  px: number;
  closeMs: number;
  sentAtMs: number;
}): EntryAlert {
  const s = sign(o.side);
  const extreme = o.px * (1 - s * EXTREME_FRACTION);
  return {
    v: 1,
    kind: 'cascade.exhaustion',
    script: 'cascade-exhaustion@1.0.0',
    strategy: 'max-pain',
    exchange: 'HYPERLIQUID',
    ticker: `${o.coin}USDC.P`,
    interval: '5',
    barTime: o.closeMs - BAR_MS,
    sentAt: o.sentAtMs,
    side: o.side,
    close: o.px,
    high: Math.max(o.px, extreme) * 1.0005,
    low: Math.min(o.px, extreme) * 0.9995,
    atr: o.px * 0.0019,
    score: 80,
    cascade: {
      startTime: FLUSH_END_MS - 4 * BAR_MS,
      extreme,
      movePct: -4 * s,
      bars: 3,
      volumeRatio: 8,
      oiChangePct: -3,
      rsi: 12,
    },
  };
}

/**
 * The market as one process knows it: marks read from the venue with whatever happens on the way, maps that stand
 * still but for their age and the stages of a fade.
 * @param readMarks the venue's marks by coin; a throw leaves everything as it was
 */
export function createSimMarket(o: {
  clock: Clock;
  sideOf: (coin: string) => Side;
  scale: number;
  readMarks: () => Promise<ReadonlyMap<string, number>>;
  /** What has become of a coin's market since its flush; undefined: nothing. */
  stageOf: (coin: string) => Stage | undefined;
}): MarketBook {
  const marks = new Map<string, MarkInfo & { markAtMs: number }>();
  const zones = new Map<string, ZoneMap>();
  const stages = new Map<string, Stage | undefined>();
  let lastOkMs: number | null = null;
  let message: string | null = null;
  return {
    ...UNHEARD,
    mark: (coin) => marks.get(coin) ?? null,
    zoneMap: (coin) => zones.get(coin) ?? null,
    zones: () => null,
    candles: (coin) => flushBars(coin, o.sideOf(coin), o.scale),
    async refresh() {
      try {
        const read = await o.readMarks();
        const markAtMs = o.clock.nowMs();
        const asOfMs = Math.max(FLUSH_END_MS, Math.floor(markAtMs / BAR_MS) * BAR_MS);
        for (const [coin, markPx] of read) {
          marks.set(coin, { coin, markPx, openInterestUsd: 1e9, fundingHourlyFraction: 0, markAtMs });
          const [side, stage] = [o.sideOf(coin), o.stageOf(coin)];
          if (zones.get(coin)?.asOfMs === asOfMs && stages.get(coin) === stage) continue;
          const map = flushMap(coin, side, o.scale);
          if (map === null) continue;
          const now = { ...map, asOfMs };
          zones.set(coin, stage === undefined ? now : atStage(now, side, stage));
          stages.set(coin, stage);
        }
        lastOkMs = markAtMs;
        message = null;
      } catch (e) {
        message = e instanceof Error ? e.message : 'unreadable';
        for (const [coin, map] of zones)
          if (o.clock.nowMs() - map.asOfMs > MARKET_AGE_MS_MAX) zones.delete(coin);
      }
    },
    feeds: () => [{ venue: 'hyperliquid', lastOkMs, message }],
  };
}
