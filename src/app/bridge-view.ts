// The running bridge as the HTTP layer sees it.
import type { Alert } from '../core/alert/schema.ts';
import type { CoinChanges } from '../core/shared/override-params.ts';
import type { TradingState } from '../core/decide/types.ts';
import type { ReasonCode } from '../core/shared/reason-codes.ts';
import type { SideBySide } from '../core/zones/observed-zones.ts';
import type { ChangeResult, CoinSettings } from './coin-settings.ts';
import type { FeedbackView } from './feedback.ts';
import type { MarketView } from './market-book.ts';
import type { MapScores } from './score-map.ts';

/** One position as `/api/v1/positions` shows it. */
export interface PositionView {
  coin: string;
  side: 'long' | 'short';
  sz: number;
  entryPx: number;
  markPx: number | null;
  liquidationPx: number | null;
  leverage: number;
  marginUsedUsd: number;
  unrealizedPnlUsd: number;
  /** The stop that counts; null when none is valid. */
  stop: { triggerPx: number; sz: number; oid: number; cloid: string | null } | null;
  takeProfits: { px: number; sz: number; oid: number }[];
  isProtected: boolean;
  /** What is wrong when not protected. */
  reason: ReasonCode | null;
  /** Time without a full valid stop since it was opened, ms, as observed by this process. */
  unprotectedMs: number;
  /** What a person should know although it is protected: thin margin, an exit under way. */
  warnings?: ReasonCode[] | undefined;
}

/** The trading state in force, who set it, why and when. */
export interface TradingStateNote {
  state: TradingState;
  reason: string;
  /** `limit`: the bridge itself, because something went over a limit or wrong. */
  origin: 'operator' | 'limit';
  /** Ms since the epoch; null when it was never changed, or before this was kept. */
  sinceMs: number | null;
}

export interface HealthView {
  /** Guard's last successful pass, ms since the epoch; null before the first. */
  guardLastOkMs: number | null;
  guardIntervalMs: number;
  /** Why entries are not accepted right now; empty when ready. */
  notReady: { code: ReasonCode; message: string }[];
  mode: 'paper' | 'testnet' | 'live';
  /** "live: hyperliquid+binance", "synthetic (seed 7)", "recorded: hl-freqtrade": printed wherever data is shown. */
  dataSource: string;
  tradingState: TradingState;
  tradingStateNote?: TradingStateNote;
  /** What the venue says of its clock and of what it still takes. */
  venue?: {
    /** Its clock minus ours, ms; null while unknown. */
    clockSkewMs: number | null;
    /** Null while unread. */
    actionsLeft: number | null;
    openOrders: number | null;
    /** Its pushed events: see `Desk.feed`. */
    accountFeed: 'none' | 'up' | 'down' | 'deaf';
  };
  feeds: { venue: string; lastOkMs: number | null; message: string | null }[];
  startedAtMs: number;
}

/** `closed` and `no-position` were read from the venue; `pending` goes on by itself; `refused` was not taken on. */
export interface ExitResult {
  coin: string;
  status: 'closed' | 'pending' | 'no-position' | 'refused';
  message: string;
}

/** The running bridge as the HTTP layer uses it: reads from memory, and a nudge. */
export interface BridgeView {
  /** An alert was stored: look at it soon. Returns at once. */
  wake(): void;
  health(): HealthView;
  /** Null when the account could not be read yet: unknown is not "no positions". */
  positions(): { readAtMs: number; equityUsd: number; items: PositionView[] } | null;
  zones(coin: string): SideBySide | null;
  market(coin: string): MarketView | null;
  /** How accurate the map was; left out where nobody scores it. */
  scores?: Pick<MapScores, 'accuracy' | 'days'> | undefined;
  /** What trades say of the signals; `apply` puts a version in force (false: no such). Left out where nobody learns. */
  feedback?: { view(): Promise<FeedbackView>; apply(version: number | null): Promise<boolean> } | undefined;
  /** @param reason for people, kept with the state */
  setTradingState(state: TradingState, reason: string): Promise<void>;
  /** Null for a coin that is not traded here. */
  coin(coin: string): Promise<CoinSettings | null>;
  /** In force for the next decision. */
  changeCoin(coin: string, changes: CoinChanges): Promise<ChangeResult>;
  /** Closes a position, in every trading state: reduce-only, as often as it takes. */
  flatten(coin: string): Promise<ExitResult>;
  /** An alert with today's prices, to try the bridge with; null while there are no candles for the coin. */
  exampleAlert(coin: string): Alert | null;
}
