import { assert } from './assert.ts';

export type Direction = 'up' | 'down';

/** A finite number ≥ 0 as digits and a count of decimals: 0.00123 → {digits: '000123', decimals: 5}. */
function toScaled(value: number): { digits: string; decimals: number } {
  const [mantissa = '0', exponent = '0'] = String(value).split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  const shift = fraction.length - Number(exponent);
  const digits = whole + fraction;
  return shift >= 0 ? { digits, decimals: shift } : { digits: digits + '0'.repeat(-shift), decimals: 0 };
}

/** So many digits are below 2^53 in any case. */
const EXACT_DIGITS = 15;
/** The powers of ten that doubles hold exactly. */
const POWERS = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/** `value` ≥ 0 cut to `decimals` places toward zero ("down") or away from it ("up"), exactly, in decimal text. */
function roundDecimal(value: number, decimals: number, direction: Direction): number {
  const scaled = toScaled(value);
  if (scaled.decimals <= decimals) return value;
  const [step, unit] = [POWERS[scaled.decimals - decimals], POWERS[decimals]];
  if (scaled.digits.length <= EXACT_DIGITS && step !== undefined && unit !== undefined) {
    // Whole numbers that doubles hold, and one division at the end, which gives the nearest double: what parsing the
    // text would give. BigInt does the same at five times the cost.
    const digits = Number(scaled.digits);
    const rest = digits % step;
    return ((digits - rest) / step + (direction === 'up' && rest > 0 ? 1 : 0)) / unit;
  }
  return roundBig(BigInt(scaled.digits), scaled.decimals - decimals, decimals, direction);
}

/** The same for digits that doubles do not hold. @param cut how many of their decimals go */
function roundBig(digits: bigint, cut: number, decimals: number, direction: Direction): number {
  const step = 10n ** BigInt(cut);
  const kept = digits / step + (direction === 'up' && digits % step !== 0n ? 1n : 0n);
  const text = kept.toString().padStart(decimals + 1, '0');
  return Number(decimals === 0 ? text : `${text.slice(0, -decimals)}.${text.slice(-decimals)}`);
}

/** Decimal places a perp price may have: at most 5 significant figures and 6 − szDecimals decimals; integers always. */
export function pxDecimals(px: number, szDecimals: number): number {
  if (!(Number.isFinite(px) && px > 0)) assert(false, `price ${px}`);
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
  if (!(out > 0)) assert(false, `price ${px} rounds to 0`);
  return out;
}

/** A size in coins cut to `szDecimals` toward zero; 0 when smaller than one lot. */
export function floorSz(sz: number, szDecimals: number): number {
  if (!(Number.isFinite(sz) && sz >= 0)) assert(false, `size ${sz}`);
  return roundDecimal(sz, szDecimals, 'down');
}

/** The smallest tradable step above or below `px`, in USD per coin. */
export function tickOf(px: number, szDecimals: number): number {
  return Number(`1e-${pxDecimals(px, szDecimals)}`);
}

/** Plain decimal text, no exponent, no trailing zeros: what the wire wants. */
export function toWire(value: number): string {
  if (!(Number.isFinite(value) && value >= 0)) assert(false, `wire number ${value}`);
  const plain = String(value);
  if (!plain.includes('e')) return plain;
  const { digits, decimals } = toScaled(value);
  const text = digits.padStart(decimals + 1, '0');
  if (decimals === 0) return text;
  return `${text.slice(0, -decimals)}.${text.slice(-decimals)}`.replace(/\.?0+$/, '');
}
