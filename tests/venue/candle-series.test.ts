import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { CandleSeries } from '../../src/venue/core/candle-series.ts';

const bar = (t: number, c = t + 0.5) => ({ t, o: c, h: c + 1, l: c - 1, c, v: 2 * c });

test('any order of bars comes out in time order, the later of two with one open counts, and none is lost', () => {
  const times = fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 400 });
  fc.assert(
    fc.property(times, fc.integer({ min: 1, max: 200 }), (list, keep) => {
      const model = new Map<number, ReturnType<typeof bar>>();
      const series = new CandleSeries();
      for (const [i, t] of list.entries()) {
        model.set(t, bar(t, i));
        series.put(bar(t, i));
      }
      const sorted = [...model.values()].sort((a, b) => a.t - b.t);
      expect(series.slice()).toEqual(sorted);
      expect(series.length).toBe(sorted.length);
      expect(series.indexOf(150)).toBe(sorted.filter((b) => b.t < 150).length);
      expect(CandleSeries.of(sorted).slice(2, 5)).toEqual(sorted.slice(2, 5));
      expect(series.last()).toEqual(sorted.at(-1));
      series.trim(keep);
      expect(series.slice()).toEqual(sorted.slice(-keep));
      series.put(bar(1_000));
      expect(series.slice().at(-1)).toEqual(bar(1_000));
    }),
  );
});
