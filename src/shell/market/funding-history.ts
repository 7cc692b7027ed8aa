// Funding that was paid, as each venue keeps it, per hour.
import * as z from 'zod';
import type { FundingSample } from '../../core/zones/realised/types.ts';
import { binanceSymbol } from './binance-parse.ts';
import { bybitSymbol, openedBybit } from './bybit-parse.ts';
import { okxInstrument, openedOkx } from './okx-parse.ts';
import { MarketReadError } from './market-read-error.ts';
import { decimal, parseReply } from './parse-reply.ts';
import type { Ask } from './venue-history.ts';

const HOUR_MS = 3_600_000;
/** Nobody pays less often. */
const INTERVAL_MS_MAX = 8 * HOUR_MS;
/** Venues stamp a payment some ms after it was due. */
const STAMP_OFF_MS_MAX = 60_000;
/** A rate beyond this is none, fraction an hour: Hyperliquid's own bound. */
const HOURLY_MAX = 0.04;

const stamp = z.union([
  z.int(),
  z
    .string()
    .regex(/^\d{1,16}$/, 'not a moment')
    .transform(Number),
]);

export interface Payment {
  tMs: number;
  /** Of the interval that ended then, fraction. */
  rate: number;
}

/**
 * Payments as rates per hour. How long each was for is the time since the one before: 1, 2, 4 or 8 h. One without
 * another before it, or after a hole, is left out: its rate is for nobody knows how long.
 */
export function perHour(payments: readonly Payment[], startMs: number, what: string): FundingSample[] {
  const sorted = payments.toSorted((a, b) => a.tMs - b.tMs);
  return sorted.flatMap(({ tMs, rate }, i): FundingSample[] => {
    const hours = hoursBetween(sorted[i - 1]?.tMs, tMs);
    if (hours === null || tMs < startMs) return [];
    return [{ tMs, hourlyFraction: plausible(rate / hours, what) }];
  });
}

function hoursBetween(fromMs: number | undefined, toMs: number): number | null {
  if (fromMs === undefined) return null;
  const hours = Math.round((toMs - fromMs) / HOUR_MS);
  const isWhole = Math.abs(toMs - fromMs - hours * HOUR_MS) <= STAMP_OFF_MS_MAX;
  return isWhole && [1, 2, 4, 8].includes(hours) ? hours : null;
}

/** @throws MarketReadError for what is no rate of an hour */
export function plausible(hourlyFraction: number, what: string): number {
  if (!(Math.abs(hourlyFraction) <= HOURLY_MAX))
    throw new MarketReadError('malformed', `${what}: ${hourlyFraction} an hour is no funding rate`);
  return hourlyFraction;
}

type History = (coin: string, startMs: number, endMs: number) => Promise<FundingSample[]>;

const BinanceRows = z.array(z.object({ symbol: z.string(), fundingRate: decimal, fundingTime: stamp }));

/** `/fapi/v1/fundingRate`, oldest first, at most 1,000. */
export const binanceFunding =
  (ask: Ask): History =>
  (coin, startMs, endMs) => {
    const symbol = binanceSymbol(coin);
    const what = `binance funding history ${coin}`;
    const query = { symbol, startTime: startMs - INTERVAL_MS_MAX, endTime: endMs - 1, limit: 1_000 };
    const OfSymbol = BinanceRows.refine((rows) => rows.every((r) => r.symbol === symbol), 'another symbol');
    return ask({ path: '/fapi/v1/fundingRate', query, what }, (reply) => {
      const rows = parseReply(OfSymbol, reply, what);
      return perHour(
        rows.map((r) => ({ tMs: r.fundingTime, rate: r.fundingRate })),
        startMs,
        what,
      );
    });
  };

const BybitRows = z.object({
  list: z.array(z.object({ symbol: z.string(), fundingRate: decimal, fundingRateTimestamp: stamp })),
});

/** `/v5/market/funding/history`, newest first, at most 200: a week even where it is paid every hour. */
export const bybitFunding =
  (ask: Ask): History =>
  (coin, startMs, endMs) => {
    const symbol = bybitSymbol(coin);
    const what = `bybit funding history ${coin}`;
    const query = { symbol, startTime: startMs - INTERVAL_MS_MAX, endTime: endMs - 1, limit: 200 };
    const OfSymbol = BybitRows.refine((r) => r.list.every((p) => p.symbol === symbol), 'another symbol');
    return ask({ path: '/v5/market/funding/history', query, what }, (reply) => {
      const { list } = openedBybit(OfSymbol, reply, what);
      return perHour(
        list.map((p) => ({ tMs: p.fundingRateTimestamp, rate: p.fundingRate })),
        startMs,
        what,
      );
    });
  };

const OkxRow = z.object({ instId: z.string(), realizedRate: decimal, fundingTime: stamp });

/** `/api/v5/public/funding-rate-history`, newest first, at most 100: what was paid, not what was announced. */
export const okxFunding =
  (ask: Ask): History =>
  (coin, startMs, endMs) => {
    const { instId } = okxInstrument(coin);
    const what = `okx funding history ${coin}`;
    // Newer than `before`, older than `after`.
    const query = { instId, before: startMs - INTERVAL_MS_MAX - 1, after: endMs, limit: 100 };
    const OfInstrument = OkxRow.refine((r) => r.instId === instId, 'another instrument');
    return ask({ path: '/api/v5/public/funding-rate-history', query, what }, (reply) =>
      perHour(
        openedOkx(z.array(OfInstrument), reply, what).map((p) => ({
          tMs: p.fundingTime,
          rate: p.realizedRate,
        })),
        startMs,
        what,
      ),
    );
  };
