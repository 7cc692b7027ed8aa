import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultOfStop } from '../../../src/core/guard/check-stop.ts';
import type { GuardAction, ProtectionPolicy } from '../../../src/core/guard/plan-protection.ts';
import { planProtection, protectingStop } from '../../../src/core/guard/plan-protection.ts';
import type { AccountState, OpenOrder, Position } from '../../../src/core/guard/types.ts';

const NOW = 1_760_130_000_000;
const OURS = '0x5bac0000000000000000000000000001';

const position = (change: Partial<Position> = {}): Position => ({
  coin: 'BTC',
  side: 'long',
  sz: 0.5,
  entryPx: 100_000,
  liquidationPx: 81_000,
  leverage: 5,
  isIsolated: true,
  marginUsedUsd: 10_000,
  unrealizedPnlUsd: 0,
  ...change,
});

const stop = (change: Partial<OpenOrder> = {}): OpenOrder => ({
  coin: 'BTC',
  oid: 1,
  cloid: OURS,
  isBuy: false,
  limitPx: 88_200,
  sz: 0.5,
  origSz: 0.5,
  reduceOnly: true,
  isTrigger: true,
  triggerPx: 98_000,
  orderType: 'Stop Market',
  isPositionTpsl: false,
  isUnarmedChild: false,
  timestampMs: NOW - 60_000,
  ...change,
});

const takeProfit = stop({ oid: 90, orderType: 'Limit', isTrigger: false, triggerPx: null, limitPx: 103_000 });

const account = (positions: Position[], openOrders: OpenOrder[]): AccountState => ({
  readAtMs: NOW,
  equityUsd: 50_000,
  withdrawableUsd: 40_000,
  positions,
  openOrders,
});

const policy = (change: Partial<ProtectionPolicy> = {}): ProtectionPolicy => ({
  plannedStopPx: { BTC: 98_000 },
  markPx: { BTC: 99_500 },
  szDecimals: { BTC: 5 },
  defaultStopBps: 300,
  repairFailures: {},
  repairFailuresMax: 2,
  closeRefused: [],
  orphanGraceMs: 15_000,
  unresolvedCoins: [],
  isOurs: (c) => c.startsWith('0x5bac'),
  ...change,
});

const plan = (p: Position[], o: OpenOrder[], change: Partial<ProtectionPolicy> = {}) =>
  planProtection(account(p, o), policy(change));

