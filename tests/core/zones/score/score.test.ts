import { describe, expect, test } from 'vitest';
import type { Candle } from '../../../../src/core/shared/candle.ts';
import { seededRandom } from '../../../../src/core/shared/seeded-random.ts';
import { createMapEngine } from '../../../../src/core/zones/map-engine.ts';
import { scoreFillWindows } from '../../../../src/core/zones/score/fill-windows.ts';
import type { LiquidationBar } from '../../../../src/core/zones/score/hourly-totals.ts';
import { scoreHourlyTotals } from '../../../../src/core/zones/score/hourly-totals.ts';
import type { LevelModel } from '../../../../src/core/zones/score/level-models.ts';
import {
  distanceModel,
  inverseDistanceModel,
  levelAgeModel,
  mapModel,
  uniformModel,
  unsweptModel,
  volumeProfileModel,
} from '../../../../src/core/zones/score/level-models.ts';
import type { ScoredUnit } from '../../../../src/core/zones/score/scored-unit.ts';
import { summarise } from '../../../../src/core/zones/score/summarise.ts';

const HOUR = 3_600_000;
const bar = (t: number, o: number, h: number, l: number, c: number, v = 1): Candle => ({ t, o, h, l, c, v });

/** Asked before it is told: sees bar i's number only for bars before i. */
const spy = (): LevelModel & { seen: number[] } => {
  const seen: number[] = [];
  let pushed = 0;
  return { seen, push: () => void pushed++, massBetween: () => (seen.push(pushed), pushed) };
};

describe('level models', () => {
  test('the map counts a bucket in part when the range covers it in part', () => {
    const engine = createMapEngine({
      kernel: [{ weight: 1, halfLifeMs: 1e12, longRatio: 0.95, shortRatio: 1.05 }],
      intervalMs: HOUR,
    });
    const model = mapModel(engine);
    model.push(bar(0, 100, 100, 100, 100, 10));
    expect(model.massBetween('long', 100, 90, 100)).toBeCloseTo(1_000, 6);
    expect(model.massBetween('short', 100, 110, 100)).toBeCloseTo(1_000, 6);
    expect(model.massBetween('long', 100, 96, 100)).toBe(0);
    // A ladder of adjoining ranges holds everything exactly once.
    let sum = 0;
    for (let px = 100; px > 90; px -= 0.037) sum += model.massBetween('long', px, px - 0.037, 100);
    expect(sum).toBeCloseTo(1_000, 6);
  });

  test('unswept counts what the last bars did not visit', () => {
    const model = unsweptModel(2);
    for (const b of [
      bar(0, 100, 120, 80, 100),
      bar(HOUR, 100, 105, 95, 100),
      bar(2 * HOUR, 100, 104, 96, 100),
    ])
      model.push(b);
    expect(model.massBetween('long', 100, 95, 100)).toBe(0);
    expect(model.massBetween('long', 100, 90, 100)).toBe(0.05 * 1e9);
    expect(model.massBetween('short', 100, 110, 100)).toBe(0.05 * 1e9);
    expect(model.massBetween('short', 108, 110, 100)).toBe(0.02 * 1e9);
  });

  test.each(['long', 'short'] as const)('unswept: rows that are free in full tie, %s', (side) => {
    const model = unsweptModel(2);
    model.push(bar(0, 63_217.3, 63_400, 63_000, 63_217.3));
    const s = side === 'long' ? -1 : 1;
    const edge = (i: number): number => 63_217.3 * (1 + s * 0.001 * i);
    const rows = Array.from({ length: 30 }, (_, i) =>
      model.massBetween(side, edge(i), edge(i + 1), 63_217.3),
    );
    expect(rows[0]).toBe(0);
    expect(new Set(rows.slice(5)).size).toBe(1);
  });

  test('distance grows with how far the range lies from the open', () => {
    const model = distanceModel();
    expect(model.massBetween('long', 98, 97, 100)).toBeGreaterThan(model.massBetween('long', 100, 99, 100));
    expect(model.massBetween('long', 100, 97, 100)).toBeGreaterThan(model.massBetween('long', 100, 98, 100));
    const inverse = inverseDistanceModel();
    expect(inverse.massBetween('short', 101, 101, 100)).toBeCloseTo(1 / Math.log(1.01), 9);
    expect(inverse.massBetween('long', 99, 98, 100)).toBeGreaterThan(
      inverse.massBetween('long', 98, 97, 100),
    );
  });

  test('level age: bars since price was at the middle of the row, all of them where it never was', () => {
    const model = levelAgeModel();
    for (const b of [
      bar(0, 100, 110, 90, 100),
      bar(HOUR, 100, 105, 95, 100),
      bar(2 * HOUR, 100, 101, 99, 100),
    ])
      model.push(b);
    expect(model.massBetween('long', 100, 99, 100)).toBe(0);
    expect(model.massBetween('long', 97, 96, 100)).toBe(1);
    expect(model.massBetween('long', 92, 91, 100)).toBe(2);
    expect(model.massBetween('long', 85, 84, 100)).toBe(3);
    expect(model.massBetween('short', 103, 104, 100)).toBe(1);
    expect(model.massBetween('short', 111, 112, 100)).toBe(3);
  });

  test('volume profile: turnover per bucket of a row, whichever side', () => {
    const model = volumeProfileModel();
    model.push(bar(0, 100, 100, 100, 100, 7));
    model.push(bar(HOUR, 102, 103, 102, 102, 1));
    expect(model.massBetween('long', 100, 100, 100)).toBeCloseTo(700, 9);
    expect(model.massBetween('short', 99, 99.5, 100)).toBe(0);
    // Ten buckets of 0.1 % shared the second bar's 102 USD.
    const each = model.massBetween('short', 102.4, 102.6, 100);
    expect(each).toBeGreaterThan(102 / 13);
    expect(each).toBeLessThan(102 / 9);
    expect(model.massBetween('long', 102.4, 102.6, 100)).toBe(each);
  });
});

