import type { Sample } from './sample.ts';

/** What may be added in a day of market time, by the line fitted through the samples after the first hours. */
export const GROWTH_PER_DAY_MAX = {
  heapMb: 6,
  arraysMb: 6,
  externalMb: 6,
  rssMb: 25,
  timers: 20,
  sockets: 4,
  files: 4,
  databaseMb: 80,
  walMb: 10,
} as const;
type Measure = keyof typeof GROWTH_PER_DAY_MAX;

export interface Growth {
  /** Hours at the beginning that are left out: histories fill up to what is kept of them. */
  warmUpHours: number;
  perDay: Record<Measure, number>;
  perDayMax: typeof GROWTH_PER_DAY_MAX;
  problems: string[];
}

/** The first quarter of the time is warm-up. */
const WARM_UP_FRACTION = 0.25;
/** Fewer samples make no line. */
const SAMPLES_MIN = 6;

export function judgeGrowth(samples: readonly Sample[]): Growth {
  const warmUpHours = (samples.at(-1)?.hour ?? 0) * WARM_UP_FRACTION;
  const judged = samples.filter((s) => s.hour >= warmUpHours);
  const measures = Object.keys(GROWTH_PER_DAY_MAX) as Measure[];
  const perDay = Object.fromEntries(
    measures.map((m) => [m, 24 * slope(judged.flatMap((s) => (s[m] === null ? [] : [[s.hour, s[m]]])))]),
  ) as Growth['perDay'];
  const problems =
    judged.length < SAMPLES_MIN
      ? []
      : measures
          .filter((m) => perDay[m] > GROWTH_PER_DAY_MAX[m])
          .map((m) => `${m} grows by ${perDay[m].toFixed(1)} a day, ${GROWTH_PER_DAY_MAX[m]} at most`);
  return { warmUpHours, perDay, perDayMax: GROWTH_PER_DAY_MAX, problems };
}

/** Least squares. 0 with fewer than two points. */
export function slope(points: readonly (readonly [number, number])[]): number {
  const n = points.length;
  if (n < 2) return 0;
  const mean = (i: 0 | 1): number => points.reduce((sum, p) => sum + p[i], 0) / n;
  const [x, y] = [mean(0), mean(1)];
  const xx = points.reduce((sum, p) => sum + (p[0] - x) ** 2, 0);
  return xx === 0 ? 0 : points.reduce((sum, p) => sum + (p[0] - x) * (p[1] - y), 0) / xx;
}
