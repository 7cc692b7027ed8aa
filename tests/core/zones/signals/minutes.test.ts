import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Candle } from '../../../../src/core/shared/candle.ts';
import type { MinuteBars } from '../../../../src/core/zones/signals/minutes.ts';
import {
  mapByMinute,
  MINUTES_STALE_MS,
  whyMinutesUnknown,
} from '../../../../src/core/zones/signals/minutes.ts';
import { signalsOf } from '../../../../src/core/zones/signals/signals-of.ts';
import { CYCLE_MS, LOOKBACKS, MINUTE_LOOKBACKS } from '../../../../src/core/zones/signals/thresholds.ts';
import type { Sweep } from '../../../../src/core/zones/types.ts';
import { BAR, bars, mapOf, T0, zone } from './example-map.ts';

const MINUTE = 60_000;
/** Minutes from `fromMs` on with these lows; highs stay at 100. */
const lows = (fromMs: number, list: readonly number[]): Candle[] =>
  list.map((l, i) => ({ t: fromMs + i * MINUTE, o: 100, h: 100, l, c: 100, v: 1 }));
const highs = (fromMs: number, list: readonly number[]): Candle[] =>
  list.map((h, i) => ({ t: fromMs + i * MINUTE, o: 100, h, l: 100, c: 100, v: 1 }));
const known = (list: Candle[], fromMs = T0 - 3_600_000, toMs = T0): MinuteBars => ({
  fromMs,
  toMs,
  bars: list,
});
const swept = (over: Partial<Sweep> = {}): Sweep => ({
  t: T0 - BAR,
  side: 'long',
  notionalUsd: 1_000,
  loPx: 96,
  hiPx: 99,
  ...over,
});

describe('whether the last minutes are known', () => {
  const look = MINUTE_LOOKBACKS.day;
  test.each<[string, MinuteBars | null, number, string | null]>([
    ['nobody reads them', null, T0, 'no one-minute bars are read'],
    ['an hour up to now', known([]), T0, null],
    ['just not too old', known([]), T0 + MINUTES_STALE_MS, null],
    ['too old', known([]), T0 + MINUTES_STALE_MS + 1_000, 'the newest minute known ended 151 s ago'],
    ['exactly the look-back', known([], T0 - 15 * MINUTE), T0, null],
    ['a minute less', known([], T0 - 14 * MINUTE), T0, 'only 14 of 15 minutes are known'],
  ])('%s', (_, minutes, nowMs, why) => expect(whyMinutesUnknown(minutes, look, nowMs)).toBe(why));
});

describe('a five-minute sweep told by the minute', () => {
  const take = (s: Sweep, minutes: Candle[]) =>
    mapByMinute(mapOf([], { sweeps: [s] }), known(minutes), MINUTE_LOOKBACKS.day).sweeps;

  test('each minute takes the new part of the way: 99 → 97.98… → 96 are a third and two thirds', () => {
    // In log price: ln(99/96) = 0.030772; a third of it ends at 99 · (96/99)^(1/3) = 97.9894.
    const px = 99 * (96 / 99) ** (1 / 3);
    const [a, b, ...rest] = take(swept(), lows(T0 - BAR, [100, px, 99.5, 95, 94]));
    expect(rest).toEqual([]);
    expect(a).toMatchObject({ t: T0 - 4 * MINUTE, side: 'long', hiPx: 99 });
    expect(a!.notionalUsd).toBeCloseTo(1_000 / 3, 6);
    expect(a!.loPx).toBeCloseTo(px, 9);
    expect(b).toMatchObject({ t: T0 - 2 * MINUTE });
    expect(b!.notionalUsd).toBeCloseTo(2_000 / 3, 6);
    expect(b!.loPx).toBeCloseTo(96, 9);
  });

  test('what no minute reached goes to the first: another venue swept it', () => {
    expect(take(swept(), lows(T0 - BAR, [100, 99.5]))).toEqual([swept()]);
    expect(take(swept(), [])).toEqual([swept()]);
  });

  test('one level goes to the first minute that was there', () => {
    const s = swept({ loPx: 98, hiPx: 98 });
    expect(take(s, lows(T0 - BAR, [99, 98, 97]))).toEqual([{ ...s, t: T0 - 4 * MINUTE }]);
  });

  test('the whole is kept, within its bar and range; and shorts are the mirror image of longs', () => {
    const depth = fc.double({ min: -0.05, max: 0.05, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(depth, { minLength: 0, maxLength: 5 }),
        fc.double({ min: 0.0001, max: 0.03, noNaN: true }),
        fc.double({ min: 0, max: 0.03, noNaN: true }),
        (depths, near, width) => {
          const long = swept({ hiPx: 100 * Math.exp(-near), loPx: 100 * Math.exp(-near - width) });
          const short = swept({
            side: 'short',
            loPx: 100 * Math.exp(near),
            hiPx: 100 * Math.exp(near + width),
          });
          const below = take(
            long,
            lows(
              T0 - BAR,
              depths.map((d) => 100 * Math.exp(-d)),
            ),
          );
          const above = take(
            short,
            highs(
              T0 - BAR,
              depths.map((d) => 100 * Math.exp(d)),
            ),
          );
          expect(below.reduce((sum, s) => sum + s.notionalUsd, 0)).toBeCloseTo(1_000, 6);
          for (const s of below) {
            expect(s.t).toBeGreaterThanOrEqual(T0 - BAR);
            expect(s.t).toBeLessThan(T0);
            expect(s.loPx).toBeGreaterThanOrEqual(long.loPx * (1 - 1e-9));
            expect(s.hiPx).toBeLessThanOrEqual(long.hiPx * (1 + 1e-9));
          }
          // A level on the edge itself may fall either way by the last digit of the logarithm.
          fc.pre(depths.every((d) => Math.abs(d - near) > 1e-9 && Math.abs(d - near - width) > 1e-9));
          expect(above.length).toBe(below.length);
          for (const [i, s] of above.entries()) {
            expect(s.t).toBe(below[i]!.t);
            expect(s.notionalUsd).toBeCloseTo(below[i]!.notionalUsd, 6);
          }
        },
      ),
    );
  });

  test('minutes since the newest bar come as they are, but for those that are not known yet', () => {
    const running = [swept({ t: T0 }), swept({ t: T0 + MINUTE })];
    const map = mapByMinute(
      mapOf([], { runningSweeps: running }),
      known([], T0 - BAR, T0 + MINUTE),
      MINUTE_LOOKBACKS.day,
    );
    expect(map.sweeps).toEqual([running[0]]);
    expect(map.asOfMs).toBe(T0 + MINUTE);
  });
});

