import type { Clock, Log, MarketSource } from '../../app/ports.ts';
import type { CoinMeta } from '../../core/shared/coin.ts';
import { COIN_PARAMS } from '../../core/shared/coin-params.ts';
import { createHolders } from '../../venue/market/holders.ts';
import { createSyntheticMarket } from '../../venue/market/synthetic-market.ts';
import { SYNTHETIC_COINS } from '../../venue/market/synthetic-coins.ts';
import type { Venue, VenueOptions } from '../../venue/venue.ts';
import { parseMeta } from '../exchange/hyperliquid-parse.ts';
import { every } from './every.ts';
import type { LiquidatingMarket } from './synthetic-liquidations.ts';

/** How often the paper venue's prices follow the market, ms. */
const STEP_MS = 1_000;
/**
 * How old the marks may be that the paper venue follows, ms. Every reading costs 32 request weight: the book's own every
 * ten seconds and one between two of them are 384 a minute, and the bars of 18 coins 378 every five minutes; more, and
 * they would wait for each other. Half a second above half of the book's pace, or both would ask at once.
 */
export const FOLLOWED_AGE_MS = 5_500;
/** Trades of the synthetic market's holders that are shown, so that they can be found: far fewer than they make. */
const TRADES_A_STEP = 2;
/**
 * Of the synthetic market: what maps look back on and a little more; a day of minutes, six times what signals look back
 * on. As many minutes as a venue keeps would be 90,000 bars to make, hand over and hold, which nobody reads.
 */
const HISTORY = { historyBars: 1_600, minuteBars: 1_440 } as const;
/** After a longer stop the synthetic market begins anew instead of being played up to now. */
const CATCH_UP_MS_MAX = 12 * 3_600_000;

export interface PaperMarket {
  /** "synthetic (seed 7)", "live: hyperliquid": printed wherever data is shown. */
  name: string;
  coins: VenueOptions['coins'];
  /** Puts history and prices into the venue and keeps them coming. */
  drive(venue: Venue): () => Promise<void>;
  /** A made-up market itself, once it is driven: it knows its own liquidations. */
  made?: () => LiquidatingMarket | null;
}

/** The built-in synthetic market, with a cascade of longs on BTC that ends as it begins, so that there is one to look at. */
export function syntheticPaperMarket(o: {
  seed: number;
  startMs: number;
  clock: Clock;
  log: Log;
}): PaperMarket {
  let made: LiquidatingMarket | null = null;
  return {
    name: `synthetic (seed ${o.seed})`,
    made: () => made,
    coins: SYNTHETIC_COINS.map((c) => ({
      coin: c.coin,
      szDecimals: c.szDecimals,
      maxLeverage: c.maxLeverage,
      marginTiers: [...c.marginTiers],
    })),
    drive(venue) {
      const nowMs = o.clock.nowMs();
      const startMs = nowMs - o.startMs > CATCH_UP_MS_MAX ? nowMs : o.startMs;
      if (startMs !== o.startMs) o.log.warn('paper-market.restarted', { afterMs: nowMs - o.startMs });
      const market = createSyntheticMarket({
        seed: o.seed,
        startMs,
        ...HISTORY,
        sink: venue,
        flushBeforeMs: startMs,
        flushCoin: 'BTC',
        flushSide: 'long',
      });
      market.advanceTo(nowMs);
      made = market;
      const holders = createHolders(market, o.seed);
      venue.setOthers(holders.find);
      return every(
        () => STEP_MS,
        () => {
          market.advanceTo(o.clock.nowMs());
          for (let i = 0; i < TRADES_A_STEP; i++) {
            const trade = holders.trade();
            if (trade !== null) venue.addTrade(trade.coin, trade);
          }
          venue.tick();
          return Promise.resolve();
        },
        (e) => o.log.error('paper-market.failed', { message: e instanceof Error ? e.message : 'unknown' }),
      );
    },
  };
}

/** Live prices of the real venue, followed by the simulated one. Candles are read from the real venue directly. */
export function livePaperMarket(o: {
  /** Of the real venue, some seconds old at most. */
  marks: MarketSource['marks'];
  meta: readonly CoinMeta[];
  log: Log;
}): PaperMarket {
  const coins = o.meta.filter((m) => !m.isDelisted && COIN_PARAMS.some((p) => p.coin === m.coin));
  return {
    name: 'live: hyperliquid, binance, bybit, okx',
    coins: coins.map((m) => ({
      coin: m.coin,
      szDecimals: m.szDecimals,
      maxLeverage: m.maxLeverage,
      marginTiers: [...m.marginTiers],
      onlyIsolated: m.onlyIsolated,
    })),
    drive(venue) {
      const shown = new Map<string, number>();
      return every(
        () => STEP_MS,
        async () => {
          for (const m of await o.marks(coins.map((c) => c.coin))) {
            if (shown.get(m.coin) === m.markPx) continue;
            shown.set(m.coin, m.markPx);
            venue.setPrice(m.coin, { markPx: m.markPx });
            if (m.fundingHourlyFraction !== null)
              venue.setContext(m.coin, { fundingHourly: m.fundingHourlyFraction });
          }
          venue.tick();
        },
        (e) => o.log.warn('paper-market.stale', { message: e instanceof Error ? e.message : 'unknown' }),
      );
    },
  };
}

/** The real venue's coin list, or null when it cannot be reached soon: then paper mode is synthetic. */
export async function reachLiveMeta(apiUrl: string, timeoutMs: number): Promise<CoinMeta[] | null> {
  try {
    const response = await fetch(`${apiUrl}/info`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"type":"meta"}',
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
    });
    return response.ok ? parseMeta(await response.json()) : null;
  } catch {
    return null;
  }
}
