import { DEFAULT_DETECTOR_PARAMS, type DetectorParams } from './params.ts';

/** What a preset sets; everything else stays as the chart's inputs are. */
export type DetectorPreset = Pick<DetectorParams, 'legAtrMin' | 'volumeSurgeMin'>;

/** Least leg in ATR that gave at most one exhaustion a day, see below. */
const LEG_ATR_MIN: Readonly<Record<string, number>> = {
  BTC: 9,
  ETH: 9,
  SOL: 7.5,
  XRP: 7.5,
  DOGE: 8.5,
  BNB: 8,
  AVAX: 8,
  LINK: 8,
  ADA: 7.5,
  LTC: 8.5,
  HYPE: 7,
  SUI: 7,
  ARB: 7.5,
  AAVE: 7.5,
  WIF: 7.5,
  ENA: 7.5,
  kPEPE: 7.5,
  WLD: 8,
};

/**
 * Presets of the 18 max-pain coins for 5 minute charts. They set how *often* a chart fires, about once a day, and
 * claim nothing about profit: the leg is the smallest step of 0.5 ATR that gave at most one exhaustion a day on
 * Hyperliquid's bars of 2025-03-15 … 04-30 with the other defaults; on 05-01 … 06-14, not looked at before, the
 * same values gave 0.64 … 1.16 a day.
 */
export const DETECTOR_PRESETS: Readonly<Record<string, DetectorPreset>> = Object.fromEntries(
  Object.entries(LEG_ATR_MIN).map(([coin, legAtrMin]) => [coin, { legAtrMin, volumeSurgeMin: 4 }]),
);

/** The script's defaults with the coin's preset, or undefined for a coin without one. */
export function presetParamsOf(coin: string): DetectorParams | undefined {
  const preset = DETECTOR_PRESETS[coin];
  return preset && { ...DEFAULT_DETECTOR_PARAMS, ...preset };
}
