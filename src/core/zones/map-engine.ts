import { assert } from '../shared/assert.ts';
import type { Candle } from '../shared/candle.ts';
import type { Side } from '../shared/coin.ts';
import type { KernelTap } from './leverage-kernel.ts';
import { gridPosition } from './log-grid.ts';
import type { SweepLog, SweptBuckets } from './sweep-log.ts';
import { createSweepLog } from './sweep-log.ts';

/** Where a bar's entries are taken to have happened: close, high, low; shares of its turnover. */
export interface Anchors {
  close: number;
  high: number;
  low: number;
}

export const DEFAULT_ANCHORS: Anchors = { close: 0.45, high: 0.275, low: 0.275 };

/** Buckets kept around the price: a factor of 2.78 either way. */
const WINDOW = 2_048;
const HALF = WINDOW / 2;
/** The window follows when the close has left its middle by this many buckets (29 %); the kernel reaches far less than the rest. */
const RECENTRE_AFTER = 256;
/** Half-lives after which stored mass is rescaled by a power of two, which loses no digit. */
const RESCALE_AFTER = 64;

/** All taps that decay alike. Stored mass × 2^(−age/halfLife), age counted from `epochMs`, is today's mass. */
interface Layer {
  halfLifeMs: number;
  epochMs: number;
  grow: number;
  weights: Float64Array;
  longOffsets: Float64Array;
  shortOffsets: Float64Array;
  long: Float64Array;
  short: Float64Array;
}

/**
 * Estimated liquidation levels of one coin on one venue, bar by bar. Mass is turnover (USD) that each side opened and
 * that price has not reached since; `build-zone-map` scales it to open interest.
 */
export interface MapEngine {
  /**
   * Takes one closed bar: decay, then what its range sweeps of older levels, then its own turnover as new levels (its
   * own range does not sweep those). New levels the close already lies beyond are dead on arrival and left out.
   * Bars must come in order: one not newer than the last is ignored, false. Allocates nothing.
   * @param mark the mark's range within the bar, where the venue tells it: positions are closed by the mark, so it sweeps
   * instead of the range of trades
   */
  push(candle: Candle, mark?: Pick<Candle, 'h' | 'l'>): boolean;
  /** Bars taken, and those of them that swept by the mark. */
  bars(): number;
  markBars(): number;
  /** Close of the newest bar, ms; 0 before the first. */
  asOfMs(): number;
  /** Close price of the newest bar; 0 before the first. */
  lastClosePx(): number;
  /** Mass of a side in all buckets. */
  total(side: Side): number;
  /** Adds factor × mass of the buckets fromBucket, fromBucket + 1 … to `out`. */
  addTo(out: Float64Array, side: Side, fromBucket: number, factor: number): void;
  /** Sweeps by bars that opened at or after `sinceMs`, oldest first; goes back 24 h. Mass as it was when swept. */
  sweeps(sinceMs: number): SweptBuckets[];
}

export interface MapEngineOptions {
  kernel: readonly KernelTap[];
  intervalMs: number;
  anchors?: Anchors;
  /** False keeps swept levels: the negative control that shows what sweeping is worth. */
  isSweeping?: boolean;
}

