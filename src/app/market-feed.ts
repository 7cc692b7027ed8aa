import type { Candle } from '../core/shared/candle.ts';
import type { VenueMap } from '../core/zones/build-zone-map.ts';
import type { MapEngine } from '../core/zones/map-engine.ts';
import type { MarkJudge } from './judge-marks.ts';
import type { Log, MarketSource, MarkInfo } from './ports.ts';

export interface Series {
  engine: MapEngine;
  candles: Candle[];
  /** Open of the newest bar taken, ms; −Infinity before the first. */
  lastT: number;
}

/** One venue as a market book knows it. */
export interface Feed {
  source: MarketSource;
  /** Coins the venue lists; null until asked. */
  coins: readonly string[] | null;
  series: Map<string, Series>;
  marks: Map<string, MarkInfo & { markAtMs: number }>;
  /** A reading of marks under way, so that a slow venue is not asked twice at once. True: they could be read. */
  readingMarks: Promise<boolean> | null;
  /** Readings of bars under way by coin: nobody asks twice at once, and bars are taken in their order. */
  readingBars: Map<string, Promise<void>>;
  marksProblem: string | null;
  /** By coin, why its bars could not be read or taken last. */
  barsProblems: Map<string, string>;
  lastOkMs: number | null;
  /** What was said of it last. */
  message: string | null;
}

export const openFeed = (source: MarketSource): Feed => ({
  source,
  coins: null,
  series: new Map(),
  marks: new Map(),
  readingMarks: null,
  readingBars: new Map(),
  marksProblem: null,
  barsProblems: new Map(),
  lastOkMs: null,
  message: null,
});

/** Logs it when it has changed. @returns what is wrong with the venue as far as is known now; null: nothing */
export function sayHealth(log: Log, feed: Feed): string | null {
  const { barsProblems } = feed;
  const [first] = barsProblems.values();
  const message =
    feed.marksProblem ?? (first === undefined ? null : `${barsProblems.size} coin(s): ${first}`);
  if (message !== feed.message)
    log[message === null ? 'info' : 'warn'](message === null ? 'feed.recovered' : 'feed.stale', {
      venue: feed.source.venue,
      message,
    });
  feed.message = message;
  return message;
}

/** A mark's funding older than this says nothing of now, ms: a bar's length. */
const FUNDING_KEPT_MS = 300_000;

/** Mean of the other venues' running funding, of those that tell, per hour. */
export function fundingElsewhere(feeds: readonly Feed[], coin: string, nowMs: number): number | null {
  const rates = feeds.flatMap(({ source, marks }) => {
    const mark = source.venue === 'hyperliquid' ? undefined : marks.get(coin);
    const isNew = mark !== undefined && nowMs - mark.markAtMs <= FUNDING_KEPT_MS;
    return isNew && mark.fundingHourlyFraction !== null ? [mark.fundingHourlyFraction] : [];
  });
  return rates.length === 0 ? null : rates.reduce((a, b) => a + b, 0) / rates.length;
}

/** What is known of a coin at each venue, for its map. */
export const venuesOf = (
  feeds: readonly Feed[],
  coin: string,
  markAtMs: number,
  judge: Pick<MarkJudge, 'against'>,
): VenueMap[] =>
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
        markProblem: judge.against(f.source.venue, coin),
        // A traded perp has open interest: zero is a venue that does not tell (a recording, a young simulator).
        openInterestUsd: mark.openInterestUsd === 0 ? null : mark.openInterestUsd,
      },
    ];
  });