describe('the 1m timeframe', () => {
  const zones = [zone('long', 50, 500_000), zone('short', 300, 500_000)];
  const minutes = known(
    lows(
      T0 - 3_600_000,
      Array.from({ length: 60 }, () => 99.9),
    ),
  );
  const look = (over: Parameters<typeof signalsOf>[0] | Record<string, unknown> = {}) =>
    signalsOf({ map: mapOf(zones), candles: [], fundingHourlyFraction: null, nowMs: T0, ...over });

  test('is there when the minutes are known, before 5m and 1h; else it is named with why', () => {
    expect(look().timeframes.map((f) => f.timeframe)).toEqual(['5m', '1h']);
    expect(look().unknown).toEqual([{ timeframe: '1m', why: 'no one-minute bars are read' }]);
    const s = look({ minutes });
    expect(s.timeframes.map((f) => f.timeframe)).toEqual(['1m', '5m', '1h']);
    expect(s.unknown).toEqual([]);
    expect(look({ minutes, nowMs: T0 + 300_000 }).unknown[0]?.why).toMatch(/300 s ago/);
  });

  test('has the same cards as 5m but the speed of reported liquidations, which steps of five minutes measure', () => {
    const [one, five] = look({ minutes }).timeframes;
    expect(one?.cards.map((c) => c.name)).toEqual(
      five?.cards.map((c) => c.name).filter((n) => n !== 'liquidation-velocity'),
    );
  });

  test('agreement is of all that are known: one against the others is a conflict, three alike agree', () => {
    const up = look({ minutes, map: mapOf([zone('short', 50, 500_000)]) });
    expect(up.timeframes.map((f) => f.direction)).toEqual(['up', 'up', 'up']);
    expect(up.agreement).toBe('agree');
    const falling = known(lows(T0 - 3_600_000, []), T0 - 3_600_000);
    falling.bars = bars(60, (i) => 100 + i / 10).map((c, i) => ({ ...c, t: T0 - (60 - i) * MINUTE }));
    const apart = look({
      minutes: falling,
      map: mapOf([zone('short', 250, 500_000)], { maxPain: { long: null, short: null } }),
    });
    expect(apart.timeframes.map((f) => f.direction)).toEqual(['down', 'up', 'up']);
    expect(apart).toMatchObject({ agreement: 'conflicted', confidence: 0 });
  });

  test('its oscillator runs on minutes: 15 closes that only rise are overbought, five-minute bars are not asked', () => {
    const rising = bars(20, (i) => 100 + i).map((c, i) => ({ ...c, t: T0 - (20 - i) * MINUTE }));
    const rsi = (s: ReturnType<typeof look>, n: number) =>
      s.timeframes[n]?.cards.find((c) => c.name === 'rsi');
    const s = look({ minutes: known(rising) });
    expect(rsi(s, 0)).toMatchObject({ state: 'overbought', numbers: { rsi: 100 } });
    expect(rsi(s, 1)).toMatchObject({ state: 'none' });
  });

  test('a sweep that has run out within five minutes is fading on 1m while 5m still sees it run', () => {
    const map = mapOf(zones, {
      sweeps: [swept({ t: T0 - BAR, notionalUsd: 100_000 })],
      reachUsd: { long: 100_000, short: 100_000 },
    });
    const s = look({ map, minutes: known(lows(T0 - BAR, [97.5, 96, 99, 99.5, 100])) });
    const velocity = s.timeframes.map((f) => f.cards.find((c) => c.name === 'sweep-velocity')?.state);
    expect(velocity.slice(0, 2)).toEqual(['fading', 'running']);
  });

  test('looks nearer and shorter than 5m in every mode, and modes look from near to far', () => {
    for (const mode of ['scalp', 'day', 'swing'] as const) {
      const [five] = LOOKBACKS[mode];
      expect(MINUTE_LOOKBACKS[mode].reach).toBeLessThan(five!.reach);
      expect(MINUTE_LOOKBACKS[mode].windowMs).toBeLessThan(five!.windowMs);
    }
    const rising = (xs: number[]) => xs.toSorted((a, b) => a - b);
    for (const of of [
      [MINUTE_LOOKBACKS.scalp, MINUTE_LOOKBACKS.day, MINUTE_LOOKBACKS.swing].map((l) => l.windowMs),
      [CYCLE_MS.scalp, CYCLE_MS.day, CYCLE_MS.swing],
    ])
      expect(of).toEqual(rising(of));
    expect(CYCLE_MS).toEqual({ scalp: 30_000, day: 60_000, swing: 300_000 });
  });
});
