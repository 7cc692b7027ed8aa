// Nobody has shown that a signal predicts price, and on recorded bars none does. If one suddenly did, the first thing
// to look for would be a bar of the future in its input.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildZoneMap } from '../../../../src/core/zones/build-zone-map.ts';
import { DEFAULT_MIX, leverageKernel } from '../../../../src/core/zones/leverage-kernel.ts';
import { hyperliquidTiers } from '../../../../src/core/zones/maintenance-tiers.ts';
import { createMapEngine } from '../../../../src/core/zones/map-engine.ts';
import { ranksOf } from '../../../../src/core/zones/score/rank-statistics.ts';
import { signalsOf } from '../../../../src/core/zones/signals/signals-of.ts';
import { loadRecordedCandles } from '../../../../src/shell/runtime/recorded-candles.ts';

const DIR = join(import.meta.dirname, '../../../../../shared/data/hl-freqtrade');
const COINS = ['BTC', 'ETH', 'SOL', 'DOGE'];
const BAR = 300_000;
const HOUR_BARS = 12;

interface Row {
  day: number;
  nextHour: number;
  scores: Map<string, number>;
}

function rowsOf(coin: string): Row[] {
  const { candles } = loadRecordedCandles(DIR, coin, '5m');
  const kernel = leverageKernel(DEFAULT_MIX, hyperliquidTiers(coin));
  const engine = createMapEngine({ kernel, intervalMs: BAR });
  const rows: Row[] = [];
  for (const [i, c] of candles.entries()) {
    engine.push(c);
    const later = candles[i + HOUR_BARS];
    if (i < 2_016 || i % 24 !== 0 || later?.t !== c.t + HOUR_BARS * BAR) continue;
    const nowMs = c.t + BAR;
    const venues = [{ venue: 'hyperliquid', engine, markPx: c.c, openInterestUsd: null }];
    const built = buildZoneMap({ coin, markPx: c.c, nowMs, venues });
    if (!built.ok) continue;
    const bars = candles.slice(Math.max(0, i - 1_499), i + 1);
    const found = signalsOf({ map: built.value, candles: bars, fundingHourlyFraction: null, nowMs });
    const scores = new Map<string, number>();
    for (const f of found.timeframes) {
      scores.set(`${f.timeframe} bias`, f.bias);
      for (const k of f.cards) scores.set(`${f.timeframe} ${k.name}`, k.score * k.strength);
    }
    rows.push({ day: Math.floor(c.t / 86_400_000), nextHour: later.c / c.c - 1, scores });
  }
  return rows;
}

function standardised(values: readonly number[]): Float64Array | null {
  const ranks = ranksOf(values);
  const mean = ranks.reduce((a, b) => a + b, 0) / ranks.length;
  const sd = Math.sqrt(ranks.reduce((a, b) => a + (b - mean) ** 2, 0) / ranks.length);
  return sd === 0 ? null : ranks.map((r) => (r - mean) / sd);
}

/** Rank correlation and its standard error with days as the unit: one bad day holds many hours and coins. */
function byDay(rows: readonly Row[], x: Float64Array, y: Float64Array): { rho: number; se: number } {
  const days = new Map<number, number>();
  for (const [i, { day }] of rows.entries())
    days.set(day, (days.get(day) ?? 0) + ((x[i] ?? 0) * (y[i] ?? 0)) / rows.length);
  const rho = [...days.values()].reduce((a, b) => a + b, 0);
  const spread = [...days.values()].reduce((a, d) => a + (d - rho / days.size) ** 2, 0);
  return { rho, se: Math.sqrt(spread) };
}

describe.skipIf(!existsSync(DIR))('recorded bars (skipped without the shared data folder)', () => {
  test('no card and no bias ranks the next hour: every correlation is within 4 standard errors of 0, and small', () => {
    const rows = COINS.flatMap(rowsOf);
    expect(rows.length).toBeGreaterThan(3_000);
    const next = standardised(rows.map((r) => r.nextHour));
    const names = [...(rows[0]?.scores.keys() ?? [])];
    const looked = names.flatMap((name) => {
      const x = standardised(rows.map((r) => r.scores.get(name) ?? 0));
      return x === null || next === null ? [] : [{ name, ...byDay(rows, x, next) }];
    });
    expect(looked.length).toBeGreaterThan(12);
    expect(looked.filter((l) => Math.abs(l.rho) > 4 * l.se || Math.abs(l.rho) > 0.1)).toEqual([]);
  });

  test('the check itself would notice: what is known only an hour later stands out', () => {
    const rows = rowsOf('BTC');
    const next = standardised(rows.map((r) => r.nextHour)) ?? new Float64Array();
    const leaked = standardised(rows.map((r, i) => r.nextHour + (i % 2 === 0 ? 0.01 : -0.01))) ?? next;
    const { rho, se } = byDay(rows, leaked, next);
    expect(rho).toBeGreaterThan(4 * se);
    expect(rho).toBeGreaterThan(0.1);
  });
});
