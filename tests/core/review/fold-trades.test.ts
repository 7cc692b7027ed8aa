import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FillContext } from '../../../src/core/review/fold-trades.ts';
import { orderFills } from '../../../src/core/review/order-fills.ts';
import { foldFill } from '../../../src/core/review/fold-trades.ts';
import type { Fill, Trade } from '../../../src/core/review/types.ts';

const none: FillContext = {
  alertId: null,
  decisionId: null,
  strategy: null,
  role: null,
  riskUsd: null,
  decisionMarkPx: null,
};
const entry: FillContext = {
  alertId: 'a',
  decisionId: 'd',
  strategy: 'max-pain',
  role: 'entry',
  riskUsd: 100,
  decisionMarkPx: 100,
};

const fill = (change: Partial<Fill>): Fill => ({
  tid: 1,
  coin: 'BTC',
  oid: 1,
  cloid: null,
  isBuy: true,
  px: 100,
  sz: 1,
  timeMs: 1_000,
  startPosition: 0,
  closedPnlUsd: 0,
  feeUsd: 0.05,
  isTaker: true,
  liquidation: null,
  ...change,
});
const id = (f: Fill): string => `t${f.tid}`;

const numbersOf = (t: Trade): number[] => Object.values(t).filter((v) => typeof v === 'number');

describe('fills that were never seen', () => {
  const open = foldFill(undefined, fill({ sz: 2 }), entry, id)[0];

  test('closed the trade: it ends where the next position begins, and that is a trade of its own', () => {
    const next = fill({ tid: 9, px: 120, timeMs: 9_000, startPosition: 0, isBuy: false, sz: 3 });
    const [lost, fresh] = foldFill(open, next, none, id);
    expect(lost).toMatchObject({
      id: 't1',
      closedAtMs: 9_000,
      exitPx: null,
      exitReason: 'manual',
      pnlUsd: 0,
    });
    expect(fresh).toMatchObject({
      id: 't9',
      side: 'short',
      sz: 3,
      entryPx: 120,
      closedAtMs: null,
      exitedSz: 0,
    });
  });

  test('flipped it: the other side, opened unseen, is left out until it is flat', () => {
    const onTheOtherSide = fill({ tid: 9, timeMs: 9_000, startPosition: -1, isBuy: false });
    expect(foldFill(open, onTheOtherSide, none, id)).toMatchObject([{ id: 't1', closedAtMs: 9_000 }]);
  });

  test('whatever a fill started from, every figure is a number', () => {
    const sz = fc.integer({ min: 1, max: 50 }).map((n) => n / 10);
    const start = fc.integer({ min: -50, max: 50 }).map((n) => n / 10);
    fc.assert(
      fc.property(fc.array(fc.tuple(sz, start, fc.boolean()), { minLength: 1, maxLength: 12 }), (steps) => {
        let now: Trade | undefined;
        steps.forEach(([size, startPosition, isBuy], i) => {
          const f = fill({ tid: i + 1, timeMs: (i + 1) * 1_000, sz: size, startPosition, isBuy });
          for (const t of foldFill(now, f, entry, id)) {
            expect(numbersOf(t).every(Number.isFinite)).toBe(true);
            now = t.closedAtMs === null ? t : undefined;
          }
        });
      }),
    );
  });
});

