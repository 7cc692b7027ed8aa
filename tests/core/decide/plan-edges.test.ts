// Where a plan, a cap or a sentence could be a hair off: ticks, lots, empty accounts, coins without tiers, late data.
import { describe, expect, test } from 'vitest';
import { breakevenPx } from '../../../src/core/decide/breakeven-px.ts';
import { decide } from '../../../src/core/decide/decide.ts';
import type { DecideInput } from '../../../src/core/decide/decide-input.ts';
import { lossPerCoin, sizePosition } from '../../../src/core/decide/size-position.ts';
import { paramsOf } from '../../../src/core/shared/coin-params.ts';
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
const params = base.params!;
const account = base.account!;
const sample = exhaustion();
const made = (change: Partial<DecideInput>) => decide(decideInput(change), cloidFor);
const planOf = (change: Partial<DecideInput>) => {
  const { plan, explain } = made(change);
  if (plan === null) throw new Error(explain);
  return plan;
};
const gateOf = (change: Partial<DecideInput>, gate: string) =>
  made(change).gates.find((g) => g.gate === gate)!;
/** A short after a flush of shorts up to 107,648. */
const SHORT: Partial<DecideInput> = {
  alert: exhaustion({
    side: 'short',
    close: 104_617.1,
    cascade: { ...sample.cascade, extreme: 107_683.5, movePct: 4.21 },
  }),
  zones: zoneMap({
    zones: [zone('short', 108_900, 109_300), zone('long', 102_100, 102_600)],
    sweeps: [{ t: 1_760_129_400_000, side: 'short', notionalUsd: 2e7, loPx: 104_200, hiPx: 107_684 }],
  }),
  signals: signalFacts(-0.5),
  cascade: { washout: null, velocity: null, bars: null },
};

describe('prices and sizes as decimals give them', () => {
  test('104,600 and 50 bp more are 105,123: no tick is lost to a binary fraction', () => {
    expect(planOf({}).entryLimitPx).toBe(105_123);
    expect(planOf(SHORT).entryLimitPx).toBe(104_077);
  });

  test('what is exactly a lot is a lot', () => {
    const sized = (entryPx: number, notionalUsd: number) => {
      const found = sizePosition({
        entryPx,
        stopPx: entryPx * 0.9,
        szDecimals: 0,
        risks: [{ name: 'risk', riskUsd: 1e6 }],
        caps: [{ name: 'coin-notional', notionalUsd }],
      });
      return found.ok ? found.value.sz : found.refusal.code;
    };
    // 33 ÷ 1.1 is 29.999999999999996.
    expect(sized(1.1, 33)).toBe(30);
    // The venue's minimum itself is enough.
    expect([sized(2, 10), sized(3, 10)]).toEqual([5, 'notional-cap']);
    const byRisk = sizePosition({
      entryPx: 100,
      stopPx: 90,
      szDecimals: 2,
      risks: [{ name: 'risk', riskUsd: lossPerCoin(100, 90) * 0.57 }],
      caps: [],
    });
    expect(byRisk.ok && byRisk.value.sz).toBe(0.57);
  });

  test('break-even is the entry with both fees, on the tick that gives nothing back', () => {
    // 0.09 % of 100,000 is 90, exactly.
    expect(breakevenPx('long', 100_000, 5)).toBe(100_090);
    expect(breakevenPx('short', 100_000, 5)).toBe(99_910);
    expect(breakevenPx('long', 0.0071, 0)).toBe(0.007107);
    expect(breakevenPx('short', 0.0071, 0)).toBe(0.007093);
  });
});

