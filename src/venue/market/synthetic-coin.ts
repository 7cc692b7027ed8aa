import type { Side } from '../../core/shared/coin.ts';
import { pxDecimals } from '../../core/shared/round.ts';
import type { SeededRandom } from '../../core/shared/seeded-random.ts';
import { BarBuilder } from './bar-builder.ts';
import { BAR_MS, HISTORY_BARS_MAX } from './market-sink.ts';
import type { MarketRegime } from './market-regime.ts';
import { LargeOrders, type OrderScene } from './large-orders.ts';
import { Population } from './population.ts';
import type { SyntheticCoinSpec } from './synthetic-coins.ts';

/** Unleveraged holders, a day's turnover, and coins an order must trade to move a full book by a factor e, all in multiples of open interest. */
const HOLDING = 0.65;
const TURNOVER_PER_DAY = 1.3;
const DEPTH_AT_4_PERCENT_VOL = 3.2;
/** Share of an order's price impact that stays; the rest reverts with this memory: the snap back. */
const LASTING_IMPACT = 0.35;
const REVERSION_MS = 16 * 60_000;
/** Books thin as orders eat into them, down to this share, and refill. */
const DEPTH_SHARE_MIN = 0.45;
const VACUUM_PER_IMPACT = 12;
const REFILL_MS = 12 * 60_000;
/** Forced orders leave in slices. */
const FORCED_PACE_MS = 30_000;
/** Trading follows volatility with this memory. */
const ACTIVITY_MS = 4 * 60_000;
/** In a panic people trade more, but do not open more than this, times the middling. */
const OPENING_ACTIVITY_MAX = 1.5;
const PREMIUM_MS = 30 * 60_000;
/** Share of a passing dislocation that spot does not follow: the perp's premium. */
const PREMIUM_SHARE = 0.2;
const DAY_MS = 86_400_000;
/** A longer step is too coarse to stand for its own extremes. */
const FINE_STEP_MS = 5_000;
/** What a step of one length does to everything that decays: the share gone. */
interface Pace {
  stepMs: number;
  rootMs: number;
  forced: number;
  refill: number;
  reversion: number;
  premium: number;
  activity: number;
}

function paceFor(stepMs: number): Pace {
  const gone = (memoryMs: number): number => -Math.expm1(-stepMs / memoryMs);
  return {
    stepMs,
    rootMs: Math.sqrt(stepMs),
    forced: gone(FORCED_PACE_MS),
    refill: gone(REFILL_MS),
    reversion: gone(REVERSION_MS),
    premium: gone(PREMIUM_MS),
    activity: gone(ACTIVITY_MS),
  };
}

export interface HistorySpan {
  fromMs: number;
  /** Five-minute bars to keep. */
  bars: number;
  /** Minute bars before this would be dropped again: not made. */
  minuteBarsFromMs: number;
}

/** One coin: price, volume, population. All sizes in coins, so nothing depends on the price level. */
export class SyntheticCoin {
  readonly spec: SyntheticCoinSpec;
  readonly population: Population;
  readonly orders: LargeOrders;
  readonly bars: { readonly '1m': BarBuilder; readonly '5m': BarBuilder };
  /** Last and mark price, a legal one. */
  px: number;
  /** Premium of the perp over the oracle, averaged over the last half hour, fraction. */
  premium = 0;
  /** True range of five minutes, averaged as on a chart (14 bars), USD. */
  atr: number;
  /** Coins traded in the last 288 five-minute bars. */
  dayVolume = 0;
  readonly #random: SeededRandom;
  readonly #sigmaPerRootMs: number;
  /** Weight of the coin's own draw beside the market's. */
  readonly #ownWeight: number;
  readonly #openSz: number;
  readonly #depthSz: number;
  readonly #turnoverPerMs: number;
  readonly #minuteBarsFromMs: number;
  /** Log of the price without passing dislocations, and the dislocation. */
  #lasting: number;
  #passing = 0;
  #depthShare = 1;
  /** Forced coins not yet traded, > 0 buys. */
  #forced = 0;
  /** All coins ever forced, both sides, in multiples of open interest as it began. */
  #forcedShare = 0;
  /** Size of recent moves against middling ones, and a bar's own noise: both multiply turnover. */
  #activity = 1;
  #noise = 1;
  /** Turnover of the running bar that may open positions. */
  #barOpening = 0;
  /** A price of the running bar, drawn evenly: where its openings enter. */
  #sampledPx: number;
  #pace = paceFor(FINE_STEP_MS);
  /** 10 ** the decimals a price may have, which hold within one power of ten. */
  #pxScale = 1;
  #decadeFromPx = 0;
  #decadeToPx = 0;

