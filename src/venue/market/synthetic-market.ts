import { assert } from '../../core/shared/assert.ts';
import type { Candle } from '../../core/shared/candle.ts';
import type { Side } from '../../core/shared/coin.ts';
import { seededRandom, type SeededRandom } from '../../core/shared/seeded-random.ts';
import { MarketRegime, type Regime } from './market-regime.ts';
import { BAR_MS, HISTORY_BARS_MAX, type MarketSink } from './market-sink.ts';
import type { SyntheticPosition } from './side-book.ts';
import { type HistorySpan, SyntheticCoin } from './synthetic-coin.ts';
import { SYNTHETIC_COINS, type SyntheticCoinSpec } from './synthetic-coins.ts';

export type SyntheticInterval = '1m' | '5m';

/** A position of the population that price reached. */
export interface SyntheticLiquidation {
  /** End of the step that reached it, ms. */
  t: number;
  coin: string;
  side: Side;
  /** Its liquidation price, USD. */
  px: number;
  notionalUsd: number;
}

export interface SyntheticMarketOptions {
  seed: number | string;
  /** The present when the market begins: history ends here. ms since the epoch. */
  startMs: number;
  coins?: readonly SyntheticCoinSpec[];
  /** Five-minute bars of history; default 5,000, what the venue serves. */
  historyBars?: number;
  /** One-minute bars of history, a multiple of five; default 5,000. What lies before is made in coarser steps. */
  minuteBars?: number;
  sink?: MarketSink;
  /**
   * Steers the market so that a cascade on `flushCoin` (default the first coin) is exhausted shortly before this time:
   * the market is held calm for six hours, then a large order starts 35 minutes before, presses until a cascade is
   * under way and takes a part back. It only trades: price, volume, liquidations, open interest and the snap back
   * follow from it. May lie before or after `startMs`.
   */
  flushBeforeMs?: number;
  flushCoin?: string;
  /** Whose liquidations: 'long' (default) = price falls. */
  flushSide?: Side;
}

export interface SyntheticMarket {
  readonly coins: readonly SyntheticCoinSpec[];
  readonly seed: number | string;
  nowMs(): number;
  /**
   * Runs the market up to `ms` and tells the sink; earlier times do nothing. The result depends on seed and options
   * alone, not on how time is cut into calls: after a restart, the same options and one call give the same market.
   */
  advanceTo(ms: number): void;
  /** Closed bars kept, oldest first. */
  history(coin: string, interval: SyntheticInterval): Candle[];
  /** USD per coin. */
  mark(coin: string): number;
  oracle(coin: string): number;
  /** One-sided, coins. */
  openInterest(coin: string): number;
  /** Per hour, fraction; longs pay when positive. */
  funding(coin: string): number;
  regime(): Regime;
  /** Ground truth: every leveraged position with its liquidation price. */
  population(coin: string): SyntheticPosition[];
  /** One of them: by its number, or, with a number drawn from [0, 1), any; null when there is none. */
  holder(coin: string, side: Side, by: { id: number } | { draw: number }): SyntheticPosition | null;
  /** Ground truth: the newest 20,000 or more liquidations from `sinceMs` on, oldest first. */
  liquidations(sinceMs: number): SyntheticLiquidation[];
  /** Steers: starts the same large order as `flushBeforeMs` does, now. `side` is whose liquidations it is to cause. */
  stressNow(coin: string, side: Side): void;
}

/** Steps of the live market; of the history that has minute bars; and of what lies before: a twentieth of the work. */
const LIVE_STEP_MS = 5_000;
const MINUTE_STEP_MS = 60_000;
const COARSE_STEP_MS = 100_000;
/** A steered cascade starts this long before the time it is wanted by. From hours before until then the market is held calm: it stands out, and detectors are not still busy with another one. */
const FLUSH_LEAD_MS = 35 * 60_000;
const FLUSH_QUIET_MS = 6 * 3_600_000;
const LIQUIDATIONS_KEPT = 20_000;
/** Runs all coins: one clock, one common factor, the sink. */
class Synthetic implements SyntheticMarket {
  readonly coins: readonly SyntheticCoinSpec[];
  readonly seed: number | string;
  readonly #coins: SyntheticCoin[];
  readonly #byName: Map<string, SyntheticCoin>;
  readonly #regime: MarketRegime;
  readonly #common: SeededRandom;
  readonly #sink: MarketSink | undefined;
  readonly #flush: { coin: SyntheticCoin; atMs: number; side: Side } | undefined;
  #liquidations: SyntheticLiquidation[] = [];
  #nowMs: number;
  #nextMinuteMs: number;
  /** No sink while history is made: it gets the finished bars. */
  #isLive = false;

