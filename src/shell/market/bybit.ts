import type { MarketSource, MarkInfo } from '../../app/ports.ts';
import type { Candle } from '../../core/shared/candle.ts';
import type { BybitMark } from './bybit-parse.ts';
import {
  bybitSymbol,
  parseBybitCandles,
  parseBybitMarkCandles,
  parseBybitMarks,
  parseBybitOpenInterest,
} from './bybit-parse.ts';
import { createCoolDown } from './cool-down.ts';
import type { FetchJson, JsonRequest } from './fetch-json.ts';
import { bybitFunding } from './funding-history.ts';
import { MarketReadError } from './market-read-error.ts';
import { checkedCandles, newestOpenMs } from './parse-candles.ts';
import { parseBybitTiers } from './risk-tiers.ts';
import { bybitHistory } from './venue-history.ts';
import type { WeightLimiter } from './weight-limiter.ts';

const INTERVAL_MS = 300_000;
const BARS_PER_PAGE = 1_000;
/** Open interest is stamped every five minutes. One this old comes from a feed that stands still, ms. */
const OPEN_INTEREST_AGE_MS_MAX = 1_200_000;

/** 600 requests in 5 s and address: half of it. */
export const BYBIT_WEIGHT = { limit: 300, windowMs: 5_000 };

const TRADES = { path: '/v5/market/kline', name: 'klines', parse: parseBybitCandles };
const MARKS = { path: '/v5/market/mark-price-kline', name: 'mark klines', parse: parseBybitMarkCandles };

export interface BybitMarket extends MarketSource {
  /** Those of `coins` that Bybit lists with a USDT perpetual; asking for others throws `unsupported`. */
  supported(coins: readonly string[]): Promise<string[]>;
}

/** Bybit v5 public data of linear perpetuals. The reply with all marks carries no time of its own: open interest does. */
export function createBybitMarket(o: {
  fetchJson: FetchJson;
  limiter: WeightLimiter;
  nowMs: () => number;
}): BybitMarket {
  const coolDown = createCoolDown({ venue: 'bybit', nowMs: o.nowMs, waitMs: 10_000 });

  const ask = <T>(request: JsonRequest, parse: (reply: unknown, what: string) => T): Promise<T> =>
    coolDown(request.what, async () => {
      await o.limiter.take(1);
      const query = { category: 'linear', ...request.query };
      return parse(await o.fetchJson({ ...request, query }), `bybit ${request.what}`);
    });

  async function page(
    { path, name, parse }: typeof TRADES | typeof MARKS,
    coin: string,
    startMs: number,
    endMs: number,
  ): Promise<Candle[]> {
    const symbol = bybitSymbol(coin);
    const what = `${name} ${coin}`;
    const query = { symbol, interval: '5', start: startMs, end: endMs - 1, limit: BARS_PER_PAGE };
    const bars = await ask({ path, query, what }, (reply, where) => parse(reply, symbol, where));
    return checkedCandles(bars, {
      what: `bybit ${what}`,
      intervalMs: INTERVAL_MS,
      startMs,
      endMs,
      nowMs: o.nowMs(),
    });
  }

  const pages =
    (of: typeof TRADES | typeof MARKS): MarketSource['candles'] =>
    async (coin, startMs, endMs) => {
      const until = newestOpenMs({ intervalMs: INTERVAL_MS, endMs, nowMs: o.nowMs() }) + INTERVAL_MS;
      const out: Candle[] = [];
      for (let from = startMs; from < until; from += BARS_PER_PAGE * INTERVAL_MS)
        out.push(...(await page(of, coin, from, Math.min(until, from + BARS_PER_PAGE * INTERVAL_MS))));
      return out;
    };

  const allMarks = (): Promise<Map<string, BybitMark>> =>
    ask({ path: '/v5/market/tickers', what: 'marks' }, parseBybitMarks);

  async function openInterest(coin: string): Promise<number> {
    const symbol = bybitSymbol(coin);
    const what = `open interest ${coin}`;
    const query = { symbol, intervalTime: '5min', limit: 1 };
    const { coins, timeMs } = await ask({ path: '/v5/market/open-interest', query, what }, (reply, where) =>
      parseBybitOpenInterest(reply, symbol, where),
    );
    const ageMs = o.nowMs() - timeMs;
    if (ageMs > OPEN_INTEREST_AGE_MS_MAX)
      throw new MarketReadError(
        'incomplete',
        `bybit ${what}: frozen since ${Math.round(ageMs / 60_000)} min`,
      );
    return coins;
  }

  return {
    venue: 'bybit',
    ...bybitHistory(ask),
    fundingHistory: bybitFunding(ask),

    maintenance(coin) {
      const symbol = bybitSymbol(coin);
      return ask({ path: '/v5/market/risk-limit', query: { symbol }, what: `tiers ${coin}` }, (reply, what) =>
        parseBybitTiers(reply, symbol, what),
      );
    },

    async supported(coins) {
      const marks = await allMarks();
      return coins.filter((coin) => marks.has(bybitSymbol(coin)));
    },

    candles: pages(TRADES),
    markCandles: pages(MARKS),

    async marks(coins) {
      const marks = await allMarks();
      return Promise.all(
        coins.map(async (coin): Promise<MarkInfo> => {
          const mark = marks.get(bybitSymbol(coin));
          if (mark === undefined)
            throw new MarketReadError('unsupported', `bybit does not list ${coin} (${bybitSymbol(coin)})`);
          return { coin, ...mark, openInterestUsd: (await openInterest(coin)) * mark.markPx };
        }),
      );
    },
  };
}
