import type { Side } from '../core/shared/coin.ts';
import { SAMPLE_AGE_MS_MAX } from '../core/zones/open-interest.ts';
import { marketWide } from '../core/zones/realised/day-state.ts';
import { realisedView } from '../core/zones/realised/realised-view.ts';
import type {
  FundingSample,
  Liquidation,
  MarketWide,
  OpenInterestSample,
  RatioSample,
  RealisedView,
  VenueName,
  Washout,
} from '../core/zones/realised/types.ts';
import { openInterestWashout } from '../core/zones/washout.ts';
import { createHeardSpans, createLiquidationLog } from './liquidation-log.ts';
import type { HistoryBatch, LiquidationSource, MarketHistory } from './market-ports.ts';
import type { Clock, Log, MarkInfo, MarketSource } from './ports.ts';
import { createVenueHistoryReader, RATIOS_KEPT_MS } from './read-venue-history.ts';
import type { MarketSample, SampleSeries } from './sample-series.ts';
import { emptyNews, joined } from './unwritten-news.ts';
import { createSampleSeries } from './sample-series.ts';

const DAY_MS = 86_400_000;
/** Hyperliquid keeps no history of open interest, so this is the only one there is; others can be asked again. */
const OWN_KEPT_MS = 31 * DAY_MS;
const OTHERS_KEPT_MS = 7 * DAY_MS;
/** A view is made anew after this, ms. `look` makes them earlier, so that an alert finds one and waits for none. */
const VIEW_KEPT_MS = 15_000;

