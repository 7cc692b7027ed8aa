// Answers about a coin's liquidation map, as zod. `like` keeps them in step with core's types.
import * as z from 'zod';
import type { CoinReport as CoinReportType } from '../../core/review/report.ts';
import type { Heatmap as HeatmapType } from '../../core/zones/heatmap.ts';
import type { ObservedZones as ObservedZonesType, SideBySide } from '../../core/zones/observed-zones.ts';
import type { CoinSignals as CoinSignalsType } from '../../core/zones/signals/types.ts';
import { CoinAccuracy } from './accuracy-schemas.ts';
import { MarketWide, OpenInterestChange, RatioSample, RealisedView } from './realised-schemas.ts';
import { like, ZoneMap } from './schemas.ts';

const ms = z.number();
const side = z.enum(['long', 'short']);
const bySide = z.object({ long: z.number(), short: z.number() });

const { zones, maxPain, totalUsd, reachUsd, bins, blend } = ZoneMap.shape;

const ObservedZones = like<ObservedZonesType>()(
  z.object({
    coin: z.string(),
    asOfMs: ms,
    markPx: z.number(),
    addresses: z.number(),
    positions: z.number(),
    coverageLong: z.number(),
    coverageShort: z.number(),
    ageP50Ms: z.number(),
    entries: z.object({
      px: z.array(z.number()),
      longUsd: z.array(z.number()),
      shortUsd: z.array(z.number()),
    }),
    zones,
    maxPain,
    totalUsd,
    bins,
  }),
);

/** The estimated map, as ever, and beside it what is observed and the blend of both. */
export const Zones = ZoneMap.extend({
  observed: ObservedZones.nullable(),
  notObserved: z.string().nullable(),
  blended: z.object({ zones, maxPain, totalUsd, reachUsd, bins, blend }).nullable(),
  decidesOn: z.enum(['estimated', 'blended']),
});

/** What the two maps have in common is said once. */
export function zonesAnswer(o: SideBySide): z.output<typeof Zones> {
  const { estimated, observed, notObserved, decidesOn } = o;
  return { ...estimated, observed, notObserved, blended: o.blended && blendOf(o.blended), decidesOn };
}

const blendOf = (map: z.output<typeof ZoneMap>): z.output<typeof Zones>['blended'] => ({
  zones: map.zones,
  maxPain: map.maxPain,
  totalUsd: map.totalUsd,
  reachUsd: map.reachUsd,
  bins: map.bins,
  blend: map.blend,
});

const SignalCard = z.object({
  name: z.enum([
    'magnet',
    'cascade-down',
    'cascade-up',
    'zone-proximity',
    'max-pain-distance',
    'crowding',
    'swept-delta',
    'sweep-velocity',
    'sweep-concentration',
    'post-sweep-level',
    'funding',
    'rsi',
    'market-state',
    'liquidation-delta',
    'liquidation-velocity',
    'open-interest',
    'account-ratio',
  ]),
  score: z.number(),
  strength: z.number(),
  confidence: z.number(),
  state: z.string(),
  numbers: z.record(z.string(), z.number().nullable()),
});

const timeframe = z.enum(['1m', '5m', '1h']);
const agreement = z.enum(['agree', 'conflicted', 'mixed', 'neutral']);

export const CoinSignals = like<CoinSignalsType>()(
  z.object({
    coin: z.string(),
    asOfMs: ms,
    markPx: z.number(),
    timeframes: z.array(
      z.object({
        timeframe,
        cards: z.array(SignalCard),
        bias: z.number(),
        direction: z.enum(['up', 'down', 'neutral']),
      }),
    ),
    unknown: z.array(z.object({ timeframe, why: z.string() })),
    agreement,
    confidence: z.number(),
  }),
);

const notAvailable = z.array(z.object({ signal: z.string(), needs: z.string() }));

