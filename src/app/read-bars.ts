import type { Candle } from '../core/shared/candle.ts';
import type { CoinMeta } from '../core/shared/coin.ts';
import { CLOSE_RATIO_OFF_MAX, isFar, MARK_RATIO_OFF_MAX } from '../core/zones/build-zone-map.ts';
import { DEFAULT_MIX, leverageKernel } from '../core/zones/leverage-kernel.ts';
import type { MaintenanceTier } from '../core/zones/liquidation-px.ts';
import { maintenanceOf } from '../core/zones/liquidation-px.ts';
import { binanceTiers } from '../core/zones/maintenance-tiers.ts';
import { createMapEngine } from '../core/zones/map-engine.ts';
import type { Feed, Series } from './market-feed.ts';
import type { Clock } from './ports.ts';

export const BAR_MS = 300_000;
/** Hyperliquid's bars kept: for signals, heatmap and noticing missed alerts. */
const CANDLES_KEPT = 1_500;

interface ReadBarsOptions {
  clock: Clock;
  coins: readonly string[];
  meta: () => ReadonlyMap<string, CoinMeta>;
  /** Hyperliquid's mark; null before the first reading. */
  referencePx: (coin: string) => number | null;
  /** Told when bars of a coin were taken. */
  onTaken: (coin: string) => void;
}

/**
 * Reads bars of `o.coins` closed since the newest one taken, per coin; a coin without bars gets its history first. Waits
 * for readings of these coins that are under way instead of asking again. Never throws: `barsProblems` says what failed.
 */
export async function readBars(feed: Feed, o: ReadBarsOptions, backfillMs: number): Promise<void> {
  const nowMs = o.clock.nowMs();
  const lastClosedT = Math.floor(nowMs / BAR_MS) * BAR_MS - BAR_MS;
  const isDue = (coin: string): boolean => (feed.series.get(coin)?.lastT ?? -1) < lastClosedT;
  const span = { backfillMs, nowMs, endMs: lastClosedT + BAR_MS };
  const read = async (coin: string): Promise<void> => {
    const why = await readCoin(feed, coin, o, span);
    feed.readingBars.delete(coin);
    if (why === null) feed.barsProblems.delete(coin);
    else feed.barsProblems.set(coin, `${coin} ${why}`);
  };
  const begin = (coin: string): Promise<void> => {
    const reading = read(coin);
    feed.readingBars.set(coin, reading);
    return reading;
  };
  const wanted = (feed.coins ?? []).filter((c) => o.coins.includes(c) && feed.marks.has(c));
  await Promise.all(
    wanted.flatMap((coin) => feed.readingBars.get(coin) ?? (isDue(coin) ? [begin(coin)] : [])),
  );
}

/** @returns why the coin's bars could not be read or were not taken; null when they were */
async function readCoin(
  feed: Feed,
  coin: string,
  o: ReadBarsOptions,
  span: { backfillMs: number; nowMs: number; endMs: number },
): Promise<string | null> {
  const { source } = feed;
  try {
    const series = feed.series.get(coin) ?? (await newSeries(feed, coin, o.meta()));
    const startMs = Number.isFinite(series.lastT) ? series.lastT + BAR_MS : span.nowMs - span.backfillMs;
    const [candles, marks] = await Promise.all([
      source.candles(coin, startMs, span.endMs),
      marksOf(feed, coin, startMs, span.endMs),
    ]);
    const why = whyImplausible(candles, feed.marks.get(coin)?.markPx ?? null, o.referencePx(coin));
    if (why !== null) {
      await source.forget?.(coin);
      return why;
    }
    if (isJump(series, candles)) {
      // What was taken before cannot be right, or is from before a change of unit: all of it is read again.
      feed.series.delete(coin);
      await source.forget?.(coin);
      return 'bars do not continue the earlier ones; read again from the start';
    }
    takeCandles(series, candles, marks, source.venue === 'hyperliquid' ? CANDLES_KEPT : 1);
    feed.series.set(coin, series);
    o.onTaken(coin);
    return null;
  } catch (e) {
    return e instanceof Error ? e.message : 'unreadable';
  }
}

async function newSeries(feed: Feed, coin: string, meta: ReadonlyMap<string, CoinMeta>): Promise<Series> {
  const own = meta.get(coin)?.marginTiers ?? [];
  const tiers =
    feed.source.venue === 'hyperliquid' && own.length > 0 ? maintenanceOf(own) : await tiersOf(feed, coin);
  const engine = createMapEngine({ kernel: leverageKernel(DEFAULT_MIX, tiers), intervalMs: BAR_MS });
  return { engine, candles: [], lastT: Number.NEGATIVE_INFINITY };
}

/** The venue's own table, or the dated copy of Binance's: a map with slightly wrong distances is better than none. */
async function tiersOf({ source, marks }: Feed, coin: string): Promise<MaintenanceTier[]> {
  const markPx = marks.get(coin)?.markPx;
  try {
    if (source.maintenance !== undefined && markPx !== undefined)
      return await source.maintenance(coin, markPx);
  } catch {
    // Whether the venue is well shows in what follows: its bars.
  }
  return binanceTiers(coin);
}

/**
 * A bar once taken has swept its levels for good, so that a lie must be noticed before it is taken, not after.
 * @param markPx the venue's own mark
 * @param referencePx Hyperliquid's
 */
function whyImplausible(
  candles: readonly Candle[],
  markPx: number | null,
  referencePx: number | null,
): string | null {
  const newest = candles.at(-1);
  if (newest === undefined || markPx === null) return null;
  if (referencePx !== null && isFar(markPx, referencePx, MARK_RATIO_OFF_MAX))
    return `mark ${markPx} is far from Hyperliquid's ${referencePx}: bars not taken`;
  return isFar(newest.c, markPx, CLOSE_RATIO_OFF_MAX)
    ? `newest close ${newest.c} is far from its mark ${markPx}: bars not taken`
    : null;
}

const isJump = (series: Series, candles: readonly Candle[]): boolean => {
  const [last, next] = [series.candles.at(-1), candles[0]];
  return last !== undefined && next !== undefined && isFar(next.o, last.c, CLOSE_RATIO_OFF_MAX);
};

/** The mark's bars by opening; none where the venue has none or does not answer: then trades sweep, and the map says so. */
async function marksOf(
  { source }: Feed,
  coin: string,
  startMs: number,
  endMs: number,
): Promise<ReadonlyMap<number, Candle>> {
  try {
    const bars = (await source.markCandles?.(coin, startMs, endMs)) ?? [];
    return new Map(bars.map((b) => [b.t, b]));
  } catch {
    return new Map();
  }
}

/** The mark's range of a bar. Undefined when it is not known, or too far from trades to be of the same thing. */
export const markRange = (c: Candle, mark: Candle | undefined): Candle | undefined =>
  mark === undefined ||
  isFar(mark.c, c.c, CLOSE_RATIO_OFF_MAX) ||
  isFar(mark.l, c.l, CLOSE_RATIO_OFF_MAX) ||
  isFar(mark.h, c.h, CLOSE_RATIO_OFF_MAX)
    ? undefined
    : mark;

/** @param keep bars remembered; what others said counts only for whether the next bar continues it */
function takeCandles(
  series: Series,
  candles: readonly Candle[],
  marks: ReadonlyMap<number, Candle>,
  keep: number,
): void {
  for (const c of candles) {
    if (!series.engine.push(c, markRange(c, marks.get(c.t)))) continue;
    series.candles.push(c);
    series.lastT = c.t;
  }
  if (series.candles.length > keep) series.candles.splice(0, series.candles.length - keep);
}
