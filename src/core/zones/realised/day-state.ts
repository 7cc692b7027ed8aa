import { BUCKET_MS } from './buckets.ts';
import type { Times } from './heard.ts';
import { heardBySteps } from './heard.ts';
import type {
  LiquidationBucket,
  LiquidationState,
  MarketWide,
  RealisedView,
  RealisedWindow,
} from './types.ts';

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
const HISTORY_HOURS = 30 * DAY_HOURS;
/** A day counts when it was listened to for at least this part of it. */
const HEARD_MIN = 0.9;
/** Days of history before a state is named. */
const DAYS_MIN = 3;
/** Percentile among its own days from which a day has the name. Made up; in the order of mission §3. */
const FROM_PERCENTILE: readonly [LiquidationState, number][] = [
  ['extreme', 0.98],
  ['high', 0.9],
  ['elevated', 0.7],
  ['normal', 0.2],
  ['calm', 0],
];
/** Mission §3, quoted from trading literature: 24 h market-wide, USD, at least. */
const FROM_USD: readonly [LiquidationState, number][] = [
  ['extreme', 1e9],
  ['high', 500e6],
  ['elevated', 200e6],
  ['normal', 50e6],
  ['calm', 0],
];

/** The 24 h state of the whole market from its sum over all coins. A lower bound: only followed coins, not all orders. */
export const marketWideState = (usd: number): LiquidationState =>
  FROM_USD.find(([, from]) => usd >= from)?.[0] ?? 'calm';

/**
 * The last 24 h of all followed coins together (mission §3). A part of the day says nothing of the whole: the state has
 * a name when the day was listened to, or when what was heard is extreme already. Null when nobody listened.
 */
export function marketWide(days: readonly RealisedWindow[]): MarketWide | null {
  if (days.length === 0) return null;
  const sum = (of: (w: RealisedWindow) => number): number => days.reduce((total, w) => total + of(w), 0);
  const [longUsd, shortUsd] = [sum((w) => w.longUsd), sum((w) => w.shortUsd)];
  const heardFraction = sum((w) => w.heardFraction) / days.length;
  const state = marketWideState(longUsd + shortUsd);
  const isKnown = heardFraction >= HEARD_MIN || state === 'extreme';
  return {
    usd: longUsd + shortUsd,
    longUsd,
    shortUsd,
    coins: days.length,
    heardFraction,
    state: isKnown ? state : null,
  };
}

/**
 * Both sides' sums of all periods of 24 whole hours that ended by `nowMs`, oldest first, an hour apart, as far as they
 * were listened to. The last one ends at the last whole hour.
 */
function daySums(buckets: readonly LiquidationBucket[], times: Times, nowMs: number): number[] {
  const endMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
  const startMs = endMs - HISTORY_HOURS * HOUR_MS;
  const heard = heardBySteps(times, startMs, HOUR_MS, HISTORY_HOURS);
  const usd = new Float64Array(HISTORY_HOURS);
  for (const b of buckets) {
    const i = Math.floor((b.tMs - startMs) / HOUR_MS);
    if (i >= 0 && i < HISTORY_HOURS) usd[i] = (usd[i] ?? 0) + b.usd;
  }
  const sums: number[] = [];
  let [sum, ofHeard] = [0, 0];
  for (let i = 0; i < HISTORY_HOURS; i++) {
    sum += usd[i] ?? 0;
    ofHeard += heard[i] ?? 0;
    if (i >= DAY_HOURS) {
      sum -= usd[i - DAY_HOURS] ?? 0;
      ofHeard -= heard[i - DAY_HOURS] ?? 0;
    }
    if (i >= DAY_HOURS - 1 && ofHeard >= HEARD_MIN * DAY_HOURS) sums.push(Math.max(0, sum));
  }
  return sums;
}

/**
 * The coin's usual day (median of its 24 h sums) and where the last 24 h stand among them (mission §3, 24 h liquidation
 * state, scaled per coin by its own history instead of by USD). Each null with too little history.
 *
 * Example: days of 1, 2, 3, 4 and now 5 → above all of them, percentile 1, extreme.
 */
export function dayState(
  buckets: readonly LiquidationBucket[],
  times: Times,
  nowMs: number,
): Pick<RealisedView, 'state' | 'usualDayUsd'> {
  const past = daySums(buckets, times, nowMs);
  const usualDayUsd = past.length > 0 ? median(past) : null;
  const days = (past.length - 1) / DAY_HOURS + 1;
  const heardMs = heardBySteps(times, nowMs - DAY_HOURS * HOUR_MS, HOUR_MS, DAY_HOURS).reduce(
    (a, b) => a + b,
    0,
  );
  if (days < DAYS_MIN || heardMs < HEARD_MIN * DAY_HOURS) return { usualDayUsd, state: null };
  const fromMs = nowMs - DAY_HOURS * HOUR_MS - BUCKET_MS / 2;
  const now = buckets.reduce((sum, b) => (b.tMs > fromMs && b.tMs <= nowMs ? sum + b.usd : sum), 0);
  // Of days that are alike, half count as below.
  const below = past.reduce((n, usd) => n + (usd < now ? 1 : usd === now ? 0.5 : 0), 0);
  const percentile = below / past.length;
  const state = FROM_PERCENTILE.find(([, from]) => percentile >= from)?.[0] ?? 'calm';
  return { usualDayUsd, state: { state, percentile, days } };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}