  constructor(o: SyntheticMarketOptions) {
    this.coins = o.coins ?? SYNTHETIC_COINS;
    this.seed = o.seed;
    const historyBars = o.historyBars ?? HISTORY_BARS_MAX;
    assert(Number.isSafeInteger(o.startMs) && o.startMs > historyBars * BAR_MS['5m'], `start ${o.startMs}`);
    const random = seededRandom(o.seed);
    this.#regime = new MarketRegime(random.fork('regime'));
    this.#common = random.fork('common');
    this.#sink = o.sink;
    this.#nowMs = (Math.floor(o.startMs / BAR_MS['5m']) - historyBars) * BAR_MS['5m'];
    this.#nextMinuteMs = this.#nowMs;
    const minuteBars = o.minuteBars ?? HISTORY_BARS_MAX;
    assert(minuteBars % 5 === 0, `${minuteBars} minute bars`);
    const minuteBarsFromMs = this.#nowMs + historyBars * BAR_MS['5m'] - minuteBars * BAR_MS['1m'];
    const history = { fromMs: this.#nowMs, bars: historyBars, minuteBarsFromMs };
    this.#coins = this.coins.map((spec) => this.#newCoin(spec, random.fork(spec.coin), history));
    this.#byName = new Map(this.#coins.map((coin) => [coin.spec.coin, coin]));
    if (o.flushBeforeMs !== undefined)
      this.#flush = {
        coin: this.#coin(o.flushCoin ?? this.coins[0]?.coin ?? ''),
        atMs: o.flushBeforeMs - FLUSH_LEAD_MS,
        side: o.flushSide ?? 'long',
      };
    this.#run(minuteBarsFromMs, COARSE_STEP_MS);
    this.#run(o.startMs, MINUTE_STEP_MS);
    this.#isLive = true;
    this.#handOver();
    this.advanceTo(o.startMs);
  }

  nowMs(): number {
    return this.#nowMs;
  }

  advanceTo(ms: number): void {
    this.#run(ms, LIVE_STEP_MS);
  }

  history(coin: string, interval: SyntheticInterval): Candle[] {
    const bars = this.#coin(coin).bars[interval];
    return bars.last(bars.length);
  }

  mark(coin: string): number {
    return this.#coin(coin).px;
  }

  oracle(coin: string): number {
    return this.#coin(coin).oraclePx;
  }

  openInterest(coin: string): number {
    return this.#coin(coin).openInterest;
  }

  funding(coin: string): number {
    return this.#coin(coin).fundingHourly;
  }

  regime(): Regime {
    return this.#regime.regime;
  }

