import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Candle } from '../../../src/core/shared/candle.ts';
import type { Side } from '../../../src/core/shared/coin.ts';
import type { KernelTap } from '../../../src/core/zones/leverage-kernel.ts';
import { DEFAULT_MIX, leverageKernel } from '../../../src/core/zones/leverage-kernel.ts';
import { hyperliquidTiers } from '../../../src/core/zones/maintenance-tiers.ts';
import { createMapEngine } from '../../../src/core/zones/map-engine.ts';
import type { NetPositionDelta, NetPositionInput } from '../../../src/core/zones/net-position-delta.ts';
import {
  entryBins,
  netPositionDelta,
  PROFILE_ROWS_MAX,
  standingByEntry,
} from '../../../src/core/zones/net-position-delta.ts';
import { arbCandles, arbTurn, BAR_MS, T0 } from './candle-paths.ts';

const DAY_MS = 86_400_000;
const HALF_LIFE_MS = 7 * DAY_MS;
const SIDES = ['long', 'short'] as const;
const KERNEL = leverageKernel(DEFAULT_MIX, hyperliquidTiers('BTC'));
const tap = (
  weight: number,
  longRatio: number,
  shortRatio: number,
  halfLifeMs = HALF_LIFE_MS,
): KernelTap => ({
  weight,
  halfLifeMs,
  longRatio,
  shortRatio,
});
/** Two fifths are closed 4 % away, the rest 20 %. */
const TWO = [tap(0.4, 0.96, 1.04), tap(0.6, 0.8, 1.2)];
const flat = (px: number, turnoverUsd: number, t = T0): Candle => ({
  t,
  o: px,
  h: px,
  l: px,
  c: px,
  v: turnoverUsd / px,
});

function profile(candles: readonly Candle[], over: Partial<NetPositionInput> = {}): NetPositionDelta {
  const markPx = candles.at(-1)?.c ?? 1;
  const found = netPositionDelta({ candles, kernel: KERNEL, markPx, openInterestUsd: null, ...over });
  if (found === null) throw new Error('nothing stands');
  return found;
}
const rowAt = (p: NetPositionDelta, px: number) => p.rows.find((r) => r.loPx <= px && px < r.hiPx);
const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