describe('planProtection', () => {
  test('leaves a position with its full stop and its take profits alone', () => {
    expect(plan([position()], [stop(), takeProfit])).toEqual([]);
  });

  test('places the planned stop when there is none', () => {
    expect(plan([position()], [takeProfit])).toMatchObject([
      { code: 'stop-missing', action: { kind: 'place-stop', sz: 0.5, triggerPx: 98_000, thenCancel: [] } },
    ]);
  });

  test('protects a position nobody planned, at the default distance from its entry', () => {
    expect(plan([position()], [], { plannedStopPx: {} })).toMatchObject([
      { action: { kind: 'place-stop', triggerPx: 97_000 } },
    ]);
  });

  test.each<[string, Partial<OpenOrder>]>([
    ['stop-too-small', { sz: 0.4 }],
    ['stop-too-large', { sz: 0.6 }],
    ['stop-wrong-side', { isBuy: true }],
    ['stop-wrong-side', { triggerPx: 99_600 }],
    ['stop-not-reduce-only', { reduceOnly: false }],
    ['stop-limit-too-tight', { limitPx: 97_500 }],
    ['stop-limit-too-tight', { orderType: 'Stop Limit' }],
    ['stop-beyond-liquidation', { triggerPx: 80_500, limitPx: 72_000 }],
  ])('%s: places the right stop first, then cancels the wrong one', (code, change) => {
    const wrong = stop(change);
    expect(plan([position()], [wrong])).toMatchObject([
      { code, action: { kind: 'place-stop', sz: 0.5, triggerPx: 98_000, thenCancel: [wrong] } },
    ]);
  });

  describe('an exit that is due (G7)', () => {
    const exits = { BTC: { code: 'time-stop', side: 'long' } } as const;
    const closing = { code: 'time-stop', action: { kind: 'close', sz: 0.5 } };
    const placing = { code: 'stop-missing', action: { kind: 'place-stop', sz: 0.5, triggerPx: 98_000 } };

    test.each<[string, OpenOrder[], string[], object[]]>([
      ['closes, with its stop', [stop()], [], [closing]],
      ['closes, without a stop', [], [], [closing]],
      ['goes on beside its stop after a refusal', [stop()], ['BTC'], [closing]],
      ['is given the stop it lacks after a refusal', [], ['BTC'], [closing, placing]],
    ])('%s', (_what, orders, closeRefused, findings) => {
      const found = plan([position()], orders, { exits, closeRefused });
      expect(found).toMatchObject(findings);
      expect(found).toHaveLength(findings.length);
    });
  });

  test('a child that waits for its parent protects nothing', () => {
    expect(plan([position()], [stop({ isUnarmedChild: true })])).toMatchObject([
      { code: 'stop-missing', action: { kind: 'place-stop', thenCancel: [] } },
    ]);
  });

  test('a position-bound stop of size zero follows the whole position', () => {
    expect(plan([position()], [stop({ isPositionTpsl: true, sz: 0 })])).toEqual([]);
  });

  test('cancels a duplicate and keeps the planned stop', () => {
    const twin = stop({ oid: 2, triggerPx: 97_500 });
    expect(plan([position()], [twin, stop()])).toMatchObject([
      { code: 'stop-duplicate', action: { kind: 'cancel', orders: [{ oid: 2 }] } },
    ]);
  });

  test('keeps a hand-placed tighter stop and drops ours; drops a looser one', () => {
    const tighter = stop({ oid: 7, cloid: null, triggerPx: 99_000, limitPx: 90_000 });
    expect(plan([position()], [stop(), tighter])).toMatchObject([
      { action: { kind: 'cancel', orders: [{ oid: 1 }] } },
    ]);
    const looser = stop({ oid: 8, cloid: null, triggerPx: 95_000, limitPx: 85_000 });
    expect(plan([position()], [stop(), looser])).toMatchObject([
      { action: { kind: 'cancel', orders: [{ oid: 8 }] } },
    ]);
  });

  test('a close that the venue refused leaves a stop half-way to liquidation, and is tried on beside it (G10)', () => {
    // Marks lag: the position's own result says 92,000.
    const crashed = position({ unrealizedPnlUsd: -4_000 });
    const change = { markPx: { BTC: 97_000 }, closeRefused: ['BTC'] };
    expect(plan([crashed], [], change)).toMatchObject([
      { code: 'stop-missing', action: { kind: 'place-stop', sz: 0.5, triggerPx: 86_500, thenCancel: [] } },
    ]);
    const backstop = stop({ triggerPx: 86_500, limitPx: 77_850 });
    expect(plan([crashed], [backstop], change)).toMatchObject([
      { code: 'close-refused', action: { kind: 'close', sz: 0.5 } },
    ]);
    expect(plan([crashed], [backstop], { markPx: { BTC: 97_000 } })).toEqual([]);
  });

  test('such a stop stands between the worse mark and the liquidation price, on both sides, or there is none', () => {
    const given = fc.record({
      side: fc.constantFrom('long' as const, 'short' as const),
      markShare: fc.double({ min: 0.7, max: 1.3, noNaN: true }),
      impliedShare: fc.double({ min: 0.7, max: 1.3, noNaN: true }),
      liquidationShare: fc.option(fc.double({ min: 0.01, max: 0.25, noNaN: true }), { nil: null }),
    });
    fc.assert(
      fc.property(given, ({ side, markShare, impliedShare, liquidationShare }) => {
        const s = side === 'long' ? 1 : -1;
        const implied = 100_000 * impliedShare;
        const liquidationPx = liquidationShare === null ? null : 100_000 * (1 - s * liquidationShare);
        const p = position({ side, liquidationPx, unrealizedPnlUsd: s * (implied - 100_000) * 0.5 });
        const mark = 100_000 * markShare;
        const [finding] = plan([p], [], {
          markPx: { BTC: mark },
          closeRefused: ['BTC'],
          repairFailures: { BTC: 2 },
        });
        const worse = s * Math.min(s * mark, s * implied);
        const triggerPx = finding?.action.kind === 'place-stop' ? finding.action.triggerPx : null;
        const isBetween = (px: number): boolean =>
          s * (worse - px) > 0 && (liquidationPx === null || s * (px - liquidationPx) > 0);
        // A close, and no stop, only where there is no room for one.
        const hasNoRoom = liquidationPx !== null && s * (worse - liquidationPx) < 2;
        expect(
          triggerPx === null ? hasNoRoom && finding?.action.kind === 'close' : isBetween(triggerPx),
        ).toBe(true);
      }),
    );
  });

  test('closes when the mark has passed where the stop belongs', () => {
    expect(plan([position()], [], { markPx: { BTC: 97_900 } })).toMatchObject([
      { action: { kind: 'close', sz: 0.5 } },
    ]);
  });

  test('closes after two failed repairs', () => {
    expect(plan([position()], [], { repairFailures: { BTC: 2 } })).toMatchObject([
      { action: { kind: 'close' } },
    ]);
    expect(plan([position()], [], { repairFailures: { BTC: 1 } })).toMatchObject([
      { action: { kind: 'place-stop' } },
    ]);
  });

  test('clamps the planned stop inside the liquidation price', () => {
    const [finding] = plan([position({ liquidationPx: 98_500 })], []);
    expect(finding!.action).toMatchObject({ kind: 'place-stop' });
    expect((finding!.action as { triggerPx: number }).triggerPx).toBeGreaterThan(98_500);
  });

  test('sweeps our old lone stop, never a young one, a foreign one or one of a coin in doubt', () => {
    expect(plan([], [stop()])).toMatchObject([{ code: 'stop-orphan', action: { kind: 'cancel' } }]);
    expect(plan([], [stop({ timestampMs: NOW - 14_999 })])).toEqual([]);
    expect(plan([], [stop({ cloid: null })])).toEqual([]);
    expect(plan([], [stop({ cloid: '0xdead0000000000000000000000000001' })])).toEqual([]);
    expect(plan([], [stop()], { unresolvedCoins: ['BTC'] })).toEqual([]);
    expect(plan([], [takeProfit])).toMatchObject([{ action: { kind: 'cancel', orders: [{ oid: 90 }] } }]);
    expect(plan([], [{ ...takeProfit, reduceOnly: false }])).toEqual([]);
  });

  test('a flipped position gets a stop on its own side', () => {
    const [finding] = plan([position({ side: 'short', liquidationPx: 118_000 })], [stop()], {
      plannedStopPx: {},
    });
    expect(finding!.action).toMatchObject({
      kind: 'place-stop',
      side: 'short',
      triggerPx: 103_000,
      thenCancel: [{ oid: 1 }],
    });
  });
});

