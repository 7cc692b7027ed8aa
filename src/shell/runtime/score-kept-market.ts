import type { MarketHistory } from '../../app/market-ports.ts';
import type { Clock, Log, MarketSource } from '../../app/ports.ts';
import type { MarketPast } from '../../app/score-map-port.ts';
import { scoredDaysInMemory } from '../../app/score-map-port.ts';
import type { MapScores } from '../../app/score-map.ts';
import { createMapScores } from '../../app/score-map.ts';
import type { CoinMeta } from '../../core/shared/coin.ts';
import { COIN_PARAMS } from '../../core/shared/coin-params.ts';
import { maintenanceOf } from '../../core/zones/liquidation-px.ts';
import { binanceTiers, hyperliquidTiers } from '../../core/zones/maintenance-tiers.ts';
import type { SqliteHistory } from '../market/sqlite-history.ts';
import { markBarsOf } from '../market/stored-candles.ts';

/**
 * The map's accuracy on the market that is kept: in the file, or in what a made-up market remembers of itself.
 * @returns null when there is neither
 */
export function scoreKeptMarket(o: {
  sources: readonly MarketSource[];
  file: SqliteHistory | null;
  made?: MarketHistory | undefined;
  meta: () => ReadonlyMap<string, CoinMeta>;
  clock: Clock;
  log: Log;
}): MapScores | null {
  const past = pastOf(o);
  if (past === null) return null;
  const isListed = (coin: string): boolean => o.meta().size === 0 || o.meta().get(coin)?.isDelisted === false;
  return createMapScores({
    clock: o.clock,
    log: o.log,
    coins: () => COIN_PARAMS.map((p) => p.coin).filter(isListed),
    venues: o.sources.map((s) => s.venue),
    tiersOf(venue, coin) {
      if (venue !== 'hyperliquid') return binanceTiers(coin);
      const own = o.meta().get(coin)?.marginTiers ?? [];
      return own.length > 0 ? maintenanceOf(own) : hyperliquidTiers(coin);
    },
    past,
    store: o.file ?? scoredDaysInMemory(),
    isMadeUp: o.file === null,
  });
}

function pastOf(o: {
  sources: readonly MarketSource[];
  file: SqliteHistory | null;
  made?: MarketHistory | undefined;
}): MarketPast | null {
  const { file, made } = o;
  if (file !== null)
    return {
      bars: file.candles,
      marks: (venue, ...of) => file.candles(markBarsOf(venue), ...of),
      liquidations: file.liquidations,
      spans: file.spans,
      samples: file.samples,
    };
  if (made === undefined) return null;
  const { liquidations, spans, samples } = made;
  // A made-up market's venue is on this machine, and remembers its bars.
  const bars: MarketPast['bars'] = async (venue, coin, fromMs, toMs) =>
    (await o.sources.find((s) => s.venue === venue)?.candles(coin, fromMs, toMs)) ?? [];
  return { bars, marks: async () => [], liquidations, spans, samples };
}