  population(coin: string): SyntheticPosition[] {
    const { population, px } = this.#coin(coin);
    return population.list(this.#nowMs, px);
  }

  holder(coin: string, side: Side, by: { id: number } | { draw: number }): SyntheticPosition | null {
    const { population, px } = this.#coin(coin);
    const book = side === 'long' ? population.longs : population.shorts;
    return 'id' in by ? book.find(by.id, this.#nowMs, px) : book.draw(by.draw, this.#nowMs, px);
  }

  liquidations(sinceMs: number): SyntheticLiquidation[] {
    return this.#liquidations.filter(({ t }) => t >= sinceMs);
  }

  stressNow(coin: string, side: Side): void {
    const { orders, scene } = this.#coin(coin);
    orders.startCascade(this.#nowMs, side, scene);
  }

  #coin(name: string): SyntheticCoin {
    const coin = this.#byName.get(name);
    assert(coin !== undefined, `the synthetic market has no ${name}`);
    return coin;
  }

  #newCoin(spec: SyntheticCoinSpec, random: SeededRandom, history: HistorySpan): SyntheticCoin {
    return new SyntheticCoin(spec, random, history, (side, px, sz) => {
      this.#liquidations.push({ t: this.#nowMs, coin: spec.coin, side, px, notionalUsd: sz * px });
      if (this.#liquidations.length > 2 * LIQUIDATIONS_KEPT)
        this.#liquidations = this.#liquidations.slice(-LIQUIDATIONS_KEPT);
    });
  }

  #run(untilMs: number, stepMs: number): void {
    while (this.#nowMs + stepMs <= untilMs) {
      for (; this.#nextMinuteMs <= this.#nowMs; this.#nextMinuteMs += BAR_MS['1m']) this.#minute();
      this.#nowMs += stepMs;
      const draw = this.#common.normal();
      for (const coin of this.#coins) {
        coin.step(this.#nowMs, stepMs, this.#regime, draw);
        if (this.#isLive)
          this.#sink?.setPrice(coin.spec.coin, {
            markPx: coin.px,
            oraclePx: coin.oraclePx,
            atMs: this.#nowMs,
          });
      }
      if (this.#isLive && this.#nowMs % BAR_MS['1m'] === 0) this.#tellBars();
    }
  }

  /** What begins on a minute: regimes and large orders. */
  #minute(): void {
    const nowMs = this.#nextMinuteMs;
    const isQuiet = this.#isQuiet();
    this.#regime.minute(isQuiet);
    const chance = isQuiet ? 0 : this.#regime.coinShockChance();
    for (const { orders, spec } of this.#coins)
      orders.minute(nowMs, spec.dailyVol, this.#regime.shock, chance);
    const flush = this.#flush;
    if (flush !== undefined && nowMs <= flush.atMs && flush.atMs < nowMs + BAR_MS['1m'])
      flush.coin.orders.startCascade(nowMs, flush.side, flush.coin.scene);
  }

  #isQuiet(): boolean {
    if (this.#flush === undefined) return false;
    const { atMs } = this.#flush;
    return this.#nextMinuteMs > atMs - FLUSH_QUIET_MS && this.#nextMinuteMs < atMs + FLUSH_LEAD_MS;
  }

  #tellBars(): void {
    for (const { spec, bars } of this.#coins)
      for (const interval of ['1m', '5m'] as const) {
        const bar = bars[interval].closedBar(0);
        if (bar !== undefined && bar.t + BAR_MS[interval] === this.#nowMs)
          this.#sink?.addCandles(spec.coin, interval, [bar]);
      }
    this.#tellContext();
  }

  #tellContext(): void {
    for (const coin of this.#coins)
      this.#sink?.setContext(coin.spec.coin, {
        openInterest: coin.openInterest,
        fundingHourly: coin.fundingHourly,
        dayNtlVlm: coin.dayVolume * coin.px,
        prevDayPx: coin.bars['5m'].closedBar(287)?.o ?? coin.px,
      });
  }

  #handOver(): void {
    for (const { spec, bars, px, oraclePx } of this.#sink === undefined ? [] : this.#coins) {
      for (const interval of ['1m', '5m'] as const)
        this.#sink?.addCandles(spec.coin, interval, bars[interval].last(HISTORY_BARS_MAX));
      this.#sink?.setPrice(spec.coin, { markPx: px, oraclePx, atMs: this.#nowMs });
    }
    this.#tellContext();
  }
}

/**
 * A market made up from a seed, for paper mode, demos and tests without data. It is not a model of any real coin.
 * Cascades are not drawn into the candles: large orders and chance move price, price reaches leveraged positions,
 * their forced orders move it on through a thinning book, and when nobody is left to be liquidated the passing part of
 * the move reverts. Up and down are mirror images in distribution.
 */
export const createSyntheticMarket = (o: SyntheticMarketOptions): SyntheticMarket => new Synthetic(o);