describe('hourly totals', () => {
  const bars: LiquidationBar[] = Array.from({ length: 250 }, (_, i) => ({
    ...bar(i * HOUR, 100, 102, 97, 101),
    liquidatedLong: i,
    liquidatedShort: 0,
  }));

  test('the model knows only bars before the one it is asked about; 240 bars only feed it', () => {
    const model = spy();
    const [long, short] = scoreHourlyTotals('BTC', bars, model);
    expect(model.seen).toEqual(Array.from({ length: 20 }, (_, i) => 240 + Math.floor(i / 2)));
    expect(long).toMatchObject({ name: 'BTC long' });
    expect(long?.actualUsd).toEqual(Array.from({ length: 10 }, (_, i) => (240 + i) * 101));
    expect(long?.control[0]).toBeCloseTo(0.03, 12);
    expect(short?.control[0]).toBeCloseTo(0.02, 12);
    expect(long?.isHit.filter(Boolean).length).toBe(3);
    expect(short?.isHit.some(Boolean)).toBe(false);
  });
});

describe('fill windows', () => {
  // One hour from 100 down to 99, so ten buckets of 0.1 % for longs and none for shorts.
  const bars = [
    bar(0, 100, 100, 100, 100),
    bar(HOUR, 100, 100.1, 98.999, 99.2),
    bar(2 * HOUR, 99.2, 99.3, 99.1, 99.2),
  ];
  const fills = [99.95, 99.45, 99.42, 99.41].map((px, i) => ({ t: HOUR + i, px, usd: 10 }));
  const size = { windowMs: HOUR, bucketFraction: 0.001 };

  test('one unit: fills in their buckets, model asked bucket by bucket with the past alone', () => {
    const asked: [number, number, number][] = [];
    let pushed = 0;
    const model: LevelModel = {
      push: () => void pushed++,
      massBetween: (_, near, far) => (asked.push([near, far, pushed]), 1),
    };
    const units = scoreFillWindows('BTC', bars, fills, model, size);
    expect(units.map((u) => u.name)).toEqual(['BTC long']);
    expect(units[0]?.actualUsd).toEqual([10, 0, 0, 0, 0, 30, 0, 0, 0, 0]);
    expect(asked.length).toBe(10);
    expect(asked.every(([, , n]) => n === 1)).toBe(true);
    expect(asked[9]?.[1]).toBeCloseTo(99, 9);
  });

  test('overlapping windows: one begins every step', () => {
    const opens: number[] = [];
    const later = fills.map((f) => ({ ...f, t: f.t + HOUR / 2 }));
    const model: LevelModel = {
      push: () => undefined,
      massBetween: (_, near, far, open) => (near === open && opens.push(open), near - far),
    };
    const quarters = Array.from({ length: 12 }, (_, i) =>
      bar((i * HOUR) / 4, 100 + i / 100, 100 + i / 100, 99, 100 + i / 100),
    );
    const units = scoreFillWindows('BTC', quarters, later, model, { ...size, stepMs: HOUR / 4 });
    // Fills at 1:30; windows that begin at 0:45 (too early), 1:00, 1:15 and 1:30 hold them.
    expect(units.length).toBe(3);
    expect(opens).toEqual([100.04, 100.05, 100.06]);
  });

  test('too few fills, or none, is no unit', () => {
    expect(scoreFillWindows('BTC', bars, fills.slice(0, 2), uniformModel(), size)).toEqual([]);
    expect(scoreFillWindows('BTC', bars, [], uniformModel(), size)).toEqual([]);
  });
});

