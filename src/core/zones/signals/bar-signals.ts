// Signals of Hyperliquid's own bars and funding.
import type { Candle } from '../../shared/candle.ts';
import { rsi } from '../../detect/pine-ta.ts';
import type { ZoneMap } from '../types.ts';
import { card, clamp01 } from './card.ts';
import { zonesInReach } from './zone-signals.ts';
import type { Lookback, SignalThresholds } from './thresholds.ts';
import type { SignalCard } from './types.ts';

const BAR_MS = 300_000;
const DAY_MS = 86_400_000;

/** Whether a candle is the last part of a bar of `barsPerBar`: a bar whose last part is missing is left out. */
const isLastPart = (c: Candle, { barMs, barsPerBar }: Lookback): boolean =>
  (c.t / barMs + 1) % barsPerBar === 0;

/**
 * Overbought with longs to liquidate below speaks for a fall, oversold with shorts above for a rise; without such a
 * zone half as strong. Confidence 0 until there are enough bars.
 * @param candles of `look.barMs`
 */
export function rsiSignal(
  candles: readonly Candle[],
  map: ZoneMap,
  look: Lookback,
  t: SignalThresholds,
): SignalCard {
  const step = rsi(t.rsiLength);
  let value = Number.NaN;
  for (const c of candles) if (isLastPart(c, look)) value = step(c.c);
  if (Number.isNaN(value)) return card('rsi', 0, 0, 0, 'none', { rsi: null });
  const isHigh = value >= t.rsiOverbought;
  const isLow = value <= t.rsiOversold;
  const hasFuel = isHigh
    ? zonesInReach(map, 'long', look.reach).length > 0
    : zonesInReach(map, 'short', look.reach).length > 0;
  const excess = Math.abs(value - 50) / 50;
  const score = isHigh ? -excess : isLow ? excess : 0;
  const state = isHigh ? 'overbought' : isLow ? 'oversold' : 'neutral';
  return card('rsi', score, Math.abs(score) * (hasFuel ? 1 : 0.5), 1, state, { rsi: value });
}

/**
 * Extreme funding with the payers' own liquidations near: fragile longs when positive, fragile shorts when negative.
 * @param elsewhere what the other venues' payers pay, shown beside it
 */
export function funding(
  hourlyFraction: number | null,
  map: ZoneMap,
  look: Lookback,
  t: SignalThresholds,
  elsewhere: number | null = null,
): SignalCard {
  const numbers = { hourlyFraction, elsewhereHourlyFraction: elsewhere };
  if (hourlyFraction === null) return card('funding', 0, 0, 0, 'unknown', numbers);
  const isExtreme = Math.abs(hourlyFraction) >= t.fundingExtremeHourly;
  const payer = hourlyFraction > 0 ? 'long' : 'short';
  const hasFuel = zonesInReach(map, payer, look.reach).length > 0;
  const excess = clamp01(Math.abs(hourlyFraction) / (2 * t.fundingExtremeHourly));
  const score = isExtreme ? (payer === 'long' ? -excess : excess) : 0;
  const state = isExtreme ? `fragile-${payer}s` : 'normal';
  return card('funding', score, Math.abs(score) * (hasFuel ? 1 : 0.5), 1, state, numbers);
}

export type MarketState = 'extreme' | 'high' | 'elevated' | 'normal' | 'calm';

/**
 * Turnover of the last 24 h against the mean day of the bars before. Null with fewer than two days of bars: then there
 * is nothing usual to compare with.
 */
export function marketState(
  candles: readonly Candle[],
  t: Pick<SignalThresholds, 'stateMultiples'>,
): { state: MarketState; multiple: number; turnoverUsd: number } | null {
  const newest = candles.at(-1);
  const oldest = candles[0];
  if (newest === undefined || oldest === undefined) return null;
  const dayStart = newest.t + BAR_MS - DAY_MS;
  const daysBefore = (dayStart - oldest.t) / DAY_MS;
  if (daysBefore < 1) return null;
  let turnoverUsd = 0;
  let beforeUsd = 0;
  for (const c of candles)
    if (c.t >= dayStart) turnoverUsd += c.v * c.c;
    else beforeUsd += c.v * c.c;
  if (beforeUsd <= 0) return null;
  const multiple = turnoverUsd / (beforeUsd / daysBefore);
  const { extreme, high, elevated, normal } = t.stateMultiples;
  const state =
    multiple > extreme
      ? 'extreme'
      : multiple > high
        ? 'high'
        : multiple > elevated
          ? 'elevated'
          : multiple >= normal
            ? 'normal'
            : 'calm';
  return { state, multiple, turnoverUsd };
}

/** The same as a card; without a direction. */
export function marketStateCard(candles: readonly Candle[], t: SignalThresholds): SignalCard {
  const found = marketState(candles, t);
  if (found === null) return card('market-state', 0, 0, 0, 'unknown', { multiple: null, turnoverUsd: null });
  const strength = clamp01(Math.abs(Math.log(found.multiple)) / Math.log(t.stateMultiples.extreme));
  return card('market-state', 0, strength, 1, found.state, {
    multiple: found.multiple,
    turnoverUsd: found.turnoverUsd,
  });
}
