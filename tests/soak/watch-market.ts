import type { Desk } from '../../src/app/desk.ts';

/** How well the bridge knew its market, over all looks and coins. */
export interface MarketSeen {
  looks: number;
  /** Coins without a map, of all that were looked at. */
  mapsMissing: number;
  /** Maps with fewer than the world's venues in them. */
  venuesMissing: number;
  /** Oldest mark seen, ms. */
  markAgeMsMax: number;
  /** Time since the newest good guard pass, at most, ms. */
  guardAgeMsMax: number;
  /** Largest share of a side's open interest whose holders were known. */
  coverageMax: number;
  /** Coins with liquidations heard within the last day, at the end. */
  coinsWithLiquidations: number;
}

const VENUES = 4;

export function watchMarket(desk: Desk, nowMs: () => number) {
  const seen = {
    looks: 0,
    mapsMissing: 0,
    venuesMissing: 0,
    markAgeMsMax: 0,
    guardAgeMsMax: 0,
    coverageMax: 0,
  };
  const coins = desk.params.map((p) => p.coin).filter((c) => desk.meta.has(c));
  return {
    look(): void {
      seen.looks += 1;
      seen.guardAgeMsMax = Math.max(seen.guardAgeMsMax, nowMs() - (desk.guardLastOkMs ?? 0));
      for (const coin of coins) {
        const zones = desk.market.zones(coin);
        const map = zones?.estimated ?? null;
        if (map === null) seen.mapsMissing += 1;
        else if (map.sources.length < VENUES) seen.venuesMissing += 1;
        const ageMs = nowMs() - (desk.market.mark(coin)?.markAtMs ?? 0);
        seen.markAgeMsMax = Math.max(seen.markAgeMsMax, ageMs);
        const { coverageLong = 0, coverageShort = 0 } = zones?.observed ?? {};
        seen.coverageMax = Math.max(seen.coverageMax, coverageLong, coverageShort);
      }
    },
    sum: (): MarketSeen => ({
      ...seen,
      coinsWithLiquidations: coins.filter((c) => desk.market.liquidationsSince(c, 0).length > 0).length,
    }),
  };
}
