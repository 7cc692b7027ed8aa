import { COIN_PARAMS } from '../shared/coin-params.ts';
import { DEFAULT_DETECTOR_PARAMS, type DetectorParams } from './params.ts';

/** What a preset sets; everything else stays as the chart's inputs are. */
export type DetectorPreset = Pick<DetectorParams, 'legAtrMin' | 'volumeSurgeMin'>;

/** Least leg in ATR that gave at most one exhaustion a day, see below. */
const LEG_ATR_MIN: Readonly<Record<string, number>> = {
  BTC: 9,
  ETH: 9,
  SOL: 8,
  XRP: 7.5,
  DOGE: 8.5,
  BNB: 8,
  AVAX: 8,
  LINK: 8,
  ADA: 7.5,
  LTC: 8.5,
  HYPE: 7,
  SUI: 7.5,
  ARB: 8,
  AAVE: 7.5,
  WIF: 7.5,
  ENA: 7.5,
  kPEPE: 8,
  WLD: 8,
};

/**
 * Presets of the server's coins (COIN_PARAMS) for 5 minute charts. They set how *often* a chart fires, about once a day, and
 * claim nothing about profit: the leg is the smallest step of 0.5 ATR that gave at most one exhaustion a day on
 * Hyperliquid's bars of 2025-03-15 … 04-30 with the other defaults; on 05-01 … 06-14, not looked at before, the
 * same values gave 0.64 … 1.13 a day.
 */
export const DETECTOR_PRESETS: Readonly<Record<string, DetectorPreset>> = Object.fromEntries(
  COIN_PARAMS.flatMap(({ coin }) => {
    const legAtrMin = LEG_ATR_MIN[coin];
    return legAtrMin === undefined ? [] : [[coin, { legAtrMin, volumeSurgeMin: 4 }]];
  }),
);

/** What the script runs with on a 5 minute chart of the coin when nothing is set: its preset, where it has one. */
export const presetParamsOf = (coin: string): DetectorParams => ({
  ...DEFAULT_DETECTOR_PARAMS,
  ...DETECTOR_PRESETS[coin],
});
