import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Candle } from '../../../../src/core/shared/candle.ts';
import { seededRandom } from '../../../../src/core/shared/seeded-random.ts';
import { maintenanceOf } from '../../../../src/core/zones/liquidation-px.ts';
import type { HeardSpan, Liquidation } from '../../../../src/core/zones/realised/types.ts';
import type { DayInput, ScoredDay } from '../../../../src/core/zones/score/score-day.ts';
import { scoreDay, sumsOf } from '../../../../src/core/zones/score/score-day.ts';
import type { VenuePast } from '../../../../src/core/zones/score/score-day-map.ts';
import {
  mapFingerprint,
  priceRatios,
  rebuiltMapModel,
} from '../../../../src/core/zones/score/score-day-map.ts';
import { scoreDays } from '../../../../src/core/zones/score/score-days.ts';
import type { ScoredUnit } from '../../../../src/core/zones/score/scored-unit.ts';
import type { Score } from '../../../../src/core/zones/score/summarise.ts';
import { summarise } from '../../../../src/core/zones/score/summarise.ts';
import { createSyntheticMarket } from '../../../../src/venue/market/synthetic-market.ts';
import { SYNTHETIC_COINS } from '../../../../src/venue/market/synthetic-coins.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Start of a UTC day. */
const D = Math.floor(1_760_140_800_000 / DAY) * DAY;

const SOL = SYNTHETIC_COINS.filter((c) => c.coin === 'SOL');
const market = createSyntheticMarket({ seed: 11, startMs: D + 2 * DAY, coins: SOL, historyBars: 14 * 288 });
const bars = market.history('SOL', '5m');
const tiers = maintenanceOf(SOL[0]?.marginTiers ?? []);
const truth: Liquidation[] = market.liquidations(0).map(({ t, coin, side, px, notionalUsd }) => ({
  venue: 'hyperliquid',
  coin,
  side,
  px,
  sz: notionalUsd / px,
  notionalUsd,
  timeMs: t,
}));
const hyperliquid: VenuePast = { venue: 'hyperliquid', bars, tiers, openInterest: [] };
const always: HeardSpan[] = [{ venue: 'hyperliquid', fromMs: 0, toMs: D + 9 * DAY }];
const input = (over: Partial<DayInput> = {}): DayInput => ({
  coin: 'SOL',
  dayMs: D,
  map: 'a',
  venues: [hyperliquid],
  liquidations: truth,
  spans: always,
  ...over,
});

