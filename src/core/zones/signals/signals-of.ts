import type { Candle } from '../../shared/candle.ts';
import { STALE_AFTER_MS } from '../build-zone-map.ts';
import type { OpenInterestSample, RatioSample, RealisedView } from '../realised/types.ts';
import type { ZoneMap } from '../types.ts';
import { funding, marketStateCard, rsiSignal } from './bar-signals.ts';
import { clamp01 } from './card.ts';
import { accountRatio, liquidationDelta, liquidationVelocity, openInterestSignal } from './flow-signals.ts';
import { postSweepLevel, sweepConcentration, sweepVelocity, sweptDelta } from './sweep-signals.ts';
import type { MinuteBars } from './minutes.ts';
import { mapByMinute, whyMinutesUnknown } from './minutes.ts';
import type { Lookback, SignalThresholds } from './thresholds.ts';
import { LOOKBACKS, MINUTE_LOOKBACKS, SIGNAL_THRESHOLDS } from './thresholds.ts';
import type { CoinSignals, SignalCard, SignalMode, TimeframeSignals } from './types.ts';
import { cascade, crowding, magnet, maxPainDistance, zoneProximity } from './zone-signals.ts';

/** Bars that make a map whole for these signals: one day. */
const BARS_WHOLE = 288;

export interface SignalInput {
  map: ZoneMap;
  /** Hyperliquid's closed five-minute bars, oldest first. */
  candles: readonly Candle[];
  /** Hyperliquid's, per hour; null when unknown. */
  fundingHourlyFraction: number | null;
  /** Mean of the other venues' running rates, per hour, beside it; not part of the score. */
  fundingElsewhere?: number | null;
  nowMs: number;
  /** What is known beside prices; left out where nothing is read. */
  realised?: RealisedView | null;
  openInterest?: readonly OpenInterestSample[];
  ratios?: readonly RatioSample[];
  /** Left out or null: nobody reads them, and there is no 1m timeframe. */
  minutes?: MinuteBars | null;
  /** Default day. */
  mode?: SignalMode;
}

/** All cards of a coin on every timeframe that is known, and whether these agree. */
export function signalsOf(input: SignalInput, t: SignalThresholds = SIGNAL_THRESHOLDS): CoinSignals {
  const { map, nowMs, minutes = null, mode = 'day' } = input;
  const quality = mapQuality(map, nowMs);
  const on = (look: Lookback, of: SignalInput, bars: readonly Candle[]): TimeframeSignals => {
    const cards = cardsOf(of, bars, look, t, quality);
    const bias = biasOf(cards);
    const direction = bias >= t.directionBias ? 'up' : bias <= -t.directionBias ? 'down' : 'neutral';
    return { timeframe: look.timeframe, cards, bias, direction };
  };
  const now = MINUTE_LOOKBACKS[mode];
  const why = whyMinutesUnknown(minutes, now, nowMs);
  const timeframes = [
    ...(minutes === null || why !== null
      ? []
      : [on(now, { ...input, map: mapByMinute(map, minutes, now) }, minutes.bars)]),
    ...LOOKBACKS[mode].map((look) => on(look, input, input.candles)),
  ];
  return {
    coin: map.coin,
    asOfMs: map.asOfMs,
    markPx: map.markPx,
    timeframes,
    unknown: why === null ? [] : [{ timeframe: now.timeframe, why }],
    ...agreementOf(timeframes, quality, t),
  };
}

/**
 * How far the map may be relied on, 0..1: share of the venues asked that are in it, half where no open interest was
 * known to scale it, less with little history, less the older it is.
 */
export function mapQuality(map: Pick<ZoneMap, 'sources' | 'leftOut' | 'asOfMs'>, nowMs: number): number {
  const used = map.sources.length;
  if (used === 0) return 0;
  const venues = used / (used + map.leftOut.length);
  const scale = map.sources.some((s) => s.scaledBy === 'open-interest') ? 1 : 0.5;
  const history = clamp01(Math.max(...map.sources.map((s) => s.bars)) / BARS_WHOLE);
  const age = clamp01(1 - Math.max(0, nowMs - map.asOfMs) / (2 * STALE_AFTER_MS));
  return venues * scale * history * age;
}

function cardsOf(
  {
    map,
    candles,
    fundingHourlyFraction,
    fundingElsewhere = null,
    nowMs,
    realised = null,
    openInterest = [],
    ratios = [],
  }: SignalInput,
  bars: readonly Candle[],
  look: Lookback,
  t: SignalThresholds,
  quality: number,
): SignalCard[] {
  return [
    magnet(map, look, t, quality),
    cascade(map, 'down', look, t, quality),
    cascade(map, 'up', look, t, quality),
    zoneProximity(map, look, t, quality),
    maxPainDistance(map, quality),
    crowding(map, t, quality),
    sweptDelta(map, look, t, quality),
    sweepVelocity(map, look, t, quality),
    sweepConcentration(map, look, quality),
    postSweepLevel(map, look, t, quality),
    funding(fundingHourlyFraction, map, look, t, fundingElsewhere),
    rsiSignal(bars, map, look, t),
    marketStateCard(candles, t),
    liquidationDelta(realised, look, t),
    ...(look.timeframe === '5m' ? [liquidationVelocity(realised)] : []),
    openInterestSignal(openInterest, map, look, t, nowMs),
    accountRatio(ratios, map, look, t, nowMs),
  ];
}

const WITHOUT_DIRECTION: readonly string[] = [
  'crowding',
  'sweep-concentration',
  'market-state',
  'open-interest',
];

function biasOf(cards: readonly SignalCard[]): number {
  let sum = 0;
  let weight = 0;
  for (const c of cards) {
    if (WITHOUT_DIRECTION.includes(c.name)) continue;
    const w = c.strength * c.confidence;
    sum += w * c.score;
    weight += w;
  }
  return weight > 0 ? sum / weight : 0;
}

function agreementOf(
  timeframes: readonly TimeframeSignals[],
  quality: number,
  t: SignalThresholds,
): Pick<CoinSignals, 'agreement' | 'confidence'> {
  const directions = new Set(timeframes.map((f) => f.direction));
  const mean = timeframes.reduce((sum, f) => sum + Math.abs(f.bias), 0) / timeframes.length;
  if (directions.has('up') && directions.has('down')) return { agreement: 'conflicted', confidence: 0 };
  if (!directions.has('up') && !directions.has('down')) return { agreement: 'neutral', confidence: 0 };
  if (directions.has('neutral')) return { agreement: 'mixed', confidence: clamp01(quality * mean) };
  return { agreement: 'agree', confidence: clamp01(quality * mean * t.agreementBoost) };
}
