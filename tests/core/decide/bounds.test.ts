import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { confidenceOf, readSignals } from '../../../src/core/decide/confidence.ts';
import { decide } from '../../../src/core/decide/decide.ts';
import type { DecideInput } from '../../../src/core/decide/decide-input.ts';
import { STOP_SLIPPAGE_BUDGET_FRACTION, TAKER_FEE_FRACTION } from '../../../src/core/decide/risk-limits.ts';
import { groupOf } from '../../../src/core/shared/coin-params.ts';
import type { Side } from '../../../src/core/shared/coin.ts';
import { exhaustion } from '../../support/alerts.ts';
import {
  BTC_META,
  cloidFor,
  decideInput,
  market,
  signalFacts,
  zone,
  zoneMap,
} from '../../support/decide-input.ts';

const base = decideInput();
const NOW = base.nowMs;
/** Evenly spread, unlike fc.double, which draws almost everything near zero. */
const double = (min: number, max: number) =>
  fc.integer({ min: 0, max: 1e6 }).map((n) => min + ((max - min) * n) / 1e6);
const side = fc.constantFrom<Side>('long', 'short');

const situation = fc.record({
  equityUsd: fc.oneof(double(200, 20_000), double(200, 3e6)),
  withdrawable: fc.oneof(double(0, 0.02), double(0, 1)),
  markPx: double(104_200, 104_990),
  extreme: double(102_000, 103_600),
  score: fc.option(double(0, 100), { nil: null }),
  atr: double(10, 900),
  support: fc.tuple(double(-0.1, 1), double(-0.1, 1)),
  isTooHot: fc.boolean(),
  beyondUsd: fc.oneof(fc.constant(0), double(0, 7e7)),
  held: fc.array(
    fc.record({ coin: fc.constantFrom('ETH', 'SOL', 'DOGE', 'LTC'), side, share: double(0, 0.99) }),
    {
      maxLength: 3,
    },
  ),
  recent: fc.array(fc.record({ side, share: double(0, 0.012), agoMs: double(0, 1_200_000) }), {
    maxLength: 3,
  }),
  dayRisk: double(0, 0.065),
  tierUsd: fc.option(double(1_000, 50_000), { nil: null }),
});
type Situation = typeof situation extends fc.Arbitrary<infer T> ? T : never;

const inputOf = (s: Situation): DecideInput =>
  decideInput({
    alert: exhaustion({
      score: s.score,
      atr: s.atr,
      cascade: { ...exhaustion().cascade, extreme: s.extreme },
    }),
    market: market(s.markPx),
    meta: {
      ...BTC_META,
      marginTiers: [
        { lowerBoundUsd: 0, maxLeverage: 40 },
        ...(s.tierUsd === null ? [] : [{ lowerBoundUsd: s.tierUsd, maxLeverage: 3 }]),
      ],
    },
    zones: zoneMap({
      zones: [zone('long', s.extreme - 500, s.extreme - 300, s.beyondUsd), zone('short', 107_000, 107_400)],
    }),
    signals: { ...signalFacts(...s.support), isTooHot: s.isTooHot },
    account: {
      readAtMs: NOW,
      equityUsd: s.equityUsd,
      withdrawableUsd: s.equityUsd * s.withdrawable,
      positions: s.held.map((h) => ({ coin: h.coin, side: h.side, notionalUsd: h.share * s.equityUsd })),
    },
    exposure: {
      ...base.exposure,
      dayRiskUsd: s.dayRisk * s.equityUsd,
      recent: s.recent.map((r) => ({
        coin: 'SOL',
        side: r.side,
        riskUsd: r.share * s.equityUsd,
        decidedAtMs: NOW - r.agoMs,
      })),
    },
  });