  constructor(
    spec: SyntheticCoinSpec,
    random: SeededRandom,
    history: HistorySpan,
    onLiquidation: (side: Side, px: number, sz: number) => void,
  ) {
    this.spec = spec;
    this.#random = random;
    this.#sigmaPerRootMs = spec.dailyVol / Math.sqrt(DAY_MS);
    this.#ownWeight = Math.sqrt(1 - spec.marketCorrelation ** 2);
    const openSz = spec.openInterestUsd / spec.startPx;
    this.#openSz = openSz;
    this.#turnoverPerMs = (TURNOVER_PER_DAY * openSz) / DAY_MS;
    this.#depthSz = DEPTH_AT_4_PERCENT_VOL * openSz * Math.sqrt(0.04 / spec.dailyVol);
    this.#minuteBarsFromMs = history.minuteBarsFromMs;
    this.#lasting = Math.log(spec.startPx);
    this.px = this.#legal(spec.startPx);
    this.#sampledPx = this.px;
    this.atr = this.px * this.#sigmaPerRootMs * Math.sqrt(BAR_MS['5m']);
    this.bars = {
      '1m': new BarBuilder(BAR_MS['1m'], HISTORY_BARS_MAX),
      '5m': new BarBuilder(BAR_MS['5m'], Math.max(history.bars, HISTORY_BARS_MAX)),
    };
    this.orders = new LargeOrders(random.fork('orders'));
    this.population = new Population(spec, random.fork('population'), onLiquidation);
    this.population.populate(this.px, TURNOVER_PER_DAY * openSz, history.fromMs);
  }

  /** One-sided, coins: leveraged holders, both sides averaged, and the rest. Never below either side. */
  get openInterest(): number {
    const { longs, shorts } = this.population;
    const sz = HOLDING * this.#openSz + (longs.totalSz + shorts.totalSz) / 2;
    return Math.max(sz, longs.totalSz, shorts.totalSz);
  }

  /** Hyperliquid's rule: F = P + clamp(0.01 % − P, ±0.05 %) per 8 h, an eighth an hour, at most 4 %. */
  get fundingHourly(): number {
    const p = this.premium;
    const per8h = p + Math.max(-0.0005, Math.min(0.0005, 0.0001 - p));
    return Math.max(-0.04, Math.min(0.04, per8h / 8));
  }

  get oraclePx(): number {
    return this.#legal(Math.exp(this.#lasting + (1 - PREMIUM_SHARE) * this.#passing));
  }

  /** As a large order finds it. */
  get scene(): OrderScene {
    return {
      logPx: this.#lasting + this.#passing,
      atrFraction: this.atr / this.px,
      dailyVol: this.spec.dailyVol,
      forcedShare: this.#forcedShare,
    };
  }

