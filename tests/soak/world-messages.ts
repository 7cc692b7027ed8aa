/** Where a venue of the world is, as the bridge is told. */
interface Place {
  api: string;
  ws: string;
}
export type WorldUrls = Readonly<Record<'hyperliquid' | 'binance' | 'bybit' | 'okx', Place>>;

export interface ToWorld {
  advanceTo: number;
}

export type FromWorld =
  | { urls: WorldUrls }
  | {
      at: number;
      /** Webhook bodies of the bars that closed. */
      alerts: object[];
      /** How many so far. */
      liquidations: number;
    };
