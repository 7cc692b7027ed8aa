// Signals of what venues report beside prices: forced closes, open interest, accounts. Confidence 0 where nothing was
// read: then a card says "unknown", never "calm".
import type { Side } from '../../shared/coin.ts';
import { openInterestChange, sampleAt } from '../open-interest.ts';
import type { OpenInterestSample, RatioSample, RealisedView } from '../realised/types.ts';
import type { ZoneMap } from '../types.ts';
import { card, clamp01 } from './card.ts';
import type { Lookback, SignalThresholds } from './thresholds.ts';
import type { SignalCard } from './types.ts';
import { zonesInReach } from './zone-signals.ts';

const DAY_MS = 86_400_000;

/**
 * ΔL = long − short liquidated, USD, and their ratio (mission §3). Longs liquidated are forced selling: bearish flow
 * while it lasts. Strength: against the coin's usual pace, full at `flowPaceFull` times of it; half where none is known.
 * The largest single one is among the numbers: a whale event is a matter of the coin's size.
 */
export function liquidationDelta(
  realised: RealisedView | null,
  look: Lookback,
  t: SignalThresholds,
): SignalCard {
  const w = realised?.windows[look.realisedWindow] ?? null;
  if (realised === null || w === null)
    return card('liquidation-delta', 0, 0, 0, 'unknown', { longUsd: null, shortUsd: null });
  const total = w.longUsd + w.shortUsd;
  const score = total > 0 ? (w.shortUsd - w.longUsd) / total : 0;
  const usual = realised.usualDayUsd === null ? null : (realised.usualDayUsd * w.windowMs) / DAY_MS;
  const strength = total === 0 ? 0 : usual === null ? 0.5 : clamp01(total / (t.flowPaceFull * usual));
  const state =
    total === 0
      ? 'none'
      : w.longUsd > t.squeezeRatio * w.shortUsd
        ? 'longs-squeezed'
        : w.shortUsd > t.squeezeRatio * w.longUsd
          ? 'shorts-squeezed'
          : 'balanced';
  return card('liquidation-delta', score, strength, w.heardFraction, state, {
    longUsd: w.longUsd,
    shortUsd: w.shortUsd,
    deltaUsd: w.deltaUsd,
    ratio: w.ratio,
    largestUsd: w.largest?.notionalUsd ?? null,
    topBucketShare: w.topBucketShare,
  });
}

/**
 * Speed of the side that is liquidated faster, against its fastest of the hour. Running: the flow goes on; fading: it
 * has spent itself, which speaks against its direction. Only on the timeframe that the speed is measured on.
 */
export function liquidationVelocity(realised: RealisedView | null): SignalCard {
  const { long = null, short = null } = realised?.velocity ?? {};
  if (long === null || short === null)
    return card('liquidation-velocity', 0, 0, 0, 'unknown', { usdPerMinute: null, peakUsdPerMinute: null });
  const side: Side = long.peakUsdPerMinute >= short.peakUsdPerMinute ? 'long' : 'short';
  const v = side === 'long' ? long : short;
  const numbers = {
    usdPerMinute: v.usdPerMinute,
    peakUsdPerMinute: v.peakUsdPerMinute,
    percentile: v.percentile,
  };
  if (v.state === 'quiet' || v.peakUsdPerMinute === 0)
    return card('liquidation-velocity', 0, 0, 1, 'quiet', numbers);
  const share = clamp01(v.usdPerMinute / v.peakUsdPerMinute);
  const flow = side === 'long' ? -1 : 1;
  const score = v.state === 'fading' ? -flow * (1 - share) : flow * share;
  return card('liquidation-velocity', score, Math.abs(score), 1, v.state, numbers);
}

/**
 * Open interest in coins over the look-back. Without a direction: a fall of `oiWashout` and more is leverage washed
 * out, a rise of `oiRising` while levels lie near is fuel for a larger cascade (mission §3).
 */
export function openInterestSignal(
  samples: readonly OpenInterestSample[],
  map: ZoneMap,
  look: Lookback,
  t: SignalThresholds,
  nowMs: number,
): SignalCard {
  const change = openInterestChange([(atMs) => sampleAt(samples, atMs)], nowMs - look.windowMs, nowMs);
  if (change === null) return card('open-interest', 0, 0, 0, 'unknown', { changeFraction: null });
  const hasFuel =
    zonesInReach(map, 'long', look.reach).length + zonesInReach(map, 'short', look.reach).length > 0;
  const state =
    change <= -t.oiWashout
      ? 'washed-out'
      : change >= t.oiRising
        ? hasFuel
          ? 'loading'
          : 'rising'
        : 'steady';
  return card('open-interest', 0, clamp01(Math.abs(change) / t.oiWashout), 1, state, {
    changeFraction: change,
  });
}

/** A venue's ratio comes every five minutes and moves slowly; one older than this says nothing about now, ms. */
const RATIO_AGE_MS_MAX = 3_600_000;

/**
 * The side on which most accounts stand is fragile when its own liquidations lie near; half as strong otherwise. The
 * newest ratio of each venue that still tells one, all alike: it counts accounts, not size.
 */
export function accountRatio(
  ratios: readonly RatioSample[],
  map: ZoneMap,
  look: Lookback,
  t: SignalThresholds,
  nowMs: number,
): SignalCard {
  const newest = new Map<string, number>();
  for (const r of ratios) if (nowMs - r.tMs <= RATIO_AGE_MS_MAX) newest.set(r.venue, r.longAccountFraction);
  if (newest.size === 0) return card('account-ratio', 0, 0, 0, 'unknown', { longAccountFraction: null });
  const long = [...newest.values()].reduce((a, b) => a + b, 0) / newest.size;
  const crowd: Side = long >= 0.5 ? 'long' : 'short';
  const excess = clamp01(
    (Math.abs(long - 0.5) * 2 - (t.crowdedAccounts * 2 - 1)) / (2 - t.crowdedAccounts * 2),
  );
  const isCrowded = Math.abs(long - 0.5) >= t.crowdedAccounts - 0.5;
  const hasFuel = zonesInReach(map, crowd, look.reach).length > 0;
  const score = isCrowded ? (crowd === 'long' ? -1 : 1) * Math.max(excess, 0.1) : 0;
  return card(
    'account-ratio',
    score,
    Math.abs(score) * (hasFuel ? 1 : 0.5),
    1,
    isCrowded ? `crowded-${crowd}s` : 'even',
    {
      longAccountFraction: long,
    },
  );
}