describe('the stop', () => {
  const bars = (extremePx: number) => ({
    ...base.cascade,
    bars: { bars: 11, moveFraction: 0.04, extremePx, toMs: 1_760_130_000_000 },
  });

  test("stands behind Hyperliquid's own extreme where that was farther than the chart's", () => {
    const chart = planOf({ cascade: bars(102_000) }).stopPx;
    expect(chart).toBe(planOf({ cascade: { ...base.cascade, bars: null } }).stopPx);
    // 203.1 is a quarter of the ATR.
    expect(planOf({ cascade: bars(101_200) }).stopPx).toBe(Math.ceil(101_200 - 203.1));
    const short = { ...SHORT, cascade: bars(108_000) };
    expect(planOf(short).stopPx).toBe(Math.floor(108_000 + 203.1));
  });

  test('says what it stands behind', () => {
    expect(gateOf({}, 'plan').numbers).toMatchObject({ stopBehind: 'extreme', extremePx: 101_500 });
    const zones = zoneMap({ zones: [zone('long', 100_900, 101_000)] });
    expect(gateOf({ zones }, 'plan').numbers).toMatchObject({ stopBehind: 'cluster' });
  });

  test('a coin without margin tiers is held to its largest leverage, on either side', () => {
    for (const side of [{ zones: zoneMap({ zones: [] }) }, SHORT]) {
      const far = { params: { ...params, leverage: 20, stopDistanceBpsMin: side === SHORT ? 50 : 400 } };
      const untiered = made({ ...side, ...far, meta: { ...BTC_META, marginTiers: [] } });
      expect(untiered.reasons).toEqual(made({ ...side, ...far }).reasons);
      expect(untiered.reasons).toEqual(['stop-beyond-liquidation']);
      expect(planOf({ ...side, meta: { ...BTC_META, marginTiers: [] } })).toEqual(planOf(side));
    }
  });
});

describe('bounds of the size that only a boundary tells apart', () => {
  test('the leverage that counts is the one the coin allows', () => {
    const few = { ...BTC_META, maxLeverage: 3, marginTiers: [{ lowerBoundUsd: 0, maxLeverage: 3 }] };
    const poor = { account: { ...account, withdrawableUsd: 500 }, meta: few };
    expect(planOf(poor).notionalUsd).toBeLessThanOrEqual(500 * 3 * 0.9);
    expect(gateOf(poor, 'plan').numbers['liquidationPx']).toBeLessThan(90_000);
  });

  test('a tier that allows just the leverage that is set does not cap', () => {
    const tiers = (maxLeverage: number) => ({
      meta: {
        ...BTC_META,
        marginTiers: [
          { lowerBoundUsd: 0, maxLeverage: 40 },
          { lowerBoundUsd: 4_000, maxLeverage },
        ],
      },
    });
    expect(gateOf(tiers(5), 'plan').numbers['boundBy']).toBe('risk');
    expect(gateOf(tiers(4), 'plan').numbers['boundBy']).toBe('margin-tier');
  });

  test('an entry on its way of an unknown side counts on both', () => {
    for (const side of [{}, SHORT]) {
      const pending = [{ coin: 'SOL', side: null, notionalUsd: 149_000 }];
      const i = { ...side, exposure: { ...base.exposure, pending } };
      expect(gateOf(i, 'plan').numbers['boundBy']).toBe('side-leverage');
    }
  });

  test('an entry of just ten minutes ago is still of this cascade', () => {
    const recent = (agoMs: number) => [
      { coin: 'SOL', side: 'long' as const, riskUsd: 2_000, decidedAtMs: base.nowMs - agoMs },
    ];
    const of = (agoMs: number) => made({ exposure: { ...base.exposure, recent: recent(agoMs) } }).reasons;
    expect([of(600_000), of(600_001)]).toEqual([['cascade-cap'], []]);
  });

  test('liquidation is reckoned at the largest size the coin allows, where higher tiers close sooner', () => {
    const meta = {
      ...BTC_META,
      marginTiers: [
        { lowerBoundUsd: 0, maxLeverage: 40 },
        { lowerBoundUsd: 12_000, maxLeverage: 5 },
      ],
    };
    // 25,000: margin 5,000 and, in the second tier, 12,000 × (0.1 − 0.0125) = 1,050 less to hold.
    const sz = 25_000 / 105_123;
    const px = (25_000 - 5_000 - 1_050) / (sz * 0.9);
    expect(gateOf({ meta }, 'plan').numbers['liquidationPx']).toBeCloseTo(px, 6);
  });

  test('both sides dense halves the risk, and a heavy zone beyond takes its share of it', () => {
    const whole = planOf({}).riskUsd;
    const hot = planOf({ signals: { ...signalFacts(), isTooHot: true } });
    expect(hot.riskUsd / whole).toBeCloseTo(0.5, 2);
    // 30 against 20 consumed is a ratio of 1.5: 1 ÷ (1 + 1.5 − 0.5).
    const heavy = planOf({ zones: zoneMap({ zones: [zone('long', 100_700, 101_000, 3e7)] }) });
    expect(heavy.riskUsd / whole).toBeCloseTo(0.5, 2);
  });

  test('a time stop is so many minutes after the decision', () => {
    expect(planOf({}).timeStopAtMs).toBe(base.nowMs + params.timeStopMinutes * 60_000);
  });
});

