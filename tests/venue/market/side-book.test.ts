import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Side } from '../../../src/core/shared/coin.ts';
import { SideBook } from '../../../src/venue/market/side-book.ts';

const BAR = 300_000;
const T0 = 1_700_000_100_000;

/** The same rules on a plain list: slow and plainly right. */
class PlainBook {
  readonly side: Side;
  open: { px: number; sz: number; closeAtMs: number }[] = [];
  constructor(side: Side) {
    this.side = side;
  }
  get total(): number {
    return this.open.reduce((sum, p) => sum + p.sz, 0);
  }
  closeDue(nowMs: number): void {
    this.open = this.open.filter((p) => p.closeAtMs > nowMs);
  }
  reduceAll(sz: number): void {
    const share = Math.min(0.5, this.total > 0 ? sz / this.total : 0);
    for (const p of this.open) p.sz *= 1 - share;
  }
  liquidate(px: number): number {
    const isHit = (p: { px: number }): boolean => (this.side === 'long' ? px <= p.px : px >= p.px);
    const hit = this.open.filter(isHit);
    this.open = this.open.filter((p) => !isHit(p));
    return hit.reduce((sum, p) => sum + p.sz, 0);
  }
}

const anAction = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('open' as const),
      px: fc.integer({ min: 50, max: 150 }),
      sz: fc.integer({ min: 1, max: 100 }),
      lifeMs: fc.integer({ min: 0, max: 40 * BAR }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('bar' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('reduce' as const), sz: fc.integer({ min: 0, max: 300 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('touch' as const), px: fc.integer({ min: 40, max: 160 }) }),
  },
);

describe('one side of the leveraged population', () => {
  test.each(['long', 'short'] as const)('%s: agrees with a plain list over any history', (side) => {
    fc.assert(
      fc.property(fc.array(anAction, { minLength: 1, maxLength: 200 }), (actions) => {
        const book = new SideBook(side, 4);
        const plain = new PlainBook(side);
        let nowMs = T0;
        /** Coins liquidated: returned, told one by one, and plainly. */
        const reached: [number, number, number][] = [];
        for (const a of actions) {
          if (a.do === 'open') {
            book.open({ liquidationPx: a.px, entryPx: 100, leverage: 10, sz: a.sz }, nowMs, a.lifeMs);
            const closeAtMs = (Math.floor((nowMs + a.lifeMs) / BAR) + 1) * BAR;
            plain.open.push({ px: a.px, sz: a.sz, closeAtMs });
          } else if (a.do === 'bar') {
            nowMs += BAR;
            book.closeDue(nowMs);
            plain.closeDue(nowMs);
          } else if (a.do === 'reduce') {
            book.reduceAll(a.sz);
            plain.reduceAll(a.sz);
          } else {
            let seen = 0;
            const got = book.liquidate(a.px, nowMs, (_, sz) => (seen += sz));
            reached.push([got, seen, plain.liquidate(a.px)]);
          }
          expect(book.totalSz).toBeCloseTo(plain.total, 6);
        }
        for (const [got, seen, plainly] of reached) {
          expect(got).toBeCloseTo(plainly, 6);
          expect(seen).toBeCloseTo(got, 6);
        }
        const prices = book.list(nowMs, 100).map((p) => p.liquidationPx);
        expect(prices.toSorted((a, b) => a - b)).toEqual(
          plain.open.map((p) => p.px).toSorted((a, b) => a - b),
        );
        const usd = book.list(nowMs, 100).reduce((sum, p) => sum + p.notionalUsd, 0);
        expect(usd).toBeCloseTo(100 * plain.total, 4);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['long', [90, 80, 70]],
    ['short', [110, 120, 130]],
  ] as const)('%s: liquidates in the order price reaches them', (side, prices) => {
    const book = new SideBook(side);
    for (const px of [prices[1], prices[2], prices[0]])
      book.open({ liquidationPx: px, entryPx: 100, leverage: 5, sz: 1 }, T0, 10 * BAR);
    const seen: number[] = [];
    const take = (px: number): void => void seen.push(px);
    expect(book.liquidate(100, T0, take)).toBe(0);
    expect(book.liquidate(prices[1], T0, take)).toBe(2);
    expect(seen).toEqual([prices[0], prices[1]]);
    expect(book.liquidate(prices[1], T0, take)).toBe(0);
    expect(book.totalSz).toBe(1);
  });

  test('a million small reductions neither underflow nor lose size', () => {
    const book = new SideBook('long', 4);
    let largest = 0;
    for (let i = 0; i < 1_000_000; i++) {
      book.open({ liquidationPx: 90, entryPx: 100, leverage: 10, sz: 1 }, T0 + Math.floor(i / 10) * BAR, 0);
      if (i % 10 === 9) book.closeDue(T0 + Math.floor(i / 10 + 1) * BAR);
      book.reduceAll(0.4);
      largest = Math.max(largest, Math.abs(book.totalSz));
    }
    expect(largest).toBeGreaterThan(4);
    expect(largest).toBeLessThan(10);
    expect(book.totalSz).toBeLessThan(1e-6);
  });

  test('halved until nothing is left, it takes new positions as before', () => {
    const book = new SideBook('long');
    const open = (sz: number): void =>
      book.open({ liquidationPx: 90, entryPx: 100, leverage: 10, sz }, T0, 10 * BAR);
    open(8);
    for (let i = 0; i < 1_200; i++) book.reduceAll(8);
    expect(book.totalSz).toBeLessThan(1e-300);
    open(3);
    expect(book.totalSz).toBeCloseTo(3, 12);
    expect(book.list(T0, 100).map((p) => p.sz)).toEqual([expect.closeTo(0, 300), 3]);
    expect(book.liquidate(90, T0, () => undefined)).toBe(3);
  });
});
