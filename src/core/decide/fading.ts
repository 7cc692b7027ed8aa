// When a position of ours is closed because what carried it is fading (mission §3: exits from zones).
import type { Side } from '../shared/coin.ts';
import { opposite, sign } from '../shared/coin.ts';
import type { CoinParams } from '../shared/coin-params.ts';
import { SIGNAL_THRESHOLDS } from '../zones/signals/thresholds.ts';
import type { Zone } from '../zones/types.ts';
import { breakevenPx } from './breakeven-px.ts';
import type { SignalFacts, TimeframeFacts } from './decide-input.ts';
import { pass, stop } from './gate-result.ts';
import type { GateResult } from './types.ts';

/** A position that a decision of ours opened, as far as an exit asks for it. */
export interface HeldFacts {
  side: Side;
  /** Average entry, USD per coin. */
  entryPx: number;
  /** From the planned entry to the planned stop, USD per coin, > 0: one R. */
  riskPx: number;
  /** When it was decided, ms: what turned before that is not news. */
  decidedAtMs: number;
}

export interface FadingFacts {
  held: HeldFacts;
  markPx: number;
  szDecimals: number;
  zones: readonly Zone[];
  signals: SignalFacts;
  params: Pick<CoinParams, 'fadingProfitR' | 'fadingZoneBps'>;
}

/** A direction with less than this share of its peak is fading though it still points there. */
const FADING_SHARE = 0.5;
/** It must have been so for this long, ms: one map without one of its venues is no news. */
export const FADING_FOR_MS_MIN = 60_000;

/**
 * Profit, zone, signals: the three that must hold together, in this order; the first no ends the list. Mirror images
 * give the same answer, and so does another scale of prices.
 */
export function readFading(f: FadingFacts): GateResult[] {
  const gates: GateResult[] = [];
  for (const gate of [gateProfit, gateNearZone, gateFading]) {
    const result = gate(f);
    gates.push(result);
    if (!result.ok) break;
  }
  return gates;
}

/** How long it has been so. */
export function gateFadingFor(nowMs: number, sinceMs: number): GateResult {
  const numbers = { forMs: nowMs - sinceMs, minMs: FADING_FOR_MS_MIN };
  return nowMs - sinceMs >= FADING_FOR_MS_MIN
    ? pass('fading-for', `for ${Math.round((nowMs - sinceMs) / 1000)} s`, numbers)
    : stop('fading-for', 'fading-over', 'not for long enough', numbers);
}

/** In profit by the coin's bound, and in any case beyond the fees both ways. */
function gateProfit({ held, markPx, szDecimals, params }: FadingFacts): GateResult {
  const s = sign(held.side);
  const profitR = (s * (markPx - held.entryPx)) / held.riskPx;
  const evenPx = breakevenPx(held.side, held.entryPx, szDecimals);
  const numbers = { profitR, minR: params.fadingProfitR, markPx, entryPx: held.entryPx, evenPx };
  return profitR >= params.fadingProfitR && s * (markPx - evenPx) > 0
    ? pass('profit', `in profit by ${profitR.toFixed(2)} of what was risked`, numbers)
    : stop('profit', 'fading-over', `a profit of ${profitR.toFixed(2)} R is not enough`, numbers);
}

/** Measured from the mark as it is now: the map's own distances are as old as the map. */
function gateNearZone({ held, markPx, zones, params }: FadingFacts): GateResult {
  const s = sign(held.side);
  const ahead = zones
    .filter((z) => z.side === opposite(held.side) && s * ((s === 1 ? z.hiPx : z.loPx) - markPx) >= 0)
    .map((z) => Math.max(0, (s * ((s === 1 ? z.loPx : z.hiPx) - markPx)) / markPx) * 10_000);
  const zoneBps = ahead.length === 0 ? null : Math.min(...ahead);
  const numbers = { zoneBps, maxBps: params.fadingZoneBps };
  return zoneBps !== null && zoneBps <= params.fadingZoneBps
    ? pass('opposite-zone', `the opposite zone is ${zoneBps.toFixed(0)} bp away`, numbers)
    : stop('opposite-zone', 'fading-over', 'no opposite zone is near', numbers);
}

/**
 * How a timeframe stands to a position. `with`: still carries it. `fading`: points its way with less than half of the
 * peak. `ended`: pointed its way after the entry and has lost as much, pointing nowhere. `turned`: against it, and was
 * not at the entry.
 */
type Stance = 'with' | 'fading' | 'ended' | 'turned' | 'neutral' | 'against' | 'unknown';
const SPENT: readonly Stance[] = ['fading', 'ended', 'turned'];

/**
 * The filter decides and the context can object: 5m must be fading, or have ended or turned since the entry, and 1h must
 * not still carry the position. The 1m timeframe, where there is one, is too quick to end a trade on.
 */
function gateFading({ held, signals }: FadingFacts): GateResult {
  const of = (name: string): Stance => {
    const facts = signals.timeframes.find((f) => f.timeframe === name);
    return facts === undefined ? 'unknown' : stanceOf(facts, held);
  };
  const [filter, context] = [of('5m'), of('1h')];
  const numbers = { '5m': filter, '1h': context };
  return SPENT.includes(filter) && context !== 'with' && context !== 'unknown'
    ? pass('fading', `5m is ${filter}, 1h is ${context}`, numbers)
    : stop('fading', 'fading-over', `5m is ${filter}, 1h is ${context}: it is not fading`, numbers);
}

function stanceOf(f: TimeframeFacts, held: HeldFacts): Stance {
  const way = held.side === 'long' ? 'up' : 'down';
  const turnedFrom = f.turned !== null && f.turned.atMs > held.decidedAtMs ? f.turned.from : null;
  if (f.direction === way) return Math.abs(f.bias) < FADING_SHARE * Math.abs(f.peakBias) ? 'fading' : 'with';
  if (f.direction !== 'neutral') return turnedFrom === null ? 'against' : 'turned';
  // A direction begins at `directionBias`: what is left is less than half of whatever the peak was.
  const isHalved = sign(held.side) * f.bias < FADING_SHARE * SIGNAL_THRESHOLDS.directionBias;
  return turnedFrom === way && isHalved ? 'ended' : 'neutral';
}
