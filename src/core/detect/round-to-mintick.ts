/**
 * `px` on the chart's price step, half a step up, as Pine's `format.mintick` prints it.
 * @param mintick price step, > 0; null leaves the price as it is
 */
export function roundToMintick(px: number, mintick: number | null): number {
  if (mintick === null) return px;
  const [mantissa = '', exponent = '0'] = String(mintick).split('e');
  const decimals = Math.max(0, (mantissa.split('.')[1]?.length ?? 0) - Number(exponent));
  return Number((Math.round(px / mintick) * mintick).toFixed(Math.min(decimals, 20)));
}
