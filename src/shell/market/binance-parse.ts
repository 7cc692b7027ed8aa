import * as z from 'zod';
import type { Candle } from '../../core/shared/candle.ts';
import { decimal, mustBe, parseReply } from './parse-reply.ts';

/** Hyperliquid's kPEPE is Binance's 1000PEPE, in price and in coins alike; the rest keep their name. */
export const binanceSymbol = (coin: string): string => `${coin.replace(/^k(?=[A-Z])/, '1000')}USDT`;

const KlinesReply = z.array(z.tuple([z.int(), decimal, decimal, decimal, decimal, decimal], z.unknown()));

/** `/fapi/v1/klines`: oldest first, volume in coins, the last bar unfinished. `markPriceKlines`: the same, volume 0. */
export const parseBinanceCandles = (reply: unknown, what: string): Candle[] =>
  parseReply(KlinesReply, reply, what).map(([t, o, h, l, c, v]) => ({ t, o, h, l, c, v }));

const PremiumReply = z.array(
  z.object({
    symbol: z.string(),
    markPrice: decimal,
    time: z.int(),
    // Contracts that expire pay none, and say "".
    lastFundingRate: z.string().optional(),
    nextFundingTime: z.int().optional(),
  }),
);

export interface BinanceMark {
  markPx: number;
  /** When the venue computed it, ms. */
  timeMs: number;
  /** Of the running interval, as it stands, and when that ends; null for a contract that pays none. */
  funding: { rate: number; nextMs: number } | null;
}

/** `/fapi/v1/premiumIndex` without a symbol: marks of all contracts, by symbol. Contracts without a mark are left out. */
export function parseBinanceMarks(reply: unknown, what: string): Map<string, BinanceMark> {
  const marks = new Map<string, BinanceMark>();
  for (const p of parseReply(PremiumReply, reply, what)) {
    if (!(p.markPrice > 0)) continue;
    const rate = decimal.safeParse(p.lastFundingRate);
    const nextMs = p.nextFundingTime ?? 0;
    const funding = rate.success && nextMs > 0 ? { rate: rate.data, nextMs } : null;
    marks.set(p.symbol, { markPx: p.markPrice, timeMs: p.time, funding });
  }
  return marks;
}

const OpenInterestReply = z.object({ symbol: z.string(), openInterest: decimal });

/** `/fapi/v1/openInterest`: coins, one side. */
export function parseBinanceOpenInterest(reply: unknown, symbol: string, what: string): number {
  const answer = parseReply(OpenInterestReply, reply, what);
  mustBe(answer.symbol === symbol, what, 'answer for another symbol');
  return answer.openInterest;
}

const FundingInfoReply = z.array(z.object({ symbol: z.string(), fundingIntervalHours: z.number() }));

/** `/fapi/v1/fundingInfo`: hours between payments of contracts that do not pay every eight, by symbol. */
export const parseBinanceIntervals = (reply: unknown, what: string): Map<string, number> =>
  new Map(parseReply(FundingInfoReply, reply, what).map((i) => [i.symbol, i.fundingIntervalHours]));
