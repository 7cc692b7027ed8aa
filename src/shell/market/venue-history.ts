// Open interest and account ratios of the past, as Binance, Bybit and OKX keep them: stamps every five minutes.
import * as z from 'zod';
import type { OpenInterestSample, RatioSample, VenueName } from '../../core/zones/realised/types.ts';
import { binanceSymbol } from './binance-parse.ts';
import { bybitSymbol, openedBybit } from './bybit-parse.ts';
import type { JsonRequest } from './fetch-json.ts';
import { MarketReadError } from './market-read-error.ts';
import { okxInstrument, openedOkx } from './okx-parse.ts';
import { decimal, parseReply } from './parse-reply.ts';

const STEP_MS = 300_000;
const DAY_MS = 86_400_000;
/** Shares of longs and shorts add up to one but for their rounding. */
const SHARES_OFF_MAX = 0.02;

const stamp = z.union([
  z.int(),
  z
    .string()
    .regex(/^\d{1,16}$/, 'not a moment')
    .transform(Number),
]);

/** One request of a venue, paced; a refusal found while parsing is the venue's, too. */
export type Ask = <T>(request: JsonRequest, parse: (reply: unknown) => T) => Promise<T>;

export interface VenueHistory {
  openInterestHistory(coin: string, startMs: number, endMs: number): Promise<OpenInterestSample[]>;
  accountRatios(coin: string, startMs: number, endMs: number): Promise<RatioSample[]>;
}

/** Reads [startMs, endMs) in pages of so many stamps, oldest first; each page in order, within it, of plausible values. */
async function paged<T extends { tMs: number }>(
  o: { what: string; startMs: number; endMs: number; perPage: number },
  page: (fromMs: number, toMs: number) => Promise<T[]>,
): Promise<T[]> {
  const all: T[] = [];
  for (let from = o.startMs; from < o.endMs; from += o.perPage * STEP_MS) {
    const to = Math.min(o.endMs, from + o.perPage * STEP_MS);
    // One page after the other: what a venue's budget allows at once is spent on marks.
    const list = (await page(from, to)).toSorted((a, b) => a.tMs - b.tMs);
    for (const s of list) {
      if (s.tMs < from || s.tMs >= to) continue;
      if (s.tMs <= (all.at(-1)?.tMs ?? 0))
        throw new MarketReadError('malformed', `${o.what}: two stamps of the same moment`);
      all.push(s);
    }
  }
  return all;
}

const ratio = (venue: VenueName, tMs: number, longs: number, shorts: number, what: string): RatioSample => {
  if (!(longs >= 0 && shorts >= 0 && Math.abs(longs + shorts - 1) <= SHARES_OFF_MAX))
    throw new MarketReadError('malformed', `${what}: ${longs} and ${shorts} are not shares of one whole`);
  return { venue, tMs, longAccountFraction: longs / (longs + shorts) };
};

const BinanceOpenInterest = z.array(
  z.object({
    symbol: z.string(),
    sumOpenInterest: decimal,
    sumOpenInterestValue: decimal,
    timestamp: stamp,
  }),
);
const BinanceRatios = z.array(
  z.object({ symbol: z.string(), longAccount: decimal, shortAccount: decimal, timestamp: stamp }),
);

/** `/futures/data/…`: at most 500 stamps, of the last 30 days; coins and USD, read as one side. */
export function binanceHistory(ask: Ask): VenueHistory {
  const read = <T>(
    o: { path: string; coin: string; fromMs: number; toMs: number; what: string },
    schema: z.ZodType<T>,
  ): Promise<T> => {
    const symbol = binanceSymbol(o.coin);
    const query = { symbol, period: '5m', limit: 500, startTime: o.fromMs, endTime: o.toMs - 1 };
    return ask({ path: o.path, query, what: o.what }, (reply) => parseReply(schema, reply, o.what));
  };
  return {
    openInterestHistory: (coin, startMs, endMs) => {
      const what = `binance open interest history ${coin}`;
      const path = '/futures/data/openInterestHist';
      const symbol = binanceSymbol(coin);
      const OfSymbol = BinanceOpenInterest.refine(
        (l) => l.every((s) => s.symbol === symbol),
        'another symbol',
      );
      return paged({ what, startMs, endMs, perPage: 500 }, async (fromMs, toMs) =>
        (await read({ path, coin, fromMs, toMs, what }, OfSymbol)).map((s) => ({
          tMs: s.timestamp,
          usd: s.sumOpenInterestValue,
          coins: s.sumOpenInterest,
        })),
      );
    },
    accountRatios: (coin, startMs, endMs) => {
      const what = `binance account ratios ${coin}`;
      const path = '/futures/data/globalLongShortAccountRatio';
      return paged({ what, startMs, endMs, perPage: 500 }, async (fromMs, toMs) =>
        (await read({ path, coin, fromMs, toMs, what }, BinanceRatios)).map((s) =>
          ratio('binance', s.timestamp, s.longAccount, s.shortAccount, what),
        ),
      );
    },
  };
}

