// The twin of pine/cascade_exhaustion.pine: the same events on the same bars with the same numbers, from candles
// alone. Replay runs on it, and it notices alerts that never came. tools/pine-check holds the two together.
// na is NaN inside, null outside; events hold finite numbers only.
import type { Candle } from '../shared/candle.ts';
import type { Side } from '../shared/coin.ts';
import { createMeasure, isBar, type Bar } from './measure.ts';
import type { DetectorParams } from './params.ts';
import { roundToMintick } from './round-to-mintick.ts';
import type { CascadeEvent, CascadeKind, Chart, Detector, DetectorEvent } from './types.ts';

/** One cascade, from its start until it is over. `side` is the side to enter. */
interface Cascade {
  side: Side;
  startTime: number;
  startIndex: number;
  origin: number;
  extreme: number;
  extremeIndex: number;
  wick: number;
  rsi: number;
  oiBefore: number;
  atrBefore: number;
  volumePeak: number;
  ratioPeak: number;
  score: number;
  /** Bar of the exhaustion, null before it. */
  firedIndex: number | null;
  snapped: boolean;
}

/** An ATR below this prints as 0 in Pine's ten decimals: no alert then. */
const ATR_MIN = 1e-9;
/** Prices sit on ticks, so a share of a leg is often exactly its threshold: binary dust must not decide then. */
const DUST = 1e-9;
const NONE: readonly DetectorEvent[] = [];

const clamp01 = (x: number): number => (x > 1 ? 1 : x > 0 ? x : Number.isNaN(x) ? NaN : 0);
/** Also when it falls short by binary dust; false when `value` is na. */
const reaches = (value: number, least: number): boolean => value >= least - DUST;
const orNull = (x: number): number | null => (Number.isFinite(x) ? x : null);

export function createDetector(params: DetectorParams, chart: Chart): Detector {
  const measure = createMeasure(params, chart.intervalMs);
  const slotMs = params.heartbeatBars * chart.intervalMs;
  let lastTime = -Infinity;
  let current: Cascade | null = null;

  return {
    push(candle, oi, funding) {
      if (!isBar(candle) || candle.t <= lastTime) return NONE;
      const beats =
        slotMs > 0 && lastTime >= 0 && Math.floor(candle.t / slotMs) > Math.floor(lastTime / slotMs);
      lastTime = candle.t;
      const bar = measure(candle, oi, funding);
      if (current !== null && isOver(current, bar, params)) current = null;
      let kind = current === null ? null : follow(current, bar, params);
      if (kind === null && (current === null || isUndone(current, bar))) {
        const next = startOf(bar, params);
        if (next !== null) {
          current = next;
          kind = 'cascade.start';
        }
      }
      if (kind !== null && isMuted(kind, params)) kind = null;
      if (kind === null && !beats) return NONE;
      const events: DetectorEvent[] = [];
      const event = kind === null || current === null ? null : eventOf(kind, current, bar, chart.mintick);
      if (event !== null) events.push(event);
      const close = roundToMintick(bar.c, chart.mintick);
      if (beats && close > 0) events.push({ kind: 'heartbeat', barTime: bar.t, close });
      return events;
    },
    current: () =>
      current && {
        phase: current.firedIndex === null ? 'during' : 'after',
        side: current.side,
        extreme: current.extreme,
        origin: current.origin,
        score: orNull(current.score),
      },
  };
}

/** A leg far and fast enough on surging volume, on a bar that closes its way; null when this bar starts none. */
function startOf(bar: Bar, p: DetectorParams): Cascade | null {
  if (!reaches(bar.ratioMax, p.volumeSurgeMin) || bar.c === bar.o) return null;
  const side: Side = bar.c < bar.o ? 'long' : 'short';
  const origin = side === 'long' ? bar.high : bar.low;
  const extreme = side === 'long' ? bar.l : bar.h;
  const leg = side === 'long' ? origin - extreme : extreme - origin;
  if (!reaches(leg / bar.atrBefore, p.legAtrMin) || !reaches((100 * leg) / origin, p.legPctMin)) return null;
  return {
    side,
    startTime: bar.t,
    startIndex: bar.index,
    origin,
    extreme,
    extremeIndex: bar.index,
    wick: wickOf(bar, side),
    rsi: bar.rsi,
    oiBefore: bar.oiBefore,
    atrBefore: bar.atrBefore,
    volumePeak: bar.volumeMax,
    ratioPeak: bar.ratioMax,
    score: NaN,
    firedIndex: null,
    snapped: false,
  };
}

const isNewExtreme = (c: Cascade, bar: Bar): boolean =>
  c.side === 'long' ? bar.l < c.extreme : bar.h > c.extreme;

/** Exhausted long enough ago, whatever price did since; or never exhausted, and no new extreme for as long. */
const isOver = (c: Cascade, bar: Bar, p: DetectorParams): boolean =>
  c.firedIndex === null
    ? !isNewExtreme(c, bar) && bar.index - c.extremeIndex > p.forgetBars
    : bar.index - c.firedIndex > p.forgetBars;

