// A process of its own for bench-zones-memory: `node --expose-gc zones-memory.ts` prints one line of figures. Fifty coins
// on four venues with 30 days of five-minute bars each, through the market book, then 24 hours more.
import type { MarketSource } from '../../../app/ports.ts';
import { createMarketBook } from '../../../app/market-book.ts';
import type { Candle } from '../../../core/shared/candle.ts';
import { COIN_PARAMS } from '../../../core/shared/coin-params.ts';

const BAR_MS = 300_000;
const DAY_BARS = 288;
const BARS = 30 * DAY_BARS;
const COINS = 50;
const MB = 1_048_576;
const VENUES = ['hyperliquid', 'binance', 'bybit', 'okx'] as const;
const START_MS = Date.UTC(2026, 0, 15);
const collect = globalThis.gc;
if (collect === undefined) throw new Error('run with --expose-gc');

const coins = Array.from({ length: COINS }, (_, i) => COIN_PARAMS[i]?.coin ?? `COIN${i}`);
let nowMs = START_MS;

/** A wandering price without memory of its own: what is measured is the book. */
const pxAt = (coin: number, t: number): number =>
  100 *
  (1 +
    0.08 * Math.sin(t / BAR_MS / 900 + coin) +
    0.03 * Math.sin(t / BAR_MS / 70 + 2 * coin) +
    0.006 * Math.sin(t / BAR_MS / 3 + 3 * coin));

function barAt(coin: number, t: number): Candle {
  const [o, c] = [pxAt(coin, t), pxAt(coin, t + BAR_MS)];
  return { t, o, h: Math.max(o, c) * 1.001, l: Math.min(o, c) * 0.999, c, v: 1_000 + (t % 7_919) };
}

const sourceOf = (venue: (typeof VENUES)[number]): MarketSource => ({
  venue,
  marks: async (list) =>
    list.map((coin) => ({
      coin,
      markPx: pxAt(coins.indexOf(coin), nowMs),
      openInterestUsd: 1e8,
      fundingHourlyFraction: 0,
    })),
  candles: async (coin, startMs, endMs) => {
    const first = Math.ceil(startMs / BAR_MS) * BAR_MS;
    const count = Math.max(0, Math.ceil((endMs - first) / BAR_MS));
    return Array.from({ length: count }, (_, i) => barAt(coins.indexOf(coin), first + i * BAR_MS));
  },
});

const used = (): { heapMb: number; arraysMb: number } => {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heapMb: heapUsed / MB, arraysMb: arrayBuffers / MB };
};

const before = used();
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const book = createMarketBook({
  clock: { nowMs: () => nowMs, sleep: () => new Promise((resolve) => void setImmediate(resolve)) },
  log: silent,
  sources: VENUES.map(sourceOf),
  coins,
  meta: () => new Map(),
  backfillBars: BARS,
});
await book.refresh();
const after = used();
const rebuildMs: number[] = [];
for (let hour = 0; hour < 24; hour++) {
  nowMs += 12 * BAR_MS;
  const startedMs = performance.now();
  await book.refresh();
  rebuildMs.push(performance.now() - startedMs);
}
const later = used();
const missing = coins.filter((c) => book.zoneMap(c)?.sources.length !== VENUES.length);
if (missing.length > 0) throw new Error(`no whole map of ${missing.join(', ')}`);
process.stdout.write(
  `${JSON.stringify({
    heapMb: after.heapMb - before.heapMb,
    arraysMb: after.arraysMb - before.arraysMb,
    growthMb: later.heapMb + later.arraysMb - after.heapMb - after.arraysMb,
    rebuildMs: rebuildMs.toSorted((a, b) => a - b)[rebuildMs.length >> 1],
  })}\n`,
);
