// Exact integer arithmetic. A legal price has at most 6 − szDecimals decimals and a size at most szDecimals, so
// price units × lots is a whole number of micro-USD: cash, notional, fees and pnl never drift.
import { assert } from '../../core/shared/assert.ts';

/** Micro-USD in one USD. */
export const MICRO = 1_000_000;

/** Passes `n` through when it is a safe integer; an overflow is a bug, never a rounding. */
export function exact(n: number): number {
  if (!Number.isSafeInteger(n)) assert(false, `not an exact integer: ${n}`);
  return n;
}

/** a·b÷c rounded to the nearest integer, halves away from zero. c > 0. */
export function mulDiv(a: number, b: number, c: number): number {
  const product = a * b;
  if (Number.isSafeInteger(product)) {
    const whole = Math.trunc(product / c);
    const rest = product - whole * c;
    if (Number.isSafeInteger(whole * c)) return Math.abs(rest) * 2 >= c ? whole + Math.sign(product) : whole;
  }
  const big = BigInt(a) * BigInt(b);
  const half = big < 0n ? -BigInt(c) : BigInt(c);
  return exact(Number((big * 2n + half) / (2n * BigInt(c))));
}

/** n·numerator÷denominator rounded up: what must at least be there (margin). n ≥ 0. */
export function ceilDiv(n: number, denominator: number): number {
  return exact(Math.ceil(n / denominator));
}

const POWERS = Array.from({ length: 13 }, (_, i) => 10 ** i);
/** 10 to the `decimals`, 0 ≤ decimals ≤ 12. */
export const scale = (decimals: number): number => POWERS[decimals] ?? 10 ** decimals;

/** A decimal number to whole units of 10^-decimals, nearest: for market data, which need not sit on a tick. */
export const toUnits = (value: number, decimals: number): number => Math.round(value * scale(decimals));

/** Decimal text to whole units; null when it has more decimals than the unit, or is too large to be exact. */
export function parseUnits(text: string, decimals: number): number | null {
  const [whole = '', fraction = ''] = text.split('.');
  const cut = fraction.replace(/0+$/, '');
  if (cut.length > decimals) return null;
  const n = Number(whole + cut.padEnd(decimals, '0'));
  return Number.isSafeInteger(n) ? n : null;
}

/** Units to the venue's decimal text, which has at least one decimal: 650000 at 1 → "65000.0". */
export function fmt(n: number, decimals: number): string {
  if (decimals === 0) return `${n}.0`;
  const text = String(Math.abs(n)).padStart(decimals + 1, '0');
  let end = text.length;
  const point = text.length - decimals;
  while (end > point + 1 && text.charCodeAt(end - 1) === 48) end--;
  return `${n < 0 ? '-' : ''}${text.slice(0, point)}.${text.slice(point, end)}`;
}

/** Micro-USD as text. */
export const usd = (micro: number): string => fmt(micro, 6);

/** Same digits without the obligatory decimal: what error texts and trigger conditions print. */
export const plain = (n: number, decimals: number): string => fmt(n, decimals).replace(/\.0$/, '');
