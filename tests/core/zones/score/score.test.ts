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
  mapModel,
  uniformModel,
  unsweptModel,
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
    expect(model.massBetween('long', 100, 90, 100)).toBeCloseTo(Math.log(95 / 90), 12);
    expect(model.massBetween('short', 100, 110, 100)).toBeCloseTo(Math.log(110 / 105), 12);
    expect(model.massBetween('short', 108, 110, 100)).toBeCloseTo(Math.log(110 / 108), 12);
  });

  test('distance grows with how far the range lies from the open', () => {
    const model = distanceModel();
    expect(model.massBetween('long', 98, 97, 100)).toBeGreaterThan(model.massBetween('long', 100, 99, 100));
    expect(model.massBetween('long', 100, 97, 100)).toBeGreaterThan(model.massBetween('long', 100, 98, 100));
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

  test('the same seed gives the same interval', () => {
    const units = [unit(0.5)];
    expect(summarise(units, 3)).toEqual(summarise(units, 3));
  });
});
