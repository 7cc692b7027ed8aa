import type { Candle } from '../../src/core/shared/candle.ts';
import { binanceSymbol } from '../../src/shell/market/binance-parse.ts';
import { bybitSymbol } from '../../src/shell/market/bybit-parse.ts';
import { okxInstrument } from '../../src/shell/market/okx-parse.ts';
import type { Answer, Asked, FakeServer } from '../shell/market/fake-server.ts';
import { json, startFakeServer } from '../shell/market/fake-server.ts';

export type FakeVenueName = 'hyperliquid' | 'binance' | 'bybit' | 'okx';

/** What a fake venue answers from: one market, in Hyperliquid's coins and prices. */
export interface FakeMarket {
  nowMs(): number;
  coins: readonly string[];
  markPx(coin: string): number;
  /** One-sided. */
  openInterestCoins(coin: string, atMs: number): number;
  /** With open in [fromMs, toMs), oldest first, none from the future; the newest may still be running. */
  bars(coin: string, intervalMs: number, fromMs: number, toMs: number): readonly Candle[];
}

const FIVE_MINUTES_MS = 300_000;
const FUNDING_MS = 28_800_000;
const FUNDING_RATE = '0.0001';
const OKX_CONTRACT_COINS = 0.1;
const INTERVALS: Readonly<Record<string, number>> = {
  '1': 60_000,
  '5': FIVE_MINUTES_MS,
  '1m': 60_000,
  '5m': FIVE_MINUTES_MS,
};

const text = (x: number): string => String(Number(x.toPrecision(12)));
const param = (asked: Asked, name: string): number => Number(asked.query.get(name) ?? Number.NaN);
const intervalOf = (name: string | null): number => INTERVALS[name ?? ''] ?? FIVE_MINUTES_MS;

/** Moments at which venues stamp what they keep, within [fromMs, toMs] and not in the future, at most `limit`. */
function stamps(m: FakeMarket, fromMs: number, toMs: number, limit: number): number[] {
  const out: number[] = [];
  const first = Math.ceil(fromMs / FIVE_MINUTES_MS) * FIVE_MINUTES_MS;
  for (let t = first; t <= Math.min(toMs, m.nowMs()) && out.length < limit; t += FIVE_MINUTES_MS) out.push(t);
  return out;
}

/** Payments every eight hours within [fromMs, toMs], none from the future. */
function payments(m: FakeMarket, fromMs: number, toMs: number): number[] {
  const out: number[] = [];
  const until = Math.min(toMs, m.nowMs());
  for (let t = Math.ceil(fromMs / FUNDING_MS) * FUNDING_MS; t <= until; t += FUNDING_MS) out.push(t);
  return out;
}

/** The mark at the open of the bar that holds `atMs`; the present one where no bar is known. */
const pxAt = (m: FakeMarket, coin: string, atMs: number): number =>
  m.bars(coin, FIVE_MINUTES_MS, atMs - FIVE_MINUTES_MS + 1, atMs + 1)[0]?.o ?? m.markPx(coin);

type Spoken = (asked: Asked, m: FakeMarket) => unknown;

const hyperliquid: Spoken = ({ body }, m) => {
  const ask = body as {
    type: string;
    req?: { coin: string; interval: string; startTime: number; endTime: number };
  };
  if (ask.type === 'metaAndAssetCtxs')
    return [
      { universe: m.coins.map((name) => ({ name, szDecimals: 2, maxLeverage: 20 })) },
      m.coins.map((coin) => ({
        markPx: text(m.markPx(coin)),
        openInterest: text(m.openInterestCoins(coin, m.nowMs())),
        funding: '0.0000125',
      })),
    ];
  if (ask.type !== 'candleSnapshot' || ask.req === undefined) return undefined;
  const { coin, interval, startTime, endTime } = ask.req;
  return m.bars(coin, intervalOf(interval), startTime, endTime + 1).map((b) => ({
    t: b.t,
    s: coin,
    i: interval,
    o: text(b.o),
    c: text(b.c),
    h: text(b.h),
    l: text(b.l),
    v: text(b.v),
  }));
};