describe('a heavy zone beyond', () => {
  test('counts also while the mark stands in it, on either side', () => {
    const heavy = (z: ReturnType<typeof zone>) => zoneMap({ ...SHORT.zones, zones: [z] });
    const long = gateOf({ zones: zoneMap({ zones: [zone('long', 104_000, 104_700, 7e7)] }) }, 'cascade-risk');
    expect(long).toMatchObject({ ok: false, numbers: { beyondUsd: 7e7 } });
    const short = gateOf({ ...SHORT, zones: heavy(zone('short', 104_500, 105_200, 7e7)) }, 'cascade-risk');
    expect(short).toMatchObject({ ok: false, numbers: { beyondUsd: 7e7 } });
  });

  test('one that price has left behind, or that begins too far beyond, does not', () => {
    for (const z of [zone('long', 104_700, 104_900, 7e7), zone('long', 99_000, 99_900, 7e7)])
      expect(gateOf({ zones: zoneMap({ zones: [z] }) }, 'cascade-risk').numbers['beyondUsd']).toBe(0);
    // 101,516.5 less 1.5 % is 99,993.7525.
    const at = (hiPx: number) =>
      gateOf({ zones: zoneMap({ zones: [zone('long', 99_000, hiPx, 1e6)] }) }, 'cascade-risk');
    expect(at(99_993.76).numbers['beyondUsd']).toBe(1e6);
    expect(at(99_993.75).numbers['beyondUsd']).toBe(0);
  });
});

test('a heavy zone shrinks an entry to a quarter and no further, where the coin allows such a zone at all', () => {
  const zones = zoneMap({ zones: [zone('long', 100_700, 101_000, 9 * 2e7)] });
  const allowed = { zones, params: { ...params, beyondRatioMax: 10 } };
  expect(gateOf(allowed, 'cascade-risk').numbers).toMatchObject({ ratio: 9, sizeFactor: 0.25 });
});

test('the price may have moved so far from the alert either way, and no farther', () => {
  // 104,582.9 less 40 bp is 104,164.5684.
  const of = (markPx: number) => made({ market: market(markPx) }).reasons;
  expect([of(104_164.5), of(104_164.6)]).toEqual([['drift-exceeded'], []]);
  expect([of(105_001.3), of(105_001.2)]).toEqual([['drift-exceeded'], []]);
});

test('the leg of a cascade began up to eight bars before it was named: what was swept then counts', () => {
  const swept = (barsBefore: number) => {
    const t = sample.cascade.startTime - barsBefore * 300_000;
    const zones = zoneMap({ sweeps: [{ t, side: 'long', notionalUsd: 2e7, loPx: 101_516, hiPx: 105_000 }] });
    return made({ zones }).reasons;
  };
  expect([swept(8), swept(9)]).toEqual([[], ['zone-not-swept']]);
});