  /** Moves the coin by one step that ends at `endMs`. `marketDraw` is the common factor's standard normal. */
  step(endMs: number, stepMs: number, market: MarketRegime, marketDraw: number): void {
    const { marketCorrelation, dailyVol } = this.spec;
    if (stepMs !== this.#pace.stepMs) this.#pace = paceFor(stepMs);
    const pace = this.#pace;
    const before = this.#lasting + this.#passing;

    const ordered = this.orders.work(endMs, stepMs, before, this.#forcedShare) * this.#depthSz;
    const forced = this.#forced * pace.forced;
    const impact = this.#trade(ordered, forced, pace);
    const sigma = this.#sigmaPerRootMs * market.vol * pace.rootMs;
    const draw = marketCorrelation * marketDraw + this.#ownWeight * this.#random.normal();
    const drift = (market.drift * marketCorrelation * dailyVol * stepMs) / DAY_MS;
    this.#lasting += sigma * draw + drift + LASTING_IMPACT * impact;
    this.#passing = (this.#passing + (1 - LASTING_IMPACT) * impact) * (1 - pace.reversion);
    this.premium += (PREMIUM_SHARE * this.#passing - this.premium) * pace.premium;

    const after = this.#lasting + this.#passing;
    const surprise = Math.abs(after - before) / (0.8 * this.#sigmaPerRootMs * pace.rootMs);
    this.#activity += (Math.min(8, surprise) - this.#activity) * pace.activity;
    const middling = this.#turnoverPerMs * stepMs * this.#noise;
    this.#barOpening += middling * Math.min(OPENING_ACTIVITY_MAX, this.#activity);
    const volume =
      middling * (0.25 + 0.75 * this.#activity) + 1.2 * Math.abs(forced) + 0.8 * Math.abs(ordered);
    this.#record(endMs, stepMs, before, after, sigma, volume);
  }

  /** Orders meet the book: returns their impact on log price, and leaves the book thinner. */
  #trade(ordered: number, forced: number, pace: Pace): number {
    this.#depthShare += (1 - this.#depthShare) * pace.refill;
    if (ordered === 0 && forced === 0) return 0;
    this.#forced -= forced;
    if (forced !== 0) this.population.meetForced(forced);
    if (ordered !== 0) this.population.meetOrdered(ordered);
    const impact = (ordered + forced) / (this.#depthSz * this.#depthShare);
    const left = this.#depthShare * Math.exp(-VACUUM_PER_IMPACT * Math.abs(impact));
    this.#depthShare = Math.max(DEPTH_SHARE_MIN, left);
    return impact;
  }

  #record(endMs: number, stepMs: number, before: number, after: number, sigma: number, volume: number): void {
    const fromPx = this.px;
    this.px = this.#legal(Math.exp(after));
    let hiPx = Math.max(fromPx, this.px);
    let loPx = Math.min(fromPx, this.px);
    if (stepMs > FINE_STEP_MS) {
      // One side a step, by a toss: half the work, and ranges come out as wide as real ones.
      const direction = this.#random.next() < 0.5 ? -1 : 1;
      const wick = this.#legal(Math.exp(this.#extreme(before, after, sigma, direction)));
      if (wick > hiPx) hiPx = wick;
      if (wick < loPx) loPx = wick;
    }
    const touched = this.population.touch(loPx, hiPx, endMs);
    this.#forced += touched;
    this.#forcedShare += Math.abs(touched) / this.#openSz;
    if (endMs > this.#minuteBarsFromMs) this.bars['1m'].add(endMs, fromPx, this.px, loPx, hiPx, volume);
    if (this.#random.next() < stepMs / BAR_MS['5m']) this.#sampledPx = this.px;
    if (this.bars['5m'].add(endMs, fromPx, this.px, loPx, hiPx, volume)) this.#closeBar(endMs);
  }

  /** The highest (or lowest) point of a Brownian bridge between two log prices, drawn from its exact distribution. */
  #extreme(from: number, to: number, sigma: number, direction: 1 | -1): number {
    const spread = Math.sqrt((to - from) ** 2 + 2 * sigma * sigma * this.#random.exponential());
    return (from + to + direction * spread) / 2;
  }

  #closeBar(endMs: number): void {
    this.population.closeBar(this.#barOpening, this.#sampledPx, this.px, endMs);
    this.#barOpening = 0;
    this.#noise = Math.exp(0.3 * this.#random.normal());
    const bar = this.bars['5m'].closedBar(0);
    if (bar === undefined) return;
    this.atr += (bar.h - bar.l - this.atr) / 14;
    this.dayVolume = Math.max(0, this.dayVolume + bar.v - (this.bars['5m'].closedBar(288)?.v ?? 0));
  }

  /** The nearest legal price; dividing whole numbers by a power of ten gives the exact double of the decimal. */
  #legal(px: number): number {
    if (px < this.#decadeFromPx || px >= this.#decadeToPx) {
      this.#decadeFromPx = 10 ** Math.floor(Math.log10(px));
      this.#decadeToPx = 10 * this.#decadeFromPx;
      this.#pxScale = 10 ** pxDecimals(px, this.spec.szDecimals);
    }
    return Math.round(px * this.#pxScale) / this.#pxScale;
  }
}
