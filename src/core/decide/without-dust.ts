import { toDigits } from '../shared/to-digits.ts';

/**
 * A price or size that came out of a few operations on doubles, as decimals would have given it: 104,600 × 1.005 is
 * 105,123 and not 105,122.99999999999, which rounds down to one tick less. Thirteen digits: far finer than any tick or
 * lot, far coarser than what those operations leave.
 */
export const withoutDust = (x: number): number => toDigits(x, 13);