describe('an account', () => {
  test('that holds nothing is told so; it has not lost its limit, so trading goes on', () => {
    for (const equityUsd of [0, -5, Number.NaN])
      expect(made({ account: { ...account, equityUsd, withdrawableUsd: 0 } }).reasons).toEqual([
        'margin-short',
      ]);
    const lost = { exposure: { ...base.exposure, dayLossUsd: 3_000 } };
    expect(made({ ...lost, account: { ...account, equityUsd: 0 } }).reasons).toEqual(['daily-loss-cap']);
  });

  test('caps: exactly at one is not within it, a cent less is', () => {
    const day = (dayLossUsd: number) => made({ exposure: { ...base.exposure, dayLossUsd } }).reasons;
    expect([day(3_000), day(2_999.99)]).toEqual([['daily-loss-cap'], []]);
    const week = (weekLossUsd: number) => made({ exposure: { ...base.exposure, weekLossUsd } }).reasons;
    expect([week(8_000), week(7_999.99)]).toEqual([['weekly-loss-cap'], []]);
    const positions = (n: number) =>
      made({
        account: {
          ...account,
          positions: Array.from({ length: n }, (_, c) => ({ coin: `C${c}`, side: 'short', notionalUsd: 1 })),
        },
      }).reasons;
    expect([positions(6), positions(5)]).toEqual([['positions-cap'], []]);
    const alerts = (n: number) => made({ exposure: { ...base.exposure, alertsLastHour: n } }).reasons;
    expect([alerts(61), alerts(60)]).toEqual([['alert-rate'], []]);
    // An alert of exactly the age that is allowed is judged on; then its mark is what is too old here.
    const aged = (ageMs: number) => made({ nowMs: sample.barTime + 300_000 + ageMs }).reasons;
    expect([aged(120_001), aged(120_000)]).toEqual([['stale-alert'], ['market-stale']]);
    const stopped = (agoMs: number) =>
      made({ exposure: { ...base.exposure, lastStopAtMs: base.nowMs - agoMs } }).reasons;
    expect([stopped(3_599_999), stopped(3_600_000)]).toEqual([['cooldown'], []]);
  });
});

describe('words', () => {
  test('a long pays up to its worst price, a short sells down to it', () => {
    expect(made({}).explain).toContain(' up to 105123,');
    expect(made(SHORT).explain).toContain(' down to 104077,');
  });

  test('what makes an entry smaller than its confidence is said', () => {
    expect(made({}).explain).toMatch(/451\.\d\d USD at risk, confidence 0\.90\./);
    const cut = made({ exposure: { ...base.exposure, dayRiskUsd: 5_900 } }).explain;
    expect(cut).toContain("99.99 USD at risk (cut by what is left of the day's risk), confidence 0.90");
    const heavy = made({ zones: zoneMap({ zones: [zone('long', 100_700, 101_000, 3e7)] }) }).explain;
    expect(heavy).toContain('a heavy long zone lies just beyond the extreme: size × 0.50');
    const hot = made({ signals: { ...signalFacts(), isTooHot: true } }).explain;
    expect(hot).toContain('timeframes: agree; both sides are dense: size × 0.5');
    expect(made({}).explain).not.toMatch(/heavy|dense/);
  });

  test('a coin that was never stopped out is not one of which that is not known', () => {
    expect(Object.keys(gateOf({}, 'cooldown').numbers)).toEqual(['cooldownMs']);
  });

  test('funding that is received is said to be received', () => {
    const of = (fundingHourlyFraction: number) =>
      gateOf({ market: { ...market(104_600), fundingHourlyFraction } }, 'funding').message;
    expect(of(0.0000125)).toBe('a long pays 0.13 bp an hour');
    expect(of(-0.002)).toBe('a long receives 20.00 bp an hour');
    expect(of(0)).toBe('funding is zero');
  });

  test("the alert's own open interest is not passed over where it is what is known", () => {
    expect(gateOf({}, 'cascade-phase').message).not.toContain('no open interest is known');
  });
});

test('kPEPE: the coin of the alert is a thousandth, and every price of the plan is in thousands', () => {
  const plan = planOf({
    alert: exhaustion({
      ticker: 'PEPEUSDT.P',
      close: 0.0000071,
      high: 0.00000714,
      low: 0.00000689,
      atr: 0.00000006,
      cascade: { ...sample.cascade, extreme: 0.00000689, movePct: -4.5 },
    }),
    mapped: { coin: 'kPEPE', multiplier: 0.001 },
    params: paramsOf('kPEPE')!,
    meta: {
      ...BTC_META,
      coin: 'kPEPE',
      szDecimals: 0,
      maxLeverage: 10,
      marginTiers: [{ lowerBoundUsd: 0, maxLeverage: 10 }],
    },
    market: market(0.0071),
    zones: zoneMap({ zones: [] }),
    cascade: { washout: null, velocity: null, bars: null },
  });
  // 0.00689 less a quarter of 0.00006, on a tick of 0.000001.
  expect(plan).toMatchObject({ entryLimitPx: 0.007135, stopPx: 0.006875, coin: 'kPEPE' });
  expect(Number.isInteger(plan.sz)).toBe(true);
});
