import { expect, test } from 'vitest';
import { coinReport } from '../../../src/core/review/report.ts';
import type { CoinSignals, TimeframeSignals } from '../../../src/core/zones/signals/types.ts';
import { bars, mapOf, T0, zone } from './signals/example-map.ts';

const on = (
  timeframe: TimeframeSignals['timeframe'],
  direction: TimeframeSignals['direction'],
): TimeframeSignals => ({ timeframe, direction, cards: [], bias: 0 });

const reportOf = (
  timeframes: TimeframeSignals[],
  over: Partial<Pick<CoinSignals, 'unknown' | 'agreement'>> = {},
) => {
  const map = mapOf([zone('long', 100, 1e6), zone('short', 150, 1e6)]);
  return coinReport({
    map,
    signals: {
      coin: 'BTC',
      asOfMs: T0,
      markPx: 100,
      timeframes,
      unknown: [],
      agreement: 'conflicted',
      confidence: 0,
      ...over,
    },
    candles: bars(100, () => 100),
    feeds: [],
    dataSource: 'test',
    nowMs: T0,
    accuracy: null,
    realised: null,
    ratios: [],
    openInterest: [],
  });
};

test('5m against 1h: no entry; 1m against both: said, but an entry is not refused for it', () => {
  expect(reportOf([on('1m', 'up'), on('5m', 'up'), on('1h', 'down')]).risk).toMatch(
    /^timeframes point apart: no entry/,
  );
  expect(reportOf([on('1m', 'down'), on('5m', 'up'), on('1h', 'up')]).risk).toMatch(
    /^1m points against the other timeframes/,
  );
  expect(reportOf([on('1m', 'up'), on('5m', 'up'), on('1h', 'up')], { agreement: 'agree' }).risk).not.toMatch(
    /point/,
  );
});

test('every timeframe that is known is listed, and one that is not is named with why', () => {
  const known = reportOf([on('1m', 'up'), on('5m', 'up'), on('1h', 'up')]);
  expect(known.bias.timeframes.map((f) => f.timeframe)).toEqual(['1m', '5m', '1h']);
  expect(known.notAvailable.some((n) => n.signal.includes('1m'))).toBe(false);
  const unknown = [{ timeframe: '1m' as const, why: 'no one-minute bars are read' }];
  expect(reportOf([on('5m', 'up'), on('1h', 'up')], { unknown }).notAvailable.at(-1)).toEqual({
    signal: 'the 1m timeframe',
    needs: 'one-minute bars (no one-minute bars are read)',
  });
});
