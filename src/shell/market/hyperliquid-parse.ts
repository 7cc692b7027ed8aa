import * as z from 'zod';
import type { MarkInfo } from '../../app/ports.ts';
import type { Candle } from '../../core/shared/candle.ts';
import type { FundingSample } from '../../core/zones/realised/types.ts';
import { plausible } from './funding-history.ts';
import { decimal, parseReply } from './parse-reply.ts';

const CandleReply = z.array(
  z.object({
    t: z.int(),
    s: z.string(),
    i: z.string(),
    o: decimal,
    c: decimal,
    h: decimal,
    l: decimal,
    v: decimal,
  }),
);

/** `candleSnapshot`: oldest first, volume in coins, the last bar unfinished. */
export function parseHyperliquidCandles(
  reply: unknown,
  { coin, interval }: { coin: string; interval: '1m' | '5m' },
  what: string,
): Candle[] {
  const OfCoin = CandleReply.refine((bars) => bars.every((b) => b.s === coin), 'bars of another coin').refine(
    (bars) => bars.every((b) => b.i === interval),
    'bars of another length',
  );
  return parseReply(OfCoin, reply, what).map(({ t, o, h, l, c, v }) => ({ t, o, h, l, c, v }));
}

const ContextsReply = z
  .tuple([
    z.object({ universe: z.array(z.object({ name: z.string(), isDelisted: z.boolean().nullish() })) }),
    z.array(z.object({ markPx: decimal, openInterest: decimal, funding: decimal })),
  ])
  .refine(
    ([meta, contexts]) => meta.universe.length === contexts.length,
    'universe and contexts differ in length',
  );

/**
 * `metaAndAssetCtxs`: mark, open interest and funding of every perp that trades, by coin.
 * `openInterest` is in coins; sources disagree on whether it counts one side or both. It is read as one side: if it is
 * both, USD figures of the map are twice too large and this venue weighs twice too much against others.
 */
export function parseHyperliquidMarks(reply: unknown, what: string): Map<string, MarkInfo> {
  const [meta, contexts] = parseReply(ContextsReply, reply, what);
  const marks = new Map<string, MarkInfo>();
  for (const [i, { name, isDelisted }] of meta.universe.entries()) {
    const context = contexts[i];
    if (context === undefined || isDelisted === true || !(context.markPx > 0)) continue;
    marks.set(name, {
      coin: name,
      markPx: context.markPx,
      openInterestUsd: context.openInterest * context.markPx,
      fundingHourlyFraction: context.funding,
    });
  }
  return marks;
}

const FundingReply = z.array(z.object({ coin: z.string(), fundingRate: decimal, time: z.int() }));

/** `fundingHistory`: paid every hour, oldest first. */
export function parseHyperliquidFunding(reply: unknown, coin: string, what: string): FundingSample[] {
  const OfCoin = FundingReply.refine((rows) => rows.every((r) => r.coin === coin), 'another coin');
  return parseReply(OfCoin, reply, what)
    .map((r) => ({ tMs: r.time, hourlyFraction: plausible(r.fundingRate, what) }))
    .toSorted((a, b) => a.tMs - b.tMs);
}