const binance: Spoken = (asked, m) => {
  const symbol = asked.query.get('symbol');
  const coin = m.coins.find((c) => binanceSymbol(c) === symbol);
  if (asked.path === '/fapi/v1/premiumIndex')
    return m.coins.map((c) => ({
      symbol: binanceSymbol(c),
      markPrice: text(m.markPx(c)),
      time: m.nowMs(),
      lastFundingRate: FUNDING_RATE,
      nextFundingTime: Math.ceil(m.nowMs() / FUNDING_MS) * FUNDING_MS,
    }));
  if (asked.path === '/fapi/v1/fundingInfo') return [];
  if (coin === undefined) return undefined;
  const [from, to] = [param(asked, 'startTime'), param(asked, 'endTime')];
  switch (asked.path) {
    case '/fapi/v1/openInterest':
      return { symbol, openInterest: text(m.openInterestCoins(coin, m.nowMs())), time: m.nowMs() };
    case '/fapi/v1/klines':
    case '/fapi/v1/markPriceKlines':
      return m
        .bars(coin, intervalOf(asked.query.get('interval')), from, to + 1)
        .map((b) => [b.t, ...[b.o, b.h, b.l, b.c, b.v].map(text), b.t + 1, '0']);
    case '/fapi/v1/fundingRate':
      return payments(m, from, to).map((fundingTime) => ({ symbol, fundingRate: FUNDING_RATE, fundingTime }));
    case '/futures/data/openInterestHist':
      return stamps(m, from, to, param(asked, 'limit')).map((timestamp) => {
        const coins = m.openInterestCoins(coin, timestamp);
        const usd = coins * pxAt(m, coin, timestamp);
        return { symbol, sumOpenInterest: text(coins), sumOpenInterestValue: text(usd), timestamp };
      });
    case '/futures/data/globalLongShortAccountRatio':
      return stamps(m, from, to, param(asked, 'limit')).map((timestamp) => ({
        symbol,
        longAccount: '0.55',
        shortAccount: '0.45',
        timestamp,
      }));
    default:
      return undefined;
  }
};

const bybitRows = (asked: Asked, m: FakeMarket, coin: string): unknown[] | undefined => {
  const symbol = bybitSymbol(coin);
  const [start, end] = [param(asked, 'start'), param(asked, 'end')];
  const bars = () => m.bars(coin, intervalOf(asked.query.get('interval')), start, end + 1).toReversed();
  const kept = () =>
    stamps(m, param(asked, 'startTime'), param(asked, 'endTime'), param(asked, 'limit')).toReversed();
  const held = (t: number) => {
    const coins = m.openInterestCoins(coin, t);
    return { openInterest: text(2 * coins), singleOpenInterest: text(coins), timestamp: String(t) };
  };
  switch (asked.path) {
    case '/v5/market/kline':
      return bars().map((b) => [String(b.t), ...[b.o, b.h, b.l, b.c, b.v].map(text), '0']);
    case '/v5/market/mark-price-kline':
      return bars().map((b) => [String(b.t), ...[b.o, b.h, b.l, b.c].map(text)]);
    case '/v5/market/open-interest':
      return asked.query.has('startTime') ? kept().map(held) : [held(m.nowMs())];
    case '/v5/market/account-ratio':
      return kept().map((t) => ({ buyRatio: '0.55', sellRatio: '0.45', timestamp: String(t) }));
    case '/v5/market/funding/history':
      return payments(m, param(asked, 'startTime'), param(asked, 'endTime'))
        .toReversed()
        .map((t) => ({ symbol, fundingRate: FUNDING_RATE, fundingRateTimestamp: String(t) }));
    case '/v5/market/risk-limit':
      return [
        { symbol, riskLimitValue: '2000000', maintenanceMargin: '0.005', maxLeverage: '50' },
        { symbol, riskLimitValue: '10000000', maintenanceMargin: '0.02', maxLeverage: '20' },
      ];
    default:
      return undefined;
  }
};