describe('worked examples', () => {
  // 100 of each at 100; at 95 the 40 longs at 96 are gone, and 60 of each come.
  const fall = [flat(100, 100), flat(95, 60, T0 + BAR_MS)];

  test('a fall closes longs that were opened above: −.125 at 100, +.125 at 95', () => {
    // Without decay: one bar of five minutes in 7 days takes 0.03 % off the first.
    const p = profile(fall, { kernel: TWO.map((k) => ({ ...k, halfLifeMs: 1e15 })), openInterestUsd: 4_000 });
    const [top, bottom] = [rowAt(p, 100), rowAt(p, 95)];
    expect(top?.longShare).toBeCloseTo(60 / 120, 6);
    expect(top?.shortShare).toBeCloseTo(100 / 160, 6);
    expect(top?.netShare).toBeCloseTo(-0.125, 6);
    expect(bottom?.netShare).toBeCloseTo(0.125, 6);
    // Half of 4,000 is taken to be liquidatable: an eighth of 2,000.
    expect(top?.netUsd).toBeCloseTo(-250, 3);
    expect(bottom?.netUsd).toBeCloseTo(250, 3);
    expect(p.longUnderWaterShare).toBeCloseTo(0.5, 6);
    expect(p.shortUnderWaterShare).toBe(0);
    expect(Math.log(p.longEntryPx)).toBeCloseTo((Math.log(100) + Math.log(95)) / 2, 3);
    expect(Math.log(p.shortEntryPx)).toBeCloseTo(0.625 * Math.log(100) + 0.375 * Math.log(95), 3);
    expect(p.bars).toBe(2);
  });

  test('mass halves in a half-life, whoever holds it', () => {
    const standing = standingByEntry([flat(100, 80), flat(100, 0, T0 + HALF_LIFE_MS)], TWO);
    expect(sum([...(standing?.long ?? [])])).toBeCloseTo(40, 9);
    expect(sum([...(standing?.short ?? [])])).toBeCloseTo(40, 9);
  });

  test('entries lie at the close, the high and the low: 45, 27.5 and 27.5 of 100', () => {
    const standing = standingByEntry([{ t: T0, o: 100, h: 101, l: 99, c: 100, v: 1 }], TWO);
    const held = [...(standing?.short ?? [])].filter((x) => x > 0);
    // The low of 99 has its near short at 102.96, the high its near long at 96.96: all alive.
    expect(held.map((x) => Math.round(x * 1e6) / 1e6)).toEqual([27.5, 45, 27.5]);
  });

  test('known entries are compared by the same rule, and what lies outside counts in the whole', () => {
    const observed = entryBins([
      { side: 'long', entryPx: 95, usd: 30 },
      { side: 'long', entryPx: 80, usd: 10 },
      { side: 'short', entryPx: 100, usd: 5 },
      { side: 'short', entryPx: 100.01, usd: 5 },
    ]);
    expect(observed.px).toHaveLength(3);
    const p = profile(fall, { kernel: TWO, observed });
    expect(rowAt(p, 95)?.observedNetShare).toBeCloseTo(0.75, 9);
    expect(rowAt(p, 100)?.observedNetShare).toBeCloseTo(-1, 9);
    expect(p.observed).toEqual({ longUsd: 40, shortUsd: 10 });
  });

  test('with known entries of one side alone there is no net to tell', () => {
    const observed = entryBins([{ side: 'long', entryPx: 95, usd: 30 }]);
    const p = profile(fall, { observed });
    expect(p.observed).toBeNull();
    expect(p.rows.every((r) => r.observedNetShare === null)).toBe(true);
  });

  test('nothing without bars, and nothing when a side has nothing left', () => {
    const input = { kernel: [tap(1, 0.96, 1.04)], markPx: 100, openInterestUsd: null };
    expect(netPositionDelta({ ...input, candles: [] })).toBeNull();
    expect(netPositionDelta({ ...input, candles: [flat(100, 0)] })).toBeNull();
    const swept = [flat(100, 100), flat(90, 0, T0 + BAR_MS)];
    expect(netPositionDelta({ ...input, candles: swept })).toBeNull();
  });

  test('without open interest there are shares and no USD', () => {
    expect(profile(fall).rows.every((r) => r.netUsd === null)).toBe(true);
  });
});

