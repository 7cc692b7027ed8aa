import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../src/core/shared/seeded-random.ts';

const draw = (n: number, next: () => number): number[] => Array.from({ length: n }, next);
const MASK = 0xffffffffn;
const mean = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length;

/** sfc32 as published, in unbounded integers. */
const reference = (a: bigint, b: bigint, c: bigint, counter: bigint, n: number): bigint[] => {
  const out: bigint[] = [];
  for (let i = 0; i < n; i++) {
    const sum = (a + b + counter) & MASK;
    counter = (counter + 1n) & MASK;
    a = b ^ (b >> 9n);
    b = (c + (c << 3n)) & MASK;
    c = (((c << 21n) | (c >> 11n)) + sum) & MASK;
    out.push(sum);
  }
  return out;
};

const fnv = (text: string): bigint =>
  Buffer.from(text).reduce((h, byte) => ((h ^ BigInt(byte)) * 0x01000193n) & MASK, 0x811c9dc5n);

describe('seeded random', () => {
  test('the same seed gives the same stream, another seed another one', () => {
    const first = draw(1_000, seededRandom(7).next);
    expect(draw(1_000, seededRandom(7).next)).toEqual(first);
    expect(draw(1_000, seededRandom('7').next)).toEqual(first);
    const other = draw(1_000, seededRandom(8).next);
    expect(other.filter((x, i) => x === first[i])).toEqual([]);
  });

  test('the transition is sfc32: checked against the definition in unbounded integers', () => {
    const expected = reference(fnv('42'), fnv('42/b'), fnv('42/c'), 1n, 12 + 500).slice(12);
    const got = draw(500, seededRandom(42).next).map((x) => BigInt(x * 4294967296));
    expect(got).toEqual(expected);
  });

  test('uniform: mean, variance, every sixteenth equally full, no correlation with the number before', () => {
    const xs = draw(200_000, seededRandom(1).next);
    expect(Math.min(...xs.slice(0, 50_000))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...xs.slice(0, 50_000))).toBeLessThan(1);
    expect(Math.abs(mean(xs) - 0.5)).toBeLessThan(0.003);
    expect(Math.abs(mean(xs.map((x) => (x - 0.5) ** 2)) - 1 / 12)).toBeLessThan(0.001);
    const bins = Array.from({ length: 16 }, () => 0);
    for (const x of xs) bins[Math.floor(x * 16)]! += 1;
    const chiSquare = bins.reduce((sum, n) => sum + (n - 12_500) ** 2 / 12_500, 0);
    expect(chiSquare).toBeLessThan(37.7); // 0.1 % point with 15 degrees of freedom
    expect(chiSquare).toBeGreaterThan(1.5); // nor suspiciously even
    const lag = mean(xs.slice(1).map((x, i) => (x - 0.5) * (xs[i]! - 0.5))) * 12;
    expect(Math.abs(lag)).toBeLessThan(0.01);
  });

  test('normal and exponential have the moments of their names', () => {
    const random = seededRandom(2);
    const normals = draw(200_000, random.normal);
    expect(Math.abs(mean(normals))).toBeLessThan(0.01);
    expect(Math.abs(mean(normals.map((x) => x * x)) - 1)).toBeLessThan(0.02);
    expect(Math.abs(mean(normals.map((x) => x ** 4)) - 3)).toBeLessThan(0.15);
    const exponentials = draw(200_000, random.exponential);
    expect(Math.abs(mean(exponentials) - 1)).toBeLessThan(0.02);
    expect(Math.abs(mean(exponentials.map((x) => x * x)) - 2)).toBeLessThan(0.1);
  });

  test('a fork does not depend on how much was drawn before, and streams of neighbouring names are unrelated', () => {
    const parent = seededRandom(3);
    const before = draw(10, parent.fork('BTC').next);
    draw(1_000, parent.next);
    expect(draw(10, parent.fork('BTC').next)).toEqual(before);
    const btc = draw(20_000, parent.fork('BTC').next);
    const eth = draw(20_000, parent.fork('ETH').next);
    expect(Math.abs(mean(btc.map((x, i) => (x - 0.5) * (eth[i]! - 0.5))) * 12)).toBeLessThan(0.03);
  });
});
