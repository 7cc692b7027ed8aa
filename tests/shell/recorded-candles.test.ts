import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { loadRecordedCandles, RecordedCandlesError } from '../../src/shell/runtime/recorded-candles.ts';

const DATA = join(import.meta.dirname, '../../../shared/data');
const made: string[] = [];
let dir = '';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'recorded-'));
  made.push(dir);
});
afterAll(() => {
  for (const d of made) rmSync(d, { recursive: true });
});

const T0 = 1_700_000_100_000;
const row = (i: number, rest = '10,12,9,11,5'): string => `${T0 + i * 300_000},${rest}`;
const csv = (...rows: string[]): string => ['t,o,h,l,c,v', ...rows, ''].join('\n');
const put = (name: string, text: string): void =>
  writeFileSync(join(dir, name), name.endsWith('.gz') ? gzipSync(text) : text);

const complaint = (text: string): string => {
  put('BTC_5m.csv', text);
  try {
    loadRecordedCandles(dir, 'BTC', '5m');
  } catch (error) {
    if (!(error instanceof RecordedCandlesError)) throw error;
    return error.message.replace(join(dir, 'BTC_5m.csv'), 'FILE');
  }
  return 'no complaint';
};

describe('reading recorded candles', () => {
  test.each([
    ['BTC', 'BTC_5m.csv.gz'],
    ['BTC', 'BTC_5m.csv'],
    ['BTC', 'BTCUSDT_5m.csv.gz'],
    ['BTC', 'utc_BTCUSDT_5m.csv.gz'],
    ['kPEPE', 'kPEPE_5m.csv.gz'],
    ['kPEPE', '1000PEPEUSDT_5m.csv'],
  ])('%s from %s', (coin, name) => {
    put(name, csv(row(0), row(1)));
    const { file, candles, gapNote } = loadRecordedCandles(dir, coin, '5m');
    expect(file).toBe(join(dir, name));
    expect(candles).toEqual([
      { t: T0, o: 10, h: 12, l: 9, c: 11, v: 5 },
      { t: T0 + 300_000, o: 10, h: 12, l: 9, c: 11, v: 5 },
    ]);
    expect(gapNote).toBeNull();
  });

  test('finds columns by name in any order among others, and takes Windows line ends', () => {
    put('ETH_1h.csv', `x,v,c,l,h,o,t\r\n,5,11,9,12,10,3600000\r\n`);
    expect(loadRecordedCandles(dir, 'ETH', '1h').candles).toEqual([
      { t: 3_600_000, o: 10, h: 12, l: 9, c: 11, v: 5 },
    ]);
  });

  test('a gap is noted, not refused', () => {
    put('BTC_5m.csv', csv(row(0), row(2), row(3), row(10)));
    const { candles, gapNote } = loadRecordedCandles(dir, 'BTC', '5m');
    expect(candles).toHaveLength(4);
    expect(gapNote).toMatch(/^BTC_5m\.csv: 7 bars missing in 2 gaps, the longest 6 bars after 2023-11-14T/);
  });

  test.each([
    ['high below close', csv(row(0), row(1, '10,10.5,9,11,5')), 'FILE, line 3, column h: 10.5 is below'],
    ['low above open', csv(row(0, '10,12,10.5,11,5')), 'FILE, line 2, column l: 10.5 is above'],
    ['an empty field', csv(row(0), row(1, '10,12,9,,5')), 'FILE, line 3, column c: "" is not a number'],
    ['a short row', csv(row(0, '10,12,9,11')), 'FILE, line 2, column v: "" is not a number'],
    ['text', csv(row(0, '10,high,9,11,5')), 'FILE, line 2, column h: "high" is not a number'],
    ['infinity', csv(row(0, '10,Infinity,9,11,5')), 'FILE, line 2, column h: "Infinity" is not a number'],
    ['a zero price', csv(row(0, '10,12,0,11,5')), 'FILE, line 2, column l: 0 is not a price'],
    ['a negative volume', csv(row(0, '10,12,9,11,-5')), 'FILE, line 2, column v: -5 is not a volume'],
    ['a time twice', csv(row(0), row(0)), 'FILE, line 3, column t: 1700000100000 does not come after'],
    ['backwards', csv(row(1), row(0)), 'FILE, line 3, column t: 1700000100000 does not come after'],
    [
      'seconds',
      csv('1700000100,10,12,9,11,5'),
      'FILE, line 2, column t: 1700000100 is not the open of a 5 min',
    ],
    ['a missing column', 't,o,h,l,c\n1,2,3,4,5\n', 'FILE, line 1: no column "v" among t, o, h, l, c'],
    ['no rows', csv(), 'FILE: no rows after the header'],
    ['an empty file', '', 'FILE, line 1: no column "t"'],
  ])('refuses %s, naming file, line and column', (_, text, message) => {
    expect(complaint(text)).toContain(message);
  });

  test('says what is there when the coin, the interval or the folder is not', () => {
    put('ETH_5m.csv', csv(row(0)));
    put('ETH_1h_funding.csv.gz', 't,rate\n');
    expect(() => loadRecordedCandles(dir, 'BTC', '5m')).toThrow(/no 5m candles of BTC .* 5m candles of ETH:/);
    expect(() => loadRecordedCandles(dir, 'ETH', '1m')).toThrow(/holds no 1m candles at all/);
    expect(() => loadRecordedCandles(join(dir, 'none'), 'ETH', '1m')).toThrow(/no such folder/);
  });

  test('a broken gzip file is named', () => {
    writeFileSync(join(dir, 'BTC_5m.csv.gz'), gzipSync(csv(row(0))).subarray(0, 20));
    expect(() => loadRecordedCandles(dir, 'BTC', '5m')).toThrow(/BTC_5m\.csv\.gz: not a complete gzip file/);
  });
});

describe.skipIf(!existsSync(DATA))('real recordings (skipped when ../shared/data is absent)', () => {
  test.each([
    ['hl-freqtrade', 'BTC', '5m', 26_000],
    ['hl-freqtrade', 'kPEPE', '5m', 26_000],
    ['hl-freqtrade', 'HYPE', '1h', 4_000],
    ['binance-futures-1m-2025-05', 'ETH', '1m', 60_000],
    ['coinalyze-binance-2024', 'BTC', '5m', 1_440],
    ['binance-um-1h-2020-2024', 'BTC', '1h', 19_000],
  ] as const)('%s %s %s', (folder, coin, interval, rowsMin) => {
    const { candles } = loadRecordedCandles(join(DATA, folder), coin, interval);
    expect(candles.length).toBeGreaterThanOrEqual(rowsMin);
    expect(candles.every((c) => c.h >= c.l && c.v >= 0)).toBe(true);
  });

  test('a known gap is noted', () => {
    const { gapNote } = loadRecordedCandles(join(DATA, 'coinalyze-binance-2024'), 'SOL', '1h');
    expect(gapNote).toMatch(/2 bars missing in 1 gaps, the longest 2 bars after 2024-07-19T08:00/);
  });
});
