import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { LiquidationFill } from '../../core/zones/score/fill-windows.ts';
import type { LiquidationBar } from '../../core/zones/score/hourly-totals.ts';
import { RecordedCandlesError } from './recorded-candles.ts';

/** A CSV's rows as objects by column name; an empty field is undefined. */
function readTable(file: string, columns: readonly string[]): Record<string, string | undefined>[] {
  const bytes = readFileSync(file);
  const text = file.endsWith('.gz') ? gunzipSync(bytes).toString('utf8') : bytes.toString('utf8');
  const [header = '', ...rows] = text.trim().split('\n');
  const names = header.trim().split(',');
  const missing = columns.filter((c) => !names.includes(c));
  if (missing.length > 0)
    throw new RecordedCandlesError(
      `${file}, line 1: no column ${missing.join(', ')} among ${names.join(', ')}`,
    );
  return rows.map((row) => {
    const fields = row.trim().split(',');
    return Object.fromEntries(columns.map((c) => [c, fields[names.indexOf(c)] || undefined]));
  });
}

function numberIn(
  file: string,
  row: Record<string, string | undefined>,
  line: number,
  column: string,
): number {
  const value = Number(row[column] ?? Number.NaN);
  if (!Number.isFinite(value))
    throw new RecordedCandlesError(
      `${file}, line ${line}, column ${column}: "${row[column] ?? ''}" is not a number`,
    );
  return value;
}

const HOURLY = /^utc_([A-Z0-9]+)USDT_1h\.csv(\.gz)?$/;
const HOURLY_COLUMNS = ['t', 'o', 'h', 'l', 'c', 'v', 'liq_long', 'liq_short'] as const;

/**
 * Hourly bars with liquidated coins, by coin, from files named utc_<COIN>USDT_1h.csv.gz. An empty liq_* field is an
 * hour in which none was reported: 0. Empty map when the folder holds no such files.
 */
export function loadHourlyLiquidations(dir: string): Map<string, LiquidationBar[]> {
  const out = new Map<string, LiquidationBar[]>();
  for (const name of readdirSync(dir).sort()) {
    const coin = HOURLY.exec(name)?.[1];
    if (coin === undefined) continue;
    const file = join(dir, name);
    const bars = readTable(file, HOURLY_COLUMNS).map((row, i): LiquidationBar => {
      const at = (column: string): number => numberIn(file, row, i + 2, column);
      return {
        t: at('t'),
        o: at('o'),
        h: at('h'),
        l: at('l'),
        c: at('c'),
        v: at('v'),
        liquidatedLong: row['liq_long'] === undefined ? 0 : at('liq_long'),
        liquidatedShort: row['liq_short'] === undefined ? 0 : at('liq_short'),
      };
    });
    out.set(coin, bars);
  }
  return out;
}

const FILLS = 'liquidation_events';
const FILL_COLUMNS = ['t', 'coin', 'size_usd', 'price'] as const;

/** Single liquidations by coin, oldest first, from liquidation_events.csv.gz; empty map when the folder holds none. */
export function loadLiquidationFills(dir: string): Map<string, LiquidationFill[]> {
  const out = new Map<string, LiquidationFill[]>();
  const file = [`${FILLS}.csv.gz`, `${FILLS}.csv`].map((n) => join(dir, n)).find((f) => existsSync(f));
  if (file === undefined) return out;
  for (const [i, row] of readTable(file, FILL_COLUMNS).entries()) {
    const at = (column: string): number => numberIn(file, row, i + 2, column);
    const fill = { t: at('t'), px: at('price'), usd: at('size_usd') };
    const coin = row['coin'] ?? '';
    const known = out.get(coin);
    if (known === undefined) out.set(coin, [fill]);
    else known.push(fill);
  }
  for (const fills of out.values()) fills.sort((a, b) => a.t - b.t);
  return out;
}
