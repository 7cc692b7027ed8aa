/** Prices with six digits, without an exponent. */
export const px = (x: number): string =>
  x >= 100_000 ? x.toFixed(0) : x.toFixed(Math.max(0, 5 - Math.floor(Math.log10(x))));

/** USD with three digits: $226.9M, $12.4k. */
export function usd(x: number): string {
  for (const [unit, size] of [
    ['B', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ] as const)
    if (x >= size) return `$${(x / size).toFixed(1)}${unit}`;
  return `$${x.toFixed(0)}`;
}

export const percent = (fraction: number): string => `${(fraction * 100).toFixed(2)} %`;
export const signed = (fraction: number): string => `${fraction > 0 ? '+' : ''}${percent(fraction)}`;
