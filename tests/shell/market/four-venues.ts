import type { MarketBook } from '../../../src/app/market-book.ts';
import { createMarketBook } from '../../../src/app/market-book.ts';
import type { MarketSource } from '../../../src/app/ports.ts';
import type { Candle } from '../../../src/core/shared/candle.ts';
import type { ZoneMap } from '../../../src/core/zones/types.ts';
import { createBinanceMarket } from '../../../src/shell/market/binance.ts';
import { createBybitMarket } from '../../../src/shell/market/bybit.ts';
import { createFetchJson } from '../../../src/shell/market/fetch-json.ts';
import { createHyperliquidMarket } from '../../../src/shell/market/hyperliquid.ts';
import { createOkxMarket } from '../../../src/shell/market/okx.ts';
import type { FakeMarket, FakeVenue, FakeVenueName } from '../../support/fake-venues.ts';
import { startFakeVenue, venueFetch } from '../../support/fake-venues.ts';
import { fakeClock } from './fake-server.ts';

export const VENUES = ['hyperliquid', 'binance', 'bybit', 'okx'] as const;
const BAR_MS = 300_000;
const BARS = 300;
/** Two seconds before a bar closes: the next poll finds a new one. */
const START_MS = 1_760_129_700_000 - 2_000;

/** A slow wave around 100 with shorter ones on it: zones on both sides. The shortest moves 0.5 % within two minutes. */
const pxAt = (t: number): number =>
  100 +
  3 * Math.sin(t / BAR_MS / 40) +
  0.8 * Math.sin(t / BAR_MS / 7) +
  0.25 * Math.sin((2 * Math.PI * t) / 240_000);

function barAt(t: number, intervalMs: number): Candle {
  const [o, c] = [pxAt(t), pxAt(t + intervalMs)];
  return { t, o, c, h: Math.max(o, c) * 1.003, l: Math.min(o, c) * 0.997, v: intervalMs / 300 };
}

/** Marks a little apart, as venues' are, and open interest of different size. */
const BASIS = { hyperliquid: 1, binance: 1.0004, bybit: 0.9997, okx: 1.0002 } as const;
const COINS_HELD = { hyperliquid: 20_000, binance: 60_000, bybit: 30_000, okx: 20_000 } as const;

function marketOf(venue: FakeVenueName, nowMs: () => number): FakeMarket {
  const k = BASIS[venue];
  return {
    nowMs,
    coins: ['BTC'],
    markPx: () => pxAt(nowMs()) * k,
    openInterestCoins: () => COINS_HELD[venue],
    bars(_, intervalMs, fromMs, toMs) {
      const out: Candle[] = [];
      const until = Math.min(toMs, nowMs());
      for (let t = Math.ceil(fromMs / intervalMs) * intervalMs; t < until; t += intervalMs) {
        const b = barAt(t, intervalMs);
        out.push({ t, o: b.o * k, h: b.h * k, l: b.l * k, c: b.c * k, v: b.v });
      }
      return out;
    },
  };
}

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

function sourceOf(
  venue: FakeVenueName,
  nowMs: () => number,
  how: { url: string; fetch: typeof fetch },
): MarketSource {
  const limiter = { take: async () => undefined };
  const fetchJson = createFetchJson({
    venue,
    baseUrl: how.url,
    nowMs,
    sleep: async () => undefined,
    fetch: how.fetch,
  });
  switch (venue) {
    case 'hyperliquid':
      return createHyperliquidMarket({ fetchJson, limiter, nowMs });
    case 'binance':
      return createBinanceMarket({ fetchJson, limiter, historyLimiter: limiter, nowMs });
    case 'bybit':
      return createBybitMarket({ fetchJson, limiter, nowMs });
    case 'okx':
      return createOkxMarket({ fetchJson, limiter, nowMs });
  }
}