/** Price closes its bar against the cascade and has run back past its origin: a leg that way is a cascade of its own. */
const isUndone = (c: Cascade, bar: Bar): boolean =>
  c.side === 'long' ? bar.c > bar.o && bar.h >= c.origin : bar.c < bar.o && bar.l <= c.origin;

const isMuted = (kind: CascadeKind, p: DetectorParams): boolean =>
  (kind === 'cascade.start' && !p.alertOnStart) || (kind === 'cascade.snapback' && !p.alertOnSnapback);

/** Moves the cascade on by one bar, and says what became of it. */
function follow(c: Cascade, bar: Bar, p: DetectorParams): CascadeKind | null {
  c.volumePeak = Math.max(c.volumePeak, bar.v);
  if (bar.ratio > c.ratioPeak) c.ratioPeak = bar.ratio;
  if (isNewExtreme(c, bar)) {
    c.extreme = c.side === 'long' ? bar.l : bar.h;
    c.extremeIndex = bar.index;
    c.wick = wickOf(bar, c.side);
    c.rsi = bar.rsi;
    return null;
  }
  const reclaimed = Math.abs(bar.c - c.extreme) / Math.abs(c.origin - c.extreme);
  if (c.firedIndex !== null) {
    if (c.snapped || !reaches(reclaimed, p.snapbackMin)) return null;
    c.snapped = true;
    return 'cascade.snapback';
  }
  c.score = scoreOf(c, bar, reclaimed, p);
  const turned = c.side === 'long' ? bar.c > bar.o : bar.c < bar.o;
  if (!turned || !reaches(reclaimed, p.reclaimMin) || !reaches(c.score, p.scoreMin)) return null;
  c.firedIndex = bar.index;
  return 'cascade.exhaustion';
}

/** 0..100: the weighted mean of the parts that can be measured; 0 when none can. */
function scoreOf(c: Cascade, bar: Bar, reclaimed: number, p: DetectorParams): number {
  const { weights: w } = p;
  let sum = 0;
  let total = 0;
  const add = (weight: number, part: number): void => {
    if (Number.isNaN(part)) return;
    sum += weight * part;
    total += weight;
  };
  add(w.volume, c.volumePeak > 0 ? clamp01((1 - bar.v / c.volumePeak) / (1 - p.volumeDecay)) : NaN);
  add(w.wick, clamp01(c.wick / p.rejectionWick));
  add(w.reclaim, clamp01(reclaimed / p.reclaimMin));
  add(w.rsi, clamp01((c.side === 'long' ? 35 - c.rsi : c.rsi - 65) / 20));
  add(w.oi, clamp01((100 * (c.oiBefore - bar.oi)) / c.oiBefore / p.oiDropPct));
  add(w.leg, clamp01(Math.abs(c.origin - c.extreme) / c.atrBefore / p.legAtrMin - 1));
  add(w.climax, p.volumeSurgeMin > 0 ? clamp01(c.ratioPeak / p.volumeSurgeMin - 1) : NaN);
  add(w.close, bar.h > bar.l ? (c.side === 'long' ? bar.c - bar.l : bar.h - bar.c) / (bar.h - bar.l) : NaN);
  add(w.higher, clamp01((c.side === 'long' ? 50 - bar.higherRsi : bar.higherRsi - 50) / 20));
  add(w.funding, clamp01((c.side === 'long' ? -bar.funding : bar.funding) / p.fundingExtreme));
  return total > 0 ? (100 * sum) / total : 0;
}

/** Share of the bar beyond its body on the side the cascade ran to; 0 for a bar without a range. */
function wickOf({ o, h, l, c }: Candle, side: Side): number {
  if (h === l) return 0;
  return (side === 'long' ? Math.min(o, c) - l : h - Math.max(o, c)) / (h - l);
}

/** Null when a price would be sent as 0. */
function eventOf(kind: CascadeKind, c: Cascade, bar: Bar, mintick: number | null): CascadeEvent | null {
  const low = roundToMintick(bar.l, mintick);
  const extreme = roundToMintick(c.extreme, mintick);
  if (!(low > 0) || !(extreme > 0) || !(c.atrBefore >= ATR_MIN)) return null;
  return {
    kind,
    side: c.side,
    barTime: bar.t,
    close: roundToMintick(bar.c, mintick),
    high: roundToMintick(bar.h, mintick),
    low,
    atr: c.atrBefore,
    score: orNull(c.score),
    cascade: {
      startTime: c.startTime,
      extreme,
      movePct: (100 * (c.extreme - c.origin)) / c.origin,
      bars: bar.index - c.startIndex,
      volumeRatio: orNull(c.ratioPeak),
      oiChangePct: orNull((100 * (bar.oi - c.oiBefore)) / c.oiBefore),
      rsi: orNull(c.rsi),
    },
  };
}
