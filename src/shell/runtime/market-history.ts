import { join } from 'node:path';
import type { MarketFlow } from '../../app/market-flow.ts';
import { createMarketFlow } from '../../app/market-flow.ts';
import type { LiquidationSource, MarketHistory } from '../../app/market-ports.ts';
import type { Clock, Log, MarketSource, ObservedMemory } from '../../app/ports.ts';
import type { MapScores } from '../../app/score-map.ts';
import type { CoinMeta } from '../../core/shared/coin.ts';
import { COIN_PARAMS } from '../../core/shared/coin-params.ts';
import type { SqliteHistory } from '../market/sqlite-history.ts';
import { openSqliteHistory } from '../market/sqlite-history.ts';
import { storedCandles } from '../market/stored-candles.ts';
import { every } from './every.ts';
import { scoreKeptMarket } from './score-kept-market.ts';

/** What is new is written this often, ms: a killed process forgets no more than that. */
const FLUSH_MS = 10_000;
/** Venues stamp open interest and ratios every five minutes. */
const VENUES_MS = 300_000;
const DAY_MS = 86_400_000;
/** The map's score of a day waits for nobody, and nobody for it: first when a start has settled, ms. */
const FIRST_SCORE_MS = 30_000;
const SCORE_MS = 600_000;

/** Which market prices belong to: each has a file of its own. Null: a made-up one, which no file outlives. */
export type MarketName = 'live' | 'testnet' | null;

export interface KeptMarket {
  /** The venues, with bars remembered. */
  sources: MarketSource[];
  flow: MarketFlow;
  /** Null: nothing is kept that the map could be scored on. */
  scores: MapScores | null;
  /** Null: nothing outlives the process. */
  observed: ObservedMemory | null;
  /**
   * Reads back what is kept, listens, samples, writes and scores until stopped.
   * @param meta the coins of Hyperliquid; none are left out while it is empty
   */
  run(meta?: ReadonlyMap<string, CoinMeta>): () => Promise<void>;
}

/**
 * Market data that is kept beside the database, in `market-live.db` or `market-testnet.db`. A file that cannot be
 * opened is said and done without: it is not the journal.
 * @param o.made what a made-up market remembers of itself
 */
export function keepMarket(o: {
  name: MarketName;
  folder: string;
  sources: readonly MarketSource[];
  streams: readonly LiquidationSource[];
  made?: MarketHistory | undefined;
  clock: Clock;
  log: Log;
}): KeptMarket {
  const { clock, log } = o;
  const file = openFile(o);
  const sources = file === null ? [...o.sources] : o.sources.map((s) => storedCandles(s, file));
  const coins = COIN_PARAMS.map((p) => p.coin);
  const flow = createMarketFlow({
    clock,
    log,
    coins,
    streams: o.streams,
    sources,
    history: file ?? o.made ?? null,
  });
  let meta: ReadonlyMap<string, CoinMeta> = new Map();
  const scores = scoreKeptMarket({ ...o, file, meta: () => meta });
  const failed = (what: string) => (e: unknown) =>
    log.warn('loop.failed', { what, message: e instanceof Error ? e.message : 'unknown' });
  return {
    sources,
    flow,
    scores,
    observed: file,
    run(known) {
      meta = known ?? meta;
      const started = flow.start();
      let isFirst = true;
      const stops = [
        every(
          () => FLUSH_MS,
          async () => {
            await started;
            await flow.look();
            await flow.flush();
          },
          failed('market-history'),
        ),
        every(
          () => VENUES_MS,
          () => started.then(() => flow.readVenues()),
          failed('market-flow'),
        ),
        every(
          () => DAY_MS,
          async () => file?.prune(clock.nowMs()),
          failed('market-history'),
        ),
        every(
          () => (isFirst ? FIRST_SCORE_MS : SCORE_MS),
          async () => {
            if (isFirst) isFirst = false;
            else await started.then(() => scores?.scoreMissing());
          },
          failed('accuracy'),
        ),
      ];
      return async () => {
        // Asking venues is paced over minutes and writes nothing by itself: nobody waits for it.
        scores?.stop();
        const [stopFlush, , ...stopRest] = stops.map((stop) => stop());
        await Promise.all([started, stopFlush, ...stopRest]);
        await flow.stop();
        file?.close();
      };
    },
  };
}

function openFile(o: { name: MarketName; folder: string; log: Log }): SqliteHistory | null {
  if (o.name === null) return null;
  try {
    return openSqliteHistory(join(o.folder, `market-${o.name}.db`));
  } catch (e) {
    o.log.warn('market-history.unreadable', { message: e instanceof Error ? e.message : 'unknown' });
    return null;
  }
}
