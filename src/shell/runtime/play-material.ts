// What a demo or a replay plays: candles per coin, from when to when, and what must be said about them.
import { basename, resolve } from 'node:path';
import type { Candle } from '../../core/shared/candle.ts';
import { SYNTHETIC_COINS } from '../../venue/market/synthetic-coins.ts';
import { createSyntheticMarket } from '../../venue/market/synthetic-market.ts';
import type { VenueCoin } from '../../venue/venue.ts';
import { loadRecordedCandles } from './recorded-candles.ts';

const DAY_MS = 86_400_000;
const BAR_MS = 300_000;
/** Made-up candles end here unless told otherwise: a fixed instant, so that a seed always gives the same ones. */
const SYNTHETIC_END_MS = Date.UTC(2026, 0, 15);
/** Bars of history the maps are built from. */
const HISTORY_BARS = 1_500;

export interface PlayMaterial {
  dataSource: string;
  /** Closed 5 m bars, oldest first, with history before `fromMs`. */
  candles: Map<string, Candle[]>;
  fromMs: number;
  toMs: number;
  notes: string[];
}

export interface MaterialWanted {
  coins: readonly string[];
  /** ms since the epoch; default the last `days` there are, after enough history. */
  fromMs?: number | undefined;
  toMs?: number | undefined;
  /** Infinity: all there is. */
  days: number;
}

/**
 * A day or an instant, UTC.
 * @throws Error that names the option
 */
export function instantOf(value: string | boolean | undefined, name: string): number | undefined {
  if (typeof value !== 'string') return undefined;
  const ms = Date.parse(
    /Z$|[+-]\d\d:\d\d$/.test(value) || /^\d{4}-\d\d-\d\d$/.test(value) ? value : `${value}Z`,
  );
  if (Number.isNaN(ms))
    throw new Error(`${name} ${value}: write a day (2025-04-06) or an instant (2025-04-06T12:00Z), UTC`);
  return ms;
}

/** Candles from files in `dir`, over the time that all of the coins have. */
export function recordedMaterial(dir: string, w: MaterialWanted): PlayMaterial {
  const notes: string[] = [];
  const candles = new Map(
    w.coins.map((coin) => {
      const loaded = loadRecordedCandles(dir, coin, '5m');
      if (loaded.gapNote !== null) notes.push(loaded.gapNote);
      return [coin, loaded.candles];
    }),
  );
  const first = Math.max(...[...candles.values()].map((c) => c[0]?.t ?? 0));
  const last = Math.min(...[...candles.values()].map((c) => (c.at(-1)?.t ?? 0) + BAR_MS));
  const from = w.fromMs ?? Math.max(first + HISTORY_BARS * BAR_MS, last - w.days * DAY_MS);
  const to = w.toMs ?? last;
  if (!(from < to)) throw new Error('--from must be before --to');
  if (from < first || to > last)
    throw new Error(
      `${dir} holds ${new Date(first).toISOString()} to ${new Date(last).toISOString()} for these coins: choose --from and --to inside`,
    );
  if (from < first + HISTORY_BARS * BAR_MS)
    notes.push('little history before --from: the first maps are thin');
  return { dataSource: `recorded: ${basename(resolve(dir))}`, candles, fromMs: from, toMs: to, notes };
}

/** The synthetic market's candles, with a cascade steered into the last day. */
export function syntheticMaterial(seed: number, w: MaterialWanted): PlayMaterial {
  if (!Number.isSafeInteger(seed)) throw new Error('--seed must be a whole number');
  const end = Math.floor((w.toMs ?? SYNTHETIC_END_MS) / BAR_MS) * BAR_MS;
  const from = Math.floor((w.fromMs ?? end - w.days * DAY_MS) / BAR_MS) * BAR_MS;
  if (!(from < end)) throw new Error('--from must be before --to');
  const specs = w.coins.map((coin) => {
    const spec = SYNTHETIC_COINS.find((c) => c.coin === coin);
    if (spec === undefined)
      throw new Error(`no synthetic ${coin}; there are ${SYNTHETIC_COINS.map((c) => c.coin).join(', ')}`);
    return spec;
  });
  const market = createSyntheticMarket({
    seed,
    startMs: end,
    coins: specs,
    historyBars: Math.ceil((end - from) / BAR_MS) + HISTORY_BARS,
    flushBeforeMs: end - 24 * 3_600_000,
  });
  const candles = new Map(w.coins.map((c) => [c, market.history(c, '5m').filter((x) => x.t < end)]));
  return {
    dataSource: `synthetic (seed ${seed})`,
    candles,
    fromMs: from,
    toMs: end,
    notes: ['synthetic market: prices are made up, results mean nothing about real markets'],
  };
}

/** Lot decimals and leverage of the coin on Hyperliquid; for one we do not list, decimals that make a lot worth about a dollar. */
export function venueCoinOf(coin: string, candles: readonly Candle[]): VenueCoin {
  const spec = SYNTHETIC_COINS.find((c) => c.coin === coin);
  if (spec !== undefined)
    return {
      coin,
      szDecimals: spec.szDecimals,
      maxLeverage: spec.maxLeverage,
      marginTiers: [...spec.marginTiers],
    };
  const px = candles.at(-1)?.c ?? 1;
  return { coin, szDecimals: Math.min(5, Math.max(0, Math.round(Math.log10(px)))), maxLeverage: 10 };
}

/** Percent and instant on one line that is written over, where somebody watches. */
export function progressLine(isOn: boolean): (done: number, nowMs: number) => void {
  let shown = -1;
  return (done, nowMs) => {
    const percent = Math.floor(done * 100);
    if (!isOn || percent === shown) return;
    shown = percent;
    process.stdout.write(
      `\r${String(percent).padStart(3)} %  ${new Date(nowMs).toISOString().slice(0, 16)}${percent === 100 ? '\n' : ''}`,
    );
  };
}