describe('summarise', () => {
  const random = seededRandom(1);
  const unit = (skill: number): ScoredUnit => {
    const rows = Array.from({ length: 400 }, (_, i) => {
      const [a, b, z] = [random.normal(), random.normal(), random.normal()];
      const y = a + z;
      return { day: Math.floor(i / 10), predicted: skill * a + b + z, actualUsd: Math.exp(y), control: z };
    });
    return {
      name: 'made up',
      day: rows.map((r) => r.day),
      predicted: rows.map((r) => r.predicted),
      actualUsd: rows.map((r) => r.actualUsd),
      control: rows.map((r) => r.control),
      isHit: rows.map((r) => r.actualUsd > 2),
    };
  };

  test('no skill beyond the control is a partial correlation of about 0, within its interval', () => {
    const score = summarise([unit(0), unit(0), unit(0)], 1);
    expect(Math.abs(score.meanPartialRho ?? 1)).toBeLessThan(0.1);
    expect(score.meanRho).toBeGreaterThan(0.3);
    expect(score.ci95?.[0]).toBeLessThan(0);
    expect(score.ci95?.[1]).toBeGreaterThan(0);
    expect(score.rows).toBe(1_200);
  });

  test('skill shows, the interval holds the mean and excludes 0', () => {
    const score = summarise([unit(1), unit(1)], 1);
    expect(score.meanPartialRho).toBeGreaterThan(0.55);
    expect(score.meanPartialRho).toBeLessThan(0.85);
    const [lo, hi] = score.ci95 ?? [0, 0];
    expect(lo).toBeGreaterThan(0.4);
    expect(lo).toBeLessThan(score.meanPartialRho ?? 0);
    expect(hi).toBeGreaterThan(score.meanPartialRho ?? 1);
  });

  test('what says nothing beyond the control, or nothing at all, has no partial correlation', () => {
    const u = unit(1);
    expect(summarise([{ ...u, predicted: u.control }], 1)).toMatchObject({
      meanPartialRho: null,
      ci95: null,
    });
    const flat = summarise([{ ...u, predicted: u.predicted.map(() => 1) }], 1);
    expect(flat).toMatchObject({ meanPartialRho: null, auc: 0.5 });
    expect(flat.captureTop25).toBeCloseTo(0.25, 9);
    expect(summarise([], 1)).toMatchObject({ units: 0, rows: 0, meanPartialRho: null });
  });

  test('a series without a partial correlation is left out of its mean and counts 0 in the mean over all', () => {
    const u = unit(1);
    const one = summarise([u], 1);
    const two = summarise([u, { ...u, predicted: u.predicted.map(() => 1) }], 1);
    expect(one).toMatchObject({ partialUnits: 1, meanPartialRhoAll: one.meanPartialRho });
    expect(two).toMatchObject({ units: 2, partialUnits: 1, meanPartialRho: one.meanPartialRho });
    expect(two.meanPartialRhoAll).toBeCloseTo((one.meanPartialRho ?? 9) / 2, 12);
    expect(summarise([], 1)).toMatchObject({ partialUnits: 0, meanPartialRhoAll: null });
  });

  test('the interval of two days is spanned by each of them alone: resamples hold both, or one of them twice', () => {
    const u = unit(1);
    const part = (keep: (day: number) => boolean): ScoredUnit => {
      const pick = <T>(values: readonly T[]): T[] => values.filter((_, i) => keep(u.day[i] ?? 0));
      return {
        name: u.name,
        day: pick(u.day).map((d) => Math.floor(d / 20)),
        predicted: pick(u.predicted),
        actualUsd: pick(u.actualUsd),
        control: pick(u.control),
        isHit: pick(u.isHit),
      };
    };
    const [both, first, second] = [part(() => true), part((d) => d < 20), part((d) => d >= 20)].map((x) =>
      summarise([x], 1),
    );
    const alone = [first?.meanPartialRho ?? 9, second?.meanPartialRho ?? 9].sort((a, b) => a - b);
    expect(both?.ci95?.[0]).toBeCloseTo(alone[0] ?? 9, 2);
    expect(both?.ci95?.[1]).toBeCloseTo(alone[1] ?? 9, 2);
    expect(alone[0]).toBeLessThan((alone[1] ?? 0) - 0.001);
  });

  test('the same seed gives the same interval', () => {
    const units = [unit(0.5)];
    expect(summarise(units, 3)).toEqual(summarise(units, 3));
  });
});
