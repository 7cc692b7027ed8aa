import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Candle } from '../../../src/core/shared/candle.ts';

/** Real candles kept outside the repository: tests that need them are skipped where they are absent. */
export const HL_5M = '../shared/data/hl-freqtrade';
const DIR = join(import.meta.dirname, '../../..', HL_5M);

export const hasHlCandles = (): boolean => existsSync(join(DIR, 'BTC_5m.csv.gz'));

/** `bars` closed 5 m bars of a Hyperliquid perp from `fromMs` on (all of them by default). */
export function hlCandles(coin: string, fromMs = 0, bars = Infinity): Candle[] {
  const rows = gunzipSync(readFileSync(join(DIR, `${coin}_5m.csv.gz`)))
    .toString()
    .trim()
    .split('\n')
    .slice(1);
  return rows
    .map((row): Candle => {
      const [t = NaN, o = NaN, h = NaN, l = NaN, c = NaN, v = NaN] = row.split(',').map(Number);
      return { t, o, h, l, c, v };
    })
    .filter((k) => k.t >= fromMs)
    .slice(0, bars);
}
