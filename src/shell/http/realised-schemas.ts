// What venues reported, in answers, as zod. `like` keeps it in step with core's types.
import * as z from 'zod';
import type {
  MarketWide as MarketWideType,
  RatioSample as RatioSampleType,
  RealisedView as RealisedViewType,
} from '../../core/zones/realised/types.ts';
import { like } from './schemas.ts';

const ms = z.number();
const side = z.enum(['long', 'short']);
const venue = z.enum(['hyperliquid', 'binance', 'bybit', 'okx']);

const Liquidation = z.object({
  venue,
  coin: z.string(),
  side,
  px: z.number(),
  sz: z.number(),
  notionalUsd: z.number(),
  timeMs: ms,
});

const Window = z.object({
  windowMs: ms,
  heardFraction: z.number(),
  longUsd: z.number(),
  shortUsd: z.number(),
  deltaUsd: z.number(),
  ratio: z.number().nullable(),
  count: z.number(),
  largest: Liquidation.nullable(),
  topBucketShare: z.number().nullable(),
  largestShare: z.number().nullable(),
});

const Velocity = z.object({
  usdPerMinute: z.number(),
  previousUsdPerMinute: z.number(),
  peakUsdPerMinute: z.number(),
  percentile: z.number(),
  state: z.enum(['quiet', 'accelerating', 'running', 'decelerating', 'fading']),
});

export const RealisedView = like<RealisedViewType>()(
  z.object({
    coin: z.string(),
    asOfMs: ms,
    windows: z.object({
      '5m': Window.nullable(),
      '15m': Window.nullable(),
      '1h': Window.nullable(),
      '4h': Window.nullable(),
      '24h': Window.nullable(),
    }),
    velocity: z.object({ long: Velocity.nullable(), short: Velocity.nullable() }),
    state: z
      .object({
        state: z.enum(['extreme', 'high', 'elevated', 'normal', 'calm']),
        percentile: z.number(),
        days: z.number(),
      })
      .nullable(),
    usualDayUsd: z.number().nullable(),
    venues: z.array(
      z.object({
        venue,
        longUsd: z.number(),
        shortUsd: z.number(),
        count: z.number(),
        heardFraction: z.number(),
      }),
    ),
    levels: z
      .array(
        z.object({
          kind: z.enum(['support', 'resistance']),
          px: z.number(),
          loPx: z.number(),
          hiPx: z.number(),
          notionalUsd: z.number(),
          strength: z.number(),
          fromMs: ms,
          toMs: ms,
          openInterestChangeFraction: z.number().nullable(),
        }),
      )
      .nullable(),
  }),
);

export const MarketWide = like<MarketWideType>()(
  z.object({
    usd: z.number(),
    longUsd: z.number(),
    shortUsd: z.number(),
    coins: z.number(),
    heardFraction: z.number(),
    state: z.enum(['extreme', 'high', 'elevated', 'normal', 'calm']).nullable(),
  }),
);

export const RatioSample = like<RatioSampleType>()(
  z.object({ venue, tMs: ms, longAccountFraction: z.number() }),
);

const change = z.number().nullable();
export const OpenInterestChange = z.object({
  usd: z.number(),
  changeFraction: z.object({ '1h': change, '4h': change, '24h': change }),
});
