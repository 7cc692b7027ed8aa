/**
 * One closed bar. `t` is the bar's open, ms since the epoch, UTC; prices are in the quote currency,
 * `v` is in coins of the base (never contracts: adapters convert).
 */
export interface Candle {
  t: number;
  o: number;
  h: number;
  l: number;
  c: number;
  v: number;
}

/** Bar lengths in ms by their TradingView interval ("5" = five minutes). */
export const INTERVAL_MS: Readonly<Record<string, number>> = {
  '1': 60_000,
  '3': 180_000,
  '5': 300_000,
  '15': 900_000,
  '30': 1_800_000,
  '60': 3_600_000,
  '120': 7_200_000,
  '240': 14_400_000,
  '1D': 86_400_000,
};
