import type { Candle } from '../core/shared/candle.ts';
import type { CoinMeta, Side } from '../core/shared/coin.ts';
import { isFar, MARK_RATIO_OFF_MAX, STALE_AFTER_MS } from '../core/zones/build-zone-map.ts';
import type { ObservedBook } from '../core/zones/observed-book.ts';
import type { SideBySide } from '../core/zones/observed-zones.ts';
import { zonesSideBySide } from '../core/zones/observed-zones.ts';
import type {
  FundingSample,
  Liquidation,
  MarketWide,
  OpenInterestSample,
  RatioSample,
  RealisedView,
  Washout,
} from '../core/zones/realised/types.ts';
import type { MinuteBars } from '../core/zones/signals/minutes.ts';
import { MINUTES_STALE_MS } from '../core/zones/signals/minutes.ts';
import type { SignalMode } from '../core/zones/signals/types.ts';
import type { ZoneMap } from '../core/zones/types.ts';
import { createMarkJudge } from './judge-marks.ts';
import type { Feed } from './market-feed.ts';
import { fundingElsewhere, openFeed, sayHealth, venuesOf } from './market-feed.ts';
import type { MarketFlow } from './market-flow.ts';
import type { MinuteBook, MinuteReads } from './minute-book.ts';
import type { Clock, HealthView, Log, MarketSource, MarkInfo } from './ports.ts';
import { BAR_MS, readBars } from './read-bars.ts';

/** Bars fetched for a coin that has none: 5.2 days. Fits the venues' request budgets for all coins at once. */
const BACKFILL_BARS = 1_500;

/** How long a reading waits for Hyperliquid's bars, and for all of the other venues, ms: what is late goes on by itself. */
const BARS_WAIT_MS = 5_000;
const OTHERS_WAIT_MS = 5_000;

const NOT_WATCHED = 'positions are read only by a bridge that runs all the time, and not when switched off';
const NONE_KNOWN = 'no position of this coin has been read yet';

/** What is known beside prices and bars. */
export interface FlowReads {
  /** What venues reported of liquidations; null where nobody listens, or listened for the last 24 h. */
  realised(coin: string): RealisedView | null;
  /** Hyperliquid's own, a sample a minute, oldest first, default the last 24 h; empty where nobody samples. */
  openInterest(coin: string, sinceMs?: number): readonly OpenInterestSample[];
  funding(coin: string, sinceMs?: number): readonly FundingSample[];
  /** Forced closes of all followed coins together, 24 h; null where nobody listens, or listened. */
  marketWide(): MarketWide | null;
  /** Account ratios of the last two days by venue, oldest first. */
  ratios(coin: string): readonly RatioSample[];
  /** Oldest first, at most a day back. */
  liquidationsSince(coin: string, sinceMs: number): readonly Liquidation[];
  /** Open interest and funding since a cascade of `side` began; null when nothing is known. */
  washout(coin: string, side: Side, sinceMs: number): Washout | null;
}

/** Where nobody listens and samples nothing is known. */
export const UNHEARD: FlowReads & MinuteReads & Pick<MarketBook, 'fundingElsewhere'> = {
  minutes: () => null,
  fundingElsewhere: () => null,
  realised: () => null,
  openInterest: () => [],
  funding: () => [],
  marketWide: () => null,
  ratios: () => [],
  liquidationsSince: () => [],
  washout: () => null,
};

