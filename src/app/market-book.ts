import type { Candle } from '../core/shared/candle.ts';
import type { CoinMeta } from '../core/shared/coin.ts';
import { CLOSE_RATIO_OFF_MAX, isFar, MARK_RATIO_OFF_MAX } from '../core/zones/build-zone-map.ts';
import type { VenueMap } from '../core/zones/build-zone-map.ts';
import { DEFAULT_MIX, leverageKernel } from '../core/zones/leverage-kernel.ts';
import type { MaintenanceTier } from '../core/zones/liquidation-px.ts';
import { maintenanceOf } from '../core/zones/liquidation-px.ts';
import { binanceTiers } from '../core/zones/maintenance-tiers.ts';
import type { MapEngine } from '../core/zones/map-engine.ts';
import { createMapEngine } from '../core/zones/map-engine.ts';
import type { ObservedBook } from '../core/zones/observed-book.ts';
import type { SideBySide } from '../core/zones/observed-zones.ts';
import { zonesSideBySide } from '../core/zones/observed-zones.ts';
import type { ZoneMap } from '../core/zones/types.ts';
import type { Clock, HealthView, Log, MarketSource, MarkInfo } from './ports.ts';

const BAR_MS = 300_000;
/** Bars fetched for a coin that has none: 5.2 days. Fits the venues' request budgets for all coins at once. */
const BACKFILL_BARS = 1_500;
/** Hyperliquid's bars kept: for signals, heatmap and noticing missed alerts. */
const CANDLES_KEPT = 1_500;

/** How long a reading waits for venues beside Hyperliquid, ms: a slow one goes on by itself and is in the next map. */
const OTHERS_WAIT_MS = 5_000;

const NOT_WATCHED = 'positions are read only by a bridge that runs all the time, and not when switched off';
const NONE_KNOWN = 'no position of this coin has been read yet';

/** Market data of all coins, in memory, refreshed in the background: a decision never waits for a market request. */
export interface MarketBook {
  /** Hyperliquid's mark and when we read it; null before the first reading. */
  mark(coin: string): (MarkInfo & { markAtMs: number }) | null;
  /** The newest map, the one decisions rest on; null when no venue has fresh bars for the coin. */
  zoneMap(coin: string): ZoneMap | null;
  /** It beside the others: estimated, observed, blended. */
  zones(coin: string): SideBySide | null;
  /** Hyperliquid's closed 5 m bars, oldest first. */
  candles(coin: string): readonly Candle[];
  /**
   * Reads marks and whatever bars have closed since; rebuilds the maps. One venue's failure does not stop the others,
   * nor does its slowness.
   * @param coins only these coins' bars and maps; default all
   */
  refresh(coins?: readonly string[]): Promise<void>;
  feeds(): HealthView['feeds'];
}

/** A coin's market as it is known now: what signals, report and heatmap are made from. */
export interface MarketView {
  map: ZoneMap;
  /** Hyperliquid's closed 5 m bars, oldest first. */
  candles: readonly Candle[];
  fundingHourlyFraction: number | null;
  /** Hyperliquid's, lowest first. */
  marginTiers: CoinMeta['marginTiers'];
}

interface Series {
  engine: MapEngine;
  candles: Candle[];
  /** Open of the newest bar taken, ms; −Infinity before the first. */
  lastT: number;
}

interface Feed {
  source: MarketSource;
  /** Coins the venue lists; null until asked. */
  coins: readonly string[] | null;
  series: Map<string, Series>;
  marks: Map<string, MarkInfo & { markAtMs: number }>;
  /** A reading under way, so that a slow venue is not asked twice at once. */
  reading: Promise<void> | null;
  lastOkMs: number | null;
  message: string | null;
}

/**
 * @param o.sources Hyperliquid first: its marks are the ones prices are aligned to
 * @param o.backfillBars history read at the start, bars of five minutes
 */