describe('for any bars', () => {
  test('what stands by entry is what the map has by liquidation price, to 1e-9', () => {
    const kernels = [KERNEL, TWO, [tap(0.3, 0.9, 1.1, DAY_MS / 4), tap(0.7, 0.97, 1.02, 3 * DAY_MS)]];
    fc.assert(
      fc.property(fc.oneof(arbCandles, arbTurn), fc.constantFrom(...kernels), (candles, kernel) => {
        const engine = createMapEngine({ kernel, intervalMs: BAR_MS });
        for (const c of candles) engine.push(c);
        const standing = standingByEntry(candles, kernel);
        const opened = sum(candles.map((c) => c.v * c.c));
        for (const side of SIDES) {
          const total = sum([...(standing?.[side] ?? [])]);
          expect(Math.abs(total - engine.total(side))).toBeLessThanOrEqual(1e-9 * opened);
        }
      }),
    );
  });

  test('shares add up to one, the net to nothing, rows leave no gap and hold every entry', () => {
    fc.assert(
      fc.property(arbCandles, (candles) => {
        const p = netPositionDelta({ candles, kernel: KERNEL, markPx: 1, openInterestUsd: 1e9 });
        if (p === null) return;
        expect(sum(p.rows.map((r) => r.longShare))).toBeCloseTo(1, 9);
        expect(sum(p.rows.map((r) => r.shortShare))).toBeCloseTo(1, 9);
        expect(sum(p.rows.map((r) => r.netShare))).toBeCloseTo(0, 9);
        expect(sum(p.rows.map((r) => r.netUsd ?? Number.NaN)) / 1e9).toBeCloseTo(0, 9);
        expect(p.rows.length).toBeGreaterThan(0);
        expect(p.rows.length).toBeLessThanOrEqual(PROFILE_ROWS_MAX);
        p.rows.forEach((r, k) => {
          expect(r.hiPx).toBeGreaterThan(r.loPx);
          expect(r.loPx).toBe(p.rows[k - 1]?.hiPx ?? r.loPx);
        });
        // A bucket and the rounding of prices either way.
        const lo = Math.min(...candles.map((c) => c.l));
        const hi = Math.max(...candles.map((c) => c.h));
        expect(p.rows[0]?.loPx).toBeGreaterThan(lo * 0.998);
        for (const px of [p.longEntryPx, p.shortEntryPx]) {
          expect(px).toBeGreaterThan(lo * 0.998);
          expect(px).toBeLessThan(hi * 1.002);
        }
      }),
    );
  });

  test('seen in a mirror, longs are shorts: the net changes its sign and nothing else', () => {
    const even = [tap(0.2, 1 / 1.01, 1.01), tap(0.3, 1 / 1.03, 1.03), tap(0.5, 1 / 1.25, 1.25)];
    const mirror = ({ t, o, h, l, c, v }: Candle): Candle => ({
      t,
      o: 1 / o,
      h: 1 / l,
      l: 1 / h,
      c: 1 / c,
      v: v * c * c,
    });
    fc.assert(
      fc.property(arbCandles, (candles) => {
        const [a, b] = [standingByEntry(candles, even), standingByEntry(candles.map(mirror), even)];
        const opened = sum(candles.map((c) => c.v * c.c));
        const flipped = [...(b?.short ?? [])].toReversed();
        expect(flipped).toHaveLength(a?.long.length ?? 0);
        expect(-((b?.from ?? 0) + flipped.length - 1)).toBe(a?.from);
        a?.long.forEach((mass, k) =>
          expect(Math.abs(mass - (flipped[k] ?? Number.NaN))).toBeLessThanOrEqual(1e-9 * opened),
        );
      }),
    );
  });

  test('ten times the price moves the profile, a thousand times the turnover changes nothing', () => {
    fc.assert(
      fc.property(arbCandles, (candles) => {
        const times = ({ t, o, h, l, c, v }: Candle, px: number, size: number): Candle => ({
          t,
          o: o * px,
          h: h * px,
          l: l * px,
          c: c * px,
          v: (v * size) / px,
        });
        const shares = (list: readonly Candle[]) =>
          netPositionDelta({ candles: list, kernel: KERNEL, markPx: 1, openInterestUsd: null })?.rows.map(
            (r) => r.netShare,
          ) ?? [];
        const own = shares(candles);
        for (const other of [1, 10].map((px) => shares(candles.map((c) => times(c, px, 1_000))))) {
          expect(other).toHaveLength(own.length);
          other.forEach((x, k) => expect(x).toBeCloseTo(own[k] ?? Number.NaN, 6));
        }
      }),
    );
  });

  test('a bar more only takes from what stood: no earlier entry grows', () => {
    fc.assert(
      fc.property(arbCandles, (candles) => {
        const [before, after] = [candles.slice(0, -1), candles];
        const [a, b] = [standingByEntry(before, KERNEL), standingByEntry(after, KERNEL)];
        const last = after.at(-1);
        if (a === null || b === null || last === undefined) return;
        const own = standingByEntry([last], KERNEL);
        for (const side of SIDES)
          a[side].forEach((mass, k) => {
            const bucket = a.from + k;
            const now = (b[side][bucket - b.from] ?? 0) - atBucket(own, side, bucket);
            expect(now).toBeLessThanOrEqual(mass * (1 + 1e-9) + 1e-9 * last.v * last.c);
            expect(now).toBeGreaterThanOrEqual(-1e-9 * (last.v * last.c + mass));
          });
      }),
    );
  });

  test('after one move either way longs stand lower than shorts: the losers of where it began are gone', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.06, max: 0.25, noNaN: true }), fc.boolean(), (move, isFall) => {
        const end = isFall ? 100 * (1 - move) : 100 / (1 - move);
        const p = profile([flat(100, 1e6), flat(end, 1e6, T0 + BAR_MS)]);
        const [away, here] = [rowAt(p, 100)?.netShare ?? 0, rowAt(p, end)?.netShare ?? 0];
        expect(isFall ? away : -away).toBeLessThan(-0.001);
        expect(isFall ? here : -here).toBeGreaterThan(0.001);
        expect(p.longEntryPx).toBeLessThan(p.shortEntryPx);
      }),
    );
  });
});

const atBucket = (s: ReturnType<typeof standingByEntry>, side: Side, bucket: number): number =>
  s === null ? 0 : (s[side][bucket - s.from] ?? 0);
