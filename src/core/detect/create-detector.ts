// The twin of pine/cascade_exhaustion.pine: the same events on the same bars with the same numbers, from candles
// alone. Replay runs on it, and it notices alerts that never came. tools/pine-check holds the two together.
// na is NaN inside, null outside; events hold finite numbers only.
import type { Candle } from '../shared/candle.ts';
import type { Side } from '../shared/coin.ts';
import type { DetectorParams } from './params.ts';
import { atr as atrOf, highest, history, lowest, rsi as rsiOf, sma } from './pine-ta.ts';
import { roundToMintick } from './round-to-mintick.ts';

/** What the detector measured of one cascade; null = could not be measured. Prices on the chart's tick. */
export interface CascadeNumbers {
  startTime: number;
  extreme: number;
  /** Extreme against the origin of the leg, percent, signed. */
  movePct: number;
  /** Bars since the start. */
  bars: number;
  /** Busiest bar so far against the baseline. */
  volumeRatio: number | null;
  /** Open interest against that before the leg, percent. */
  oiChangePct: number | null;
  /** RSI 14 on the bar of the extreme. */
  rsi: number | null;
}

export type CascadeKind = 'cascade.start' | 'cascade.exhaustion' | 'cascade.snapback';

export interface CascadeEvent {
  kind: CascadeKind;
  /** The side to enter: long after longs were liquidated. */
  side: Side;
  barTime: number;
  close: number;
  high: number;
  low: number;
  /** ATR from before the leg, quote currency. */
  atr: number;
  /** 0..100 as it fired; null at the start. */
  score: number | null;
  cascade: CascadeNumbers;
}

export type DetectorEvent = CascadeEvent | { kind: 'heartbeat'; barTime: number; close: number };

/** What the chart tells the script: bar length, and the price step (null = leave prices as they are). */
export interface Chart {
  intervalMs: number;
  mintick: number | null;
}

export interface Detector {
  /**
   * Takes the next *closed* bar, oldest first, and returns what the script would send on it, in the script's order.
   * A bar that is not one (not finite, price ≤ 0, high below low, time not later than the last) is ignored.
   * `oi` is open interest at the bar's close in any unit; null or absent = not known.
   */
  push(candle: Candle, oi?: number | null): readonly DetectorEvent[];
  /** The cascade being followed after the last bar, or null. */
  current(): {
    phase: 'during' | 'after';
    side: Side;
    extreme: number;
    origin: number;
    score: number | null;
  } | null;
}

/** One cascade, from its start until it is forgotten. `side` is the side to enter. */
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
  fired: boolean;
  snapped: boolean;
}

/** One bar with every measure of the script, na where it is not known yet. */
interface Bar extends Candle {
  index: number;
  oi: number;
  oiBefore: number;
  atrBefore: number;
  rsi: number;
  ratio: number;
  ratioMax: number;
  volumeMax: number;
  high: number;
  low: number;
}

const RSI_LENGTH = 14;
/** An ATR below this prints as 0 in Pine's ten decimals: no alert then. */
const ATR_MIN = 1e-9;
const NONE: readonly DetectorEvent[] = [];

const clamp01 = (x: number): number => (x > 1 ? 1 : x > 0 ? x : Number.isNaN(x) ? NaN : 0);
const orNull = (x: number): number | null => (Number.isFinite(x) ? x : null);

export function createDetector(params: DetectorParams, chart: Chart): Detector {
  const measure = createMeasure(params);
  const slotMs = params.heartbeatBars * chart.intervalMs;
  let lastTime = -Infinity;
  let current: Cascade | null = null;

  return {
    push(candle, oi) {
      if (!isBar(candle) || candle.t <= lastTime) return NONE;
      const beats =
        slotMs > 0 && lastTime >= 0 && Math.floor(candle.t / slotMs) > Math.floor(lastTime / slotMs);
      lastTime = candle.t;
      const bar = measure(candle, oi);
      let kind: CascadeKind | null = null;
      if (current === null) {
        current = startOf(bar, params);
        if (current !== null && params.alertOnStart) kind = 'cascade.start';
      } else if (isForgotten(current, bar, params)) {
        current = null;
      } else {
        kind = follow(current, bar, params);
      }
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
        phase: current.fired ? 'after' : 'during',
        side: current.side,
        extreme: current.extreme,
        origin: current.origin,
        score: orNull(current.score),
      },
  };
}

function isBar({ t, o, h, l, c, v }: Candle): boolean {
  return t >= 0 && l > 0 && h < Infinity && v >= 0 && v < Infinity && l <= o && l <= c && o <= h && c <= h;
}

/** Every series of the script, on every bar, whatever the state. */
function createMeasure(p: DetectorParams): (candle: Candle, oi?: number | null) => Bar {
  const atr = atrOf(p.atrLength);
  const atrBefore = history(p.legBars);
  const oiBefore = history(p.legBars);
  const rsi = rsiOf(RSI_LENGTH);
  const baseline = sma(p.volumeBaselineBars);
  const ratioMax = highest(p.legBars);
  const volumeMax = highest(p.legBars);
  const high = highest(p.legBars);
  const low = lowest(p.legBars);
  let index = -1;
  let baselineBefore = NaN;
  return (k, oiRaw) => {
    index += 1;
    const oi = p.useOi && oiRaw != null && oiRaw > 0 && oiRaw < Infinity ? oiRaw : NaN;
    const ratio = baselineBefore > 0 ? k.v / baselineBefore : NaN;
    baselineBefore = baseline(k.v);
    return {
      t: k.t,
      o: k.o,
      h: k.h,
      l: k.l,
      c: k.c,
      v: k.v,
      index,
      oi,
      oiBefore: oiBefore(oi),
      atrBefore: atrBefore(atr(k.h, k.l, k.c)),
      rsi: rsi(k.c),
      ratio,
      ratioMax: ratioMax(ratio),
      volumeMax: volumeMax(k.v),
      high: high(k.h),
      low: low(k.l),
    };
  };
}

/** A leg far and fast enough on surging volume, on a bar that closes its way; null when this bar starts none. */
function startOf(bar: Bar, p: DetectorParams): Cascade | null {
  if (!(bar.ratioMax >= p.volumeSurgeMin) || bar.c === bar.o) return null;
  const side: Side = bar.c < bar.o ? 'long' : 'short';
  const origin = side === 'long' ? bar.high : bar.low;
  const extreme = side === 'long' ? bar.l : bar.h;
  const leg = side === 'long' ? origin - extreme : extreme - origin;
  if (!(leg / bar.atrBefore >= p.legAtrMin) || !((100 * leg) / origin >= p.legPctMin)) return null;
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
    fired: false,
    snapped: false,
  };
}

const isNewExtreme = (c: Cascade, bar: Bar): boolean =>
  c.side === 'long' ? bar.l < c.extreme : bar.h > c.extreme;

const isForgotten = (c: Cascade, bar: Bar, p: DetectorParams): boolean =>
  !isNewExtreme(c, bar) && bar.index - c.extremeIndex > p.forgetBars;

/** Moves the cascade on by one bar, and says what is to be sent on it. */
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
  if (c.fired) {
    if (c.snapped || !(reclaimed >= p.snapbackMin)) return null;
    c.snapped = true;
    return p.alertOnSnapback ? 'cascade.snapback' : null;
  }
  c.score = scoreOf(c, bar, reclaimed, p);
  const turned = c.side === 'long' ? bar.c > bar.o : bar.c < bar.o;
  if (!turned || !(reclaimed >= p.reclaimMin) || !(c.score >= p.scoreMin)) return null;
  c.fired = true;
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