/** Market data of all coins, in memory, refreshed in the background: a decision never waits for a market request. */
export interface MarketBook extends FlowReads, MinuteReads {
  /** Hyperliquid's mark and when we read it; null before the first reading. */
  mark(coin: string): (MarkInfo & { markAtMs: number }) | null;
  /** The newest map, the one decisions rest on; null when no venue has fresh bars for the coin. */
  zoneMap(coin: string): ZoneMap | null;
  /** It beside the others: estimated, observed, blended. */
  zones(coin: string): SideBySide | null;
  /** Hyperliquid's closed 5 m bars, oldest first. */
  candles(coin: string): readonly Candle[];
  /** Running funding of the other venues, mean of those that tell, per hour; null when none does. */
  fundingElsewhere(coin: string): number | null;
  /**
   * Reads marks and whatever bars have closed since; rebuilds the maps. One venue's failure does not stop the others,
   * nor does its slowness. Waits for Hyperliquid's marks, and for all else a bounded time: bars that come later are
   * taken then, and the next reading of marks does not wait for them.
   * @param coins only these coins' bars and maps; default all
   * @param barsWaitMs how long to wait for Hyperliquid's bars; default five seconds, Infinity: until they have come
   */
  refresh(coins?: readonly string[], barsWaitMs?: number): Promise<void>;
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
  realised: RealisedView | null;
  /** All followed coins together, 24 h. */
  marketWide?: MarketWide | null;
  ratios: readonly RatioSample[];
  /** Hyperliquid's of a little more than a day, oldest first. */
  openInterest: readonly OpenInterestSample[];
  /** Hyperliquid's one-minute bars; null or left out where nobody reads them. */
  minutes?: MinuteBars | null;
  /** Of the other venues, as `MarketBook` has it; left out where nobody reads them. */
  fundingElsewhere?: number | null;
  /** How far the coin's signals look; default day. */
  mode?: SignalMode;
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
  /** Liquidations and histories, where somebody keeps them. It is told the marks. */
  flow?: MarketFlow | undefined;
  /** Hyperliquid's one-minute bars, where somebody listens to them. */
  minutes?: MinuteBook | undefined;
}): MarketBook {
  const feeds = o.sources.map(openFeed);
  const marks = new Map<string, MarkInfo & { markAtMs: number }>();
  const maps = new Map<string, SideBySide>();
  const judge = createMarkJudge();
  const backfillMs = (o.backfillBars ?? BACKFILL_BARS) * BAR_MS;

  const rebuild = (coin: string): void => {
    const mark = marks.get(coin);
    if (mark === undefined) return;
    const { markPx } = mark;
    if (judge.against('hyperliquid', coin) !== null) return void maps.delete(coin);
    const venues = venuesOf(feeds, coin, mark.markAtMs, judge);
    const nowMs = o.clock.nowMs();
    const reading = o.observed === undefined ? NOT_WATCHED : (o.observed.reading(coin, nowMs) ?? NONE_KNOWN);
    const minutes = runningMinutes(o.minutes?.minutes(coin) ?? null, nowMs);
    const built = zonesSideBySide({ coin, markPx, nowMs, venues, minutes }, reading);
    if (built.ok) maps.set(coin, built.value);
    else maps.delete(coin);
  };

  const referencePx = (coin: string): number | null => marks.get(coin)?.markPx ?? null;

  const readMarks = async (feed: Feed): Promise<boolean> => {
    const { venue } = feed.source;
    try {
      feed.coins ??= (await feed.source.supported?.(o.coins)) ?? o.coins;
      const list = await feed.source.marks(feed.coins);
      const readAtMs = o.clock.nowMs();
      for (const m of list) {
        const read = { ...m, markAtMs: readAtMs };
        feed.marks.set(m.coin, read);
        judge.note(venue, m.coin, m.markPx, readAtMs);
        if (venue !== 'hyperliquid') continue;
        marks.set(m.coin, read);
        o.observed?.marked(m.coin, m.markPx, m.openInterestUsd);
      }
      const isPlausible = ({ coin, markPx }: MarkInfo): boolean =>
        judge.against(venue, coin) === null &&
        !isFar(markPx, referencePx(coin) ?? Number.NaN, MARK_RATIO_OFF_MAX);
      o.flow?.onMarks(venue, list.filter(isPlausible), readAtMs);
      feed.marksProblem = null;
      return true;
    } catch (e) {
      feed.marksProblem = e instanceof Error ? e.message : 'unreadable';
      return false;
    }
  };

  const marksOf = (feed: Feed): Promise<boolean> =>
    (feed.readingMarks ??= readMarks(feed).finally(() => {
      feed.readingMarks = null;
    }));

  const readFeed = async (feed: Feed, coins: readonly string[]): Promise<void> => {
    // A coin's map is there as soon as its own bars are: a first start pages for minutes through all of them.
    if (await marksOf(feed)) await readBars(feed, { ...o, coins, referencePx, onTaken: rebuild }, backfillMs);
    if (sayHealth(o.log, feed) === null) feed.lastOkMs = o.clock.nowMs();
  };

  return {
    mark: (coin) => marks.get(coin) ?? null,
    zoneMap: (coin) => {
      const zones = maps.get(coin);
      return zones?.decidesOn === 'blended' ? zones.blended : (zones?.estimated ?? null);
    },
    zones: (coin) => maps.get(coin) ?? null,
    candles: (coin) => feeds[0]?.series.get(coin)?.candles ?? [],
    fundingElsewhere: (coin) => fundingElsewhere(feeds, coin, o.clock.nowMs()),
    async refresh(coins = o.coins, barsWaitMs = BARS_WAIT_MS) {
      const [first, ...others] = feeds;
      const read = (list: readonly Feed[]): Promise<unknown> =>
        Promise.all(list.map((feed) => readFeed(feed, coins)));
      const within = async (ms: number, work: Promise<unknown>): Promise<void> => {
        const over = new AbortController();
        await Promise.race([
          work,
          ...(ms < Number.POSITIVE_INFINITY ? [o.clock.sleep(ms, over.signal)] : []),
        ]);
        over.abort();
      };
      await Promise.all([
        ...(first === undefined ? [] : [marksOf(first), within(barsWaitMs, read([first]))]),
        ...(others.length === 0 ? [] : [within(OTHERS_WAIT_MS, read(others))]),
      ]);
      for (const feed of feeds) sayHealth(o.log, feed);
      for (const coin of coins) {
        rebuild(coin);
        // A few ms each: let an alert in between.
        await o.clock.sleep(0);
      }
    },
    feeds: () => [
      ...feeds.map(({ source: { venue }, lastOkMs, message }) => ({
        venue,
        lastOkMs,
        message: message ?? judge.anyAgainst(venue),
      })),
      ...(o.flow?.feeds() ?? []),
      ...(o.minutes?.feeds() ?? []),
    ],
    minutes: (coin) => o.minutes?.minutes(coin) ?? null,
    ...flowReads(o.flow ?? UNHEARD),
  };
}

/** Of the last minutes those that a map needs to tell what has been swept since its newest bar; undefined: not known. */
const runningMinutes = (minutes: MinuteBars | null, nowMs: number): readonly Candle[] | undefined =>
  minutes === null || nowMs - minutes.toMs > MINUTES_STALE_MS
    ? undefined
    : minutes.bars.filter((b) => b.t >= nowMs - STALE_AFTER_MS - BAR_MS);

/** The reads alone: a book does not start or stop the flow. */
const flowReads = ({
  realised,
  openInterest,
  funding,
  marketWide,
  ratios,
  liquidationsSince,
  washout,
}: FlowReads): FlowReads => ({
  realised,
  openInterest,
  funding,
  marketWide,
  ratios,
  liquidationsSince,
  washout,
});
