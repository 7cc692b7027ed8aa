import type { OpenInterestAt } from '../open-interest.ts';
import { openInterestChange } from '../open-interest.ts';
import { BUCKET_MS } from './buckets.ts';
import type { LiquidationBucket, RealisedLevel } from './types.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** A quarter of an hour belongs to an event when it alone holds this part of a usual day: four times the usual pace. */
const BUCKET_SHARE = 4 / 96;
/** An event is at least this many usual days. Mission §3 has $100M, where a normal day has 50 to 200. */
const EVENT_DAYS = 1;
/** Intervals of one side no farther apart than this belong to one event, ms. */
const GAP_MS = 2 * BUCKET_MS;
const LEVELS_MAX = 20;

/**
 * Prices where one side was liquidated in one large event (mission §3, post-liquidation support and resistance): longs
 * wiped out leave support, shorts resistance. Strength = size ÷ (size + a usual day), halved for every day since, so an
 * event of three usual days has 0.75 at once and 0.375 a day later. Newest first.
 */
export function realisedLevels(o: {
  buckets: readonly LiquidationBucket[];
  usualDayUsd: number;
  openInterest: readonly OpenInterestAt[];
  nowMs: number;
}): RealisedLevel[] {
  const isLoud = (b: LiquidationBucket): boolean => b.usd > 0 && b.usd >= BUCKET_SHARE * o.usualDayUsd;
  return (['long', 'short'] as const)
    .flatMap((side) => eventsOf(o.buckets.filter((b) => b.side === side && isLoud(b))))
    .map((event) => levelOf(event, o))
    .filter((l) => l.notionalUsd >= EVENT_DAYS * o.usualDayUsd)
    .sort((a, b) => b.toMs - a.toMs)
    .slice(0, LEVELS_MAX);
}

function eventsOf(buckets: readonly LiquidationBucket[]): LiquidationBucket[][] {
  const events: LiquidationBucket[][] = [];
  for (const b of buckets) {
    const last = events.at(-1);
    if (last !== undefined && b.tMs - (last.at(-1)?.tMs ?? 0) <= GAP_MS) last.push(b);
    else events.push([b]);
  }
  return events;
}

function levelOf(
  event: readonly LiquidationBucket[],
  o: { usualDayUsd: number; openInterest: readonly OpenInterestAt[]; nowMs: number },
): RealisedLevel {
  const notionalUsd = event.reduce((sum, b) => sum + b.usd, 0);
  const fromMs = event[0]?.tMs ?? o.nowMs;
  const toMs = Math.min(o.nowMs, (event.at(-1)?.tMs ?? o.nowMs) + BUCKET_MS);
  const days = (o.nowMs - toMs) / DAY_MS;
  return {
    kind: event[0]?.side === 'long' ? 'support' : 'resistance',
    px: event.reduce((sum, b) => sum + b.px * b.usd, 0) / notionalUsd,
    loPx: Math.min(...event.map((b) => b.loPx)),
    hiPx: Math.max(...event.map((b) => b.hiPx)),
    notionalUsd,
    strength: (notionalUsd / (notionalUsd + o.usualDayUsd)) * 2 ** -days,
    fromMs,
    toMs,
    openInterestChangeFraction: openInterestChange(o.openInterest, fromMs, Math.min(o.nowMs, toMs + HOUR_MS)),
  };
}
