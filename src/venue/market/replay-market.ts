import { assert } from '../../core/shared/assert.ts';
import type { Candle } from '../../core/shared/candle.ts';
import type { Side } from '../../core/shared/coin.ts';
import { pxDecimals } from '../../core/shared/round.ts';
import { seededRandom } from '../../core/shared/seeded-random.ts';
import { expandCandle, type PathOptions, type PathPoint } from './candle-path.ts';
import { BAR_MS, HISTORY_BARS_MAX, type BarInterval, type MarketSink } from './market-sink.ts';

export interface ClosedBar {
  coin: string;
  candle: Candle;
}

export type ReplayStep =
  /** `closed` is empty between bars; else the bars that just closed, in the order of the coins. */
  { done: false; nowMs: number; closed: readonly ClosedBar[] } | { done: true; nowMs: number };

export interface ReplayOptions {
  /** Closed bars per coin, oldest first, times strictly rising, all of the interval below. */
  candles: ReadonlyMap<string, readonly Candle[]>;
  interval: BarInterval;
  /** Bars with open in [fromMs, toMs) are played; those before are history. */
  fromMs: number;
  toMs: number;
  sink: MarketSink;
  /** As in candle-path; default worst-case. */
  mode?: PathOptions['mode'];
  /** Default 2: seven prices a bar, each extreme approached in two steps. */
  stepsPerLeg?: number;
  /** Only `seeded` uses it. */
  seed?: number;
  /** The side held in a coin right now: makes `worst-case` the worst case for it. Asked once per bar and coin. */
  positionSide?: (coin: string) => Side | undefined;
  /** Lot decimals by coin, to keep the prices between a bar's corners on legal ticks. */
  szDecimals?: ReadonlyMap<string, number>;
}

export interface ReplayMarket {
  /** One step: the next price of every coin that has a bar now, or the close of these bars. Then let others work. */
  advance(): ReplayStep;
  /** Steps to the next close (or the end) at once. */
  advanceBar(): ReplayStep;
  /** Bars still to be played, all coins. */
  barsLeft(): number;
}

interface Track {
  coin: string;
  candles: readonly Candle[];
  /** Index of the next bar to play. */
  next: number;
  path: PathPoint[];
  pathOptions: PathOptions;
  szDecimals: number | undefined;
  isPlaying: boolean;
}

const NONE: readonly ClosedBar[] = [];

/** Index of the first bar with open ≥ t. */
function firstAtOrAfter(candles: readonly Candle[], t: number): number {
  let lo = 0;
  let hi = candles.length;
  while (lo < hi) {
    const mid = (lo + hi) >>> 1;
    if ((candles[mid]?.t ?? 0) < t) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

function openTracks(o: ReplayOptions, intervalMs: number): Track[] {
  const random = seededRandom(o.seed ?? 1);
  return [...o.candles].map(([coin, candles]): Track => {
    const next = firstAtOrAfter(candles, o.fromMs);
    const history = candles.slice(Math.max(0, next - HISTORY_BARS_MAX), next);
    if (history.length > 0) o.sink.addCandles(coin, o.interval, history);
    const open = candles[next]?.o ?? history.at(-1)?.c;
    if (open !== undefined) o.sink.setPrice(coin, { markPx: open, atMs: o.fromMs });
    const rng = random.fork(coin);
    const pathOptions = { intervalMs, mode: o.mode ?? 'worst-case', stepsPerLeg: o.stepsPerLeg ?? 2, rng };
    const end = firstAtOrAfter(candles, o.toMs);
    const szDecimals = o.szDecimals?.get(coin);
    return {
      coin,
      candles: candles.slice(0, end),
      next,
      path: [],
      pathOptions,
      szDecimals,
      isPlaying: false,
    };
  });
}

/**
 * Plays recorded bars of several coins to a sink in time order. A coin without a bar at some time (a gap) keeps its
 * last price meanwhile. History is handed to the sink on creation.
 * The oracle is left to the sink: recorded candles know the last price only, so mark = last here, and a wick that the
 * real mark price would have ignored can fire a stop. That errs against the strategy.
 */
export function createReplayMarket(o: ReplayOptions): ReplayMarket {
  const intervalMs = BAR_MS[o.interval];
  assert(o.fromMs < o.toMs, `replay from ${o.fromMs} to ${o.toMs}`);
  const tracks = openTracks(o, intervalMs);
  const points = 1 + 3 * (o.stepsPerLeg ?? 2);
  let barMs = 0;
  /** The next price of the running bars; `points` = their close is due; above = no bar is running. */
  let step = points + 1;
  let nowMs = o.fromMs;

  const openNextBars = (): boolean => {
    barMs = Infinity;
    for (const track of tracks) barMs = Math.min(barMs, track.candles[track.next]?.t ?? Infinity);
    if (barMs === Infinity) return false;
    for (const track of tracks) {
      const bar = track.candles[track.next];
      track.isPlaying = bar?.t === barMs;
      if (bar === undefined || !track.isPlaying) continue;
      track.pathOptions.positionSide = o.positionSide?.(track.coin);
      if (track.szDecimals !== undefined) track.pathOptions.pxDecimals = pxDecimals(bar.h, track.szDecimals);
      expandCandle(bar, track.pathOptions, track.path);
    }
    step = 0;
    return true;
  };

  const playPrices = (): void => {
    for (const track of tracks) {
      if (!track.isPlaying) continue;
      const point = track.path[step];
      if (point === undefined) continue;
      nowMs = barMs + point.offsetMs;
      o.sink.setPrice(track.coin, { markPx: point.px, atMs: nowMs });
    }
    step += 1;
  };

  const closeBars = (): ClosedBar[] => {
    const closed: ClosedBar[] = [];
    nowMs = barMs + intervalMs;
    for (const track of tracks) {
      const candle = track.candles[track.next];
      if (!track.isPlaying || candle === undefined) continue;
      track.next += 1;
      o.sink.addCandles(track.coin, o.interval, [candle]);
      closed.push({ coin: track.coin, candle });
    }
    step = points + 1;
    return closed;
  };

  const advance = (): ReplayStep => {
    if (step > points && !openNextBars()) return { done: true, nowMs };
    if (step === points) return { done: false, nowMs: barMs + intervalMs, closed: closeBars() };
    playPrices();
    return { done: false, nowMs, closed: NONE };
  };

  const advanceBar = (): ReplayStep => {
    for (;;) {
      const done = advance();
      if (done.done || done.closed.length > 0) return done;
    }
  };

  const barsLeft = (): number => tracks.reduce((sum, track) => sum + track.candles.length - track.next, 0);
  return { advance, advanceBar, barsLeft };
}
