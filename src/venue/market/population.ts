import type { Side } from '../../core/shared/coin.ts';
import type { SeededRandom } from '../../core/shared/seeded-random.ts';
import { SideBook, type SyntheticPosition } from './side-book.ts';
import type { SyntheticCoinSpec } from './synthetic-coins.ts';

/** How positions are opened: typical leverage, share of new size, half-life until the owner closes. */
interface LeverageClass {
  leverage: number;
  share: number;
  halfLifeDays: number;
}

/** A plausible mix, not a measured one: much leverage is short-lived, little leverage stays. */
export const LEVERAGE_CLASSES: readonly LeverageClass[] = [
  { leverage: 3, share: 0.25, halfLifeDays: 8 },
  { leverage: 5, share: 0.2, halfLifeDays: 5 },
  { leverage: 10, share: 0.25, halfLifeDays: 2.5 },
  { leverage: 20, share: 0.18, halfLifeDays: 1 },
  { leverage: 40, share: 0.12, halfLifeDays: 0.4 },
];
/** Mean life of a new position, days; and, by class, the share of all positions opened and of all alive. */
const MEAN_LIFE_DAYS = LEVERAGE_CLASSES.reduce((sum, c) => sum + (c.share * c.halfLifeDays) / Math.LN2, 0);
const OPENED_SHARES = LEVERAGE_CLASSES.map((c) => c.share);
const ALIVE_SHARES = LEVERAGE_CLASSES.map((c) => (c.share * c.halfLifeDays) / Math.LN2 / MEAN_LIFE_DAYS);
/** One standard deviation of leverage within a class, log. */
export const LEVERAGE_SPREAD = 0.15;
/** Where a mirrored short still has leverage above 1. */
const LEVERAGE_MIN = 2.2;
/** Share of a bar's unforced turnover that opens leveraged positions on each side. */
const OPENING_SHARE = 0.06;
/** Share of openings that is neither liquidated nor leaves early, so that the first weeks look like later ones. */
const SURVIVING = 0.6;
/** Share of forced orders that meets the other side's closings; the rest finds new, unleveraged holders. */
const MET_BY_CLOSING = 0.6;
/** Share of large orders that are leveraged holders leaving. */
const LEAVING = 0.4;
const BARS_PER_DAY = 288;
const DAY_MS = 86_400_000;

/**
 * The leveraged holders of one coin, opened by turnover at the prices traded, each with a liquidation price. Sizes in
 * coins. Both sides open alike: a contract has one of each.
 */
export class Population {
  readonly longs = new SideBook('long');
  readonly shorts = new SideBook('short');
  readonly #spec: SyntheticCoinSpec;
  readonly #random: SeededRandom;
  readonly #onLong: (px: number, sz: number) => void;
  readonly #onShort: (px: number, sz: number) => void;

  constructor(
    spec: SyntheticCoinSpec,
    random: SeededRandom,
    onLiquidation: (side: Side, px: number, sz: number) => void,
  ) {
    this.#spec = spec;
    this.#random = random;
    this.#onLong = (px, sz) => onLiquidation('long', px, sz);
    this.#onShort = (px, sz) => onLiquidation('short', px, sz);
  }

  /** What weeks of trading `turnoverPerDay` coins around `px` would have left alive at `nowMs`. */
  populate(px: number, turnoverPerDay: number, nowMs: number): void {
    const count = Math.round(BARS_PER_DAY * MEAN_LIFE_DAYS);
    const each = (SURVIVING * OPENING_SHARE * turnoverPerDay * MEAN_LIFE_DAYS) / count;
    for (const book of [this.longs, this.shorts])
      for (let i = 0; i < count; i++) {
        const of = this.#drawClass(ALIVE_SHARES);
        const ageDays = (this.#random.exponential() * of.halfLifeDays) / Math.LN2;
        const moved = this.#spec.dailyVol * Math.sqrt(ageDays) * this.#random.normal();
        this.#open(book, of, px * Math.exp(moved), px, each, nowMs);
      }
  }

  /** At the close of a five-minute bar with `volume` coins of unforced turnover: owners close, others open at `entryPx`. */
  closeBar(volume: number, entryPx: number, px: number, nowMs: number): void {
    this.longs.closeDue(nowMs);
    this.shorts.closeDue(nowMs);
    const sz = OPENING_SHARE * volume;
    this.#open(this.longs, this.#drawClass(OPENED_SHARES), entryPx, px, sz, nowMs);
    this.#open(this.shorts, this.#drawClass(OPENED_SHARES), entryPx, px, sz, nowMs);
  }

  /** Liquidates everybody whose price was touched; returns the coins they must trade, > 0 buys. */
  touch(loPx: number, hiPx: number, nowMs: number): number {
    const sold = this.longs.liquidate(loPx, nowMs, this.#onLong);
    const bought = this.shorts.liquidate(hiPx, nowMs, this.#onShort);
    return bought - sold;
  }

  /** Coins traded by forced orders, > 0 bought: in part from longs that take profit, or sold to shorts that do. */
  meetForced(forced: number): void {
    const others = forced < 0 ? this.shorts : this.longs;
    others.reduceAll(MET_BY_CLOSING * Math.abs(forced));
  }

  /** Coins traded by large orders: in part holders who leave, met by the other side's closings. */
  meetOrdered(ordered: number): void {
    this.longs.reduceAll(LEAVING * Math.abs(ordered));
    this.shorts.reduceAll(LEAVING * Math.abs(ordered));
  }

  list(nowMs: number, markPx: number): SyntheticPosition[] {
    return [...this.longs.list(nowMs, markPx), ...this.shorts.list(nowMs, markPx)];
  }

  #drawClass(shares: readonly number[]): LeverageClass {
    let draw = this.#random.next();
    let i = 0;
    while (i < LEVERAGE_CLASSES.length - 1 && (draw -= shares[i] ?? 0) >= 0) i += 1;
    return LEVERAGE_CLASSES[i] ?? { leverage: 3, share: 1, halfLifeDays: 8 };
  }

  /**
   * Isolated, first tier: P = E(1 ∓ 1/L)/(1 ∓ mmr), mmr = 1/(2·maxLeverage) (Hyperliquid, liquidations). A short is
   * drawn as the mirror image of a long, liquidated as far above in log price, which takes a little less leverage.
   */
  #open(book: SideBook, of: LeverageClass, entryPx: number, px: number, sz: number, nowMs: number): void {
    const { maxLeverage } = this.#spec;
    const mmr = 1 / (2 * maxLeverage);
    const drawn = of.leverage * Math.exp(LEVERAGE_SPREAD * this.#random.normal());
    const longLeverage = Math.max(LEVERAGE_MIN, Math.min(maxLeverage, drawn));
    const lifeMs = (this.#random.exponential() * of.halfLifeDays * DAY_MS) / Math.LN2;
    const share = (1 - 1 / longLeverage) / (1 - mmr);
    const isLong = book.side === 'long';
    const liquidationPx = isLong ? entryPx * share : entryPx / share;
    // Whoever would be under water already is not there any more.
    if (isLong ? liquidationPx >= px : liquidationPx <= px) return;
    const leverage = isLong ? longLeverage : 1 / ((1 + mmr) / share - 1);
    book.open({ liquidationPx, entryPx, leverage, sz }, nowMs, lifeMs);
  }
}
