import { assert, constantFrom, double, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeMargin, MARGIN_POLICY } from '../../../src/core/guard/judge-margin.ts';
import type { AccountState, Position } from '../../../src/core/guard/types.ts';

const position = (change: Partial<Position>): Position => ({
  coin: 'BTC',
  side: 'long',
  sz: 0.5,
  entryPx: 100_000,
  liquidationPx: 90_000,
  leverage: 5,
  isIsolated: true,
  marginUsedUsd: 10_000,
  unrealizedPnlUsd: 0,
  ...change,
});
const account = (positions: Position[], cross?: AccountState['cross']): AccountState => ({
  readAtMs: 1,
  equityUsd: 50_000,
  withdrawableUsd: 40_000,
  positions,
  openOrders: [],
  ...(cross === undefined ? {} : { cross }),
});
const codes = (a: AccountState, markPx = 100_000) => judgeMargin(a, { BTC: markPx }).map((w) => w.code);

describe('judgeMargin', () => {
  test('warns of a liquidation price nearer than the least distance, on either side', () => {
    assert(
      property(
        constantFrom('long' as const, 'short' as const),
        double({ min: 0.001, max: 0.3, noNaN: true }),
        (side, fraction) => {
          const liquidationPx = 100_000 * (side === 'long' ? 1 - fraction : 1 + fraction);
          const isNear = fraction < MARGIN_POLICY.liquidationFractionMin - 1e-9;
          const isFar = fraction > MARGIN_POLICY.liquidationFractionMin + 1e-9;
          const found = codes(account([position({ side, liquidationPx })]));
          return isNear ? found[0] === 'liquidation-near' : !isFar || found.length === 0;
        },
      ),
    );
    expect(codes(account([position({ liquidationPx: 96_000 })]))).toEqual(['liquidation-near']);
  });

  test('says nothing of what it does not know: no liquidation price, no mark, no cross margin', () => {
    expect(codes(account([position({ liquidationPx: null })]))).toEqual([]);
    expect(judgeMargin(account([position({ liquidationPx: 99_999 })]), {})).toEqual([]);
    expect(codes(account([]))).toEqual([]);
  });

  test('warns when maintenance takes more than half of the cross margin', () => {
    expect(codes(account([], { equityUsd: 10_000, maintenanceUsd: 5_000 }))).toEqual([]);
    expect(codes(account([], { equityUsd: 10_000, maintenanceUsd: 5_001 }))).toEqual(['margin-low']);
    expect(codes(account([], { equityUsd: -1, maintenanceUsd: 1 }))).toEqual(['margin-low']);
  });
});
