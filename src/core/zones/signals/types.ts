/** How far a signal looks back: 1m is what happens now, 5m the filter before an entry, 1h the context around it. */
export type Timeframe = '1m' | '5m' | '1h';

/** How long positions are meant to be held: each mode looks as far as it needs to. */
export type SignalMode = 'scalp' | 'day' | 'swing';

export type SignalName =
  | 'magnet'
  | 'cascade-down'
  | 'cascade-up'
  | 'zone-proximity'
  | 'max-pain-distance'
  | 'crowding'
  | 'swept-delta'
  | 'sweep-velocity'
  | 'sweep-concentration'
  | 'post-sweep-level'
  | 'funding'
  | 'rsi'
  | 'market-state'
  | 'liquidation-delta'
  | 'liquidation-velocity'
  | 'open-interest'
  | 'account-ratio';

/** One signal on one timeframe. None of them is known to predict price; `docs/zones.md` says what was measured. */
export interface SignalCard {
  name: SignalName;
  /** −1 price down … +1 price up; 0 for what has no direction. */
  score: number;
  /** How far from its neutral value, 0..1. */
  strength: number;
  /** How good the data behind it is, 0..1; 0 = nothing to go by. Not a probability. */
  confidence: number;
  /** In one word: "up", "down", "balanced", "high", "too-hot", "fading"… */
  state: string;
  /** What it was computed from. Null where there was nothing. */
  numbers: Record<string, number | null>;
}

export interface TimeframeSignals {
  timeframe: Timeframe;
  cards: SignalCard[];
  /** Mean score of the cards with a direction, weighted by strength × confidence, −1..1. */
  bias: number;
  direction: 'up' | 'down' | 'neutral';
}

export interface UnknownTimeframe {
  timeframe: Timeframe;
  /** In words. */
  why: string;
}

export interface CoinSignals {
  coin: string;
  /** Close of the newest bar in the map, ms. */
  asOfMs: number;
  markPx: number;
  /** Those that are known, shortest first. */
  timeframes: TimeframeSignals[];
  /** Those that are not, and why. */
  unknown: UnknownTimeframe[];
  /** Of those that are known: 'agree' when all point one way, 'conflicted' when two point apart, else 'mixed' or 'neutral'. */
  agreement: 'agree' | 'conflicted' | 'mixed' | 'neutral';
  /** 0..1; up where timeframes agree, 0 where they conflict. */
  confidence: number;
}
