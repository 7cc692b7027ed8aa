import type { Side } from '../shared/coin.ts';
import type { OpenInterestAt, OpenInterestSeries } from './open-interest.ts';
import { openInterestChange, sampleAt } from './open-interest.ts';
import type { FundingSample, VenueName, Washout } from './realised/types.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const RECENT_MS = 300_000;
/** zones.md §6, untested: open interest down at least 2 % for majors, 5 % for others, since the cascade began. */
const MAJORS: readonly string[] = ['BTC', 'ETH'];
const THRESHOLD = { major: 0.02, other: 0.05 };

export const washoutThreshold = (coin: string): number =>
  MAJORS.includes(coin) ? THRESHOLD.major : THRESHOLD.other;

/**
 * Whether leverage has been washed out since a cascade began (mission §4 phase 5; zones.md §6): how far open interest,
 * in coins, has fallen from its high since then, and what funding did. Venues count that have a sample from the start
 * and one of now; null when none has: then nothing is known.
 *
 * Example: 1,000 coins at the start, 1,040 at the high, 988 now → drop 52 ÷ 1,040 = 0.05.
 *
 * @param o.side whose liquidations the cascade is
 * @param o.funding Hyperliquid's, oldest first
 */
export function openInterestWashout(o: {
  coin: string;
  side: Side;
  sinceMs: number;
  nowMs: number;
  openInterest: ReadonlyMap<VenueName, OpenInterestSeries>;
  funding: readonly FundingSample[];
}): Washout | null {
  const used = [...o.openInterest].filter(([, series]) =>
    [o.sinceMs, o.nowMs].every((atMs) => sampleAt(series, atMs) !== undefined),
  );
  const { high, now } = highOf(
    used.map(([, series]) => series),
    o.sinceMs,
    o.nowMs,
  );
  if (!(high > 0)) return null;
  const dropFraction = 1 - now / high;
  const thresholdFraction = washoutThreshold(o.coin);
  const at = used.map(
    ([, series]): OpenInterestAt =>
      (atMs) =>
        sampleAt(series, atMs),
  );
  return {
    sinceMs: o.sinceMs,
    dropFraction,
    recentChangeFraction: openInterestChange(at, o.nowMs - RECENT_MS, o.nowMs),
    thresholdFraction,
    isWashedOut: dropFraction >= thresholdFraction,
    funding: fundingChange(o.funding, o.side, o.sinceMs, o.nowMs),
    venues: used.map(([venue]) => venue),
  };
}

/**
 * The highest sum of all series since a moment, and that of now, coins. Of the sum, not the sum of each one's own high:
 * coins that go from one venue to another are not washed out. Moments at which one of them is silent do not count.
 */
function highOf(
  list: readonly OpenInterestSeries[],
  sinceMs: number,
  nowMs: number,
): { high: number; now: number } {
  const sumAt = (atMs: number): number =>
    list.reduce((sum, series) => sum + (sampleAt(series, atMs)?.coins ?? Number.NaN), 0);
  const now = sumAt(nowMs);
  let high = Math.max(now, sumAt(sinceMs));
  for (const { tMs } of list.flat()) {
    const sum = tMs >= sinceMs && tMs <= nowMs ? sumAt(tMs) : Number.NaN;
    if (sum > high) high = sum;
  }
  return { high, now };
}

/**
 * Funding now against its mean of the 24 h before the cascade (mission §3: flip to negative after a flush of longs;
 * zones.md §6: at or below its 24 h mean). Mirrored for shorts.
 */
function fundingChange(
  samples: readonly FundingSample[],
  side: Side,
  sinceMs: number,
  nowMs: number,
): Washout['funding'] {
  const paid = side === 'long' ? 1 : -1;
  const before = samples.filter((s) => s.tMs > sinceMs - DAY_MS && s.tMs <= sinceMs);
  const now = samples.findLast((s) => s.tMs <= nowMs);
  if (before.length === 0 || now === undefined || now.tMs <= sinceMs) return null;
  const mean = meanOfHours(before) * paid;
  const rate = now.hourlyFraction * paid;
  if (mean > 0 && rate < 0) return 'flipped';
  return rate < mean ? 'reset' : 'unchanged';
}

/** Each hour counts once: what was paid is one sample an hour, what was watched sixty. */
function meanOfHours(samples: readonly FundingSample[]): number {
  const hours = new Map<number, { sum: number; count: number }>();
  for (const { tMs, hourlyFraction } of samples) {
    const hour = Math.floor(tMs / HOUR_MS);
    const { sum, count } = hours.get(hour) ?? { sum: 0, count: 0 };
    hours.set(hour, { sum: sum + hourlyFraction, count: count + 1 });
  }
  return [...hours.values()].reduce((total, h) => total + h.sum / h.count, 0) / hours.size;
}