/** All steps at once. */
function scored(i: DayInput): ScoredDay {
  const steps = scoreDay(i);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

describe('a day of a market whose liquidations are all known', () => {
  const day = scored(input());

  test('has a score, by hours and by four hours, with every baseline beside it', () => {
    expect(day).toMatchObject({
      coin: 'SOL',
      dayMs: D,
      heardFraction: 1,
      bars: { day: 288, before: 864 },
      venues: ['hyperliquid'],
      notEnough: null,
    });
    expect(day.liquidations).toBe(truth.filter((l) => l.timeMs >= D && l.timeMs < D + DAY).length);
    for (const window of ['1h', '4h'] as const) {
      const scores = day.windows[window];
      expect(scores?.model.units).toBeGreaterThan(3);
      for (const entrant of ['heat', 'distance', 'unswept', 'uniform'] as const)
        expect([scores?.[entrant].units, scores?.[entrant].rows]).toEqual([
          scores?.model.units,
          scores?.model.rows,
        ]);
      // Whoever says the same of every row ranks nothing, and catches its quarter.
      const uniform = scores?.uniform;
      expect(uniform?.partialRho.n).toBe(0);
      expect((uniform?.auc.sum ?? 0) / (uniform?.auc.n ?? 1)).toBeCloseTo(0.5, 9);
      expect((uniform?.captureTop25.sum ?? 0) / (uniform?.captureTop25.n ?? 1)).toBeCloseTo(0.25, 2);
    }
  });

  test('is the same whatever comes after it, and whatever other coins and days did', () => {
    const later = bars.map((b): Candle => (b.t < D + DAY ? b : { ...b, l: b.l / 2, h: b.h * 2 }));
    const others = truth.map((l): Liquidation => ({ ...l, coin: 'ETH' }));
    expect(
      scored(
        input({
          venues: [{ ...hyperliquid, bars: later }],
          liquidations: [...others, ...truth],
        }),
      ),
    ).toEqual(day);
  });

  test('knows nothing of liquidations that were put elsewhere by chance: well below its score', () => {
    const random = seededRandom(3);
    const open = new Map(bars.toReversed().map((b) => [Math.floor(b.t / HOUR), b.o]));
    const astray = truth.map((l): Liquidation => {
      const from = open.get(Math.floor(l.timeMs / HOUR)) ?? l.px;
      return { ...l, px: from + (l.px - from) * random.next() };
    });
    const partialRho = (liquidations: Liquidation[]): number => {
      const days = [-8, -7, -6, -5, -4, -3, -2, -1, 0, 1].map((n) =>
        scored(input({ dayMs: D + n * DAY, liquidations })),
      );
      return scoreDays(days, '1h')?.scores.model.meanPartialRho ?? Number.NaN;
    };
    expect(partialRho(truth)).toBeGreaterThan(0.2);
    expect(partialRho(astray)).toBeLessThan(0.15);
  });

  test('a second venue, all of its prices 0.2 % higher, is moved to Hyperliquid’s prices', () => {
    const up = 1.002;
    const binance: VenuePast = {
      ...hyperliquid,
      venue: 'binance',
      bars: bars.map((b) => ({ ...b, o: b.o * up, h: b.h * up, l: b.l * up, c: b.c * up })),
    };
    const heardThere = truth.map((l): Liquidation => ({ ...l, venue: 'binance', px: l.px * up }));
    const there = scored(input({ venues: [hyperliquid, binance], liquidations: heardThere }));
    expect(there.venues).toEqual(['hyperliquid', 'binance']);
    const figure = (d: ScoredDay): number =>
      (d.windows['4h']?.model.partialRho.sum ?? 0) / (d.windows['4h']?.model.partialRho.n ?? 1);
    expect(figure(there)).toBeCloseTo(figure(day), 1);
    const ratio = priceRatios(bars, binance.bars);
    expect(ratio(D)).toBeCloseTo(1 / up, 12);
    expect(ratio(0)).toBe(1);
  });

  test('the mark sweeps where it is told, whatever trades did', () => {
    const wild = bars.map((b) => ({ ...b, h: b.h * 1.2, l: b.l * 0.8 }));
    const marks = new Map(bars.map((b) => [b.t, { h: b.h, l: b.l }]));
    const past = { ...hyperliquid, venue: 'binance' as const };
    const reach = (v: VenuePast): number => {
      const model = rebuiltMapModel([v]);
      for (const b of v.bars) model.push(b);
      const px = v.bars.at(-1)?.c ?? 0;
      return model.massBetween('long', px, px * 0.9, px);
    };
    expect(reach({ ...past, bars: wild, marks })).toBeGreaterThan(2 * reach({ ...past, bars: wild }));
  });

  test('a map has a fingerprint, the same every time', () => {
    expect(mapFingerprint()).toMatch(/^[0-9a-f]{8}$/);
    expect(mapFingerprint()).toBe(mapFingerprint());
  });

  test('a venue that lacks bars is left out of the map', () => {
    const binance: VenuePast = { ...hyperliquid, venue: 'binance', bars: bars.filter((b) => b.t > D) };
    expect(scored(input({ venues: [hyperliquid, binance] }))).toEqual(day);
  });
});

describe('not enough is no score, and says why with its numbers', () => {
  test('too little listened to', () => {
    const half: HeardSpan[] = [{ venue: 'okx', fromMs: D - DAY, toMs: D + 0.31 * DAY }];
    const day = scored(input({ spans: half }));
    expect(day.windows).toEqual({});
    expect(day.heardFraction).toBeCloseTo(0.31, 9);
    expect(day.notEnough).toEqual({
      code: 'not-heard',
      message: '31 % of the day was listened to, 50 % are needed',
    });
  });

  test('windows that were not listened to do not count', () => {
    const most: HeardSpan[] = [{ venue: 'okx', fromMs: D, toMs: D + 14 * HOUR }];
    const part = scored(input({ spans: most, liquidations: truth }));
    const alone = scored(input({ liquidations: truth.filter((l) => l.timeMs < D + 14 * HOUR) }));
    expect(part.notEnough).toBeNull();
    expect(part.windows['1h']).toEqual(alone.windows['1h']);
    expect(part.liquidations).toBeGreaterThan(alone.liquidations);
  });

  test('bars missing, of the day or before it', () => {
    const early = bars.filter((b) => b.t >= D - 2 * DAY);
    expect(scored(input({ venues: [{ ...hyperliquid, bars: early }] })).notEnough).toEqual({
      code: 'bars-missing',
      message:
        '288 of 288 bars of the day and 576 of 864 of the three days before are kept, 90 % of each are needed',
    });
    const holed = bars.filter((b) => b.t < D + 2 * HOUR || b.t >= D + 6 * HOUR);
    expect(scored(input({ venues: [{ ...hyperliquid, bars: holed }] })).notEnough?.code).toBe('bars-missing');
    expect(scored(input({ venues: [] })).notEnough?.code).toBe('bars-missing');
  });

  test('hardly anything liquidated', () => {
    const day = scored(input({ liquidations: truth.filter((l) => l.timeMs >= D).slice(0, 2) }));
    expect(day.notEnough).toEqual({
      code: 'too-few-liquidations',
      message: '2 liquidations heard, in no hour three of one side over a move of 0.4 %',
    });
    expect(day.windows).toEqual({});
  });
});

const close = (values: readonly (number | null | undefined)[]) =>
  values.map((v) => (typeof v === 'number' ? Number(v.toFixed(9)) + 0 : v));

/** One side of one window on a day. */
const arbUnit = fc.record({
  day: fc.integer({ min: 20_000, max: 20_008 }),
  rows: fc.array(fc.record({ predicted: fc.nat(9), actual: fc.nat(9), hit: fc.boolean() }), {
    minLength: 4,
    maxLength: 12,
  }),
});
const unitOf = ({
  day,
  rows,
}: {
  day: number;
  rows: { predicted: number; actual: number; hit: boolean }[];
}): ScoredUnit => ({
  name: 'BTC long',
  day: rows.map(() => day),
  predicted: rows.map((r) => r.predicted),
  actualUsd: rows.map((r) => r.actual),
  control: rows.map((_, i) => i),
  isHit: rows.map((r) => r.hit),
});
const dayWith = (dayMs: number, units: ScoredUnit[]): ScoredDay => {
  const sums = sumsOf(units);
  return {
    ...scored(input({ venues: [] })),
    dayMs,
    notEnough: null,
    windows: { '1h': { model: sums, heat: sums, distance: sums, unswept: sums, uniform: sums } },
  };
};

describe('days together', () => {
  test('are what all of their series give at once, interval included', () => {
    fc.assert(
      fc.property(fc.array(arbUnit, { minLength: 1, maxLength: 30 }), (given) => {
        const units = given.map(unitOf).sort((a, b) => (a.day[0] ?? 0) - (b.day[0] ?? 0));
        const byDay = Map.groupBy(units, (u) => u.day[0] ?? 0);
        const together = scoreDays(
          [...byDay].map(([day, own]) => dayWith(day * DAY, own)),
          '1h',
        )?.scores.model;
        const whole = summarise(units, 1);
        const figures = (s: Score | undefined) =>
          close([s?.meanRho, s?.meanPartialRho, s?.auc, s?.captureTop25]);
        expect(figures(together)).toEqual(figures(whole));
        expect([together?.units, together?.rows]).toEqual([whole.units, whole.rows]);
        const defined = units.filter((u) => sumsOf([u]).partialRho.n > 0).length;
        expect(together?.partialUnits).toBe(defined);
        expect(together?.meanPartialRhoAll).toBeCloseTo(
          ((together?.meanPartialRho ?? 0) * defined) / units.length,
          9,
        );
        const isDefined = [...byDay.values()].every((own) => sumsOf(own).partialRho.n > 0);
        const hasInterval = byDay.size >= 5;
        fc.pre(isDefined || !hasInterval);
        expect(close(together?.ci95 ?? [])).toEqual(close(hasInterval ? (whole.ci95 ?? []) : []));
      }),
      { numRuns: 40 },
    );
  });

  test('a day without a score changes nothing; none at all is null', () => {
    const units = [1, 2, 3].map((day) =>
      unitOf({ day, rows: [3, 1, 2, 5].map((predicted, i) => ({ predicted, actual: 4 - i, hit: i < 2 })) }),
    );
    const days = units.map((u, i) => dayWith(i * DAY, [u]));
    const none = scored(input({ dayMs: D + 90 * DAY }));
    expect(scoreDays([...days, none], '1h')).toEqual(scoreDays(days, '1h'));
    expect(scoreDays([...days, none], '1h')).toMatchObject({ days: 3, fromMs: 0, toMs: 2 * DAY });
    expect(scoreDays([none], '1h')).toBeNull();
    expect(scoreDays(days, '4h')).toBeNull();
  });

  test('two coins of the same day are one day', () => {
    const [a, b] = [arbUnit, arbUnit].map((u, i) =>
      unitOf(fc.sample(u, { seed: i + 1, numRuns: 1 })[0] ?? { day: 1, rows: [] }),
    );
    if (a === undefined || b === undefined) throw new Error('no sample');
    const days = [dayWith(D, [a]), { ...dayWith(D, [b]), coin: 'ETH' }];
    expect(scoreDays(days, '1h')).toMatchObject({ days: 1, scores: { model: { units: 2 } } });
  });
});
