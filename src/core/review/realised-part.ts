import { openInterestChange, sampleAt } from '../zones/open-interest.ts';
import type { MarketWide, OpenInterestSample, RatioSample, RealisedView } from '../zones/realised/types.ts';
import { NOT_AVAILABLE } from '../zones/signals/thresholds.ts';

const HOUR_MS = 3_600_000;

/** What a report says beside the map: as venues reported it, not estimated. */
export interface RealisedPart {
  /** Null: nobody listens here, or listened within 24 h. */
  realised: RealisedView | null;
  /** All followed coins together; null: nobody listens here, or listened within 24 h. */
  marketWide: MarketWide | null;
  /** The newest of each venue. */
  accountRatios: RatioSample[];
  /** Hyperliquid's, one-sided. Changes in coins, fraction; null where there is no sample from then. */
  openInterest: {
    usd: number;
    changeFraction: { '1h': number | null; '4h': number | null; '24h': number | null };
  } | null;
  notAvailable: { signal: string; needs: string }[];
}

export interface RealisedPartInput {
  realised: RealisedView | null;
  marketWide?: MarketWide | null;
  ratios: readonly RatioSample[];
  /** Oldest first, of a day and a little more. */
  openInterest: readonly OpenInterestSample[];
  nowMs: number;
}

export function realisedPart({
  realised,
  marketWide = null,
  ratios,
  openInterest,
  nowMs,
}: RealisedPartInput): RealisedPart {
  const newest = new Map(ratios.map((r) => [r.venue, r]));
  const now = sampleAt(openInterest, nowMs);
  const since = (hours: number): number | null =>
    openInterestChange([(atMs) => sampleAt(openInterest, atMs)], nowMs - hours * HOUR_MS, nowMs);
  const isKnown = (signal: string): boolean =>
    (realised !== null && signal.startsWith('realised')) ||
    (now !== undefined && signal.startsWith('open-interest')) ||
    (newest.size > 0 && signal.startsWith('long/short'));
  return {
    realised,
    marketWide,
    accountRatios: [...newest.values()],
    openInterest:
      now === undefined
        ? null
        : { usd: now.usd, changeFraction: { '1h': since(1), '4h': since(4), '24h': since(24) } },
    notAvailable: NOT_AVAILABLE.filter((n) => !isKnown(n.signal)),
  };
}
