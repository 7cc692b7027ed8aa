import { assert } from '../shared/assert.ts';

/** A mean and where the true one may lie; n is always beside it. */
export interface Mean {
  n: number;
  mean: number;
  /** 95 %, null for fewer than two values: one value says nothing about its own spread. */
  ci95: [number, number] | null;
}

/** 97.5 % quantile of the standard normal distribution. */
const Z = 1.959963984540054;
/** The same of Student's t with 1 to 30 degrees of freedom (any table of it). */
const T_975 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/**
 * 97.5 % quantile of Student's t: the table up to 30 degrees of freedom, beyond it the first terms of the
 * Cornish–Fisher expansion (Abramowitz and Stegun 26.7.5), good to three decimals there.
 * @param df degrees of freedom, a whole number ≥ 1
 */
export function t975(df: number): number {
  assert(Number.isInteger(df) && df >= 1, `degrees of freedom ${df}`);
  const listed = T_975[df - 1];
  if (listed !== undefined) return listed;
  const first = (Z ** 3 + Z) / (4 * df);
  const second = (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / (96 * df ** 2);
  return Z + first + second;
}

/** Mean with its t interval; null without values. Trades are taken as independent, which those of one cascade are not. */
export function meanOf(values: readonly number[]): Mean | null {
  const n = values.length;
  if (n === 0) return null;
  const mean = values.reduce((a, v) => a + v, 0) / n;
  if (n === 1) return { n, mean, ci95: null };
  const variance = values.reduce((a, v) => a + (v - mean) ** 2, 0) / (n - 1);
  const half = t975(n - 1) * Math.sqrt(variance / n);
  return { n, mean, ci95: [mean - half, mean + half] };
}

/**
 * Wilson's score interval of a share, 95 % (Wilson 1927): stays within 0 to 1 and is honest for few and for none.
 * @param n > 0
 */
export function wilson(hits: number, n: number): [number, number] {
  assert(n > 0 && hits >= 0 && hits <= n, `${hits} of ${n}`);
  const p = hits / n;
  const centre = (p + Z ** 2 / (2 * n)) / (1 + Z ** 2 / n);
  const half = (Z / (1 + Z ** 2 / n)) * Math.sqrt((p * (1 - p)) / n + Z ** 2 / (4 * n ** 2));
  // At the ends the interval touches 0 or 1 exactly; binary fractions miss it by a hair.
  return [hits === 0 ? 0 : Math.max(0, centre - half), hits === n ? 1 : Math.min(1, centre + half)];
}

/** Deepest fall of a running sum from its highest point so far, the start at 0 counted as one; ≥ 0. */
export function maxDrawdown(steps: readonly number[]): number {
  let sum = 0;
  let high = 0;
  let deepest = 0;
  for (const step of steps) {
    sum += step;
    high = Math.max(high, sum);
    deepest = Math.max(deepest, high - sum);
  }
  return deepest;
}

const DAY_MS = 86_400_000;

/**
 * Mean with an interval that takes values of one UTC day as one observation with many parts: a bad day holds many
 * trades, and taking them as independent makes the interval far too narrow. Cluster-robust variance of a mean with the
 * correction G/(G − 1) for G days (Cameron and Miller 2015, section II), Student's t with G − 1 degrees of freedom.
 * @returns null without values; `ci95` null when all are of one day
 */
export function meanByDay(values: readonly { atMs: number; value: number }[]): Mean | null {
  const n = values.length;
  if (n === 0) return null;
  const mean = values.reduce((a, v) => a + v.value, 0) / n;
  const offByDay = new Map<number, number>();
  for (const { atMs, value } of values) {
    const day = Math.floor(atMs / DAY_MS);
    offByDay.set(day, (offByDay.get(day) ?? 0) + value - mean);
  }
  const days = offByDay.size;
  if (days === 1) return { n, mean, ci95: null };
  const spread = [...offByDay.values()].reduce((a, off) => a + off ** 2, 0);
  const half = (t975(days - 1) * Math.sqrt((spread * days) / (days - 1))) / n;
  return { n, mean, ci95: [mean - half, mean + half] };
}