export function createMarketBook(o: {
  clock: Clock;
  log: Log;
  sources: readonly MarketSource[];
  coins: readonly string[];
  meta: () => ReadonlyMap<string, CoinMeta>;
  backfillBars?: number;
  /** Real positions, where somebody reads them. It is told the marks. */
  observed?: ObservedBook | undefined;
}): MarketBook {
  const feeds = o.sources.map((source): Feed => ({
    source,
    coins: null,
    series: new Map(),
    marks: new Map(),
    reading: null,
    lastOkMs: null,
    message: null,
  }));
  const marks = new Map<string, MarkInfo & { markAtMs: number }>();
  const maps = new Map<string, SideBySide>();
  const backfillMs = (o.backfillBars ?? BACKFILL_BARS) * BAR_MS;

  const rebuild = (coin: string): void => {
    const mark = marks.get(coin);
    if (mark === undefined) return;
    const { markPx } = mark;
    const venues = venuesOf(feeds, coin, mark.markAtMs);
    const nowMs = o.clock.nowMs();
    const reading = o.observed === undefined ? NOT_WATCHED : (o.observed.reading(coin, nowMs) ?? NONE_KNOWN);
    const built = zonesSideBySide({ coin, markPx, nowMs, venues }, reading);
    if (built.ok) maps.set(coin, built.value);
    else maps.delete(coin);
  };

  const refreshFeed = async (feed: Feed, coins: readonly string[]): Promise<void> => {
    try {
      feed.coins ??= (await feed.source.supported?.(o.coins)) ?? o.coins;
      const list = await feed.source.marks(feed.coins);
      const readAtMs = o.clock.nowMs();
      for (const m of list) {
        const read = { ...m, markAtMs: readAtMs };
        feed.marks.set(m.coin, read);
        if (feed.source.venue !== 'hyperliquid') continue;
        marks.set(m.coin, read);
        o.observed?.marked(m.coin, m.markPx, m.openInterestUsd);
      }
      // A coin's map is there as soon as its own bars are: a first start pages for minutes through all of them.
      const referencePx = (coin: string): number | null => marks.get(coin)?.markPx ?? null;
      const failures = await refreshSeries(feed, { ...o, coins, referencePx }, backfillMs, rebuild);
      setHealth(o, feed, failures.length === 0 ? null : `${failures.length} coin(s): ${failures[0]}`);
    } catch (e) {
      setHealth(o, feed, e instanceof Error ? e.message : 'unreadable');
    }
  };

  return {
    mark: (coin) => marks.get(coin) ?? null,
    zoneMap: (coin) => {
      const zones = maps.get(coin);
      return zones?.decidesOn === 'blended' ? zones.blended : (zones?.estimated ?? null);
    },
    zones: (coin) => maps.get(coin) ?? null,
    candles: (coin) => feeds[0]?.series.get(coin)?.candles ?? [],
    async refresh(coins = o.coins) {
      const [first, ...others] = feeds;
      const reading = others.map(
        (feed) =>
          (feed.reading ??= refreshFeed(feed, coins).finally(() => {
            feed.reading = null;
          })),
      );
      await Promise.all([
        first === undefined ? undefined : refreshFeed(first, coins),
        others.length > 0 ? Promise.race([Promise.all(reading), o.clock.sleep(OTHERS_WAIT_MS)]) : undefined,
      ]);
      for (const coin of coins) {
        rebuild(coin);
        // A few ms each: let an alert in between.
        await o.clock.sleep(0);
      }
    },
    feeds: () => feeds.map((f) => ({ venue: f.source.venue, lastOkMs: f.lastOkMs, message: f.message })),
  };
}

function setHealth(o: { clock: Clock; log: Log }, feed: Feed, message: string | null): void {
  if (message === null) feed.lastOkMs = o.clock.nowMs();
  if (message !== feed.message)
    o.log[message === null ? 'info' : 'warn'](message === null ? 'feed.recovered' : 'feed.stale', {
      venue: feed.source.venue,
      message,
    });
  feed.message = message;
}

