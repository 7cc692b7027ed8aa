import type { LiquidationSource, MarketHistory } from '../../app/market-ports.ts';
import { addToBucket, BUCKET_MS } from '../../core/zones/realised/buckets.ts';
import type { HeardSpan, Liquidation, LiquidationBucket } from '../../core/zones/realised/types.ts';
import type { SyntheticLiquidation, SyntheticMarket } from '../../venue/market/synthetic-market.ts';
import { every } from './every.ts';

/** What of a synthetic market its liquidations can be read from. */
export type LiquidatingMarket = Pick<SyntheticMarket, 'liquidations' | 'nowMs'>;

const POLL_MS = 1_000;

const report = ({ t, coin, side, px, notionalUsd }: SyntheticLiquidation): Liquidation => ({
  venue: 'hyperliquid',
  coin,
  side,
  px,
  sz: notionalUsd / px,
  notionalUsd,
  timeMs: t,
});

/** The made-up market's liquidations as a stream. The real Hyperliquid has none. */
export function syntheticLiquidations(market: () => LiquidatingMarket | null): LiquidationSource {
  let stop = (): Promise<void> => Promise.resolve();
  return {
    venue: 'hyperliquid',
    start(on) {
      let lastMs: number | null = null;
      stop = every(
        () => POLL_MS,
        async () => {
          const known = market();
          if (known === null) return;
          if (lastMs === null) on.status(true, known.nowMs());
          else for (const l of known.liquidations(lastMs + 1)) on.liquidation(report(l));
          lastMs = known.nowMs();
        },
        (e) => on.problem(`liquidations: ${e instanceof Error ? e.message : 'unknown'}`),
      );
    },
    stop: () => stop(),
  };
}

/**
 * What the made-up market lived through before the bridge started: it knows all of it, so all of it counts as heard.
 * @param after told to nobody before this
 */
export function syntheticHistory(
  market: () => LiquidatingMarket | null,
  after: Promise<void> = Promise.resolve(),
): MarketHistory {
  const of = (coin: string, sinceMs: number): Liquidation[] =>
    (market()?.liquidations(sinceMs) ?? []).filter((l) => l.coin === coin).map(report);
  return {
    liquidations: async (coin, sinceMs) => of(coin, sinceMs),
    async buckets(coin, sinceMs) {
      const buckets = new Map<string, LiquidationBucket>();
      for (const l of of(coin, sinceMs)) {
        const key = `${Math.floor(l.timeMs / BUCKET_MS)} ${l.side}`;
        buckets.set(key, addToBucket(buckets.get(key) ?? null, l));
      }
      return [...buckets.values()];
    },
    async spans(): Promise<HeardSpan[]> {
      await after;
      const known = market();
      const [first] = known?.liquidations(0) ?? [];
      if (first === undefined || known === null) return [];
      return [{ venue: 'hyperliquid', fromMs: first.t, toMs: known.nowMs() }];
    },
    samples: async () => [],
    ratios: async () => [],
    append: async () => undefined,
    prune: async () => undefined,
  };
}
