import type { MarginTier } from '../shared/coin.ts';
import type { MaintenanceTier } from './liquidation-px.ts';
import { maintenanceOf, withCum } from './liquidation-px.ts';

/** [notional up to USD, maintenance %, maximum leverage] */
type Step = readonly [number, number, number];

const K = 1_000;
const M = 1_000_000;

/**
 * Binance USD-M as of October 2024 (freqtrade, binance_leverage_tiers.json at c9ae5e1e; the live endpoint needs an API
 * key, so this is a dated copy). Above the last step that step goes on. Coins in Hyperliquid's spelling.
 */
const BINANCE: Readonly<Record<string, readonly Step[]>> = {
  BTC: [
    [50 * K, 0.4, 125],
    [600 * K, 0.5, 100],
    [3 * M, 0.65, 75],
    [12 * M, 1, 50],
    [70 * M, 2, 25],
    [100 * M, 2.5, 20],
    [230 * M, 5, 10],
    [480 * M, 10, 5],
  ],
  ETH: [
    [50 * K, 0.4, 125],
    [600 * K, 0.5, 100],
    [3 * M, 0.65, 75],
    [12 * M, 1, 50],
    [50 * M, 2, 25],
    [65 * M, 2.5, 20],
    [150 * M, 5, 10],
  ],
  SOL: [
    [20 * K, 0.5, 100],
    [100 * K, 0.65, 75],
    [800 * K, 1, 50],
    [4 * M, 2, 25],
    [8 * M, 2.5, 20],
    [40 * M, 5, 10],
  ],
  XRP: [
    [10 * K, 0.5, 75],
    [20 * K, 0.65, 50],
    [160 * K, 1, 40],
    [800 * K, 2, 25],
    [1.6 * M, 2.5, 20],
    [8 * M, 5, 10],
  ],
  DOGE: [
    [10 * K, 0.5, 75],
    [50 * K, 0.7, 50],
    [750 * K, 1, 40],
    [800 * K, 2, 25],
    [1.6 * M, 2.5, 20],
    [8 * M, 5, 10],
  ],
  BNB: [
    [10 * K, 0.5, 75],
    [50 * K, 0.6, 50],
    [200 * K, 1, 40],
    [1.5 * M, 2, 25],
    [3 * M, 2.5, 20],
    [15 * M, 5, 10],
  ],
  AVAX: [
    [5 * K, 0.5, 75],
    [25 * K, 0.65, 50],
    [80 * K, 1, 40],
    [400 * K, 2, 25],
    [800 * K, 2.5, 20],
    [4 * M, 5, 10],
  ],
  LINK: [
    [10 * K, 0.5, 75],
    [50 * K, 1, 50],
    [80 * K, 1.5, 40],
    [400 * K, 2, 25],
    [800 * K, 2.5, 20],
    [4 * M, 5, 10],
  ],
  ADA: [
    [10 * K, 0.5, 75],
    [50 * K, 1, 50],
    [100 * K, 1.5, 40],
    [500 * K, 2, 25],
    [1 * M, 2.5, 20],
    [5 * M, 5, 10],
  ],
  LTC: [
    [10 * K, 0.5, 75],
    [50 * K, 1, 50],
    [100 * K, 1.5, 40],
    [750 * K, 2, 25],
    [1 * M, 2.5, 20],
    [5 * M, 5, 10],
  ],
  ARB: [
    [5 * K, 0.6, 75],
    [50 * K, 1, 50],
    [80 * K, 1.5, 40],
    [200 * K, 2, 25],
    [600 * K, 2.5, 20],
    [2 * M, 5, 10],
  ],
  SUI: [
    [20 * K, 1, 75],
    [200 * K, 1.5, 50],
    [1 * M, 2, 25],
    [2 * M, 2.5, 20],
    [10 * M, 5, 10],
  ],
  WIF: [
    [20 * K, 1, 75],
    [200 * K, 1.5, 50],
    [1 * M, 2, 25],
    [2 * M, 2.5, 20],
    [10 * M, 5, 10],
  ],
  ENA: [
    [10 * K, 1, 75],
    [80 * K, 1.5, 50],
    [400 * K, 2, 25],
    [800 * K, 2.5, 20],
    [4 * M, 5, 10],
  ],
  kPEPE: [
    [20 * K, 0.65, 75],
    [200 * K, 1, 50],
    [300 * K, 1.5, 40],
    [1.5 * M, 2, 25],
    [3 * M, 2.5, 20],
    [15 * M, 5, 10],
  ],
};

/** A coin the dated copy lacks is taken to be like a middle-sized alt. An assumption, not a table of the venue's. */
const BINANCE_OTHER = BINANCE['ENA'] ?? [];

export function binanceTiers(coin: string): MaintenanceTier[] {
  const steps = BINANCE[coin] ?? BINANCE_OTHER;
  return withCum(
    steps.map(([, mmrPercent, maxLeverage], i) => ({
      floorUsd: steps[i - 1]?.[0] ?? 0,
      mmr: mmrPercent / 100,
      maxLeverage,
    })),
  );
}

const margin = (...tiers: [lowerBoundUsd: number, maxLeverage: number][]): readonly MarginTier[] =>
  tiers.map(([lowerBoundUsd, maxLeverage]) => ({ lowerBoundUsd, maxLeverage }));
const MID = margin([0, 10], [20 * M, 5]);
const SMALL = margin([0, 10], [3 * M, 5]);

/**
 * Hyperliquid mainnet (docs: trading/margin tiers, read 2026). For when the live `meta` is not at hand: prefer
 * `maintenanceOf(CoinMeta.marginTiers)`. A coin not listed gets the smallest table, whose steps come earliest.
 */
const HYPERLIQUID: Readonly<Record<string, readonly MarginTier[]>> = {
  BTC: margin([0, 40], [150 * M, 20]),
  ETH: margin([0, 25], [100 * M, 15]),
  SOL: margin([0, 20], [70 * M, 10]),
  XRP: margin([0, 20], [40 * M, 10]),
  ...Object.fromEntries(
    'DOGE kPEPE SUI WLD TRUMP LTC ENA POPCAT WIF AAVE kBONK LINK CRV AVAX ADA UNI NEAR TIA APT BCH HYPE FARTCOIN'
      .split(' ')
      .map((coin) => [coin, MID]),
  ),
  ...Object.fromEntries(
    'OP ARB LDO TON MKR ONDO JUP INJ kSHIB SEI TRX BNB DOT'.split(' ').map((coin) => [coin, SMALL]),
  ),
};

export const hyperliquidTiers = (coin: string): MaintenanceTier[] =>
  maintenanceOf(HYPERLIQUID[coin] ?? SMALL);