/** Every bound of the size, written down anew: what may be lost, and what the position may be worth, USD. */
function boundsOf(
  i: DecideInput,
  confidence: number,
  sizeFactor: number,
): { riskUsd: number; notionalUsd: number } {
  const { equityUsd, withdrawableUsd, positions } = i.account!;
  const { limits } = i;
  const total = (list: readonly { notionalUsd: number }[]) => list.reduce((sum, p) => sum + p.notionalUsd, 0);
  const longs = positions.filter((p) => p.side === 'long');
  const spent = i.exposure.recent
    .filter((r) => r.side === 'long' && NOW - r.decidedAtMs <= limits.cascadeWindowMs)
    .reduce((sum, r) => sum + r.riskUsd, 0);
  const tier = i.meta!.marginTiers.find((t) => t.maxLeverage < i.params!.leverage);
  return {
    riskUsd: Math.min(
      equityUsd * i.params!.riskFraction * confidence * sizeFactor,
      equityUsd * limits.dayRiskFractionMax - i.exposure.dayRiskUsd,
      equityUsd * limits.cascadeRiskFractionMax - spent,
    ),
    notionalUsd: Math.min(
      i.params!.notionalUsdMax,
      equityUsd * limits.grossLeverageMax - total(positions),
      equityUsd * limits.sideLeverageMax - total(longs),
      equityUsd * limits.groupLeverageMax - total(longs.filter((p) => groupOf(p.coin) === 'major')),
      withdrawableUsd * i.params!.leverage * 0.9,
      tier?.lowerBoundUsd ?? Number.POSITIVE_INFINITY,
    ),
  };
}

test('over 10,000 situations the loss at the stop, fees and slippage included, is within every budget, and one lot more would break one', () => {
  let approved = 0;
  const boundBy = new Map<string, number>();
  fc.assert(
    fc.property(situation, (s) => {
      const input = inputOf(s);
      const d = decide(input, cloidFor);
      if (d.plan === null) return;
      approved += 1;
      const { sz, entryLimitPx, stopPx, confidence, riskUsd } = d.plan;
      const numbers = d.gates.at(-1)!.numbers;
      const by = String(numbers['boundBy']);
      boundBy.set(by, (boundBy.get(by) ?? 0) + 1);
      const perCoin =
        entryLimitPx -
        stopPx +
        stopPx * STOP_SLIPPAGE_BUDGET_FRACTION +
        (entryLimitPx + stopPx) * TAKER_FEE_FRACTION;
      const bounds = boundsOf(input, confidence, Number(numbers['sizeFactor']));
      expect(riskUsd).toBeCloseTo(sz * perCoin, 6);
      expect(sz * perCoin).toBeLessThanOrEqual(bounds.riskUsd * (1 + 1e-9));
      expect(sz * entryLimitPx).toBeLessThanOrEqual(bounds.notionalUsd * (1 + 1e-9));
      const more = sz + 10 ** -BTC_META.szDecimals;
      const breaks =
        more * perCoin > bounds.riskUsd * (1 - 1e-9) || more * entryLimitPx > bounds.notionalUsd * (1 - 1e-9);
      expect(breaks).toBe(true);
    }),
    { numRuns: 10_000 },
  );
  // The property says something: thousands of plans, and every kind of bound among them.
  expect(approved).toBeGreaterThan(3_000);
  expect([...boundBy.keys()].toSorted()).toEqual([
    'cascade-risk',
    'coin-notional',
    'day-risk',
    'gross-leverage',
    'group-leverage',
    'margin',
    'margin-tier',
    'risk',
    'side-leverage',
  ]);
});

