/** A venue's maintenance tiers, lowest first. `lowerBoundUsd` is notional; `maxLeverage` sets mmr = 1/(2·maxLeverage). */
export interface MarginTier {
  lowerBoundUsd: number;
  maxLeverage: number;
}

/** What the venue's `meta` says of one perp. `assetId` is its index in the universe: never hard-code it. */
export interface CoinMeta {
  coin: string;
  assetId: number;
  szDecimals: number;
  maxLeverage: number;
  marginTiers: readonly MarginTier[];
  onlyIsolated: boolean;
  isDelisted: boolean;
}

/** Direction of a position. Orders say `isBuy` instead. */
export type Side = 'long' | 'short';

/** +1 for a long, −1 for a short. */
export const sign = (side: Side): 1 | -1 => (side === 'long' ? 1 : -1);

export const opposite = (side: Side): Side => (side === 'long' ? 'short' : 'long');
