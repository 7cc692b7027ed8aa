import * as z from 'zod';
import type { Candle } from '../../core/shared/candle.ts';
import { decimal, parseReply } from './parse-reply.ts';

/** Hyperliquid's kPEPE is Binance's 1000PEPE, in price and in coins alike; the rest keep their name. */
export const binanceSymbol = (coin: string): string => `${coin.replace(/^k(?=[A-Z])/, '1000')}USDT`;

const KlinesReply = z.array(z.tuple([z.int(), decimal, decimal, decimal, decimal, decimal], z.unknown()));

/** `/fapi/v1/klines`: oldest first, volume in coins, the last bar unfinished. `markPriceKlines`: the same, volume 0. */
export const parseBinanceCandles = (reply: unknown, what: string): Candle[] =>
  parseReply(KlinesReply, reply, what).map(([t, o, h, l, c, v]) => ({ t, o, h, l, c, v }));

const PremiumReply = z.array(z.object({ symbol: z.string(), markPrice: decimal, time: z.int() }));

export interface BinanceMark {
  markPx: number;
  /** When the venue computed it, ms. */
  timeMs: number;
}

/** `/fapi/v1/premiumIndex` without a symbol: marks of all contracts, by symbol. Contracts without a mark are left out. */
export function parseBinanceMarks(reply: unknown, what: string): Map<string, BinanceMark> {
  const marks = new Map<string, BinanceMark>();
  for (const { symbol, markPrice, time } of parseReply(PremiumReply, reply, what))
    if (markPrice > 0) marks.set(symbol, { markPx: markPrice, timeMs: time });
  return marks;
}

const OpenInterestReply = z.object({ symbol: z.string(), openInterest: decimal });

/** `/fapi/v1/openInterest`: coins, one side. */
export function parseBinanceOpenInterest(reply: unknown, symbol: string, what: string): number {
  const OfSymbol = OpenInterestReply.refine((r) => r.symbol === symbol, 'answer for another symbol');
  return parseReply(OfSymbol, reply, what).openInterest;
}
