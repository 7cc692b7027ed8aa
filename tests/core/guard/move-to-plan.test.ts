import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { breakevenPx } from '../../../src/core/decide/breakeven-px.ts';
import { faultOfStop, impliedMarkPx } from '../../../src/core/guard/check-stop.ts';
import type { ProtectionPolicy } from '../../../src/core/guard/plan-protection.ts';
import { planProtection, protectingStop } from '../../../src/core/guard/plan-protection.ts';
import type { OpenOrder, Position } from '../../../src/core/guard/types.ts';
import type { Side } from '../../../src/core/shared/coin.ts';

const OURS = '0x5bac0000000000000000000000000001';
const NOW = 1_760_130_000_000;
const POLICY: ProtectionPolicy = {
  plannedStopPx: {},
  markPx: {},
  szDecimals: { BTC: 5 },
  defaultStopBps: 300,
  repairFailures: {},
  repairFailuresMax: 2,
  closeRefused: [],
  orphanGraceMs: 15_000,
  unresolvedCoins: [],
  isOurs: (c) => c.startsWith('0x5bac'),
};

const held = (
  side: Side,
  o: { stopPx: number; plannedPx: number; markPx: number; cloid?: string | null },
) => {
  const s = side === 'long' ? 1 : -1;
  const p: Position = {
    coin: 'BTC',
    side,
    sz: 0.5,
    entryPx: 100_000,
    liquidationPx: 100_000 - s * 19_000,
    leverage: 5,
    isIsolated: true,
    marginUsedUsd: 10_000,
    unrealizedPnlUsd: 0,
  };
  const stop: OpenOrder = {
    coin: 'BTC',
    oid: 1,
    cloid: o.cloid === undefined ? OURS : o.cloid,
    isBuy: side === 'short',
    limitPx: o.stopPx * (1 - s * 0.1),
    sz: 0.5,
    origSz: 0.5,
    reduceOnly: true,
    isTrigger: true,
    triggerPx: o.stopPx,
    orderType: 'Stop Market',
    isPositionTpsl: false,
    isUnarmedChild: false,
    timestampMs: NOW - 60_000,
  };
  const account = { readAtMs: NOW, equityUsd: 1e5, withdrawableUsd: 1e5, positions: [p], openOrders: [stop] };
  const findings = planProtection(account, {
    ...POLICY,
    plannedStopPx: { BTC: o.plannedPx },
    markPx: { BTC: o.markPx },
  });
  return { findings, stop, position: p };
};

describe('G9: a stop follows a plan that has become tighter', () => {
  test('the new one is placed first, then the old one is cancelled', () => {
    const { findings, stop } = held('long', { stopPx: 98_000, plannedPx: 100_090, markPx: 101_500 });
    expect(findings).toMatchObject([
      {
        code: 'stop-behind-plan',
        action: { kind: 'place-stop', sz: 0.5, triggerPx: 100_090, thenCancel: [stop] },
      },
    ]);
  });

  test('once there, nothing is left to do', () => {
    expect(held('long', { stopPx: 100_090, plannedPx: 100_090, markPx: 101_500 }).findings).toEqual([]);
  });

  test.each<[string, Parameters<typeof held>[1]]>([
    ['the mark has passed the plan', { stopPx: 98_000, plannedPx: 100_090, markPx: 100_050 }],
    ['the plan is looser', { stopPx: 99_000, plannedPx: 98_000, markPx: 101_500 }],
    ['a person placed it', { stopPx: 98_000, plannedPx: 100_090, markPx: 101_500, cloid: null }],
  ])('stays when %s', (_, o) => {
    expect(held('long', o).findings).toEqual([]);
  });

  test('it only ever moves toward the mark, and never closes the position', () => {
    const px = fc.double({ min: 95_000, max: 105_000, noNaN: true }).map(Math.round);
    fc.assert(
      fc.property(px, px, px, fc.constantFrom<Side>('long', 'short'), (stopPx, plannedPx, markPx, side) => {
        const s = side === 'long' ? 1 : -1;
        fc.pre(s * (markPx - stopPx) > 0);
        const [found] = held(side, { stopPx, plannedPx, markPx }).findings;
        const isDue = s * (plannedPx - stopPx) > 0 && s * (markPx - plannedPx) > 0;
        expect(found?.code).toBe(isDue ? 'stop-behind-plan' : undefined);
        fc.pre(found?.action.kind === 'place-stop');
        const { triggerPx } = found.action;
        expect(s * (triggerPx - stopPx)).toBeGreaterThan(0);
        expect(s * (markPx - triggerPx)).toBeGreaterThan(0);
      }),
    );
  });
});

test('without a mark a stop at break-even is judged by the result of the position, not by its entry', () => {
  const { position, stop } = held('long', { stopPx: 100_090, plannedPx: 100_090, markPx: 101_500 });
  const winning = { ...position, unrealizedPnlUsd: 0.5 * 1_500 };
  expect(impliedMarkPx(winning)).toBe(101_500);
  expect(faultOfStop(stop, winning, impliedMarkPx(winning))).toBeNull();
  const account = {
    readAtMs: NOW,
    equityUsd: 1,
    withdrawableUsd: 1,
    positions: [winning],
    openOrders: [stop],
  };
  expect(protectingStop(winning, account, null, 5)).toEqual(stop);
  const policy = { ...POLICY, plannedStopPx: { BTC: 100_090 }, markPx: {} };
  expect(planProtection(account, policy)).toEqual([]);
});

test('break-even pays for the fees of both ways, whichever side, and is a legal price', () => {
  expect(breakevenPx('long', 96_700, 5)).toBe(96_788);
  expect(breakevenPx('short', 96_700, 5)).toBe(96_612);
  expect(breakevenPx('long', 0.123456, 0)).toBe(0.12357);
});
