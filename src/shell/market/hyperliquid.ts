import type { MarketSource } from '../../app/ports.ts';
import type { Candle } from '../../core/shared/candle.ts';
import type { FetchJson } from './fetch-json.ts';
import {
  parseHyperliquidCandles,
  parseHyperliquidFunding,
  parseHyperliquidMarks,
} from './hyperliquid-parse.ts';
import { MarketReadError } from './market-read-error.ts';
import { checkedCandles, newestOpenMs } from './parse-candles.ts';
import type { WeightLimiter } from './weight-limiter.ts';

const FIVE_MINUTES = { interval: '5m', intervalMs: 300_000 } as const;
const ONE_MINUTE = { interval: '1m', intervalMs: 60_000 } as const;
const HOUR_MS = 3_600_000;
/** Older bars are not kept by the venue. */
const BARS_MAX = 5_000;

/** What a reading of marks costs. */
export const MARKS_WEIGHT = 32;

/**
 * 1,200 weight a minute and address, for everything this machine asks, orders' reads included: half is for data. A
 * reading of marks every ten seconds is reserved: an alert comes when bars close, and marks must not queue behind the
 * bars of 18 coins.
 */
export const HYPERLIQUID_WEIGHT = { limit: 600, reserved: 6 * MARKS_WEIGHT, windowMs: 60_000 };

/**
 * Hyperliquid's public data. A candle request costs 20 + 1 per 60 bars of weight, marks 20 + 1 per 20 perps: 18 coins
 * with 1,500 bars each are 810, so a start takes more than a minute of half the budget.
 */
export function createHyperliquidMarket(o: {
  fetchJson: FetchJson;
  limiter: WeightLimiter;
  nowMs: () => number;
}): MarketSource {
  const info = (what: string, body: unknown): Promise<unknown> => o.fetchJson({ path: '/info', body, what });

  async function bars(
    coin: string,
    span: { interval: '1m' | '5m'; intervalMs: number },
    startMs: number,
    endMs: number,
  ): Promise<Candle[]> {
    const nowMs = o.nowMs();
    const { interval, intervalMs } = span;
    const what = `${interval === '5m' ? 'candles' : 'minutes'} ${coin}`;
    const newest = newestOpenMs({ intervalMs, endMs, nowMs });
    const startTime = Math.max(startMs, newest - (BARS_MAX - 1) * intervalMs);
    if (newest < startTime) return [];
    const count = Math.ceil((newest - startTime) / intervalMs) + 1;
    await o.limiter.take(20 + Math.ceil(count / 60));
    const req = { coin, interval, startTime, endTime: newest + intervalMs - 1 };
    const reply = await info(what, { type: 'candleSnapshot', req });
    const range = { what: `hyperliquid ${what}`, intervalMs, startMs: startTime, endMs, nowMs };
    return checkedCandles(parseHyperliquidCandles(reply, { coin, interval }, range.what), range);
  }

  return {
    venue: 'hyperliquid',

    candles: (coin, startMs, endMs) => bars(coin, FIVE_MINUTES, startMs, endMs),
    minutes: (coin, startMs, endMs) => bars(coin, ONE_MINUTE, startMs, endMs),

    async fundingHistory(coin, startMs, endMs) {
      const what = `funding history ${coin}`;
      await o.limiter.take(20 + Math.ceil((endMs - startMs) / HOUR_MS / 20));
      const request = { type: 'fundingHistory', coin, startTime: startMs, endTime: endMs - 1 };
      return parseHyperliquidFunding(await info(what, request), coin, `hyperliquid ${what}`);
    },

    async marks(coins) {
      await o.limiter.take(MARKS_WEIGHT, true);
      const reply = await info('marks', { type: 'metaAndAssetCtxs' });
      const marks = parseHyperliquidMarks(reply, 'hyperliquid marks');
      return coins.map((coin) => {
        const mark = marks.get(coin);
        if (mark === undefined)
          throw new MarketReadError(
            'unsupported',
            `hyperliquid marks: ${coin} is not listed or no longer trades`,
          );
        return mark;
      });
    },
  };
}
