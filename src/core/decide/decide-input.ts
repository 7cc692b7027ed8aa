import type { MappedTicker } from '../alert/coin-of-ticker.ts';
import type { AnyAlert } from '../alert/schema.ts';
import type { CoinMeta, Side } from '../shared/coin.ts';
import type { CoinParams } from '../shared/coin-params.ts';
import type { SideVelocity, Washout } from '../zones/realised/types.ts';
import type { SignalName, Timeframe, UnknownTimeframe } from '../zones/signals/types.ts';
import type { ZoneMap } from '../zones/types.ts';
import type { HeldFacts } from './fading.ts';
import type { RiskLimits } from './risk-limits.ts';
import type { Multipliers } from './signal-weights.ts';
import type { TradingState } from './types.ts';

/** Raised when a decision needs a fact that earlier inputs do not hold: such a decision cannot be computed again. */
export const INPUT_VERSION = 2;

/** A signal card without what people read in it. */
export interface CardFacts {
  name: SignalName;
  /** −1 price down … +1 price up. */
  score: number;
  strength: number;
  confidence: number;
}

export interface TimeframeFacts {
  timeframe: Timeframe;
  cards: CardFacts[];
  direction: 'up' | 'down' | 'neutral';
  /** Mean of the cards as they are, −1..1, and the largest it has been since this direction began. */
  bias: number;
  peakBias: number;
  /** What it pointed to before this direction began, and when that was; null when never seen to change. */
  turned: { from: 'up' | 'down' | 'neutral'; atMs: number } | null;
}

export interface SignalFacts {
  /** Those that are known. */
  timeframes: TimeframeFacts[];
  /** Those that are not; decisions from before there was a 1m timeframe do not say. */
  unknown?: UnknownTimeframe[];
  /** Both sides dense around the mark (`crowding`). */
  isTooHot: boolean;
}

/** Hyperliquid's own closed bars since the leg began: the evidence that is always at hand. */
export interface CascadeBars {
  bars: number;
  /** Way from the far end of the leg to its extreme, as a share of the far end, ≥ 0. */
  moveFraction: number;
  /** Extreme price of these bars, USD. */
  extremePx: number;
  /** Close of the newest of them, ms. */
  toMs: number;
}

/** What is known of the cascade beside the alert. A null was not known; it never means "none". */
export interface CascadeFacts {
  /** Open interest since the leg began. */
  washout: Washout | null;
  /** Realised liquidations of the side that is being hurt. */
  velocity: SideVelocity | null;
  bars: CascadeBars | null;
}

/** An entry approved lately: what a cascade has been given of its budget. */
export interface RecentEntry {
  coin: string;
  side: Side;
  riskUsd: number;
  decidedAtMs: number;
}

/** Everything a decision rests on, as JSON-safe data: stored with it, so that it can be computed again. */
export interface DecideInput {
  inputVersion: typeof INPUT_VERSION;
  nowMs: number;
  decisionId: string;
  alertId: string;
  alert: AnyAlert;
  /** Null when the ticker maps to no coin of the venue for certain. */
  mapped: MappedTicker | null;
  tradingState: TradingState;
  /** The venue's clock less ours, ms. */
  clock: { skewMs: number | null; isUnknownForLong: boolean };
  /** What the venue still takes; null while it was not read. `isLow`: the rest is kept for protection. */
  quota: { isLow: boolean; actionsLeft: number | null; openOrders: number | null };
  params: CoinParams | null;
  meta: CoinMeta | null;
  market: { markPx: number; markAtMs: number; fundingHourlyFraction: number | null } | null;
  /** Without its bins: those are for pictures. */
  zones: Omit<ZoneMap, 'bins'> | null;
  signals: SignalFacts | null;
  cascade: CascadeFacts;
  account: {
    readAtMs: number;
    equityUsd: number;
    /** Free margin, without what entries on their way will take of it. */
    withdrawableUsd: number;
    positions: { coin: string; side: Side; notionalUsd: number }[];
  } | null;
  /**
   * Learned weights: in force, or beside the hand-set ones in shadow. Left out while none were learned. The multipliers
   * stand here, not only their version: what is stored can be decided again.
   */
  feedback?: { version: number; isApplied: boolean; multipliers: Multipliers };
  /** The position of ours that the bridge's own alert is about; null when there is none. Left out of all others. */
  held?: HeldFacts | null;
  guard: { lastOkMs: number | null; lateAfterMs: number };
  exposure: {
    /** Entries decided but not yet visible in the account reading. Of an unknown side: counted on both. */
    pending: { coin: string; side: Side | null; notionalUsd: number }[];
    /** Entries approved within the window of one cascade, newest last. */
    recent: RecentEntry[];
    /** Coins whose position was opened by a decision of ours: only these are ever closed by a hint. */
    plannedCoins: string[];
    unresolvedCoins: string[];
    dayRiskUsd: number;
    dayLossUsd: number;
    weekLossUsd: number;
    alertsLastHour: number;
    /** When a stop or a liquidation last closed a trade of this coin, ms; null = not within a week. */
    lastStopAtMs: number | null;
  };
  limits: RiskLimits;
}