export function createMapEngine(o: MapEngineOptions): MapEngine {
  const { close, high, low } = o.anchors ?? DEFAULT_ANCHORS;
  const anchorShares = [close, high, low] as const;
  const isSweeping = o.isSweeping ?? true;
  const layers = createLayers(o.kernel);
  const log: SweepLog = createSweepLog(o.intervalMs);
  let bars = 0;
  let markBars = 0;
  let lastT = Number.NEGATIVE_INFINITY;
  let lastClosePx = 0;
  /** Absolute bucket of array index 0. */
  let origin = 0;
  /** No long mass above, no short mass below these indices: what a sweep has to look at. */
  let longTop = -1;
  let shortBottom = WINDOW;

  function sweepSide(side: Side, from: number, to: number, t: number): void {
    let mass = 0;
    let lo = WINDOW;
    let hi = -1;
    for (const layer of layers) {
      const stored = layer[side];
      let sum = 0;
      for (let b = from; b <= to; b++) {
        const m = stored[b]!;
        if (m === 0) continue;
        sum += m;
        stored[b] = 0;
        if (b < lo) lo = b;
        if (b > hi) hi = b;
      }
      mass += sum / layer.grow;
    }
    if (mass > 0) log.record(t, side, mass, origin + lo, origin + hi);
  }

  function sweep(t: number, { h, l }: Pick<Candle, 'h' | 'l'>): void {
    const longFrom = Math.max(0, Math.ceil(gridPosition(l)) - origin);
    if (longFrom <= longTop) {
      sweepSide('long', longFrom, longTop, t);
      longTop = longFrom - 1;
    }
    const shortTo = Math.min(WINDOW - 1, Math.floor(gridPosition(h)) - origin);
    if (shortTo >= shortBottom) {
      sweepSide('short', shortBottom, shortTo, t);
      shortBottom = shortTo + 1;
    }
  }

  /** `at` and `closeAt` are grid positions relative to the window. `| 0` rounds: what it is given is never negative. */
  function seed(layer: Layer, at: number, closeAt: number, stored: number): void {
    const { weights, longOffsets, shortOffsets, long, short } = layer;
    const rounded = at + 0.5;
    const longEnd = isSweeping ? Math.min(WINDOW, closeAt) : WINDOW;
    const shortEnd = isSweeping ? Math.max(-1, closeAt) : -1;
    for (let k = 0; k < weights.length; k++) {
      const mass = stored * weights[k]!;
      const below = rounded + longOffsets[k]!;
      const b = below | 0;
      if (below >= 0 && b < longEnd) {
        long[b] = long[b]! + mass;
        if (b > longTop) longTop = b;
      }
      const above = rounded + shortOffsets[k]!;
      const a = above | 0;
      if (above >= 0 && a < WINDOW && a > shortEnd) {
        short[a] = short[a]! + mass;
        if (a < shortBottom) shortBottom = a;
      }
    }
  }

  /** Moves the window so that the close is in its middle; what falls off its ends is forgotten. */
  function recentre(closeAt: number): void {
    const shift = Math.round(closeAt) - HALF;
    for (const layer of layers) {
      shiftArray(layer.long, shift);
      shiftArray(layer.short, shift);
    }
    origin += shift;
    longTop = Math.max(-1, Math.min(WINDOW - 1, longTop - shift));
    shortBottom = Math.max(0, Math.min(WINDOW, shortBottom - shift));
  }

  function push(candle: Candle, mark?: Pick<Candle, 'h' | 'l'>): boolean {
    if (candle.t <= lastT) return false;
    const { h, l, c, v } = candle;
    const isBar = l > 0 && l <= c && c <= h && h < Infinity && v >= 0 && v < Infinity;
    if (!isBar) assert(false, `bar at ${candle.t}`);
    if (bars === 0) origin = Math.round(gridPosition(c)) - HALF;
    bars++;
    lastT = candle.t;
    lastClosePx = c;
    for (const layer of layers) age(layer, candle.t);
    if (mark !== undefined) markBars++;
    if (isSweeping) sweep(candle.t, mark ?? candle);
    let closeAt = gridPosition(c) - origin;
    if (Math.abs(closeAt - HALF) > RECENTRE_AFTER) {
      recentre(closeAt);
      closeAt = gridPosition(c) - origin;
    }
    const highAt = gridPosition(h) - origin;
    const lowAt = gridPosition(l) - origin;
    for (const layer of layers) {
      const stored = v * c * layer.grow;
      seed(layer, closeAt, closeAt, stored * anchorShares[0]);
      seed(layer, highAt, closeAt, stored * anchorShares[1]);
      seed(layer, lowAt, closeAt, stored * anchorShares[2]);
    }
    return true;
  }

  return {
    push,
    bars: () => bars,
    markBars: () => markBars,
    asOfMs: () => (bars === 0 ? 0 : lastT + o.intervalMs),
    lastClosePx: () => lastClosePx,
    total: (side) => layers.reduce((sum, layer) => sum + sumOf(layer[side]) / layer.grow, 0),
    addTo(out, side, fromBucket, factor) {
      const first = Math.max(0, origin - fromBucket);
      const last = Math.min(out.length, origin + WINDOW - fromBucket);
      for (const layer of layers) {
        const stored = layer[side];
        const f = factor / layer.grow;
        for (let i = first; i < last; i++) out[i] = out[i]! + f * stored[fromBucket + i - origin]!;
      }
    },
    sweeps: (sinceMs) => log.since(sinceMs),
  };
}

function createLayers(kernel: readonly KernelTap[]): Layer[] {
  assert(kernel.length > 0, 'a kernel has at least one tap');
  const halfLives = [...new Set(kernel.map((tap) => tap.halfLifeMs))];
  return halfLives.map((halfLifeMs) => {
    const taps = kernel.filter((tap) => tap.halfLifeMs === halfLifeMs);
    return {
      halfLifeMs,
      epochMs: Number.NEGATIVE_INFINITY,
      grow: 1,
      weights: Float64Array.from(taps, (tap) => tap.weight),
      longOffsets: Float64Array.from(taps, (tap) => gridPosition(tap.longRatio)),
      shortOffsets: Float64Array.from(taps, (tap) => gridPosition(tap.shortRatio)),
      long: new Float64Array(WINDOW),
      short: new Float64Array(WINDOW),
    };
  });
}

/** Sets what mass seeded at `t` must be multiplied with to be stored beside older mass. */
function age(layer: Layer, t: number): void {
  if (layer.epochMs === Number.NEGATIVE_INFINITY) layer.epochMs = t;
  let halfLives = (t - layer.epochMs) / layer.halfLifeMs;
  if (halfLives > RESCALE_AFTER) {
    const whole = Math.floor(halfLives);
    const down = 2 ** -Math.min(whole, 1_074);
    for (let b = 0; b < WINDOW; b++) {
      layer.long[b] = layer.long[b]! * down;
      layer.short[b] = layer.short[b]! * down;
    }
    layer.epochMs += whole * layer.halfLifeMs;
    halfLives = (t - layer.epochMs) / layer.halfLifeMs;
  }
  layer.grow = 2 ** halfLives;
}

function shiftArray(a: Float64Array, shift: number): void {
  if (Math.abs(shift) >= a.length) {
    a.fill(0);
  } else if (shift > 0) {
    a.copyWithin(0, shift);
    a.fill(0, a.length - shift);
  } else {
    a.copyWithin(-shift, 0, a.length + shift);
    a.fill(0, 0, -shift);
  }
}

function sumOf(a: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]!;
  return sum;
}
