// Whether the 1m timeframe ranks what price does next, on recorded minutes of Binance's perpetuals, beside 5m and 1h at
// the same moments:
//   node scripts/one-minute-signals.ts FOLDER [COIN,COIN…]
// Looks every half hour, two minutes after a bar has closed, so that there are running minutes. Days are the unit of the error.
import type { Candle } from '../src/core/shared/candle.ts';
import { mergeBars } from '../src/core/shared/merge-bars.ts';
import { buildZoneMap } from '../src/core/zones/build-zone-map.ts';
import { DEFAULT_MIX, leverageKernel } from '../src/core/zones/leverage-kernel.ts';
import { binanceTiers } from '../src/core/zones/maintenance-tiers.ts';
import { createMapEngine } from '../src/core/zones/map-engine.ts';
import { ranksOf } from '../src/core/zones/score/rank-statistics.ts';
import { signalsOf } from '../src/core/zones/signals/signals-of.ts';
import { loadRecordedCandles } from '../src/shell/runtime/recorded-candles.ts';

const MINUTE = 60_000;
const BAR = 5 * MINUTE;
const WARM_UP_BARS = 2_016;
/** A look every half hour. */
const EVERY_BARS = 6;
/** Minutes of the running bar that are known at a look. */
const RUNNING = 2;
const AHEAD_MIN = [15, 60] as const;

export interface MinuteRow {
  day: number;
  /** Return of the next 15 and 60 minutes, fraction. */
  next: readonly number[];
  /** By "1m bias", "1m rsi"…: score × strength, and the bias of each timeframe. */
  scores: Map<string, number>;
}

/** Looks at a coin's recording, every half hour of it, from a week after its beginning on. */
export function minuteRows(dir: string, coin: string): MinuteRow[] {
  const { candles: minutes } = loadRecordedCandles(dir, coin, '1m');
  const bars = mergeBars(minutes, BAR);
  const engine = createMapEngine({
    kernel: leverageKernel(DEFAULT_MIX, binanceTiers(coin)),
    intervalMs: BAR,
  });
  const at = new Map(minutes.map((m, i) => [m.t, i]));
  const rows: MinuteRow[] = [];
  for (const [i, bar] of bars.entries()) {
    engine.push(bar);
    const nowMs = bar.t + BAR + RUNNING * MINUTE;
    const last = at.get(nowMs - MINUTE);
    const later = AHEAD_MIN.map((min) => minutes[at.get(nowMs + (min - 1) * MINUTE) ?? -1]);
    if (i < WARM_UP_BARS || i % EVERY_BARS !== 0 || last === undefined) continue;
    if (later.some((m) => m === undefined)) continue;
    const known = minutes.slice(Math.max(0, last - 239), last + 1);
    const px = known.at(-1)?.c ?? Number.NaN;
    const scores = scoresAt(coin, {
      engine,
      bars: bars.slice(Math.max(0, i - 1_499), i + 1),
      known,
      px,
      nowMs,
    });
    if (scores !== null)
      rows.push({
        day: Math.floor(nowMs / 86_400_000),
        next: later.map((m) => (m?.c ?? Number.NaN) / px - 1),
        scores,
      });
  }
  return rows;
}

function scoresAt(
  coin: string,
  o: {
    engine: ReturnType<typeof createMapEngine>;
    bars: readonly Candle[];
    known: readonly Candle[];
    px: number;
    nowMs: number;
  },
): Map<string, number> | null {
  const { engine, known, px, nowMs } = o;
  const venues = [{ venue: 'hyperliquid', engine, markPx: px, openInterestUsd: null }];
  const built = buildZoneMap({ coin, markPx: px, nowMs, venues, minutes: known.slice(-20) });
  const fromMs = known[0]?.t ?? nowMs;
  if (!built.ok) return null;
  const found = signalsOf({
    map: built.value,
    candles: o.bars,
    fundingHourlyFraction: null,
    nowMs,
    minutes: { fromMs, toMs: nowMs, bars: known },
  });
  const scores = new Map<string, number>();
  for (const f of found.timeframes) {
    scores.set(`${f.timeframe} bias`, f.bias);
    for (const c of f.cards) scores.set(`${f.timeframe} ${c.name}`, c.score * c.strength);
  }
  return scores;
}

function standardised(values: readonly number[]): readonly number[] | null {
  const ranks = ranksOf(values);
  const mean = ranks.reduce((a, b) => a + b, 0) / ranks.length;
  const sd = Math.sqrt(ranks.reduce((a, b) => a + (b - mean) ** 2, 0) / ranks.length);
  return sd === 0 ? null : Array.from(ranks, (r) => (r - mean) / sd);
}

export interface Correlation {
  name: string;
  aheadMin: number;
  rho: number;
  /** With days as the unit: one bad day holds many looks and coins. */
  se: number;
}

/** Rank correlation of every score with the next returns; scores that never vary are left out. */
export function correlations(rows: readonly MinuteRow[]): Correlation[] {
  return AHEAD_MIN.flatMap((aheadMin, h) => {
    const y = standardised(rows.map((r) => r.next[h] ?? 0));
    return [...(rows[0]?.scores.keys() ?? [])].flatMap((name): Correlation[] => {
      const x = standardised(rows.map((r) => r.scores.get(name) ?? 0));
      if (x === null || y === null) return [];
      const days = new Map<number, number>();
      for (const [i, { day }] of rows.entries())
        days.set(day, (days.get(day) ?? 0) + ((x[i] ?? 0) * (y[i] ?? 0)) / rows.length);
      const rho = [...days.values()].reduce((a, b) => a + b, 0);
      const se = Math.sqrt([...days.values()].reduce((a, d) => a + (d - rho / days.size) ** 2, 0));
      return [{ name, aheadMin, rho, se }];
    });
  });
}

if (import.meta.main) {
  const [dir = '', coins = 'ADA,AVAX,BCH,BNB,BTC,ENA,ETC,ETH,LAYER,LINK,LTC,SOL,SUI,XLM,XMR,XRP'] =
    process.argv.slice(2);
  const rows = coins.split(',').flatMap((coin) => minuteRows(dir, coin));
  const days = new Set(rows.map((r) => r.day)).size;
  process.stdout.write(`${rows.length} looks on ${days} days\n`);
  for (const c of correlations(rows))
    process.stdout.write(
      `${c.name.padEnd(24)} ${String(c.aheadMin).padStart(2)} min  ${c.rho.toFixed(3)} ± ${c.se.toFixed(3)}${Math.abs(c.rho) > 2 * c.se ? '  *' : ''}\n`,
    );
}