const bybit: Spoken = (asked, m) => {
  const ok = (result: unknown) => ({ retCode: 0, retMsg: 'OK', result });
  if (asked.path === '/v5/market/tickers')
    return ok({
      list: m.coins.map((c) => ({
        symbol: bybitSymbol(c),
        markPrice: text(m.markPx(c)),
        fundingRate: FUNDING_RATE,
        fundingIntervalHour: '8',
      })),
    });
  const symbol = asked.query.get('symbol');
  const coin = m.coins.find((c) => bybitSymbol(c) === symbol);
  const list = coin === undefined ? undefined : bybitRows(asked, m, coin);
  return list === undefined
    ? { retCode: 10_001, retMsg: 'symbol invalid', result: {} }
    : ok({ symbol, list });
};

const okxAll = (asked: Asked, m: FakeMarket): unknown[] | undefined => {
  const ts = String(m.nowMs());
  const rows = (row: (o: { coin: string; instId: string; perCoin: number }) => object): unknown[] =>
    m.coins.map((coin) => row({ coin, ...okxInstrument(coin) }));
  switch (asked.path) {
    case '/api/v5/public/instruments':
      return rows(({ instId }) => ({
        instId,
        ctType: 'linear',
        ctVal: String(OKX_CONTRACT_COINS),
        ctMult: '1',
        ctValCcy: instId.split('-')[0],
        settleCcy: 'USDT',
        state: 'live',
      }));
    case '/api/v5/public/mark-price':
      return rows(({ coin, instId, perCoin }) => ({ instId, markPx: text(m.markPx(coin) / perCoin), ts }));
    case '/api/v5/public/open-interest':
      return rows(({ coin, instId, perCoin }) => {
        const coins = m.openInterestCoins(coin, m.nowMs()) * perCoin;
        return { instId, oi: text(coins / OKX_CONTRACT_COINS), oiCcy: text(coins), ts };
      });
    default:
      return undefined;
  }
};

const okxOfCoin = (asked: Asked, m: FakeMarket): unknown[] | undefined => {
  const name = asked.query.get('instId') ?? `${asked.query.get('instFamily')}-SWAP`;
  const coin = m.coins.find((c) => okxInstrument(c).instId === name);
  if (coin === undefined) return undefined;
  const { perCoin } = okxInstrument(coin);
  const kept = () =>
    stamps(m, param(asked, 'begin') + 1, param(asked, 'end') - 1, param(asked, 'limit')).toReversed();
  switch (asked.path) {
    case '/api/v5/market/candles':
    case '/api/v5/market/history-candles':
    case '/api/v5/market/mark-price-candles':
    case '/api/v5/market/history-mark-price-candles': {
      const intervalMs = intervalOf(asked.query.get('bar'));
      const after = param(asked, 'after');
      const limit = param(asked, 'limit');
      const isMark = asked.path.includes('mark-price');
      return m
        .bars(coin, intervalMs, after - limit * intervalMs, after)
        .toReversed()
        .map((b) => {
          const coins = b.v * perCoin;
          const prices = [b.o, b.h, b.l, b.c].map((px) => text(px / perCoin));
          const volumes = isMark ? [] : [text(coins / OKX_CONTRACT_COINS), text(coins), '0'];
          return [String(b.t), ...prices, ...volumes, b.t + intervalMs <= m.nowMs() ? '1' : '0'];
        });
    }
    case '/api/v5/public/funding-rate-history':
      return payments(m, param(asked, 'before') + 1, param(asked, 'after') - 1)
        .toReversed()
        .map((t) => ({ instId: name, realizedRate: FUNDING_RATE, fundingTime: String(t) }));
    case '/api/v5/public/funding-rate': {
      const fundingTime = Math.ceil(m.nowMs() / FUNDING_MS) * FUNDING_MS;
      const nextFundingTime = String(fundingTime + FUNDING_MS);
      return [{ instId: name, fundingRate: FUNDING_RATE, fundingTime: String(fundingTime), nextFundingTime }];
    }
    case '/api/v5/public/position-tiers':
      return [
        { minSz: '0', mmr: '0.005', maxLever: '50' },
        { minSz: '100000', mmr: '0.02', maxLever: '20' },
      ];
    case '/api/v5/rubik/stat/contracts/open-interest-history':
      return kept().map((t) => {
        const coins = m.openInterestCoins(coin, t) * perCoin;
        const usd = (coins / perCoin) * pxAt(m, coin, t);
        return [String(t), text(coins / OKX_CONTRACT_COINS), text(coins), text(usd)];
      });
    case '/api/v5/rubik/stat/contracts/long-short-account-ratio-contract':
      return kept().map((t) => [String(t), '1.2']);
    default:
      return undefined;
  }
};

