import type { SeededRandom } from '../../core/shared/seeded-random.ts';

const REGIMES = ['calm', 'trend', 'stressed'] as const;
export type Regime = (typeof REGIMES)[number];

interface RegimeShape {
  /** Volatility against the coin's middling one. */
  vol: number;
  /** Mean stay, minutes. */
  stayMin: number;
  /** Large orders a coin sees per day, and the whole market sees per day. */
  coinShocksPerDay: number;
  marketShocksPerDay: number;
  /** Chances of the regime that follows, in the order of REGIMES. */
  next: readonly [number, number, number];
}

const SHAPES: Readonly<Record<Regime, RegimeShape>> = {
  calm: { vol: 0.62, stayMin: 600, coinShocksPerDay: 0.05, marketShocksPerDay: 0.1, next: [0, 0.75, 0.25] },
  trend: { vol: 0.95, stayMin: 420, coinShocksPerDay: 0.15, marketShocksPerDay: 0.3, next: [0.6, 0, 0.4] },
  stressed: { vol: 1.9, stayMin: 180, coinShocksPerDay: 0.8, marketShocksPerDay: 2, next: [0.55, 0.45, 0] },
};

/** A trend's drift of the market factor, standard deviations of a day per day. */
const TREND_DRIFT = 1.2;
/** Volatility moves to a new regime's level with this time constant: no cliff at the border. */
const VOL_SMOOTHING_MIN = 25;
const DAY_MIN = 1_440;

/** What the whole market does: its regime, and the common factor that all coins share in part. */
export class MarketRegime {
  regime: Regime = 'calm';
  /** Volatility against the middling one, smoothed. */
  vol = SHAPES.calm.vol;
  /** Drift of the common factor per day, in standard deviations of a day; 0 outside trends. */
  drift = 0;
  /** A market-wide large order began in this minute: +1 buying, −1 selling, else 0. */
  shock: -1 | 0 | 1 = 0;
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** Once a minute of market time. `isQuiet` steers: the market is held calm and without common orders. */
  minute(isQuiet: boolean): void {
    if (isQuiet) {
      this.regime = 'calm';
      this.drift = 0;
    }
    const shape = SHAPES[this.regime];
    if (!isQuiet && this.#random.next() < 1 / shape.stayMin) this.#move(shape);
    this.vol += (SHAPES[this.regime].vol - this.vol) / VOL_SMOOTHING_MIN;
    const isShock = !isQuiet && this.#random.next() < SHAPES[this.regime].marketShocksPerDay / DAY_MIN;
    this.shock = isShock ? this.#toss() : 0;
  }

  /** Chance that a coin gets a large order of its own in a minute. */
  coinShockChance(): number {
    return SHAPES[this.regime].coinShocksPerDay / DAY_MIN;
  }

  #move(shape: RegimeShape): void {
    let draw = this.#random.next();
    this.regime = REGIMES.find((_, i) => (draw -= shape.next[i] ?? 0) < 0) ?? 'calm';
    this.drift = this.regime === 'trend' ? TREND_DRIFT * this.#toss() : 0;
  }

  /** Up and down are equally likely everywhere: nothing here knows a side. */
  #toss(): -1 | 1 {
    return this.#random.next() < 0.5 ? -1 : 1;
  }
}
