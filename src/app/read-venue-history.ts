import type { RatioSample } from '../core/zones/realised/types.ts';
import type { StoredSample } from './market-ports.ts';
import type { Clock, Log, MarketSource } from './ports.ts';
import type { MarketSample, SampleSeries } from './sample-series.ts';

const DAY_MS = 86_400_000;
/** Times nobody looked are filled this far back, ms; a whole day or nothing says anything about a washout. */
const FILL_BACK_MS = 7 * DAY_MS;
/** Venues stamp open interest every five minutes; a longer hole is one, ms. */
const GAP_MS = 900_000;
/** What a washout compares with is a day before a cascade began; funding is filled this far back, ms. */
const FUNDING_BACK_MS = 2 * DAY_MS;
/** Funding is paid every hour at least once on Hyperliquid: a longer time without a rate is a hole, ms. */
const FUNDING_GAP_MS = 5_400_000;
export const RATIOS_KEPT_MS = 2 * DAY_MS;

export interface VenueHistoryTarget {
  series(source: MarketSource, coin: string): SampleSeries;
  ratios(coin: string): readonly RatioSample[];
  /** What turned out to be new, to be kept and written. */
  samples(list: readonly StoredSample[]): void;
  newRatios(coin: string, list: readonly RatioSample[]): void;
}

/**
 * Asks each venue for what it remembers of the time nobody looked here (open interest, funding), once per hole, and for
 * its newest account ratios. A venue that cannot be read keeps its holes, and is asked again the next time.
 */
export function createVenueHistoryReader(o: {
  clock: Clock;
  log: Log;
  coins: readonly string[];
  sources: readonly MarketSource[];
}): (to: VenueHistoryTarget) => Promise<void> {
  /** Up to when holes were asked about, by venue and coin, ms. */
  const askedToMs = new Map<string, number>();

  const fill = async (source: MarketSource, coin: string, to: VenueHistoryTarget): Promise<void> => {
    const nowMs = o.clock.nowMs();
    const key = `${source.venue} ${coin}`;
    const series = to.series(source, coin);
    const sinceMs = Math.max(nowMs - FILL_BACK_MS, askedToMs.get(key) ?? 0);
    const known = series.since(sinceMs).filter((s) => s.openInterestCoins !== null);
    const fromMs = holeFrom(known, sinceMs, nowMs, GAP_MS);
    if (source.openInterestHistory === undefined || fromMs === null) return;
    const list = (await source.openInterestHistory(coin, fromMs, nowMs)).map((s): MarketSample => ({
      tMs: s.tMs,
      openInterestUsd: s.usd,
      openInterestCoins: s.coins,
      fundingHourlyFraction: null,
    }));
    askedToMs.set(key, nowMs);
    series.merge(list);
    to.samples(list.map((s) => ({ ...s, venue: source.venue, coin })));
  };

  const fillFunding = async (source: MarketSource, coin: string, to: VenueHistoryTarget): Promise<void> => {
    const nowMs = o.clock.nowMs();
    const key = `${source.venue} ${coin} funding`;
    const series = to.series(source, coin);
    const sinceMs = Math.max(nowMs - FUNDING_BACK_MS, askedToMs.get(key) ?? 0);
    const known = series.since(sinceMs).filter((s) => s.fundingHourlyFraction !== null);
    const fromMs = holeFrom(known, sinceMs, nowMs, FUNDING_GAP_MS);
    if (source.fundingHistory === undefined || fromMs === null) return;
    const list = (await source.fundingHistory(coin, fromMs, nowMs)).map((s): MarketSample => ({
      tMs: s.tMs,
      openInterestUsd: null,
      openInterestCoins: null,
      fundingHourlyFraction: s.hourlyFraction,
    }));
    askedToMs.set(key, nowMs);
    series.merge(list);
    to.samples(list.map((s) => ({ ...s, venue: source.venue, coin })));
  };

  const readRatios = async (source: MarketSource, coin: string, to: VenueHistoryTarget): Promise<void> => {
    const nowMs = o.clock.nowMs();
    const known = to.ratios(coin).findLast((r) => r.venue === source.venue);
    const fromMs = Math.max(nowMs - RATIOS_KEPT_MS, (known?.tMs ?? 0) + 1);
    const list = (await source.accountRatios?.(coin, fromMs, nowMs)) ?? [];
    to.newRatios(coin, list);
  };

  return async (to) => {
    await Promise.all(
      o.sources.map(async (source) => {
        const read = async (coin: string): Promise<void> => {
          await fill(source, coin, to);
          await fillFunding(source, coin, to);
          await readRatios(source, coin, to);
        };
        try {
          for (const coin of (await source.supported?.(o.coins)) ?? o.coins) await read(coin);
        } catch (e) {
          const message = e instanceof Error ? e.message : 'unknown';
          o.log.warn('market-flow.unread', { venue: source.venue, message });
        }
      }),
    );
  };
}

/** Where the first hole since `sinceMs` begins; null without one. */
function holeFrom(
  samples: readonly MarketSample[],
  sinceMs: number,
  nowMs: number,
  gapMs: number,
): number | null {
  let lastMs = sinceMs;
  for (const { tMs } of samples) {
    if (tMs - lastMs > gapMs) return lastMs;
    lastMs = tMs;
  }
  return nowMs - lastMs > gapMs ? lastMs : null;
}
