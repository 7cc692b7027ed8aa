import type { OpenInterestAt } from '../open-interest.ts';
import { dayState } from './day-state.ts';
import { heardFraction, heardTimes } from './heard.ts';
import { realisedLevels } from './levels.ts';
import type {
  HeardSpan,
  Liquidation,
  LiquidationBucket,
  RealisedView,
  RealisedWindowName,
  VenueShare,
} from './types.ts';
import { sideVelocity } from './velocity.ts';
import { windowSums } from './window-sums.ts';

const DAY_MS = 86_400_000;
const WINDOWS: Readonly<Record<RealisedWindowName, number>> = {
  '5m': 300_000,
  '15m': 900_000,
  '1h': 3_600_000,
  '4h': 14_400_000,
  '24h': DAY_MS,
};

export interface RealisedInput {
  coin: string;
  nowMs: number;
  /** Of the last 24 h, or as far back as `recentFromMs`. */
  recent: readonly Liquidation[];
  /** Older ones are only in the buckets, ms: what was before counts as not heard. −Infinity when all are there. */
  recentFromMs: number;
  /** Of up to 30 days, oldest first, today's included. */
  buckets: readonly LiquidationBucket[];
  spans: readonly HeardSpan[];
  /** By venue. */
  openInterest: readonly OpenInterestAt[];
}

/** Everything the realised liquidations of a coin say now; null when nobody listened within the last 24 h. */
export function realisedView(i: RealisedInput): RealisedView | null {
  const { coin, nowMs, recent, buckets } = i;
  const times = heardTimes(i.spans);
  if (heardFraction(times, nowMs - DAY_MS, nowMs) === 0) return null;
  const kept = times
    .map((t) => ({ ...t, fromMs: Math.max(t.fromMs, i.recentFromMs) }))
    .filter((t) => t.toMs > t.fromMs);
  const sums = (name: RealisedWindowName) => windowSums(recent, kept, nowMs, WINDOWS[name]);
  const { state, usualDayUsd } = dayState(buckets, times, nowMs);
  return {
    coin,
    asOfMs: nowMs,
    windows: { '5m': sums('5m'), '15m': sums('15m'), '1h': sums('1h'), '4h': sums('4h'), '24h': sums('24h') },
    velocity: {
      long: sideVelocity(recent, kept, 'long', nowMs),
      short: sideVelocity(recent, kept, 'short', nowMs),
    },
    state,
    usualDayUsd,
    venues: venueShares(i),
    // With a usual day of nothing any liquidation would be an event.
    levels:
      usualDayUsd === null || usualDayUsd === 0
        ? null
        : realisedLevels({ buckets, usualDayUsd, openInterest: i.openInterest, nowMs }),
  };
}

function venueShares({ recent, spans, nowMs }: RealisedInput): VenueShare[] {
  const shares = new Map<string, VenueShare>();
  for (const { venue } of spans) {
    const heard = heardFraction(heardTimes(spans.filter((s) => s.venue === venue)), nowMs - DAY_MS, nowMs);
    if (heard > 0) shares.set(venue, { venue, longUsd: 0, shortUsd: 0, count: 0, heardFraction: heard });
  }
  for (const l of recent) {
    const share = shares.get(l.venue);
    if (share === undefined || l.timeMs <= nowMs - DAY_MS || l.timeMs > nowMs) continue;
    share[l.side === 'long' ? 'longUsd' : 'shortUsd'] += l.notionalUsd;
    share.count += 1;
  }
  return [...shares.values()];
}