describe('confidence', () => {
  const score = fc.option(double(0, 100), { nil: null });
  const strength = fc.tuple(double(-0.14, 1), double(-0.14, 1));

  test('is between 0.1 and 1, and no less with a higher score or more support of the same agreement', () => {
    fc.assert(
      fc.property(double(0, 100), double(0, 100), strength, double(0, 1), (a, b, [s5, s1], more) => {
        const s = readSignals(signalFacts(s5, s1), 'long', NOW);
        const low = confidenceOf(Math.min(a, b), s);
        expect(low).toBeGreaterThanOrEqual(0.1);
        expect(confidenceOf(Math.max(a, b), s)).toBeLessThanOrEqual(1);
        expect(confidenceOf(Math.max(a, b), s)).toBeGreaterThanOrEqual(low);
        const lifted = { ...s, support: Math.min(1, s.support + more) };
        expect(confidenceOf(a, lifted)).toBeGreaterThanOrEqual(confidenceOf(a, s));
      }),
    );
  });

  test('is no more without agreement, and less risk is never taken for more of it', () => {
    fc.assert(
      fc.property(score, strength, (value, [s5, s1]) => {
        const s = readSignals(signalFacts(s5, s1), 'long', NOW);
        const by = (agreement: typeof s.agreement) => confidenceOf(value, { ...s, agreement });
        expect(by('agree')).toBeGreaterThanOrEqual(by('mixed'));
        expect(by('mixed')).toBeGreaterThanOrEqual(by('neutral'));
        expect(by('neutral')).toBeGreaterThanOrEqual(by('conflicted'));
      }),
    );
  });

  test('is no more where the liquidated side still pays what it did, and not known changes nothing', () => {
    fc.assert(
      fc.property(score, strength, (value, [s5, s1]) => {
        const s = readSignals(signalFacts(s5, s1), 'long', NOW);
        const by = (funding: 'flipped' | 'reset' | 'unchanged' | null) => confidenceOf(value, s, funding);
        expect(by('flipped')).toBeGreaterThanOrEqual(by('reset'));
        expect(by('reset')).toBeGreaterThanOrEqual(by('unchanged'));
        expect(by(null)).toBe(confidenceOf(value, s));
        expect(by('flipped')).toBeLessThanOrEqual(1);
        expect(by('unchanged')).toBeGreaterThanOrEqual(0.1);
      }),
    );
  });

  const minute = fc.option(double(-1, 1), { nil: undefined });

  test('a short reads the signals as the mirror image of a long', () => {
    fc.assert(
      fc.property(double(-1, 1), double(-1, 1), minute, (s5, s1, m) => {
        const long = readSignals(signalFacts(s5, s1, m), 'long', NOW);
        const short = readSignals(signalFacts(-s5, -s1, m === undefined ? m : -m), 'short', NOW);
        expect(short.agreement).toBe(long.agreement);
        expect(short.minute?.says).toBe(long.minute?.says);
        expect(short.support).toBeCloseTo(long.support, 12);
        expect(confidenceOf(null, short)).toBeCloseTo(confidenceOf(null, long), 12);
      }),
    );
  });

  test('1m alone never refuses, and never saves what 5m or 1h refuses', () => {
    fc.assert(
      fc.property(double(-1, 1), double(-1, 1), double(-1, 1), (s5, s1, m) => {
        const without = readSignals(signalFacts(s5, s1), 'long', NOW).agreement === 'conflicted';
        const withIt = readSignals(signalFacts(s5, s1, m), 'long', NOW).agreement === 'conflicted';
        expect(withIt).toBe(without);
      }),
    );
  });

  test('1m more for the entry never takes confidence away; against it always does where there is some to take', () => {
    fc.assert(
      fc.property(double(-0.14, 1), double(-0.14, 1), double(-1, 1), double(0, 1), (s5, s1, m, more) => {
        const by = (x?: number) => confidenceOf(60, readSignals(signalFacts(s5, s1, x), 'long', NOW));
        expect(by(Math.min(1, m + more))).toBeGreaterThanOrEqual(by(m));
        const isSome = s5 >= 0.15 || s1 >= 0.15;
        expect(by(-0.2) < by() || !isSome).toBe(true);
      }),
    );
  });
});

test('a coin at a hundredth of the price, counted in hundredfold lots, is decided alike', () => {
  const k = 0.01;
  fc.assert(
    fc.property(situation, (s) => {
      const input = inputOf({ ...s, tierUsd: null });
      const alert = input.alert.kind === 'cascade.exhaustion' ? input.alert : exhaustion();
      const map = input.zones!;
      const scaled: DecideInput = {
        ...input,
        alert: {
          ...alert,
          close: alert.close * k,
          high: alert.high * k,
          low: alert.low * k,
          atr: alert.atr * k,
          cascade: { ...alert.cascade, extreme: alert.cascade.extreme * k },
        },
        market: { ...input.market!, markPx: input.market!.markPx * k },
        cascade: {
          ...input.cascade,
          bars: { ...input.cascade.bars!, extremePx: input.cascade.bars!.extremePx * k },
        },
        meta: { ...input.meta!, szDecimals: BTC_META.szDecimals - 2 },
        zones: {
          ...map,
          zones: map.zones.map((z) => ({ ...z, loPx: z.loPx * k, hiPx: z.hiPx * k, peakPx: z.peakPx * k })),
        },
      };
      const [a, b] = [decide(input, cloidFor), decide(scaled, cloidFor)];
      expect(b.reasons).toEqual(a.reasons);
      fc.pre(a.plan !== null && b.plan !== null);
      expect(b.plan.confidence).toBe(a.plan.confidence);
      // Ticks are coarser there: up to 1 in 10,000 of the price.
      expect(Math.abs(b.plan.stopPx / k / a.plan.stopPx - 1)).toBeLessThan(1.1e-4);
      expect(Math.abs((b.plan.sz * k) / a.plan.sz - 1)).toBeLessThan(0.03 + 1e-5 / a.plan.sz);
    }),
    { numRuns: 1_000 },
  );
});
