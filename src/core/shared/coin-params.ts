import * as z from 'zod';

/** Per-coin parameters of the max-pain strategy, with the bounds any override must keep. */
export const CoinParams = z.strictObject({
  coin: z.string(),
  enabled: z.boolean(),
  /** Share of equity lost when the stop is hit, fees and slippage included. 0..0.02. */
  riskFraction: z.number().positive().max(0.02),
  /** Isolated leverage set on the venue, 1..maxLeverage of the coin. */
  leverage: z.int().min(1).max(20),
  notionalUsdMax: z.number().positive().max(5_000_000),
  /** An entry whose bar closed longer ago is refused, ms. */
  alertAgeMsMax: z.int().min(5_000).max(600_000),
  /** Mark against the alert's close, basis points, either way. */
  driftBpsMax: z.number().positive().max(500),
  /** Least share of the swept side's mass within reach that the cascade must have consumed, 0..1. */
  consumedFractionMin: z.number().min(0).max(1),
  /** Room between the stop and the cluster or extreme it stands behind. */
  stopBufferBps: z.number().positive().max(500),
  stopBufferAtr: z.number().min(0).max(5),
  /**
   * A stop nearer to the mark than this is noise and is pushed out; one farther from the worst entry price than the max
   * refuses the alert. bps.
   */
  stopDistanceBpsMin: z.number().positive().max(1_000),
  stopDistanceBpsMax: z.number().positive().max(3_000),
  /** Worst price of the entry IOC beyond the mark, bps. */
  entrySlippageBps: z.number().positive().max(500),
  /** Worst price of the stop's market order beyond its trigger, fraction. */
  stopSlippageFraction: z.number().min(0.02).max(0.2),
  /** First and second take profit in multiples of the stop distance when no zone is nearer, and the first one's share. */
  takeProfitR: z.tuple([z.number().positive(), z.number().positive()]),
  takeProfitFraction: z.number().gt(0).lt(1),
  /** An entry is refused when more than this multiple of what was consumed lies just beyond the extreme. */
  beyondRatioMax: z.number().positive().max(100),
  /** Most funding an entry may have to pay, fraction per hour. */
  fundingHourlyMax: z.number().min(0).max(0.01),
  /** No entry for so long after a stop or a liquidation of this coin, minutes. */
  cooldownMinutes: z.int().min(0).max(10_080),
  /** A position still open after so long is closed, minutes. */
  timeStopMinutes: z.int().min(5).max(43_200),
  /** Close what is left of a position when the chart says that price has snapped back. */
  exitOnSnapback: z.boolean(),
  /**
   * Close what is left when the signals fade near the opposite zone (decide/fading.ts): from this profit on, in
   * multiples of the stop distance, and within this distance of the zone, bps.
   */
  exitOnFading: z.boolean(),
  fadingProfitR: z.number().min(0.1).max(10),
  fadingZoneBps: z.number().min(10).max(1_000),
  /** How far the signals before an entry look: minutes, hours, or days. */
  signalMode: z.enum(['scalp', 'day', 'swing']),
});
export type CoinParams = z.infer<typeof CoinParams>;

const base = {
  enabled: true,
  riskFraction: 0.005,
  leverage: 5,
  notionalUsdMax: 25_000,
  alertAgeMsMax: 120_000,
  driftBpsMax: 60,
  consumedFractionMin: 0.1,
  stopBufferBps: 15,
  stopBufferAtr: 0.25,
  stopDistanceBpsMin: 60,
  stopDistanceBpsMax: 600,
  entrySlippageBps: 50,
  stopSlippageFraction: 0.1,
  takeProfitR: [1, 2] as [number, number],
  takeProfitFraction: 0.5,
  beyondRatioMax: 3,
  fundingHourlyMax: 0.0005,
  cooldownMinutes: 60,
  timeStopMinutes: 240,
  exitOnSnapback: true,
  exitOnFading: true,
  fadingProfitR: 0.5,
  fadingZoneBps: 100,
  signalMode: 'day',
} satisfies Omit<CoinParams, 'coin'>;

/** Majors move less: tighter bounds, smaller leverage steps. */
const major = { ...base, stopDistanceBpsMin: 50, stopDistanceBpsMax: 450, driftBpsMax: 40 };
const minor = {
  ...base,
  leverage: 3,
  notionalUsdMax: 10_000,
  stopDistanceBpsMin: 80,
  stopDistanceBpsMax: 800,
  driftBpsMax: 80,
  cooldownMinutes: 120,
};

/**
 * The 18 coins of max-pain. The figures are cautious starting points, not tuned values: no edge is claimed for
 * them (docs/decisions/0006-coin-parameters.md).
 */
export const COIN_PARAMS: readonly CoinParams[] = [
  ...['BTC', 'ETH', 'SOL'].map((coin) => ({ ...major, coin })),
  ...['XRP', 'DOGE', 'BNB', 'AVAX', 'LINK', 'ADA', 'LTC', 'HYPE', 'SUI'].map((coin) => ({ ...base, coin })),
  ...['ARB', 'AAVE', 'WIF', 'ENA', 'kPEPE', 'WLD'].map((coin) => ({ ...minor, coin })),
];

/**
 * Coins that tend to fall together, by what they are: their positions of one side share a budget
 * (`groupLeverageMax`). Set by hand; nothing was estimated.
 */
export const COIN_GROUPS: Readonly<Record<string, readonly string[]>> = {
  major: ['BTC', 'ETH'],
  'layer-1': ['SOL', 'BNB', 'AVAX', 'ADA', 'HYPE', 'SUI'],
  payment: ['XRP', 'LTC'],
  meme: ['DOGE', 'WIF', 'kPEPE'],
  defi: ['LINK', 'AAVE', 'ENA', 'ARB', 'WLD'],
};

/** A coin in no group shares its budget with every other such coin. */
export const groupOf = (coin: string): string =>
  Object.entries(COIN_GROUPS).find(([, coins]) => coins.includes(coin))?.[0] ?? 'other';

export const paramsOf = (coin: string): CoinParams | undefined => COIN_PARAMS.find((p) => p.coin === coin);