/** Real requests, with a way to wait for all of them: one refusal ends a reading while the others are under way. */
function trackedFetch() {
  const open = new Set<Promise<unknown>>();
  const tracked: typeof fetch = (input, init) => {
    const answer = fetch(input, init).then(async (r) => new Response(await r.text(), r));
    open.add(answer);
    void answer.catch(() => undefined).finally(() => open.delete(answer));
    return answer;
  };
  return {
    fetch: tracked,
    async ended() {
      while (open.size > 0) await Promise.allSettled(open);
      await new Promise((resolve) => void setImmediate(resolve));
    },
  };
}

export interface FourVenues {
  /** The one that may be told to lie; the other three are well. */
  sick: FakeVenue;
  /** Of all four, the sick one among them. */
  book: MarketBook;
  /** What should be known: of all four without their troubles, and of the three that have none. */
  right: { all: MarketBook; without: MarketBook };
  /** Lets time pass, then reads everything once. */
  poll(afterMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Four venues on the loopback behind their real adapters, of which one will lie, and a book of each honest choice. */
export async function fourVenues(sickName: FakeVenueName, startMs = START_MS): Promise<FourVenues> {
  const clock = fakeClock(startMs);
  const sick = await startFakeVenue(sickName, marketOf(sickName, clock.nowMs));
  const bookOf = (sources: readonly MarketSource[]): MarketBook =>
    createMarketBook({
      // Waiting for others never ends before they do, but for the turn of the event loop between maps.
      clock: {
        ...clock,
        sleep: (ms) => (ms === 0 ? Promise.resolve() : new Promise<void>(() => undefined)),
      },
      log: silent,
      sources,
      coins: ['BTC'],
      meta: () => new Map(),
      backfillBars: BARS,
    });
  const wire = trackedFetch();
  const honest = (v: FakeVenueName): MarketSource =>
    sourceOf(v, clock.nowMs, {
      url: 'http://127.0.0.1',
      fetch: venueFetch(v, marketOf(v, clock.nowMs)),
    });
  const book = bookOf(
    VENUES.map((v) =>
      v === sickName ? sourceOf(v, clock.nowMs, { url: sick.url, fetch: wire.fetch }) : honest(v),
    ),
  );
  const all = bookOf(VENUES.map(honest));
  const without = bookOf(VENUES.filter((v) => v !== sickName).map(honest));
  return {
    sick,
    book,
    right: { all, without },
    async poll(afterMs) {
      clock.advance(afterMs);
      // Without Hyperliquid there is no map to compare with.
      const books = sickName === 'hyperliquid' ? [book, all] : [book, all, without];
      await Promise.all(books.map((b) => b.refresh()));
      await wire.ended();
    },
    close: () => sick.close(),
  };
}

/** Widths of the bands that two maps are compared in, fraction of the mark. */
const BAND = 0.01;
const BANDS = 12;

/** Share of each side's mass by bands of 1 % from the mark, nearest first. */
function bandShares(map: ZoneMap, side: 'long' | 'short'): number[] {
  const shares = Array.from({ length: BANDS }, () => 0);
  const mass = side === 'long' ? map.bins.longUsd : map.bins.shortUsd;
  const all = mass.reduce((a, b) => a + b, 0);
  for (const [i, px] of map.bins.px.entries()) {
    const band = Math.floor(Math.abs(px / map.markPx - 1) / BAND);
    if (band < BANDS) shares[band] = (shares[band] ?? 0) + (mass[i] ?? 0) / all;
  }
  return shares;
}

/** How far two maps are apart: mass in the wrong band of 1 %, share of a side; where max pain is, fraction of price. */
export function apart(a: ZoneMap, b: ZoneMap): { mass: number; maxPain: number } {
  const sides = ['long', 'short'] as const;
  return {
    mass: Math.max(
      ...sides.map((side) => {
        const other = bandShares(b, side);
        return bandShares(a, side).reduce((sum, x, i) => sum + Math.abs(x - (other[i] ?? 0)), 0) / 2;
      }),
    ),
    maxPain: Math.max(
      ...sides.map((s) => Math.abs((a.maxPain[s]?.peakPx ?? 0) / (b.maxPain[s]?.peakPx ?? 1) - 1)),
    ),
  };
}
