import { buildZoneMap } from '../../core/zones/build-zone-map.ts';
import type { Candle } from '../../core/shared/candle.ts';
import { DEFAULT_MIX, leverageKernel } from '../../core/zones/leverage-kernel.ts';
import { binanceTiers } from '../../core/zones/maintenance-tiers.ts';
import type { MapEngine } from '../../core/zones/map-engine.ts';
import { createMapEngine } from '../../core/zones/map-engine.ts';

const BAR_MS = 300_000;
const MAP_BARS = 1_000;
/** Bars per timing of "one more candle": enough that the clock's own cost vanishes. */
const MORE_BARS = 2_000;

/**
 * Times the map on one core: an engine fed 1,000 five-minute bars and turned into zones (ms), and one more bar on an
 * engine that is warm (µs). Medians of `rounds`; the first rounds are thrown away, they time the compiler.
 * @param clockMs monotonic, with fractions (performance.now)
 */
export function benchZones(clockMs: () => number, rounds = 30): { zoneMapMs: number; zoneCandleUs: number } {
  const candles = wanderingCandles(MAP_BARS + MORE_BARS);
  const kernel = leverageKernel(DEFAULT_MIX, binanceTiers('BTC'));
  const mapMs: number[] = [];
  const candleUs: number[] = [];
  for (let round = 0; round < rounds + 10; round++) {
    const engine = createMapEngine({ kernel, intervalMs: BAR_MS });
    const started = clockMs();
    for (let i = 0; i < MAP_BARS; i++) engine.push(candles[i]!);
    zonesOf(engine, candles[MAP_BARS - 1]!);
    const built = clockMs();
    for (let i = MAP_BARS; i < candles.length; i++) engine.push(candles[i]!);
    const fed = clockMs();
    if (round < 10) continue;
    mapMs.push(built - started);
    candleUs.push(((fed - built) * 1_000) / MORE_BARS);
  }
  return { zoneMapMs: median(mapMs), zoneCandleUs: median(candleUs) };
}

function zonesOf(engine: MapEngine, last: Candle): void {
  const venue = { venue: 'binance', engine, markPx: last.c, openInterestUsd: 1e9 };
  buildZoneMap({ coin: 'BTC', markPx: last.c, nowMs: last.t + BAR_MS, venues: [venue] });
}

/** The same wandering bars every time: about 0.2 % a bar, wicks of the same size. */
function wanderingCandles(count: number): Candle[] {
  let state = 1;
  const next = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647 - 0.5;
  let px = 60_000;
  return Array.from({ length: count }, (_, i) => {
    const o = px;
    px *= 1 + 0.008 * next();
    const wick = 0.002 * Math.abs(next());
    return {
      t: i * BAR_MS,
      o,
      h: Math.max(o, px) * (1 + wick),
      l: Math.min(o, px) * (1 - wick),
      c: px,
      v: 50 + 100 * Math.abs(next()),
    };
  });
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