/** What flows through the market: forced closes, open interest, funding, positioning. Kept in memory, bounded. */
export interface MarketFlow {
  realised(coin: string): RealisedView | null;
  /** Hyperliquid's, oldest first, default the last 24 h; a sample a minute. */
  openInterest(coin: string, sinceMs?: number): OpenInterestSample[];
  /** Hyperliquid's, oldest first, default the last 24 h. */
  funding(coin: string, sinceMs?: number): FundingSample[];
  /** Of the last two days, oldest first. */
  ratios(coin: string): readonly RatioSample[];
  /** Oldest first; at most a day back. */
  liquidationsSince(coin: string, sinceMs: number): Liquidation[];
  /** Open interest and funding since a cascade began; null when nothing is known. */
  washout(coin: string, side: Side, sinceMs: number): Washout | null;
  /** Followed coins together; a lower bound. Null when nobody listened within 24 h. */
  marketWide(): MarketWide | null;
  /** The streams' health, in the words of HealthView. */
  feeds(): { venue: string; lastOkMs: number | null; message: string | null }[];
  /** Marks just read: sampled once a minute. */
  onMarks(venue: VenueName, marks: readonly MarkInfo[], atMs: number): void;
  /** Reads back what is kept, then starts the streams. */
  start(): Promise<void>;
  /** Venues' own histories of what was not seen here, and account ratios. One venue's failure does not stop others. */
  readVenues(): Promise<void>;
  /** Makes every coin's view anew, some milliseconds each with a turn for others between. */
  look(): Promise<void>;
  /** Writes what is new. Never throws. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/** The end of a listening is known to have been earlier than written by no more than this, ms. */
const CORRECTED_MS = 120_000;

export interface MarketFlowOptions {
  clock: Clock;
  log: Log;
  coins: readonly string[];
  streams: readonly LiquidationSource[];
  sources: readonly MarketSource[];
  /** Null: nothing outlives the process. */
  history: MarketHistory | null;
}

export function createMarketFlow(o: MarketFlowOptions): MarketFlow {
  const { clock, log, coins } = o;
  const liquidations = createLiquidationLog();
  const spans = createHeardSpans();
  const series = new Map<string, SampleSeries>();
  const ratios = new Map<string, RatioSample[]>();
  const problems = new Map<VenueName, string | null>();
  const lastHeardMs = new Map<VenueName, number>();
  const views = new Map<string, { atMs: number; view: RealisedView | null }>();
  const readVenues = createVenueHistoryReader(o);
  let news = emptyNews();
  /** Up to when spans are in the file, ms. */
  let writtenMs = 0;

  const seriesOf = (venue: VenueName, coin: string): SampleSeries => {
    const key = `${venue} ${coin}`;
    const known =
      series.get(key) ?? createSampleSeries(venue === 'hyperliquid' ? OWN_KEPT_MS : OTHERS_KEPT_MS);
    series.set(key, known);
    return known;
  };
  const ofCoin = (coin: string): [VenueName, SampleSeries][] =>
    o.sources.flatMap(({ venue }) => {
      const known = series.get(`${venue} ${coin}`);
      return known === undefined ? [] : [[venue, known]];
    });

  const makeView = (coin: string): RealisedView | null => {
    const nowMs = clock.nowMs();
    const view = realisedView({
      coin,
      nowMs,
      ...liquidations.of(coin),
      spans: spans.until(nowMs),
      openInterest: ofCoin(coin).map(
        ([, s]) =>
          (atMs: number) =>
            openInterestAt(s, atMs),
      ),
    });
    views.set(coin, { atMs: nowMs, view });
    return view;
  };
  const view = (coin: string): RealisedView | null => {
    const kept = views.get(coin);
    const ageMs = clock.nowMs() - (kept?.atMs ?? Number.NEGATIVE_INFINITY);
    return kept !== undefined && ageMs >= 0 && ageMs < VIEW_KEPT_MS ? kept.view : makeView(coin);
  };

  const addRatios = (coin: string, list: readonly RatioSample[]): void => {
    const sinceMs = clock.nowMs() - RATIOS_KEPT_MS;
    const all = [...(ratios.get(coin) ?? []), ...list].filter((r) => r.tMs >= sinceMs);
    ratios.set(
      coin,
      all.sort((a, b) => a.tMs - b.tMs),
    );
  };

  const listen = (stream: LiquidationSource): void =>
    stream.start({
      liquidation(l) {
        const bucket = liquidations.take(l, clock.nowMs());
        if (bucket === null) return;
        news.liquidations.push(l);
        news.buckets.set(`${l.coin} ${l.side} ${bucket.tMs}`, { ...bucket, coin: l.coin });
      },
      status(up, atMs) {
        spans.status(stream.venue, up, atMs);
        views.clear();
        lastHeardMs.set(stream.venue, atMs);
      },
      problem(message) {
        if (message !== (problems.get(stream.venue) ?? null))
          log[message === null ? 'info' : 'warn'](message === null ? 'feed.recovered' : 'feed.stale', {
            venue: stream.venue,
            message,
          });
        problems.set(stream.venue, message);
      },
    });

  const flush = async (): Promise<void> => {
    const nowMs = clock.nowMs();
    liquidations.forget(nowMs);
    spans.forget(nowMs);
    const writing = news;
    const batch: HistoryBatch = {
      ...writing,
      buckets: [...writing.buckets.values()],
      spans: spans.until(nowMs).filter((s) => s.toMs >= writtenMs - CORRECTED_MS),
    };
    news = emptyNews();
    try {
      await o.history?.append(batch);
      writtenMs = nowMs;
    } catch (e) {
      news = joined(writing, news);
      log.warn('market-history.not-written', { message: e instanceof Error ? e.message : 'unknown' });
    }
  };

  return {
    realised: view,
    openInterest: (coin, sinceMs = clock.nowMs() - DAY_MS) =>
      (series.get(`hyperliquid ${coin}`)?.since(sinceMs) ?? []).flatMap(toOpenInterest),
    funding: (coin, sinceMs = clock.nowMs() - DAY_MS) =>
      (series.get(`hyperliquid ${coin}`)?.since(sinceMs) ?? []).flatMap(toFunding),
    ratios: (coin) => ratios.get(coin) ?? [],
    liquidationsSince: (coin, sinceMs) => liquidations.of(coin).recent.filter((l) => l.timeMs >= sinceMs),
    washout(coin, side, sinceMs) {
      const from = sinceMs - SAMPLE_AGE_MS_MAX;
      const openInterest = new Map(ofCoin(coin).map(([v, s]) => [v, s.since(from).flatMap(toOpenInterest)]));
      const funding = (series.get(`hyperliquid ${coin}`)?.since(sinceMs - DAY_MS) ?? []).flatMap(toFunding);
      return openInterestWashout({ coin, side, sinceMs, nowMs: clock.nowMs(), openInterest, funding });
    },
    marketWide: () => marketWide(coins.flatMap((coin) => view(coin)?.windows['24h'] ?? [])),
    feeds: () =>
      o.streams.map(({ venue }) => ({
        venue: `${venue} liquidations`,
        lastOkMs: spans.isOpen(venue) ? clock.nowMs() : (lastHeardMs.get(venue) ?? null),
        message: problems.get(venue) ?? (spans.isOpen(venue) ? null : 'liquidations: not connected yet'),
      })),
    onMarks(venue, marks, atMs) {
      for (const { coin, markPx, openInterestUsd: usd, fundingHourlyFraction } of marks) {
        // A traded perp has open interest: zero is a venue that does not tell.
        const openInterestUsd = usd === 0 ? null : usd;
        const openInterestCoins = openInterestUsd === null ? null : openInterestUsd / markPx;
        const s: MarketSample = { tMs: atMs, openInterestUsd, openInterestCoins, fundingHourlyFraction };
        if (seriesOf(venue, coin).push(s)) news.samples.push({ ...s, venue, coin });
      }
    },
    async start() {
      try {
        if (o.history !== null) await readBack(o, o.history, { liquidations, spans, seriesOf, addRatios });
      } catch (e) {
        log.warn('market-history.unreadable', { message: e instanceof Error ? e.message : 'unknown' });
      }
      views.clear();
      for (const stream of o.streams) listen(stream);
    },
    readVenues: () =>
      readVenues({
        series: ({ venue }, coin) => seriesOf(venue, coin),
        ratios: (coin) => ratios.get(coin) ?? [],
        samples: (list) => void news.samples.push(...list),
        newRatios(coin, list) {
          addRatios(coin, list);
          news.ratios.push(...list.map((r) => ({ ...r, coin })));
        },
      }),
    async look() {
      for (const coin of coins) {
        makeView(coin);
        await clock.sleep(0);
      }
    },
    flush,
    async stop() {
      await Promise.all(o.streams.map((s) => s.stop()));
      await flush();
    },
  };
}

function toOpenInterest({ tMs, openInterestUsd, openInterestCoins }: MarketSample): OpenInterestSample[] {
  return openInterestUsd === null || openInterestCoins === null
    ? []
    : [{ tMs, usd: openInterestUsd, coins: openInterestCoins }];
}

function toFunding({ tMs, fundingHourlyFraction }: MarketSample): FundingSample[] {
  return fundingHourlyFraction === null ? [] : [{ tMs, hourlyFraction: fundingHourlyFraction }];
}

function openInterestAt(series: SampleSeries, atMs: number): OpenInterestSample | undefined {
  const found = series.at(atMs);
  return found === undefined || atMs - found.tMs > SAMPLE_AGE_MS_MAX ? undefined : toOpenInterest(found)[0];
}

interface Memory {
  seriesOf: (venue: VenueName, coin: string) => SampleSeries;
  addRatios: (coin: string, list: readonly RatioSample[]) => void;
}

async function readBack(
  o: MarketFlowOptions,
  history: MarketHistory,
  to: Memory & {
    liquidations: ReturnType<typeof createLiquidationLog>;
    spans: ReturnType<typeof createHeardSpans>;
  },
): Promise<void> {
  const nowMs = o.clock.nowMs();
  to.spans.restore(await history.spans(nowMs - OWN_KEPT_MS));
  for (const coin of o.coins) {
    const recent = await history.liquidations(coin, nowMs - DAY_MS);
    to.liquidations.restore(coin, recent, await history.buckets(coin, nowMs - OWN_KEPT_MS));
    to.addRatios(coin, await history.ratios(coin, nowMs - RATIOS_KEPT_MS));
    for (const { venue } of o.sources) {
      const keptMs = venue === 'hyperliquid' ? OWN_KEPT_MS : OTHERS_KEPT_MS;
      const samples = await history.samples(venue, coin, nowMs - keptMs);
      if (samples.length > 0) to.seriesOf(venue, coin).merge(samples);
    }
    // Reading is synchronous where the file is: let an alert in between.
    await o.clock.sleep(0);
  }
}
