import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Candle } from '../../core/shared/candle.ts';

/** Bar lengths a recording may have, ms, by the spelling used in file names. */
const RECORDED_MS = { '1m': 60_000, '5m': 300_000, '15m': 900_000, '1h': 3_600_000 } as const;

export type RecordedInterval = keyof typeof RECORDED_MS;

export interface RecordedCandles {
  /** Path of the file read. */
  file: string;
  candles: Candle[];
  /** One line for people when bars are missing, else null. A gap is allowed: the price stands still over it. */
  gapNote: string | null;
}

/** The recording cannot be used. The message names the file, the line and column, and what to do. */
export class RecordedCandlesError extends Error {
  override name = 'RecordedCandlesError';
}

const COLUMNS = ['t', 'o', 'h', 'l', 'c', 'v'] as const;

/** Names a recording of the coin may go by, best first. Binance counts thousands as 1000PEPE, Hyperliquid as kPEPE. */
function candidates(coin: string, interval: RecordedInterval): string[] {
  const symbol = `${coin.replace(/^k(?=[A-Z])/, '1000')}USDT`;
  return [`${coin}_${interval}`, `${symbol}_${interval}`, `utc_${symbol}_${interval}`].flatMap((name) => [
    `${name}.csv.gz`,
    `${name}.csv`,
  ]);
}

/** Those of `coins` that the folder has a recording of. */
export const recordedCoins = (dir: string, coins: readonly string[], interval: RecordedInterval): string[] =>
  coins.filter((coin) => candidates(coin, interval).some((name) => existsSync(join(dir, name))));

function findFile(dir: string, coin: string, interval: RecordedInterval): string {
  if (!existsSync(dir))
    throw new RecordedCandlesError(`${dir}: no such folder; give one that holds candle files`);
  const names = candidates(coin, interval);
  const found = names.find((name) => existsSync(join(dir, name)));
  if (found !== undefined) return join(dir, found);
  const there = readdirSync(dir).flatMap((name) => {
    const coinThere = /^(?:utc_)?(.+?)_(\w+)\.csv(?:\.gz)?$/.exec(name);
    return coinThere?.[2] === interval ? [coinThere[1]] : [];
  });
  const offer =
    there.length > 0
      ? `it holds ${interval} candles of ${there.join(', ')}: choose one of them`
      : `it holds no ${interval} candles at all: choose another interval or folder`;
  throw new RecordedCandlesError(
    `${dir}: no ${interval} candles of ${coin} (looked for ${names.join(', ')}); ${offer}`,
  );
}

function readText(file: string): string {
  const bytes = readFileSync(file);
  if (!file.endsWith('.gz')) return bytes.toString('utf8');
  try {
    return gunzipSync(bytes).toString('utf8');
  } catch {
    throw new RecordedCandlesError(`${file}: not a complete gzip file; copy or download it again`);
  }
}

function columnsOf(file: string, header: string): number[] {
  const names = header.trim().split(',');
  return COLUMNS.map((name) => {
    const index = names.indexOf(name);
    if (index < 0)
      throw new RecordedCandlesError(
        `${file}, line 1: no column "${name}" among ${names.join(', ')}; the header must name t (ms, UTC, open of the bar), o, h, l, c and v (coins)`,
      );
    return index;
  });
}

/** What is wrong with a bar: [column, complaint and fix], or undefined. */
function faultOf(bar: Candle, before: Candle | undefined, intervalMs: number): [string, string] | undefined {
  for (const name of ['o', 'h', 'l', 'c'] as const)
    if (bar[name] <= 0) return [name, `${bar[name]} is not a price; remove the row`];
  if (bar.v < 0) return ['v', `${bar.v} is not a volume; remove the row`];
  if (bar.h < Math.max(bar.o, bar.c)) return ['h', `${bar.h} is below open or close; remove the row`];
  if (bar.l > Math.min(bar.o, bar.c)) return ['l', `${bar.l} is above open or close; remove the row`];
  if (bar.t % intervalMs !== 0)
    return [
      't',
      `${bar.t} is not the open of a ${intervalMs / 60_000} min bar in ms; check the unit and the file name`,
    ];
  if (before !== undefined && bar.t <= before.t)
    return ['t', `${bar.t} does not come after ${before.t}; sort the rows by t and drop doubles`];
  return undefined;
}

function parseRow(file: string, line: number, row: string, columns: readonly number[]): Candle {
  const fields = row.split(',');
  const value = (i: number): number => {
    const text = fields[columns[i] ?? -1]?.trim();
    const number = Number(text);
    // An empty field is missing, never 0.
    if (text === undefined || text === '' || !Number.isFinite(number))
      throw new RecordedCandlesError(
        `${file}, line ${line}, column ${COLUMNS[i]}: "${text ?? ''}" is not a number; fill it in or remove the row`,
      );
    return number;
  };
  return { t: value(0), o: value(1), h: value(2), l: value(3), c: value(4), v: value(5) };
}

function gapNoteOf(file: string, candles: readonly Candle[], intervalMs: number): string | null {
  let gaps = 0;
  let bars = 0;
  let longest = { bars: 0, afterMs: 0 };
  for (let i = 1; i < candles.length; i++) {
    const afterMs = candles[i - 1]?.t ?? 0;
    const missing = ((candles[i]?.t ?? 0) - afterMs) / intervalMs - 1;
    if (missing <= 0) continue;
    gaps += 1;
    bars += missing;
    if (missing > longest.bars) longest = { bars: missing, afterMs };
  }
  if (gaps === 0) return null;
  const when = new Date(longest.afterMs).toISOString();
  return `${basename(file)}: ${bars} bars missing in ${gaps} gaps, the longest ${longest.bars} bars after ${when}; the price stands still over them`;
}

/**
 * Reads one coin's recorded candles: CSV with a header, plain or gzip, columns found by name, others ignored.
 * @throws RecordedCandlesError when there is no such file or any row is not a valid bar
 */
export function loadRecordedCandles(dir: string, coin: string, interval: RecordedInterval): RecordedCandles {
  const file = findFile(dir, coin, interval);
  const intervalMs = RECORDED_MS[interval];
  const [header = '', ...rows] = readText(file).split('\n');
  const columns = columnsOf(file, header);
  const candles: Candle[] = [];
  for (const [i, row] of rows.entries()) {
    if (row.trim() === '') continue;
    const bar = parseRow(file, i + 2, row, columns);
    const fault = faultOf(bar, candles.at(-1), intervalMs);
    if (fault !== undefined)
      throw new RecordedCandlesError(`${file}, line ${i + 2}, column ${fault[0]}: ${fault[1]}`);
    candles.push(bar);
  }
  if (candles.length === 0)
    throw new RecordedCandlesError(`${file}: no rows after the header; download it again`);
  return { file, candles, gapNote: gapNoteOf(file, candles, intervalMs) };
}
