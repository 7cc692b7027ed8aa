// Where observed zones come from: who trades, and what they hold.
import type { KeptAccount, ReadPosition } from '../core/zones/observed-book.ts';

export interface PublicTrade {
  coin: string;
  /** Coins. */
  sz: number;
  /** Addresses of buyer and seller, lower-case hex. */
  users: readonly string[];
}

/** The venue's public trades, pushed. */
export interface TradeFeed {
  /** Calls back until stopped. Reconnects by itself. */
  start(
    coins: readonly string[],
    on: { trades(trades: PublicTrade[]): void; status(up: boolean): void },
  ): void;
  stop(): Promise<void>;
}

/** Positions of any account, which the venue shows to everybody. */
export interface PositionReader {
  /** All perp positions of an account; throws ReadError. Costs request weight 2. */
  positionsOf(address: string): Promise<ReadPosition[]>;
}

/** Addresses and readings that survive a restart. Failures are for the caller to log. */
export interface ObservedMemory {
  /** Those seen or read since. */
  accounts(sinceMs: number): Promise<KeptAccount[]>;
  /** @param gone addresses that are forgotten */
  saveAccounts(changed: readonly KeptAccount[], gone: readonly string[]): Promise<void>;
}