const okx: Spoken = (asked, m) => {
  const data = okxAll(asked, m) ?? okxOfCoin(asked, m);
  return data === undefined ? { code: '51001', msg: 'unknown', data: [] } : { code: '0', msg: '', data };
};

const SPOKEN: Readonly<Record<FakeVenueName, Spoken>> = { hyperliquid, binance, bybit, okx };

/** What a venue answers, in its own units and spelling; 400 to what it does not know. */
function reply(venue: FakeVenueName, market: FakeMarket, asked: Asked): { status: number; body: unknown } {
  const body = SPOKEN[venue](asked, market);
  return body === undefined ? { status: 400, body: { code: -1121, msg: 'unknown' } } : { status: 200, body };
}

const venueAnswer =
  (venue: FakeVenueName, market: FakeMarket): Answer =>
  (asked, response) => {
    const { status, body } = reply(venue, market, asked);
    return json(body, status)(asked, response);
  };

/** The same without a connection: for the venues that nothing is wrong with. */
export const venueFetch =
  (venue: FakeVenueName, market: FakeMarket): typeof fetch =>
  async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const body = typeof init?.body === 'string' ? (JSON.parse(init.body) as unknown) : undefined;
    const asked = { method: init?.method ?? 'GET', path: url.pathname, query: url.searchParams, body };
    const answer = reply(venue, market, asked);
    return Response.json(answer.body, { status: answer.status });
  };

/** What a venue may do to us. The number is the status it answers everything with. */
export type VenueFault = 'down' | 'frozen' | '×10' | 'marks ×10' | 'bars ×10' | 'empty' | 451 | 403 | 429;

/** The market as a venue that lies shows it. */
function liedAbout(m: FakeMarket, fault: VenueFault, sinceMs: number): FakeMarket {
  const px = fault === '×10' || fault === 'marks ×10' ? 10 : 1;
  const bar = fault === '×10' || fault === 'bars ×10' ? 10 : 1;
  if (fault === 'frozen') return frozenAt(m, sinceMs);
  if (fault === 'empty') return { ...m, coins: [] };
  return {
    ...m,
    markPx: (coin) => m.markPx(coin) * px,
    bars: (coin, ...range) =>
      m.bars(coin, ...range).map((b) => ({ ...b, o: b.o * bar, h: b.h * bar, l: b.l * bar, c: b.c * bar })),
  };
}

/** Everything as it was at that moment: times, marks and bars. */
function frozenAt(m: FakeMarket, atMs: number): FakeMarket {
  const marks = new Map(m.coins.map((c) => [c, m.markPx(c)]));
  return {
    ...m,
    nowMs: () => atMs,
    markPx: (coin) => marks.get(coin) ?? m.markPx(coin),
    bars: (coin, intervalMs, fromMs, toMs) => m.bars(coin, intervalMs, fromMs, Math.min(toMs, atMs)),
  };
}

export interface FakeVenue extends FakeServer {
  /** From now on; null: it is well again. */
  set(fault: VenueFault | null): void;
}

/** A venue on the loopback that speaks as the real one does and lies when told to. */
export async function startFakeVenue(venue: FakeVenueName, market: FakeMarket): Promise<FakeVenue> {
  const well = venueAnswer(venue, market);
  let answer = well;
  const server = await startFakeServer((asked, response) => answer(asked, response));
  return {
    ...server,
    set(fault) {
      if (fault === null) answer = well;
      else if (fault === 'down') answer = (_, response) => void response.destroy();
      else if (typeof fault === 'number') answer = json({ msg: 'no' }, fault);
      else answer = venueAnswer(venue, liedAbout(market, fault, market.nowMs()));
    },
  };
}
