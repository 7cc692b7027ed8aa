// Estimates whose uncertainty takes whole days as units: trades of one cascade are one draw, not several.
import { t975 } from './statistics.ts';

export interface Estimate {
  value: number;
  standardError: number;
  /** 95 %, Student's t with one degree of freedom less than there are clusters. */
  ci95: [number, number];
}

const sumOf = (values: readonly number[]): number => values.reduce((a, v) => a + v, 0);
const squares = (values: readonly number[]): number => values.reduce((a, v) => a + v * v, 0);

const estimate = (value: number, standardError: number, clusters: number): Estimate => {
  const half = t975(clusters - 1) * standardError;
  return { value, standardError, ci95: [value - half, value + half] };
};

function byCluster<T extends { cluster: number }>(rows: readonly T[], of: (row: T) => number): number[] {
  const sums = new Map<number, number>();
  for (const row of rows) sums.set(row.cluster, (sums.get(row.cluster) ?? 0) + of(row));
  return [...sums.values()];
}

/**
 * Slope of y on x by least squares. Its error is the larger of the usual one and the cluster-robust one (Liang and
 * Zeger 1986, with the factor G/(G − 1)): with few clusters the latter alone comes out too small. Null with fewer than
 * three rows or two clusters, and when x hardly varies.
 */
export function clusteredSlope(rows: readonly { x: number; y: number; cluster: number }[]): Estimate | null {
  const n = rows.length;
  const [meanX, meanY] = [sumOf(rows.map((r) => r.x)) / n, sumOf(rows.map((r) => r.y)) / n];
  const spread = squares(rows.map((r) => r.x - meanX));
  const clusters = new Set(rows.map((r) => r.cluster)).size;
  if (n < 3 || clusters < 2 || !(spread > 1e-9)) return null;
  const value = sumOf(rows.map((r) => (r.x - meanX) * (r.y - meanY))) / spread;
  const rest = (r: { x: number; y: number }): number => r.y - meanY - value * (r.x - meanX);
  const usual = squares(rows.map(rest)) / (n - 2) / spread;
  const scores = byCluster(rows, (r) => (r.x - meanX) * rest(r));
  const robust = ((clusters / (clusters - 1)) * squares(scores)) / spread ** 2;
  return estimate(value, Math.sqrt(Math.max(usual, robust)), clusters);
}

/**
 * Mean of y weighted by a and weighted by b, and how far apart they are, by linearisation, days as units. Null without
 * rows or weight; the difference is null with fewer than two clusters.
 */
export function weightedMeansApart(
  rows: readonly { y: number; a: number; b: number; cluster: number }[],
): { a: number; b: number; difference: Estimate | null } | null {
  const [sumA, sumB] = [sumOf(rows.map((r) => r.a)), sumOf(rows.map((r) => r.b))];
  if (!(sumA > 0) || !(sumB > 0)) return null;
  const [a, b] = [sumOf(rows.map((r) => r.a * r.y)) / sumA, sumOf(rows.map((r) => r.b * r.y)) / sumB];
  const parts = byCluster(rows, (r) => (r.b * (r.y - b)) / sumB - (r.a * (r.y - a)) / sumA);
  const clusters = parts.length;
  const difference =
    clusters < 2 ? null : estimate(b - a, Math.sqrt((clusters / (clusters - 1)) * squares(parts)), clusters);
  return { a, b, difference };
}