/** Reads bars of `o.coins` closed since the newest one taken, per coin; a coin without bars gets its history first. */
async function refreshSeries(
  feed: Feed,
  o: {
    clock: Clock;
    coins: readonly string[];
    meta: () => ReadonlyMap<string, CoinMeta>;
    referencePx: (coin: string) => number | null;
  },
  backfillMs: number,
  onTaken: (coin: string) => void,
): Promise<string[]> {
  const nowMs = o.clock.nowMs();
  const lastClosedT = Math.floor(nowMs / BAR_MS) * BAR_MS - BAR_MS;
  const failures: string[] = [];
  const due = (feed.coins ?? []).filter(
    (c) => o.coins.includes(c) && feed.marks.has(c) && (feed.series.get(c)?.lastT ?? -1) < lastClosedT,
  );
  await Promise.all(
    due.map(async (coin) => {
      try {
        const series = feed.series.get(coin) ?? newSeries(feed, coin, o.meta());
        const startMs = Number.isFinite(series.lastT) ? series.lastT + BAR_MS : nowMs - backfillMs;
        const candles = await feed.source.candles(coin, startMs, lastClosedT + BAR_MS);
        const why = whyImplausible(candles, feed.marks.get(coin)?.markPx ?? null, o.referencePx(coin));
        if (why === null && isJump(series, candles)) {
          // What was taken before cannot be right, or is from before a change of unit: all of it is read again.
          feed.series.delete(coin);
          failures.push(`${coin} bars do not continue the earlier ones; read again from the start`);
          return;
        }
        if (why === null) {
          takeCandles(series, candles, feed.source.venue === 'hyperliquid' ? CANDLES_KEPT : 1);
          feed.series.set(coin, series);
          onTaken(coin);
        } else failures.push(`${coin} ${why}`);
      } catch (e) {
        failures.push(`${coin} ${e instanceof Error ? e.message : 'unreadable'}`);
      }
    }),
  );
  return failures;
}

function newSeries(feed: Feed, coin: string, meta: ReadonlyMap<string, CoinMeta>): Series {
  const own = meta.get(coin)?.marginTiers ?? [];
  const tiers: MaintenanceTier[] =
    feed.source.venue === 'hyperliquid' && own.length > 0 ? maintenanceOf(own) : binanceTiers(coin);
  const engine = createMapEngine({ kernel: leverageKernel(DEFAULT_MIX, tiers), intervalMs: BAR_MS });
  return { engine, candles: [], lastT: Number.NEGATIVE_INFINITY };
}

/**
 * A bar once taken has swept its levels for good, so that a lie must be noticed before it is taken, not after.
 * @param markPx the venue's own mark
 * @param referencePx Hyperliquid's
 */
function whyImplausible(
  candles: readonly Candle[],
  markPx: number | null,
  referencePx: number | null,
): string | null {
  const newest = candles.at(-1);
  if (newest === undefined || markPx === null) return null;
  if (referencePx !== null && isFar(markPx, referencePx, MARK_RATIO_OFF_MAX))
    return `mark ${markPx} is far from Hyperliquid's ${referencePx}: bars not taken`;
  return isFar(newest.c, markPx, CLOSE_RATIO_OFF_MAX)
    ? `newest close ${newest.c} is far from its mark ${markPx}: bars not taken`
    : null;
}

const isJump = (series: Series, candles: readonly Candle[]): boolean => {
  const [last, next] = [series.candles.at(-1), candles[0]];
  return last !== undefined && next !== undefined && isFar(next.o, last.c, CLOSE_RATIO_OFF_MAX);
};

/** @param keep bars remembered; what others said counts only for whether the next bar continues it */
function takeCandles(series: Series, candles: readonly Candle[], keep: number): void {
  for (const c of candles) {
    if (!series.engine.push(c)) continue;
    series.candles.push(c);
    series.lastT = c.t;
  }
  if (series.candles.length > keep) series.candles.splice(0, series.candles.length - keep);
}

const venuesOf = (feeds: readonly Feed[], coin: string, markAtMs: number): VenueMap[] =>
  feeds.flatMap((f) => {
    const series = f.series.get(coin);
    const mark = f.marks.get(coin);
    if (series === undefined || mark === undefined) return [];
    return [
      {
        venue: f.source.venue,
        engine: series.engine,
        markPx: mark.markPx,
        marksApartMs: Math.abs(markAtMs - mark.markAtMs),
        // A traded perp has open interest: zero is a venue that does not tell (a recording, a young simulator).
        openInterestUsd: mark.openInterestUsd === 0 ? null : mark.openInterestUsd,
      },
    ];
  });
