import type { MarketSource } from '../../app/ports.ts';
import type { Candle } from '../../core/shared/candle.ts';
import type { BinanceMark } from './binance-parse.ts';
import {
  binanceSymbol,
  parseBinanceCandles,
  parseBinanceIntervals,
  parseBinanceMarks,
  parseBinanceOpenInterest,
} from './binance-parse.ts';
import type { FetchJson } from './fetch-json.ts';
import { binanceFunding } from './funding-history.ts';
import { MarketReadError } from './market-read-error.ts';
import { checkedCandles, newestOpenMs } from './parse-candles.ts';
import type { Ask } from './venue-history.ts';
import { binanceHistory } from './venue-history.ts';
import type { WeightLimiter } from './weight-limiter.ts';

const INTERVAL_MS = 300_000;
const BARS_PER_PAGE = 1_500;
/** A mark computed longer ago is not one of now, ms. */
const MARK_AGE_MS_MAX = 60_000;
const UNKNOWN_SYMBOL = -1121;
const HOUR_MS = 3_600_000;
/** Between payments of a contract that the venue does not list among those that differ. */
const USUAL_HOURS = 8;
/** Intervals are read again after this, and after this when they could not be read, ms. */
const INTERVALS_KEPT_MS = HOUR_MS;
const INTERVALS_AGAIN_MS = 300_000;

/** 2,400 weight a minute and address: half of it. */
export const BINANCE_WEIGHT = { limit: 1_200, windowMs: 60_000 };
/** 1,000 requests of history in five minutes and address: half of it. */
export const BINANCE_HISTORY_WEIGHT = { limit: 500, windowMs: 300_000 };

export interface BinanceMarket extends MarketSource {
  /** Those of `coins` that Binance lists with a USDT perpetual; asking for others throws `unsupported`. */
  supported(coins: readonly string[]): Promise<string[]>;
}

/** Binance USD-M public data. Weights of requests by size are from clients' tables, not from the venue's own words. */
export function createBinanceMarket(o: {
  fetchJson: FetchJson;
  limiter: WeightLimiter;
  /** `/futures/data/…` has a limit of its own. */
  historyLimiter: WeightLimiter;
  nowMs: () => number;
}): BinanceMarket {
  /** By symbol; null while they cannot be read: then nobody knows how long a rate is for. */
  let hours: ReadonlyMap<string, number> | null = null;
  let askedMs = Number.NEGATIVE_INFINITY;

  async function page(path: string, coin: string, startMs: number, endMs: number): Promise<Candle[]> {
    const what = `${path.split('/').at(-1)} ${coin}`;
    const range = { what: `binance ${what}`, intervalMs: INTERVAL_MS, startMs, endMs, nowMs: o.nowMs() };
    const bars = Math.ceil((endMs - startMs) / INTERVAL_MS);
    await o.limiter.take(bars <= 100 ? 1 : bars <= 500 ? 2 : bars <= 1_000 ? 5 : 10);
    const query = {
      symbol: binanceSymbol(coin),
      interval: '5m',
      startTime: startMs,
      endTime: endMs - 1,
      limit: BARS_PER_PAGE,
    };
    const reply = await unsupportedIfUnknown(coin, o.fetchJson({ path, query, what }));
    return checkedCandles(parseBinanceCandles(reply, range.what), range);
  }

  const pages =
    (path: string): MarketSource['candles'] =>
    async (coin, startMs, endMs) => {
      const until = newestOpenMs({ intervalMs: INTERVAL_MS, endMs, nowMs: o.nowMs() }) + INTERVAL_MS;
      const out: Candle[] = [];
      for (let from = startMs; from < until; from += BARS_PER_PAGE * INTERVAL_MS)
        out.push(...(await page(path, coin, from, Math.min(until, from + BARS_PER_PAGE * INTERVAL_MS))));
      return out;
    };

  async function allMarks(): Promise<Map<string, BinanceMark>> {
    await o.limiter.take(10);
    const reply = await o.fetchJson({ path: '/fapi/v1/premiumIndex', what: 'marks' });
    return parseBinanceMarks(reply, 'binance marks');
  }

  /** Beside the marks, which wait for nothing. Never throws: intervals that cannot be read are unknown. */
  async function refreshIntervals(): Promise<void> {
    if (o.nowMs() - askedMs < (hours === null ? INTERVALS_AGAIN_MS : INTERVALS_KEPT_MS)) return;
    askedMs = o.nowMs();
    const what = 'funding intervals';
    try {
      await o.limiter.take(1);
      const reply = await o.fetchJson({ path: '/fapi/v1/fundingInfo', what });
      hours = parseBinanceIntervals(reply, `binance ${what}`);
    } catch {
      hours = null;
    }
  }

  /** The running rate per hour; null where it is not certain how many hours it is for. */
  function hourly({ funding }: BinanceMark, symbol: string): number | null {
    const every = hours === null ? Number.NaN : (hours.get(symbol) ?? USUAL_HOURS);
    if (funding === null || !(every >= 1 && every <= USUAL_HOURS)) return null;
    // The next payment lies farther ahead than one interval: this is not its interval.
    if (funding.nextMs - o.nowMs() > every * HOUR_MS) return null;
    return funding.rate / every;
  }

  async function openInterest(coin: string): Promise<number> {
    const symbol = binanceSymbol(coin);
    const what = `open interest ${coin}`;
    await o.limiter.take(1);
    const reply = o.fetchJson({ path: '/fapi/v1/openInterest', query: { symbol }, what });
    return parseBinanceOpenInterest(await unsupportedIfUnknown(coin, reply), symbol, `binance ${what}`);
  }

  const ask: Ask = async (request, parse) => {
    await o.historyLimiter.take(1);
    return parse(await o.fetchJson(request));
  };

  return {
    venue: 'binance',
    ...binanceHistory(ask),
    fundingHistory: binanceFunding(ask),

    async supported(coins) {
      const marks = await allMarks();
      return coins.filter((coin) => marks.has(binanceSymbol(coin)));
    },

    candles: pages('/fapi/v1/klines'),
    markCandles: pages('/fapi/v1/markPriceKlines'),

    async marks(coins) {
      void refreshIntervals();
      const marks = await allMarks();
      return Promise.all(
        coins.map(async (coin) => {
          const mark = marks.get(binanceSymbol(coin));
          if (mark === undefined) throw notListed(coin);
          const ageMs = o.nowMs() - mark.timeMs;
          if (ageMs > MARK_AGE_MS_MAX)
            throw new MarketReadError(
              'incomplete',
              `binance marks: ${coin} is frozen since ${Math.round(ageMs / 1_000)} s`,
            );
          const openInterestUsd = (await openInterest(coin)) * mark.markPx;
          const fundingHourlyFraction = hourly(mark, binanceSymbol(coin));
          return { coin, markPx: mark.markPx, openInterestUsd, fundingHourlyFraction };
        }),
      );
    },
  };
}

const notListed = (coin: string): MarketReadError =>
  new MarketReadError('unsupported', `binance does not list ${coin} (${binanceSymbol(coin)})`);

async function unsupportedIfUnknown(coin: string, reply: Promise<unknown>): Promise<unknown> {
  try {
    return await reply;
  } catch (error) {
    throw error instanceof MarketReadError && error.venueCode === UNKNOWN_SYMBOL ? notListed(coin) : error;
  }
}
