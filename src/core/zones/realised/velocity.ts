import type { Side } from '../../shared/coin.ts';
import type { Times } from './heard.ts';
import { heardBySteps } from './heard.ts';
import type { Liquidation, SideVelocity } from './types.ts';

const STEP_MS = 300_000;
const STEPS_PER_HOUR = 12;
const STEPS_PER_DAY = 288;
/** A step counts when it was listened to for at least this part of it. */
const HEARD_MIN = 0.9;
/** The hour's fastest step must be this many times the day's mean step, or the hour is quiet. Untested. */
const EVENT_MULTIPLE = 4;
/** zones.md §6: below 40 % of the peak for two bars. */
const FADING_SHARE = 0.4;
/** A step this much faster or slower than the one before is a change. Untested. */
const CHANGE = 1.25;

/**
 * How fast a side is being liquidated (mission §3: velocity in USD per minute; its decay marks exhaustion. zones.md §6:
 * under 40 % of its peak for two bars), in steps of five minutes that end now, against the coin's own last 24 h.
 * Null when less than an hour, or not the last ten minutes, was listened to.
 *
 * Example, millions a step, newest last: 0 … 0, 1, 10, 3, 2 → 0.4 M a minute, peak 2 M a minute, fading.
 */
export function sideVelocity(
  liquidations: readonly Liquidation[],
  times: Times,
  side: Side,
  nowMs: number,
): SideVelocity | null {
  const startMs = nowMs - STEPS_PER_DAY * STEP_MS;
  const heard = heardBySteps(times, startMs, STEP_MS, STEPS_PER_DAY);
  const usd = new Float64Array(STEPS_PER_DAY);
  for (const l of liquidations) {
    if (l.side !== side || l.timeMs <= startMs || l.timeMs > nowMs) continue;
    // A step holds its end, not its start: what happens now belongs to the last one.
    const i = Math.ceil((l.timeMs - startMs) / STEP_MS) - 1;
    usd[i] = (usd[i] ?? 0) + l.notionalUsd;
  }
  const isHeard = (i: number): boolean => (heard[i] ?? 0) >= HEARD_MIN;
  const known = [...usd.keys()].filter(isHeard);
  if (known.length < STEPS_PER_HOUR || !isHeard(STEPS_PER_DAY - 1) || !isHeard(STEPS_PER_DAY - 2))
    return null;
  const now = usd[STEPS_PER_DAY - 1] ?? 0;
  const before = usd[STEPS_PER_DAY - 2] ?? 0;
  const peak = Math.max(...usd.subarray(STEPS_PER_DAY - STEPS_PER_HOUR));
  const mean = known.reduce((sum, i) => sum + (usd[i] ?? 0), 0) / known.length;
  const perMinute = 60_000 / STEP_MS;
  return {
    usdPerMinute: now * perMinute,
    previousUsdPerMinute: before * perMinute,
    peakUsdPerMinute: peak * perMinute,
    percentile: known.filter((i) => (usd[i] ?? 0) < now).length / known.length,
    state: stateOf(now, before, peak, mean),
  };
}

function stateOf(now: number, before: number, peak: number, mean: number): SideVelocity['state'] {
  if (peak === 0 || peak < EVENT_MULTIPLE * mean) return 'quiet';
  if (Math.max(now, before) < FADING_SHARE * peak) return 'fading';
  if (now > CHANGE * before) return 'accelerating';
  return now * CHANGE < before ? 'decelerating' : 'running';
}
