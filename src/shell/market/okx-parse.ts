import * as z from 'zod';
import type { Candle } from '../../core/shared/candle.ts';
import { MarketReadError } from './market-read-error.ts';
import { decimal, parseReply } from './parse-reply.ts';

/** Contracts × value must give the coins the venue itself reports, but for its rounding, fraction. */
const COINS_OFF_MAX = 0.01;
const UNKNOWN_INSTRUMENT = 51_001;
const TOO_MANY_REQUESTS = 50_011;

/** OKX lists single coins: kPEPE is a thousand of its PEPE, in price and in coins. */
export function okxInstrument(coin: string): { instId: string; perCoin: number } {
  const isKilo = /^k(?=[A-Z])/.test(coin);
  return { instId: `${isKilo ? coin.slice(1) : coin}-USDT-SWAP`, perCoin: isKilo ? 1_000 : 1 };
}

const Envelope = z.object({ code: z.string(), msg: z.string(), data: z.unknown() });

/** What is inside, or why there is nothing: `code` is "0" when it is an answer. */
export function openedOkx<T>(rows: z.ZodType<T[]>, reply: unknown, what: string): T[] {
  const { code, data } = parseReply(Envelope, reply, what);
  if (code === '0') return parseReply(rows, data, what);
  const venueCode = Number(code);
  throw new MarketReadError(
    venueCode === TOO_MANY_REQUESTS
      ? 'rate-limited'
      : venueCode === UNKNOWN_INSTRUMENT
        ? 'unsupported'
        : 'server-error',
    `${what}: the venue answers with code ${code.slice(0, 10)}`,
    { venueCode: Number.isInteger(venueCode) ? venueCode : null },
  );
}

const stamp = z
  .string()
  .regex(/^\d{1,16}$/, 'not a moment')
  .transform(Number);

const Instruments = z.array(
  z.object({
    instId: z.string(),
    ctType: z.string(),
    ctVal: z.string(),
    ctMult: z.string(),
    ctValCcy: z.string(),
    settleCcy: z.string(),
    state: z.string(),
  }),
);

/** `/api/v5/public/instruments?instType=SWAP`: coins in one contract of each linear USDT swap that trades. */
export function parseOkxContracts(reply: unknown, what: string): Map<string, number> {
  const contracts = new Map<string, number>();
  for (const i of openedOkx(Instruments, reply, what)) {
    if (i.ctType !== 'linear' || i.settleCcy !== 'USDT' || i.state !== 'live') continue;
    // A contract worth an amount of another currency than its coin would turn coins into dollars.
    if (i.ctValCcy !== i.instId.split('-')[0]) continue;
    const value = decimal.safeParse(i.ctVal);
    const times = decimal.safeParse(i.ctMult);
    if (value.success && times.success && value.data * times.data > 0)
      contracts.set(i.instId, value.data * times.data);
  }
  return contracts;
}

/** Coins from contracts. The venue's own figure must agree where it gives one: contract values change. */
function coinsOf(contracts: number, own: number | null, contractCoins: number, what: string): number {
  const coins = contracts * contractCoins;
  if (own !== null && own > 0 && !(Math.abs(coins / own - 1) <= COINS_OFF_MAX))
    throw new MarketReadError(
      'malformed',
      `${what}: ${contracts} contracts of ${contractCoins} are not ${own} coins`,
    );
  return coins;
}

const Bars = z.array(
  z.tuple([stamp, decimal, decimal, decimal, decimal, decimal, decimal, z.string(), z.string()]),
);

/**
 * `/api/v5/market/candles`, `history-candles`: newest first on the wire, oldest first here; unfinished bars
 * (`confirm` "0") left out; volume is in contracts on the wire, in Hyperliquid's coins here.
 */
export function parseOkxCandles(
  reply: unknown,
  o: { contractCoins: number; perCoin: number; what: string },
): { candles: Candle[]; oldestMs: number | null } {
  const bars = openedOkx(Bars, reply, o.what);
  const candles = bars.flatMap(([t, open, high, low, close, contracts, own, , confirm]): Candle[] => {
    if (confirm === '0') return [];
    const coins = coinsOf(contracts, own, o.contractCoins, o.what);
    const k = o.perCoin;
    return [{ t, o: open * k, h: high * k, l: low * k, c: close * k, v: coins / k }];
  });
  return { candles: candles.toReversed(), oldestMs: bars.at(-1)?.[0] ?? null };
}

const MarkBars = z.array(z.tuple([stamp, decimal, decimal, decimal, decimal, z.string()], z.unknown()));

/** `/api/v5/market/mark-price-candles`, `history-mark-price-candles`: the same without volumes. */
export function parseOkxMarkCandles(
  reply: unknown,
  { perCoin: k, what }: { perCoin: number; what: string },
): { candles: Candle[]; oldestMs: number | null } {
  const bars = openedOkx(MarkBars, reply, what);
  const candles = bars.flatMap(([t, open, high, low, close, confirm]): Candle[] =>
    confirm === '0' ? [] : [{ t, o: open * k, h: high * k, l: low * k, c: close * k, v: 0 }],
  );
  return { candles: candles.toReversed(), oldestMs: bars.at(-1)?.[0] ?? null };
}

const MarkRows = z.array(z.object({ instId: z.string(), markPx: decimal, ts: stamp }));

export interface OkxMark {
  /** USD per coin in OKX's unit. */
  markPx: number;
  /** When the venue computed it, ms. */
  timeMs: number;
}

/** `/api/v5/public/mark-price?instType=SWAP`: marks by instrument. */
export function parseOkxMarks(reply: unknown, what: string): Map<string, OkxMark> {
  const marks = new Map<string, OkxMark>();
  for (const { instId, markPx, ts } of openedOkx(MarkRows, reply, what))
    if (markPx > 0) marks.set(instId, { markPx, timeMs: ts });
  return marks;
}

const FundingRows = z.array(
  z.object({
    instId: z.string(),
    fundingRate: decimal,
    fundingTime: stamp,
    nextFundingTime: stamp,
  }),
);
const HOUR_MS = 3_600_000;

/** `/api/v5/public/funding-rate`: the running rate per hour; how long it is for is the time between its two payments. */
export function parseOkxFunding(reply: unknown, instId: string, what: string): number | null {
  const row = openedOkx(FundingRows, reply, what).find((r) => r.instId === instId);
  const hours = row === undefined ? 0 : (row.nextFundingTime - row.fundingTime) / HOUR_MS;
  return row === undefined || !(hours >= 1 && hours <= 24) ? null : row.fundingRate / hours;
}

const OpenInterestRows = z.array(z.object({ instId: z.string(), oi: decimal, oiCcy: decimal, ts: stamp }));

/**
 * `/api/v5/public/open-interest?instType=SWAP`: coins in OKX's unit by instrument, read as one side. `oi` is contracts.
 * @param contracts coins in one contract, by instrument; others are left out
 */
export function parseOkxOpenInterest(
  reply: unknown,
  contracts: ReadonlyMap<string, number>,
  what: string,
): Map<string, number> {
  const coins = new Map<string, number>();
  for (const { instId, oi, oiCcy } of openedOkx(OpenInterestRows, reply, what)) {
    const contractCoins = contracts.get(instId);
    if (contractCoins !== undefined)
      coins.set(instId, coinsOf(oi, oiCcy, contractCoins, `${what} ${instId}`));
  }
  return coins;
}
