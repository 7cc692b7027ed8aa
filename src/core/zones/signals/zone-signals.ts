// Signals that the map alone gives: where estimated liquidations lie around the mark.
import type { Side } from '../../shared/coin.ts';
import type { Zone, ZoneMap } from '../types.ts';
import { card, clamp01 } from './card.ts';
import type { Lookback, SignalThresholds } from './thresholds.ts';
import type { SignalCard } from './types.ts';

/** Nearer than this a zone counts as this far away: price is at it, bps. */
const DISTANCE_BPS_MIN = 5;

/** The reach last asked for of each list of zones: ten cards of one timeframe ask for the same. */
const near = new WeakMap<ZoneMap['zones'], { reach: number } & Record<Side, readonly Zone[]>>();

/** A side's zones within reach, nearest first. */
export function zonesInReach(map: Pick<ZoneMap, 'zones'>, side: Side, reach: number): readonly Zone[] {
  const { zones } = map;
  let found = near.get(zones);
  if (found?.reach !== reach) {
    const on = (of: Side): Zone[] =>
      zones
        .filter((z) => z.side === of && z.distanceBps <= reach * 10_000)
        .sort((a, b) => a.distanceBps - b.distanceBps);
    found = { reach, long: on('long'), short: on('short') };
    near.set(zones, found);
  }
  return found[side];
}

const pullOf = (zone: Zone | undefined): number =>
  zone === undefined ? 0 : zone.notionalUsd / Math.max(zone.distanceBps, DISTANCE_BPS_MIN);

/** (up − down)/(up + down), 0 when there is neither. */
const tilt = (up: number, down: number): number => (up + down > 0 ? (up - down) / (up + down) : 0);

/** The nearest cluster above against the nearest below, each by USD ÷ distance. */
export function magnet(map: ZoneMap, look: Lookback, t: SignalThresholds, quality: number): SignalCard {
  const above = zonesInReach(map, 'short', look.reach)[0];
  const below = zonesInReach(map, 'long', look.reach)[0];
  const [up, down] = [pullOf(above), pullOf(below)];
  const isPulling = Math.max(up, down) > t.magnetRatio * Math.min(up, down);
  const score = isPulling ? tilt(up, down) : 0;
  return card('magnet', score, Math.abs(tilt(up, down)), up + down > 0 ? quality : 0, directionOf(score), {
    aboveUsd: above?.notionalUsd ?? null,
    aboveBps: above?.distanceBps ?? null,
    belowUsd: below?.notionalUsd ?? null,
    belowBps: below?.distanceBps ?? null,
  });
}

export interface CascadeRisk {
  level: 'high' | 'moderate' | 'low';
  clusters: number;
  /** Smallest distance between two neighbouring bands, fraction of the mark; null with fewer than two. */
  gap: number | null;
  /** From the mark to the far edge of the farthest, bps. */
  withinBps: number | null;
}

/** How closely the clusters that a move would run through are stacked: longs below for a fall, shorts above for a rise. */
export function cascadeRisk(
  map: Pick<ZoneMap, 'zones' | 'markPx'>,
  direction: 'down' | 'up',
  reach: number,
  t: Pick<SignalThresholds, 'gapHigh' | 'gapModerate'>,
): CascadeRisk {
  const zones = zonesInReach(map, direction === 'down' ? 'long' : 'short', reach);
  const far = zones.at(-1);
  const withinBps =
    far === undefined
      ? null
      : Math.abs((direction === 'down' ? far.loPx : far.hiPx) / map.markPx - 1) * 10_000;
  if (zones.length < 2) return { level: 'low', clusters: zones.length, gap: null, withinBps };
  const gaps = zones.slice(1).map((z, i) => {
    const nearer = zones[i] ?? z;
    return Math.max(0, direction === 'down' ? nearer.loPx - z.hiPx : z.loPx - nearer.hiPx) / map.markPx;
  });
  const gap = Math.min(...gaps);
  const level = gap < t.gapHigh ? 'high' : gap < t.gapModerate ? 'moderate' : 'low';
  return { level, clusters: zones.length, gap, withinBps };
}

const RISK_SCORE = { high: 1, moderate: 0.5, low: 0 } as const;

/** A move one way would set off more of the same. Strength: share of the side's mass that lies within reach. */
export function cascade(
  map: ZoneMap,
  direction: 'down' | 'up',
  look: Lookback,
  t: SignalThresholds,
  quality: number,
): SignalCard {
  const risk = cascadeRisk(map, direction, look.reach, t);
  const side = direction === 'down' ? 'long' : 'short';
  const share = zonesInReach(map, side, look.reach).reduce((sum, z) => sum + z.share, 0);
  const score = RISK_SCORE[risk.level] * (direction === 'down' ? -1 : 1);
  const strength = RISK_SCORE[risk.level] * clamp01(share);
  return card(`cascade-${direction}`, score, strength, map.totalUsd[side] > 0 ? quality : 0, risk.level, {
    clusters: risk.clusters,
    gapBps: risk.gap === null ? null : risk.gap * 10_000,
    withinBps: risk.withinBps,
  });
}

/** Whether a zone is being visited: where a position in its direction would be closed. */
export function zoneProximity(
  map: ZoneMap,
  look: Lookback,
  t: SignalThresholds,
  quality: number,
): SignalCard {
  const nearest = (['long', 'short'] as const)
    .flatMap((side) => zonesInReach(map, side, look.reach).slice(0, 1))
    .sort((a, b) => a.distanceBps - b.distanceBps)[0];
  const strength = nearest === undefined ? 0 : clamp01(1 - nearest.distanceBps / t.proximityBps);
  const score = nearest === undefined ? 0 : strength * (nearest.side === 'short' ? 1 : -1);
  const state = strength === 0 ? 'away' : nearest?.side === 'short' ? 'at-short-zone' : 'at-long-zone';
  return card('zone-proximity', score, strength, nearest === undefined ? 0 : quality, state, {
    distanceBps: nearest?.distanceBps ?? null,
    notionalUsd: nearest?.notionalUsd ?? null,
  });
}

/** Which side's largest band is nearer. Both sides' bands are needed. */
export function maxPainDistance(map: ZoneMap, quality: number): SignalCard {
  const { long, short } = map.maxPain;
  const isKnown = long !== null && short !== null;
  const score = isKnown ? tilt(long.distanceBps, short.distanceBps) : 0;
  return card('max-pain-distance', score, Math.abs(score), isKnown ? quality : 0, directionOf(score), {
    longBps: long?.distanceBps ?? null,
    shortBps: short?.distanceBps ?? null,
  });
}

/** Both sides dense around the mark: too hot, whichever way it goes. Without a direction. */
export function crowding(map: ZoneMap, t: SignalThresholds, quality: number): SignalCard {
  const share = (side: Side): number =>
    map.totalUsd[side] > 0 ? clamp01(map.reachUsd[side] / map.totalUsd[side]) : 0;
  const [longShare, shortShare] = [share('long'), share('short')];
  const least = Math.min(longShare, shortShare);
  const isHot = least >= t.denseShare;
  const state = isHot ? 'too-hot' : 'open';
  return card('crowding', 0, clamp01(least / t.denseShare), map.totalUsd.long > 0 ? quality : 0, state, {
    longShare,
    shortShare,
  });
}

const directionOf = (score: number): string => (score > 0 ? 'up' : score < 0 ? 'down' : 'balanced');