const BybitOpenInterest = z.object({
  list: z.array(
    z.object({ openInterest: decimal, singleOpenInterest: decimal.optional(), timestamp: stamp }),
  ),
});
const BybitMarks = z.object({ list: z.array(z.tuple([stamp, decimal], z.unknown())) });
const BybitRatios = z.object({
  list: z.array(z.object({ buyRatio: decimal, sellRatio: decimal, timestamp: stamp })),
});

/**
 * Newest first; open interest in coins of both sides unless `singleOpenInterest` is there. Its USD are coins × the mark
 * at the open of the same five minutes, from the mark's own bars: the venue does not tell.
 */
export function bybitHistory(ask: Ask): VenueHistory {
  const read = async <T>(
    path: string,
    query: Record<string, string | number>,
    schema: z.ZodType<T>,
    what: string,
  ) => ask({ path, query, what }, (reply) => openedBybit(schema, reply, what));
  return {
    openInterestHistory: (coin, startMs, endMs) => {
      const symbol = bybitSymbol(coin);
      const what = `bybit open interest history ${coin}`;
      return paged({ what, startMs, endMs, perPage: 200 }, async (from, to) => {
        const [coins, marks] = await Promise.all([
          read(
            '/v5/market/open-interest',
            { symbol, intervalTime: '5min', startTime: from, endTime: to - 1, limit: 200 },
            BybitOpenInterest,
            what,
          ),
          read(
            '/v5/market/mark-price-kline',
            { symbol, interval: '5', start: Math.floor(from / STEP_MS) * STEP_MS, end: to - 1, limit: 201 },
            BybitMarks,
            what,
          ),
        ]);
        const markPx = new Map(marks.list.map(([t, o]) => [t, o]));
        return coins.list.flatMap((s): OpenInterestSample[] => {
          const px = markPx.get(Math.floor(s.timestamp / STEP_MS) * STEP_MS);
          const held = s.singleOpenInterest ?? s.openInterest / 2;
          return px === undefined ? [] : [{ tMs: s.timestamp, usd: held * px, coins: held }];
        });
      });
    },
    accountRatios: (coin, startMs, endMs) => {
      const what = `bybit account ratios ${coin}`;
      return paged({ what, startMs, endMs, perPage: 500 }, async (from, to) => {
        const query = {
          symbol: bybitSymbol(coin),
          period: '5min',
          startTime: from,
          endTime: to - 1,
          limit: 500,
        };
        const { list } = await read('/v5/market/account-ratio', query, BybitRatios, what);
        return list.map((s) => ratio('bybit', s.timestamp, s.buyRatio, s.sellRatio, what));
      });
    },
  };
}

const OkxOpenInterest = z.tuple([stamp, decimal, decimal, decimal], z.unknown());
const OkxRatios = z.tuple([stamp, decimal], z.unknown());
/** How far back OKX keeps stamps of five minutes. */
const OKX_REACH_MS = 2 * DAY_MS;

/**
 * `/api/v5/rubik/stat/contracts/…` by instrument, at most 100 stamps, two days back: open interest as contracts, coins
 * and USD, read as one side; the ratio of long to short accounts r, whose share is r ÷ (1 + r).
 */
export function okxHistory(ask: Ask): VenueHistory {
  const read = async <T>(
    name: string,
    instId: string,
    from: number,
    to: number,
    row: z.ZodType<T>,
    what: string,
  ) => {
    // `begin` and `end` are exclusive.
    const query = { instId, period: '5m', begin: from - 1, end: to, limit: 100 };
    return ask({ path: `/api/v5/rubik/stat/contracts/${name}`, query, what }, (reply) =>
      openedOkx(z.array(row), reply, what),
    );
  };
  return {
    openInterestHistory: (coin, startMs, endMs) => {
      const { instId, perCoin } = okxInstrument(coin);
      const what = `okx open interest history ${coin}`;
      const from = Math.max(startMs, endMs - OKX_REACH_MS);
      return paged({ what, startMs: from, endMs, perPage: 100 }, async (a, b) =>
        (await read('open-interest-history', instId, a, b, OkxOpenInterest, what)).map(
          ([tMs, , coins, usd]) => ({
            tMs,
            usd,
            coins: coins / perCoin,
          }),
        ),
      );
    },
    accountRatios: (coin, startMs, endMs) => {
      const what = `okx account ratios ${coin}`;
      const from = Math.max(startMs, endMs - OKX_REACH_MS);
      const { instId } = okxInstrument(coin);
      return paged({ what, startMs: from, endMs, perPage: 100 }, async (a, b) =>
        (await read('long-short-account-ratio-contract', instId, a, b, OkxRatios, what)).map(([tMs, r]) =>
          ratio('okx', tMs, r / (1 + r), 1 / (1 + r), what),
        ),
      );
    },
  };
}
