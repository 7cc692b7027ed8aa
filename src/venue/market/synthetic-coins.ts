/** Notional from which on a lower maximum leverage holds. */
export interface SyntheticTier {
  lowerBoundUsd: number;
  maxLeverage: number;
}

/** A coin of the synthetic market: what the venue lists, and how large and wild its market is. */
export interface SyntheticCoinSpec {
  coin: string;
  szDecimals: number;
  maxLeverage: number;
  marginTiers: readonly SyntheticTier[];
  /** Price the history begins near, USD. */
  startPx: number;
  /** Standard deviation of a day's return in a middling regime, fraction. */
  dailyVol: number;
  /** Share of the coin's variance that is the market's, 0..1, as a correlation. */
  marketCorrelation: number;
  /** One-sided open interest the coin tends to, USD. */
  openInterestUsd: number;
}

type Row = [
  coin: string,
  szDecimals: number,
  tiers: [lowerBoundUsd: number, maxLeverage: number][],
  startPx: number,
  dailyVol: number,
  marketCorrelation: number,
  openInterestUsd: number,
];

const MILLION = 1e6;
/** Most coins: 10x to 20M. The smaller table: 10x to 3M (Hyperliquid margin tiers). */
const wide: Row[2] = [
  [0, 10],
  [20 * MILLION, 5],
];
const narrow: Row[2] = [
  [0, 10],
  [3 * MILLION, 5],
];
const tiers = (leverage: number, boundM: number, above: number): Row[2] => [
  [0, leverage],
  [boundM * MILLION, above],
];

/**
 * The 18 coins of max-pain. Lot decimals and margin tiers as Hyperliquid lists them; prices, volatilities and open
 * interest are round figures of the right order, not data.
 */
const ROWS: readonly Row[] = [
  ['BTC', 5, tiers(40, 150, 20), 96_000, 0.023, 0.9, 2_500 * MILLION],
  ['ETH', 4, tiers(25, 100, 15), 3_300, 0.034, 0.88, 1_400 * MILLION],
  ['SOL', 2, tiers(20, 70, 10), 150, 0.04, 0.85, 480 * MILLION],
  ['XRP', 0, tiers(20, 40, 10), 2.2, 0.041, 0.8, 130 * MILLION],
  ['DOGE', 0, wide, 0.17, 0.045, 0.84, 90 * MILLION],
  ['BNB', 3, narrow, 860, 0.028, 0.78, 50 * MILLION],
  ['AVAX', 2, wide, 15.5, 0.045, 0.82, 35 * MILLION],
  ['LINK', 1, wide, 14.2, 0.044, 0.82, 40 * MILLION],
  ['ADA', 0, wide, 0.52, 0.044, 0.82, 40 * MILLION],
  ['LTC', 2, wide, 92, 0.038, 0.75, 25 * MILLION],
  ['HYPE', 2, wide, 36, 0.052, 0.62, 620 * MILLION],
  ['SUI', 1, wide, 1.9, 0.05, 0.8, 80 * MILLION],
  ['ARB', 1, narrow, 0.24, 0.048, 0.8, 15 * MILLION],
  ['AAVE', 2, wide, 185, 0.047, 0.78, 30 * MILLION],
  ['WIF', 0, wide, 0.45, 0.062, 0.74, 20 * MILLION],
  ['ENA', 0, wide, 0.31, 0.06, 0.74, 35 * MILLION],
  ['kPEPE', 0, wide, 0.0062, 0.06, 0.76, 45 * MILLION],
  ['WLD', 1, wide, 0.72, 0.055, 0.74, 25 * MILLION],
];

export const SYNTHETIC_COINS: readonly SyntheticCoinSpec[] = ROWS.map(
  ([coin, szDecimals, rows, startPx, dailyVol, marketCorrelation, openInterestUsd]) => ({
    coin,
    szDecimals,
    maxLeverage: rows[0]?.[1] ?? 1,
    marginTiers: rows.map(([lowerBoundUsd, maxLeverage]) => ({ lowerBoundUsd, maxLeverage })),
    startPx,
    dailyVol,
    marketCorrelation,
    openInterestUsd,
  }),
);