describe('foldFill', () => {
  test('entry, a half at the first target, the rest at the stop', () => {
    const [opened] = foldFill(undefined, fill({ sz: 2, px: 101 }), entry, id);
    expect(opened).toMatchObject({
      side: 'long',
      sz: 2,
      entryPx: 101,
      slippageBps: 100,
      alertId: 'a',
      closedAtMs: null,
    });
    const tp = fill({ tid: 2, isBuy: false, px: 111, startPosition: 2, closedPnlUsd: 10, timeMs: 2_000 });
    const [half] = foldFill(opened, tp, { ...none, role: 'take-profit' }, id);
    expect(half).toMatchObject({ closedAtMs: null, pnlUsd: 10, exitPx: 111 });
    const sl = fill({ tid: 3, isBuy: false, px: 95, startPosition: 1, closedPnlUsd: -6, timeMs: 3_000 });
    const [closed] = foldFill(half, sl, { ...none, role: 'stop' }, id);
    expect(closed).toMatchObject({ closedAtMs: 3_000, pnlUsd: 4, exitReason: 'stop', exitPx: 103 });
    expect(closed!.netPnlUsd).toBeCloseTo(4 - 0.15, 12);
    expect(closed!.rMultiple).toBeCloseTo(0.0385, 12);
  });

  test('a flip closes one trade and opens the other, the fee split by size', () => {
    const [long] = foldFill(undefined, fill({}), none, id);
    const flip = fill({
      tid: 2,
      isBuy: false,
      sz: 3,
      px: 110,
      startPosition: 1,
      closedPnlUsd: 10,
      feeUsd: 0.3,
    });
    const [closed, opened] = foldFill(long, flip, none, id);
    expect(closed).toMatchObject({ side: 'long', pnlUsd: 10, exitReason: 'manual', exitedSz: 1 });
    expect(closed!.feesUsd).toBeCloseTo(0.05 + 0.1, 12);
    expect(opened).toMatchObject({ side: 'short', sz: 2, entryPx: 110, closedAtMs: null });
    expect(opened!.feesUsd).toBeCloseTo(0.2, 12);
  });

  test('names a liquidation and a close by hand', () => {
    const [open] = foldFill(undefined, fill({}), none, id);
    const out = { tid: 2, isBuy: false, startPosition: 1 };
    expect(foldFill(open, fill({ ...out, liquidation: 'market' }), none, id)[0]!.exitReason).toBe(
      'liquidation',
    );
    expect(foldFill(open, fill(out), none, id)[0]!.exitReason).toBe('manual');
  });

  test('a position nobody saw opened has no trade until it is flat or flips', () => {
    const out = { isBuy: false, startPosition: 3 };
    expect(foldFill(undefined, fill(out), none, id)).toEqual([]);
    expect(foldFill(undefined, fill({ ...out, sz: 3 }), none, id)).toEqual([]);
    expect(foldFill(undefined, fill({ ...out, sz: 4, feeUsd: 0.4 }), none, id)).toMatchObject([
      { side: 'short', sz: 1, feesUsd: 0.1 },
    ]);
  });

  test('over any sequence of fills, money and sizes add up across trades', () => {
    const step = fc.record({
      isBuy: fc.boolean(),
      lots: fc.integer({ min: 1, max: 50 }),
      px: fc.integer({ min: 50, max: 150 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const trades = new Map<string, Trade>();
        let open: Trade | undefined;
        let pos = 0;
        let fees = 0;
        let pnl = 0;
        for (const [i, s] of steps.entries()) {
          const sz = s.lots / 10;
          const isClosing = pos !== 0 && Math.sign(pos) !== (s.isBuy ? 1 : -1);
          const closedPnlUsd = isClosing ? s.px - 100 : 0;
          const f = fill({
            tid: i + 1,
            isBuy: s.isBuy,
            sz,
            px: s.px,
            startPosition: pos,
            closedPnlUsd,
            feeUsd: sz,
          });
          for (const t of foldFill(open, f, none, id)) {
            trades.set(t.id, t);
            open = t.closedAtMs === null ? t : undefined;
          }
          pos = Math.round((pos + (s.isBuy ? sz : -sz)) * 1e8) / 1e8;
          fees += sz;
          pnl += closedPnlUsd;
        }
        const all = [...trades.values()];
        expect(all.reduce((sum, t) => sum + t.feesUsd, 0)).toBeCloseTo(fees, 6);
        expect(all.reduce((sum, t) => sum + t.pnlUsd, 0)).toBeCloseTo(pnl, 6);
        const left =
          open === undefined ? 0 : (open.enteredSz - open.exitedSz) * (open.side === 'long' ? 1 : -1);
        expect(left).toBeCloseTo(pos, 7);
        expect(all.filter((t) => t.closedAtMs === null)).toHaveLength(pos === 0 ? 0 : 1);
      }),
    );
  });
});

test('orderFills restores the order of a block whose trade ids say nothing', () => {
  const chain = [
    fill({ tid: 9, startPosition: 0, sz: 2 }),
    fill({ tid: 3, startPosition: 2, sz: 1 }),
    fill({ tid: 7, startPosition: 3, sz: 3, isBuy: false }),
    fill({ tid: 1, startPosition: 0, sz: 5, timeMs: 2_000 }),
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray(chain, { minLength: 4 }), (shuffled) => {
      expect(orderFills(shuffled).map((f) => f.tid)).toEqual([9, 3, 7, 1]);
    }),
  );
});
