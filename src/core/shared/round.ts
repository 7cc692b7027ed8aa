import { assert } from './assert.ts';

export type Direction = 'up' | 'down';

/** A finite number ≥ 0 as digits and a count of decimals: 0.00123 → {digits: 123n, decimals: 5}. */
function toScaled(value: number): { digits: bigint; decimals: number } {
  const [mantissa = '0', exponent = '0'] = String(value).split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  const shift = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction);
  return shift >= 0 ? { digits, decimals: shift } : { digits: digits * 10n ** BigInt(-shift), decimals: 0 };
}

/** `value` ≥ 0 cut to `decimals` places toward zero ("down") or away from it ("up"), exactly, in decimal text. */
function roundDecimal(value: number, decimals: number, direction: Direction): number {
  const scaled = toScaled(value);
  if (scaled.decimals <= decimals) return value;
  const step = 10n ** BigInt(scaled.decimals - decimals);
  const kept = scaled.digits / step + (direction === 'up' && scaled.digits % step !== 0n ? 1n : 0n);
  const text = kept.toString().padStart(decimals + 1, '0');
  return Number(decimals === 0 ? text : `${text.slice(0, -decimals)}.${text.slice(-decimals)}`);
}

/** Decimal places a perp price may have: at most 5 significant figures and 6 − szDecimals decimals; integers always. */
export function pxDecimals(px: number, szDecimals: number): number {
  assert(Number.isFinite(px) && px > 0, `price ${px}`);
  const integerDigits = Math.floor(Math.log10(px)) + 1;
  // log10 can be off by one ulp at powers of ten: settle it by comparison.
  const exact =
    px >= 10 ** integerDigits
      ? integerDigits + 1
      : px < 10 ** (integerDigits - 1)
        ? integerDigits - 1
        : integerDigits;
  return Math.max(0, Math.min(6 - szDecimals, 5 - exact));
}

/**
 * A price legal on Hyperliquid perps, rounded in the direction asked for.
 * @param px USD per coin, > 0
 * @throws InvariantError when px is not a positive finite number, or rounds down to 0
 */
export function roundPx(px: number, szDecimals: number, direction: Direction): number {
  const out = roundDecimal(px, pxDecimals(px, szDecimals), direction);
  assert(out > 0, `price ${px} rounds to 0`);
  return out;
}

/** A size in coins cut to `szDecimals` toward zero; 0 when smaller than one lot. */
export function floorSz(sz: number, szDecimals: number): number {
  assert(Number.isFinite(sz) && sz >= 0, `size ${sz}`);
  return roundDecimal(sz, szDecimals, 'down');
}

/** The smallest tradable step above or below `px`, in USD per coin. */
export function tickOf(px: number, szDecimals: number): number {
  return Number(`1e-${pxDecimals(px, szDecimals)}`);
}

/** Plain decimal text, no exponent, no trailing zeros: what the wire wants. */
export function toWire(value: number): string {
  assert(Number.isFinite(value) && value >= 0, `wire number ${value}`);
  const { digits, decimals } = toScaled(value);
  const text = digits.toString().padStart(decimals + 1, '0');
  if (decimals === 0) return text;
  return `${text.slice(0, -decimals)}.${text.slice(-decimals)}`.replace(/\.?0+$/, '');
}
