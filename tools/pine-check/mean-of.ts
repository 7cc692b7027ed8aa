/** Mean ± its standard error, taking events as independent: they overlap, so the truth is wider. */
export function meanOf(xs: readonly number[]): string {
  const mean = xs.reduce((a, b) => a + b, 0) / xs.length;
  const variance = xs.reduce((a, x) => a + (x - mean) ** 2, 0) / (xs.length - 1);
  return `${mean.toFixed(1)} ± ${Math.sqrt(variance / xs.length).toFixed(1)}`;
}
