// Reads of the market, in the venue's shapes.
import type { Candle } from '../../core/shared/candle.ts';
import { levels } from './book.ts';
import { bbo, isResting } from './match.ts';
import { fmt, usd } from './money.ts';
import { CandleSeries } from './candle-series.ts';
import type { CoinState, Trade, VenueState } from './types.ts';
import { hashOf } from './wire.ts';

type Json = Record<string, unknown>;

const CANDLES_MAX = 5_000;

const universe = (s: VenueState): Json[] =>
  s.coins.map((c) => ({
    szDecimals: c.szDecimals,
    name: c.name,
    maxLeverage: c.maxLeverage,
    marginTableId: c.marginTableId,
    ...(c.onlyIsolated ? { onlyIsolated: true, marginMode: 'strictIsolated' } : {}),
    ...(c.isDelisted ? { isDelisted: true } : {}),
  }));

export function marginTable(s: VenueState, id: number): Json {
  const c = s.coins.find((x) => x.marginTableId === id);
  const tiers = c?.tiers ?? [{ lowerBound: 0, maxLeverage: id }];
  return {
    description: tiers.length > 1 ? `tiered ${tiers[0]?.maxLeverage}x` : '',
    marginTiers: tiers.map((t) => ({ lowerBound: usd(t.lowerBound), maxLeverage: t.maxLeverage })),
  };
}

export function meta(s: VenueState): Json {
  const ids = [...new Set(s.coins.map((c) => c.marginTableId))].sort((x, y) => x - y);
  return {
    universe: universe(s),
    marginTables: ids.map((id) => [id, marginTable(s, id)]),
    collateralToken: 0,
  };
}

/** Mid of best bid and ask in half price units, null without a price. */
export function midPx(s: VenueState, c: CoinState): string | null {
  const { bidPx, askPx } = bbo(s, c);
  if (bidPx === 0 || askPx === 0) return null;
  return fmt((bidPx + askPx) * 5, c.pxDecimals + 1);
}

const decimal = (n: number): string => {
  const text = n.toFixed(10).replace(/0+$/, '');
  return text.endsWith('.') ? `${text}0` : text;
};

export function assetCtx(s: VenueState, c: CoinState): Json {
  const { bidPx, askPx } = bbo(s, c);
  const has = c.markPx > 0;
  const volume = c.dayNtlVlm / 1e6;
  const mark = c.markPx / 10 ** c.pxDecimals;
  return {
    funding: decimal(c.fundingHourly),
    openInterest: fmt(c.openInterest, c.szDecimals),
    prevDayPx: decimal(c.prevDayPx),
    dayNtlVlm: decimal(volume),
    premium: has && c.oraclePx > 0 ? decimal((c.markPx - c.oraclePx) / c.oraclePx) : null,
    oraclePx: fmt(c.oraclePx, c.pxDecimals),
    markPx: fmt(c.markPx, c.pxDecimals),
    midPx: midPx(s, c),
    impactPxs: has ? [fmt(bidPx, c.pxDecimals), fmt(askPx, c.pxDecimals)] : null,
    dayBaseVlm: decimal(has ? volume / mark : 0),
  };
}

export function allMids(s: VenueState): Record<string, string> {
  const out: Record<string, string> = {};
  for (const c of s.coins) {
    const mid = midPx(s, c);
    if (mid !== null) out[c.name] = mid;
  }
  return out;
}

/** Twenty levels a side: the outside book with resting orders merged in. */
export function l2Book(
  s: VenueState,
  c: CoinState,
  count = 20,
): { coin: string; time: number; levels: [Json[], Json[]] } {
  const side = (which: 'bid' | 'ask'): Json[] => {
    const merged = new Map<number, { sz: number; n: number }>();
    for (const l of levels(c, which, count)) merged.set(l.px, { sz: l.sz, n: 1 });
    for (const oid of c.open) {
      const o = s.orders.get(oid);
      if (o === undefined || !isResting(o) || o.isBuy !== (which === 'bid')) continue;
      const at = merged.get(o.px) ?? { sz: 0, n: 0 };
      merged.set(o.px, { sz: at.sz + o.sz, n: at.n + 1 });
    }
    return [...merged]
      .sort(([x], [y]) => (which === 'bid' ? y - x : x - y))
      .slice(0, count)
      .map(([px, l]) => ({ px: fmt(px, c.pxDecimals), sz: fmt(l.sz, c.szDecimals), n: l.n }));
  };
  return { coin: c.name, time: s.nowMs, levels: [side('bid'), side('ask')] };
}

export function wireTrade(c: CoinState, t: Trade): Json {
  return {
    coin: c.name,
    side: t.isBuy ? 'B' : 'A',
    px: fmt(t.px, c.pxDecimals),
    sz: fmt(t.sz, c.szDecimals),
    time: t.timeMs,
    hash: hashOf(t.tid),
    tid: t.tid,
    users: [t.buyer, t.seller],
  };
}

export const INTERVAL_MS: Readonly<Record<string, number>> = {
  '1m': 60_000,
  '3m': 180_000,
  '5m': 300_000,
  '15m': 900_000,
  '30m': 1_800_000,
  '1h': 3_600_000,
  '2h': 7_200_000,
  '4h': 14_400_000,
  '8h': 28_800_000,
  '12h': 43_200_000,
  '1d': 86_400_000,
  '3d': 259_200_000,
  '1w': 604_800_000,
  '1M': 2_592_000_000,
};

export function wireCandle(coin: string, interval: string, k: Candle): Json {
  return {
    t: k.t,
    T: k.t + (INTERVAL_MS[interval] ?? 0) - 1,
    s: coin,
    i: interval,
    o: decimal(k.o),
    c: decimal(k.c),
    h: decimal(k.h),
    l: decimal(k.l),
    v: decimal(k.v),
    n: k.v > 0 ? 1 : 0,
  };
}

/** First index whose open is at or after `ms`. */
/** Bars with open in [startMs, endMs], the last 5000 of them. */
export function candleSnapshot(
  s: VenueState,
  coin: string,
  interval: string,
  startMs: number,
  endMs: number,
): Json[] {
  const bars = s.candles.get(`${coin} ${interval}`);
  if (bars === undefined) return [];
  const to = bars.indexOf(endMs + 1);
  const from = Math.max(bars.indexOf(startMs), to - CANDLES_MAX);
  return bars.slice(from, to).map((k) => wireCandle(coin, interval, k));
}

/** Appends bars in time order; one with the open of another replaces it, an older one goes to its place. */
export function addCandles(s: VenueState, coin: string, interval: string, bars: readonly Candle[]): void {
  const key = `${coin} ${interval}`;
  const all = s.candles.get(key) ?? new CandleSeries();
  s.candles.set(key, all);
  for (const k of bars) all.put(k);
  if (all.length > CANDLES_MAX * 1.5) all.trim(CANDLES_MAX);
}

export function fundingHistory(c: CoinState, startMs: number, endMs: number): Json[] {
  return c.fundings
    .filter((f) => f.timeMs >= startMs && f.timeMs <= endMs)
    .slice(0, 500)
    .map((f) => ({
      coin: c.name,
      fundingRate: decimal(f.rate),
      premium: decimal(f.premium),
      time: f.timeMs,
    }));
}