const side = fc.constantFrom('long' as const, 'short' as const);
const anyStop = fc.record({
  oid: fc.integer({ min: 1, max: 50 }),
  cloid: fc.constantFrom(OURS, null),
  isBuy: fc.boolean(),
  triggerPx: fc.double({ min: 70_000, max: 130_000, noNaN: true }),
  room: fc.double({ min: 0, max: 0.2, noNaN: true }),
  sz: fc.constantFrom(0.1, 0.4, 0.5, 0.6),
  reduceOnly: fc.boolean(),
  isUnarmedChild: fc.boolean(),
  orderType: fc.constantFrom('Stop Market', 'Stop Limit', 'Take Profit Market'),
});
const situation = fc.record({
  side,
  markPx: fc.double({ min: 85_000, max: 115_000, noNaN: true }),
  planned: fc.option(fc.double({ min: 70_000, max: 130_000, noNaN: true }), { nil: undefined }),
  failures: fc.integer({ min: 0, max: 3 }),
  stops: fc.uniqueArray(anyStop, { maxLength: 5, selector: (s) => s.oid }),
});

describe('G1–G5 for any set of orders', () => {
  test('after the action is carried out, exactly one full valid stop is left, or the position is closed', () => {
    fc.assert(
      fc.property(situation, (s) => {
        const p = position({ side: s.side, liquidationPx: s.side === 'long' ? 81_000 : 119_000 });
        const orders = s.stops.map(({ room, ...o }) =>
          stop({ ...o, limitPx: o.triggerPx * (o.isBuy ? 1 + room : 1 - room) }),
        );
        const rules = policy({
          plannedStopPx: s.planned === undefined ? {} : { BTC: s.planned },
          markPx: { BTC: s.markPx },
          repairFailures: { BTC: s.failures },
        });
        const findings = planProtection(account([p], orders), rules);
        expect(findings.length).toBeLessThanOrEqual(1);
        const action = findings[0]?.action;
        if (action?.kind === 'close') return;
        const after = carryOut(action, orders, p);
        const stopLike = after.filter((o) => o.orderType.startsWith('Stop') && !o.isUnarmedChild);
        expect(stopLike).toHaveLength(1);
        expect(stopLike[0]!.sz).toBe(p.sz);
        expect(faultOfStop(stopLike[0]!, p, s.markPx)).toBeNull();
        expect(protectingStop(p, account([p], after), s.markPx, 5)).toBeDefined();
        expect(planProtection(account([p], after), rules)).toEqual([]);
      }),
      { numRuns: 3_000 },
    );
  });

  test('closes only for a reason: repairs failed, or the mark passed where the stop belongs', () => {
    fc.assert(
      fc.property(situation, (s) => {
        const p = position({ side: s.side, liquidationPx: null });
        const rules = policy({
          plannedStopPx: s.planned === undefined ? {} : { BTC: s.planned },
          markPx: { BTC: s.markPx },
          repairFailures: { BTC: s.failures },
        });
        const action = planProtection(account([p], []), rules)[0]!.action;
        const wanted = s.planned ?? (s.side === 'long' ? 97_000 : 103_000);
        const room = s.side === 'long' ? s.markPx - wanted : wanted - s.markPx;
        const mayClose = s.failures >= 2 || room < 15;
        const mayPlace = s.failures < 2 && room > 0;
        expect(action.kind === 'close' ? mayClose : mayPlace).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

function carryOut(action: GuardAction | undefined, orders: OpenOrder[], p: Position): OpenOrder[] {
  if (action === undefined) return orders;
  if (action.kind === 'cancel') return orders.filter((o) => !action.orders.some((c) => c.oid === o.oid));
  if (action.kind === 'close') return [];
  const isBuy = p.side === 'short';
  const placed = stop({
    oid: 1_000,
    isBuy,
    sz: action.sz,
    triggerPx: action.triggerPx,
    limitPx: action.triggerPx * (isBuy ? 1.1 : 0.9),
  });
  return [...orders.filter((o) => !action.thenCancel.some((c) => c.oid === o.oid)), placed];
}
