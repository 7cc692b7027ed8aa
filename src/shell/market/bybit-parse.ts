import * as z from 'zod';
import type { Candle } from '../../core/shared/candle.ts';
import { MarketReadError } from './market-read-error.ts';
import { decimal, mustBe, parseReply } from './parse-reply.ts';

/** Contracts whose thousand is not written in front, in Hyperliquid's spelling. */
const SYMBOLS: Readonly<Record<string, string>> = { kSHIB: 'SHIB1000USDT' };

/** Hyperliquid's kPEPE is Bybit's 1000PEPE, in price and in coins alike; the rest keep their name. */
export const bybitSymbol = (coin: string): string =>
  SYMBOLS[coin] ?? `${coin.replace(/^k(?=[A-Z])/, '1000')}USDT`;

const TOO_MANY_VISITS = 10_006;
const BAD_PARAMETER = 10_001;

const Envelope = z.object({ retCode: z.int(), retMsg: z.string(), result: z.unknown() });

/** What is inside: the venue answers 200 to everything, `retCode` says whether it is an answer. */
export function openedBybit<T>(schema: z.ZodType<T>, reply: unknown, what: string): T {
  const { retCode, retMsg, result } = parseReply(Envelope, reply, what);
  if (retCode === 0) return parseReply(schema, result, what);
  const isUnknownSymbol = retCode === BAD_PARAMETER && /symbol/i.test(retMsg);
  throw new MarketReadError(
    retCode === TOO_MANY_VISITS ? 'rate-limited' : isUnknownSymbol ? 'unsupported' : 'server-error',
    `${what}: the venue answers with code ${retCode}`,
    { venueCode: retCode },
  );
}

const stamp = z
  .string()
  .regex(/^\d{1,16}$/, 'not a moment')
  .transform(Number);
const KlineResult = z.object({
  symbol: z.string(),
  list: z.array(z.tuple([stamp, decimal, decimal, decimal, decimal, decimal], z.unknown())),
});

/** `/v5/market/kline`: newest first on the wire, oldest first here; volume in coins; the newest bar is unfinished. */
export function parseBybitCandles(reply: unknown, symbol: string, what: string): Candle[] {
  const result = openedBybit(KlineResult, reply, what);
  mustBe(result.symbol === symbol, what, 'bars of another symbol');
  const bars = result.list.map(([t, o, h, l, c, v]) => ({ t, o, h, l, c, v }));
  return bars.toReversed();
}

const MarkKlineResult = z.object({
  symbol: z.string(),
  list: z.array(z.tuple([stamp, decimal, decimal, decimal, decimal], z.unknown())),
});

/** `/v5/market/mark-price-kline`: the same without a volume. */
export function parseBybitMarkCandles(reply: unknown, symbol: string, what: string): Candle[] {
  const result = openedBybit(MarkKlineResult, reply, what);
  mustBe(result.symbol === symbol, what, 'bars of another symbol');
  const bars = result.list.map(([t, o, h, l, c]) => ({ t, o, h, l, c, v: 0 }));
  return bars.toReversed();
}

const TickersResult = z.object({
  list: z.array(
    z.object({
      symbol: z.string(),
      markPrice: z.string(),
      fundingRate: z.string().optional(),
      fundingIntervalHour: z.string().optional(),
    }),
  ),
});

export interface BybitMark {
  markPx: number;
  /** Null unless the reply says how many hours its rate is for. */
  fundingHourlyFraction: number | null;
}

/** `/v5/market/tickers?category=linear`: marks of all contracts, by symbol. Contracts without a mark are left out. */
export function parseBybitMarks(reply: unknown, what: string): Map<string, BybitMark> {
  const marks = new Map<string, BybitMark>();
  for (const t of openedBybit(TickersResult, reply, what).list) {
    const markPx = numberOf(t.markPrice);
    if (markPx === null || markPx <= 0) continue;
    const rate = numberOf(t.fundingRate);
    const hours = numberOf(t.fundingIntervalHour);
    const fundingHourlyFraction = rate === null || hours === null || hours <= 0 ? null : rate / hours;
    marks.set(t.symbol, { markPx, fundingHourlyFraction });
  }
  return marks;
}

const numberOf = (text: string | undefined): number | null => {
  const parsed = decimal.safeParse(text);
  return parsed.success ? parsed.data : null;
};

const OpenInterestResult = z.object({
  symbol: z.string(),
  list: z
    .array(z.object({ openInterest: decimal, singleOpenInterest: decimal.optional(), timestamp: stamp }))
    .min(1, 'no open interest at all'),
});

/**
 * `/v5/market/open-interest`, newest first: coins of one side. `openInterest` counts both sides, so that it is halved
 * where an older server does not send `singleOpenInterest`.
 */
export function parseBybitOpenInterest(
  reply: unknown,
  symbol: string,
  what: string,
): { coins: number; timeMs: number } {
  const result = openedBybit(OpenInterestResult, reply, what);
  mustBe(result.symbol === symbol, what, 'answer for another symbol');
  const newest = result.list.reduce((a, b) => (b.timestamp > a.timestamp ? b : a));
  return { coins: newest.singleOpenInterest ?? newest.openInterest / 2, timeMs: newest.timestamp };
}
