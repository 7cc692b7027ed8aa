// How accurate the map was, as zod.
import * as z from 'zod';
import { REASON_CODES } from '../../core/shared/reason-codes.ts';
import type {
  AccuracyDay as AccuracyDayType,
  CoinAccuracy as CoinAccuracyType,
} from '../../core/review/report-accuracy.ts';
import { like } from './schemas.ts';

const ms = z.number();
const figure = z.number().nullable();
const Figures = z.object({
  units: z.number(),
  rows: z.number(),
  meanRho: figure,
  meanPartialRho: figure,
  partialUnits: z.number(),
  meanPartialRhoAll: figure,
  auc: figure,
  captureTop25: figure,
});
const Score = Figures.extend({ ci95: z.tuple([z.number(), z.number()]).nullable() });

const DaysScore = z
  .object({
    days: z.number(),
    fromMs: ms,
    toMs: ms,
    scores: z.object({ model: Score, heat: Score, distance: Score, unswept: Score, uniform: Score }),
  })
  .nullable();
const Windows = z.object({ '1h': DaysScore, '4h': DaysScore });

const NotEnough = z.object({ code: z.enum(REASON_CODES), message: z.string() }).nullable();
const DayFigures = z
  .object({ model: Figures, heat: Figures, distance: Figures, unswept: Figures, uniform: Figures })
  .nullable();

const AccuracyDay = like<AccuracyDayType>()(
  z.object({
    coin: z.string(),
    dayMs: ms,
    map: z.string(),
    heardFraction: z.number(),
    liquidations: z.number(),
    bars: z.object({ day: z.number(), before: z.number() }),
    venues: z.array(z.enum(['hyperliquid', 'binance', 'bybit', 'okx'])),
    notEnough: NotEnough,
    windows: z.object({ '1h': DayFigures, '4h': DayFigures }),
  }),
);

/** In a coin's report. */
export const CoinAccuracy = like<CoinAccuracyType>()(
  z.object({
    isMadeUp: z.boolean(),
    map: z.string(),
    nextAtMs: ms,
    windows: Windows,
    days: z.array(AccuracyDay),
  }),
);

export const Accuracy = z.object({
  isMadeUp: z.boolean(),
  dataSource: z.string(),
  map: z.string(),
  nextAtMs: ms,
  /** All coins together. */
  all: Windows,
  coins: z.array(
    z.object({
      coin: z.string(),
      windows: Windows,
      /** Mean of the newest seven days. */
      heardFraction: z.number(),
      newest: z.object({ dayMs: ms, notEnough: NotEnough }).nullable(),
    }),
  ),
  items: z.array(AccuracyDay),
  nextCursor: z.string().nullable(),
});
