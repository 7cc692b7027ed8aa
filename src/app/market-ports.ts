// Market data that is pushed or kept, as use cases see it.
import type { Liquidation, VenueName } from '../core/zones/realised/types.ts';

/** One venue's liquidations as they happen. Reconnects by itself. What was missed meanwhile stays missed. */
export interface LiquidationSource {
  readonly venue: VenueName;
  /** Returns at once; calls back until stopped. */
  start(on: LiquidationListener): void;
  stop(): Promise<void>;
}

export interface LiquidationListener {
  liquidation(l: Liquidation): void;
  /**
   * Changes only.
   * @param atMs up: listening since then; down: last sign of life, after which nothing is known
   */
  status(up: boolean, atMs: number): void;
  /** What is wrong, in words; null when it is over. */
  problem(message: string | null): void;
}