export const Signals = z.object({
  items: z.array(CoinSignals),
  nextCursor: z.string().nullable(),
  /** Forced closes of all followed coins together, 24 h. */
  marketWide: MarketWide.nullable(),
  notAvailable,
});

const Level = z.object({
  px: z.number(),
  loPx: z.number(),
  hiPx: z.number(),
  kind: z.enum(['long zone', 'short zone', 'long max pain', 'short max pain']),
  notionalUsd: z.number(),
  distanceFraction: z.number(),
  priority: z.enum(['high', 'medium', 'low']),
});

const Risk = z.object({
  level: z.enum(['high', 'moderate', 'low']),
  clusters: z.number(),
  gap: z.number().nullable(),
  withinBps: z.number().nullable(),
});

const NetPosition = z.object({
  bars: z.number(),
  rows: z.array(
    z.object({
      loPx: z.number(),
      hiPx: z.number(),
      longShare: z.number(),
      shortShare: z.number(),
      netShare: z.number(),
      netUsd: z.number().nullable(),
      observedNetShare: z.number().nullable(),
    }),
  ),
  longEntryPx: z.number(),
  shortEntryPx: z.number(),
  longUnderWaterShare: z.number(),
  shortUnderWaterShare: z.number(),
  observed: z.object({ longUsd: z.number(), shortUsd: z.number() }).nullable(),
});

export const CoinReport = like<CoinReportType>()(
  z.object({
    coin: z.string(),
    atMs: ms,
    asOfMs: ms,
    dataSource: z.string(),
    markPx: z.number(),
    overview: z.object({
      priceChangeFraction: z.number().nullable(),
      turnoverUsd: z.number().nullable(),
      state: z.enum(['extreme', 'high', 'elevated', 'normal', 'calm']).nullable(),
      sweptUsd: bySide,
      sweptLongShare: z.number().nullable(),
      largestSweep: z.object({ atMs: ms, side, notionalUsd: z.number() }).nullable(),
    }),
    keyLevels: z.array(Level),
    profile: z.array(
      z.object({
        distanceFraction: z.number(),
        longUsd: z.number(),
        shortUsd: z.number(),
        deltaUsd: z.number(),
      }),
    ),
    netPosition: NetPosition.nullable(),
    magnets: z.object({
      above: Level.nullable(),
      below: Level.nullable(),
      asymmetry: z.number().nullable(),
    }),
    cascadeRisk: z.object({ down: Risk, up: Risk }),
    recentLevels: z.array(
      z.object({
        kind: z.enum(['support', 'resistance']),
        px: z.number(),
        loPx: z.number(),
        hiPx: z.number(),
        notionalUsd: z.number(),
        share: z.number(),
        fromMs: ms,
        toMs: ms,
      }),
    ),
    bias: z.object({
      agreement,
      confidence: z.number(),
      timeframes: z.array(z.object({ timeframe: z.string(), direction: z.string(), bias: z.number() })),
    }),
    keyLevel: z.object({ direction: z.enum(['down', 'up']), px: z.number() }).nullable(),
    risk: z.string(),
    sources: z.array(
      z.object({
        venue: z.string(),
        weight: z.number(),
        bars: z.number(),
        scaledBy: z.enum(['open-interest', 'turnover']).nullable(),
        ageMs: z.number().nullable(),
        problem: z.string().nullable(),
      }),
    ),
    realised: RealisedView.nullable(),
    marketWide: MarketWide.nullable(),
    accountRatios: z.array(RatioSample),
    openInterest: OpenInterestChange.nullable(),
    notAvailable,
    accuracy: CoinAccuracy.nullable(),
  }),
);

export const Heatmap = like<HeatmapType & { coin: string; venue: string }>()(
  z.object({
    coin: z.string(),
    venue: z.string(),
    bars: z.number(),
    times: z.array(ms),
    closes: z.array(z.number()),
    prices: z.array(z.number()),
    cells: z.array(z.number()),
    swept: z.object({ long: z.array(z.number()), short: z.array(z.number()) }),
  }),
);
