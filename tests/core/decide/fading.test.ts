import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/core/decide/decide.ts';
import type { DecideInput, TimeframeFacts } from '../../../src/core/decide/decide-input.ts';
import type { FadingFacts } from '../../../src/core/decide/fading.ts';
import { FADING_FOR_MS_MIN, gateFadingFor, readFading } from '../../../src/core/decide/fading.ts';
import { recompute } from '../../../src/core/decide/recompute.ts';
import type { OwnAlert } from '../../../src/core/alert/schema.ts';
import { opposite, sign } from '../../../src/core/shared/coin.ts';
import type { Side } from '../../../src/core/shared/coin.ts';
import { cloidFor, decideInput, market, signalFacts, zone, zoneMap } from '../../support/decide-input.ts';

const DECIDED = 1_760_130_000_000;

type Way = 'up' | 'down' | 'neutral';
const frame = (
  name: '5m' | '1h',
  direction: Way,
  bias: number,
  peakBias = bias,
  turnedAtMs?: number,
  from: Way = 'neutral',
): TimeframeFacts => ({
  timeframe: name,
  cards: [],
  direction,
  bias,
  peakBias,
  turned: turnedAtMs === undefined ? null : { from, atMs: turnedAtMs },
});

/** A long from 100,000 with a stop 1,000 away, 900 in profit, a short zone 500 ahead; 5m has lost half its peak. */
const facts = (change: Partial<FadingFacts> = {}): FadingFacts => ({
  held: { side: 'long', entryPx: 100_000, riskPx: 1_000, decidedAtMs: DECIDED },
  markPx: 100_900,
  szDecimals: 5,
  zones: [zone('short', 101_400, 101_800), zone('long', 98_000, 98_500)],
  signals: { timeframes: [frame('5m', 'up', 0.2, 0.6), frame('1h', 'neutral', 0.1)], isTooHot: false },
  params: { fadingProfitR: 0.5, fadingZoneBps: 100 },
  ...change,
});
const withFrames = (...timeframes: TimeframeFacts[]): Partial<FadingFacts> => ({
  signals: { timeframes, isTooHot: false },
});
const verdict = (f: FadingFacts): string => {
  const last = readFading(f).at(-1)!;
  return last.ok ? 'goes' : last.gate;
};

describe('readFading', () => {
  test('in profit, near the opposite zone, and spent: all three gates with what they compared', () => {
    const gates = readFading(facts());
    expect(gates.map((g) => [g.gate, g.ok])).toEqual([
      ['profit', true],
      ['opposite-zone', true],
      ['fading', true],
    ]);
    expect(gates[0]!.numbers).toMatchObject({ profitR: 0.9, minR: 0.5 });
    expect(gates[1]!.numbers['zoneBps']).toBeCloseTo((500 / 100_900) * 10_000, 6);
    expect(gates[2]!.numbers).toEqual({ '5m': 'fading', '1h': 'neutral' });
  });

  test.each<[string, Partial<FadingFacts>, string]>([
    ['below the profit asked for', { markPx: 100_499 }, 'profit'],
    ['at a loss', { markPx: 99_000 }, 'profit'],
    ['in profit by less than the fees', { params: { fadingProfitR: 0.1, fadingZoneBps: 1_000 }, held: { ...facts().held, riskPx: 100 }, markPx: 100_050 }, 'profit'],
    ['far from the zone', { zones: [zone('short', 102_000, 102_500)] }, 'opposite-zone'],
    ['no zone ahead', { zones: [] }, 'opposite-zone'],
    ['only one of its own side', { zones: [zone('long', 101_000, 101_100)] }, 'opposite-zone'],
    ['the zone lies behind', { zones: [zone('short', 100_200, 100_700)] }, 'opposite-zone'],
    ['5m still carries it', withFrames(frame('5m', 'up', 0.5, 0.6), frame('1h', 'neutral', 0)), 'fading'],
    ['exactly half of the peak is not less', withFrames(frame('5m', 'up', 0.3, 0.6), frame('1h', 'neutral', 0)), 'fading'],
    ['5m is neutral', withFrames(frame('5m', 'neutral', 0.1, 0.1), frame('1h', 'neutral', 0)), 'fading'],
    ['1h still carries it', withFrames(frame('5m', 'up', 0.2, 0.6), frame('1h', 'up', 0.4, 0.5)), 'fading'],
    ['5m has pointed against it since before the entry', withFrames(frame('5m', 'down', -0.4, -0.4, DECIDED), frame('1h', 'neutral', 0)), 'fading'],
    ['5m against it, never seen to turn', withFrames(frame('5m', 'down', -0.4), frame('1h', 'neutral', 0)), 'fading'],
    ['5m ended before the entry', withFrames(frame('5m', 'neutral', 0, 0, DECIDED, 'up'), frame('1h', 'neutral', 0)), 'fading'],
    ['5m is only just neutral', withFrames(frame('5m', 'neutral', 0.08, 0.08, DECIDED + 1, 'up'), frame('1h', 'neutral', 0)), 'fading'],
    ['5m came to rest from the other way', withFrames(frame('5m', 'neutral', 0, 0, DECIDED + 1, 'down'), frame('1h', 'neutral', 0)), 'fading'],
    ['5m is not known', withFrames(frame('1h', 'down', -0.4, -0.4, DECIDED + 1)), 'fading'],
    ['1h is not known', withFrames(frame('5m', 'up', 0.2, 0.6)), 'fading'],
  ])('%s: stays', (_, change, gate) => {
    expect(verdict(facts(change))).toBe(gate);
  }); // prettier-ignore

  test.each<[string, Partial<FadingFacts>]>([
    ['5m turned against it since', withFrames(frame('5m', 'down', -0.4, -0.4, DECIDED + 1), frame('1h', 'neutral', 0))],
    ['5m ended since', withFrames(frame('5m', 'neutral', 0.07, 0.07, DECIDED + 1, 'up'), frame('1h', 'neutral', 0))],
    ['1h against it as well', withFrames(frame('5m', 'up', 0.2, 0.6), frame('1h', 'down', -0.4))],
    ['1h fading too', withFrames(frame('5m', 'up', 0.2, 0.6), frame('1h', 'up', 0.2, 0.9))],
    ['the mark is in the zone', { markPx: 101_500 }],
    ['exactly the profit asked for', { markPx: 100_500, params: { fadingProfitR: 0.5, fadingZoneBps: 1_000 } }],
  ])('%s: goes', (_, change) => {
    expect(verdict(facts(change))).toBe('goes');
  }); // prettier-ignore

  test('a minute of it, no less', () => {
    expect(gateFadingFor(FADING_FOR_MS_MIN, 0).ok).toBe(true);
    expect(gateFadingFor(FADING_FOR_MS_MIN - 1, 0).ok).toBe(false);
  });
});

const ways = fc.constantFrom<Way>('up', 'down', 'neutral');
const frames = (name: '5m' | '1h') =>
  fc
    .record({
      way: ways,
      from: ways,
      strength: fc.double({ min: 0.16, max: 1, noNaN: true }),
      share: fc.double({ min: 0.1, max: 1, noNaN: true }),
      rest: fc.double({ min: -0.14, max: 0.14, noNaN: true }),
      turned: fc.option(fc.constantFrom(DECIDED - 1, DECIDED + 1)),
    })
    .map(({ way, from, strength, share, rest, turned }) => {
      const s = way === 'up' ? 1 : -1;
      return way === 'neutral'
        ? frame(name, way, rest, rest, turned ?? undefined, from)
        : frame(name, way, s * strength * share, s * strength, turned ?? undefined, from);
    });

/** Offsets from the mark in units of 1/1000 of it, so that a mirror image is exact. */
const situation = fc.record({
  side: fc.constantFrom<Side>('long', 'short'),
  profit: fc.integer({ min: -20, max: 40 }),
  risk: fc.integer({ min: 5, max: 40 }),
  zones: fc.array(fc.record({ ahead: fc.integer({ min: -30, max: 60 }), width: fc.integer({ min: 1, max: 8 }), isOpposite: fc.boolean() }), { maxLength: 4 }),
  five: frames('5m'),
  hour: frames('1h'),
  profitR: fc.constantFrom(0.1, 0.5, 1),
  zoneBps: fc.constantFrom(25, 100, 400),
}); // prettier-ignore
type Situation = typeof situation extends fc.Arbitrary<infer T> ? T : never;

function build(x: Situation, side: Side, markPx: number, flip: boolean): FadingFacts {
  const s = sign(side);
  const at = (thousandths: number): number => markPx * (1 + (s * thousandths) / 1_000);
  const other = (way: Way): Way => (way === 'up' ? 'down' : way === 'down' ? 'up' : 'neutral');
  const turn = (f: TimeframeFacts): TimeframeFacts => {
    if (!flip) return f;
    const turned = f.turned === null ? null : { ...f.turned, from: other(f.turned.from) };
    return { ...f, direction: other(f.direction), bias: -f.bias, peakBias: -f.peakBias, turned };
  };
  return {
    held: { side, entryPx: at(-x.profit), riskPx: (markPx * x.risk) / 1_000, decidedAtMs: DECIDED },
    markPx,
    // Prices of five figures and no fewer: rounding the break-even price is no part of what is mirrored.
    szDecimals: 0,
    zones: x.zones.map((z) => {
      const [near, far] = [at(z.ahead), at(z.ahead + z.width)];
      return zone(z.isOpposite ? opposite(side) : side, Math.min(near, far), Math.max(near, far));
    }),
    signals: { timeframes: [turn(x.five), turn(x.hour)], isTooHot: false },
    params: { fadingProfitR: x.profitR, fadingZoneBps: x.zoneBps },
  };
}

describe('whatever the situation', () => {
  // At the bounds themselves binary fractions may fall either way: profits and distances in steps stay off them.
  const off = (x: Situation): boolean => {
    const gates = readFading(build(x, x.side, 100_000, false));
    return gates.every(({ numbers: n }) => {
      const close = (a: unknown, b: unknown): boolean => typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) < 1e-6;
      return !close(n['profitR'], n['minR']) && !close(n['zoneBps'], n['maxBps']);
    });
  }; // prettier-ignore

  test('a short is the mirror image of a long', () => {
    let [yes, no] = [0, 0];
    fc.assert(
      fc.property(situation.filter(off), (x) => {
        const one = verdict(build(x, x.side, 100_000, false));
        expect(verdict(build(x, opposite(x.side), 100_000, true))).toBe(one);
        if (one === 'goes') yes += 1;
        else no += 1;
      }),
      { numRuns: 3_000 },
    );
    // Both answers come up, or the property says nothing.
    expect(Math.min(yes, no)).toBeGreaterThan(10);
  });

  test('the scale of prices does not matter', () => {
    fc.assert(
      fc.property(situation.filter(off), fc.constantFrom(0.0001, 0.01, 3, 100), (x, scale) => {
        const one = build(x, x.side, 100_000, false);
        expect(verdict(build(x, x.side, 100_000 * scale, false))).toBe(verdict(one));
      }),
      { numRuns: 1_000 },
    );
  });

  test('it never goes at a loss, nor while 1h carries the position', () => {
    fc.assert(
      fc.property(situation, (x) => {
        const f = build(x, x.side, 100_000, false);
        if (verdict(f) !== 'goes') return;
        expect(sign(x.side) * (f.markPx - f.held.entryPx)).toBeGreaterThan(0.0009 * f.held.entryPx);
        const { direction, bias, peakBias } = f.signals.timeframes[1]!;
        const isWith = (direction === 'up') === (x.side === 'long') && direction !== 'neutral';
        expect(isWith && Math.abs(bias) >= Math.abs(peakBias) / 2).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('decided like an alert', () => {
  const NOW = decideInput().nowMs;
  const alert: OwnAlert = {
    kind: 'signal.fading',
    v: 1,
    script: 'snapback@1.0.0',
    strategy: 'max-pain',
    exchange: 'SNAPBACK',
    ticker: 'BTCUSDC.P',
    interval: '5',
    barTime: DECIDED - 300_000,
    sentAt: NOW - 200,
    side: 'long',
    close: 106_000,
    sinceMs: NOW - 90_000,
  };
  const input = (change: Partial<DecideInput> = {}): DecideInput => {
    const base = decideInput();
    return decideInput({
      alert,
      market: market(106_000),
      zones: zoneMap(),
      signals: {
        ...signalFacts(),
        ...withFrames(frame('5m', 'up', 0.2, 0.6), frame('1h', 'neutral', 0)).signals,
      },
      account: { ...base.account!, positions: [{ coin: 'BTC', side: 'long', notionalUsd: 10_000 }] },
      exposure: { ...base.exposure, plannedCoins: ['BTC'] },
      held: { side: 'long', entryPx: 104_600, riskPx: 2_000, decidedAtMs: NOW - 600_000 },
      ...change,
    });
  };
  const outcome = (change: Partial<DecideInput> = {}) => {
    const d = decide(input(change), cloidFor);
    return [d.status, ...d.reasons];
  };

  test('closes what is left, and the stored inputs give it again', () => {
    const d = decide(input(), cloidFor);
    expect(d).toMatchObject({ status: 'approved', reasons: ['fading-exit'], coin: 'BTC', side: 'long', plan: null, legs: [] });
    expect(d.gates.map((g) => g.gate)).toEqual(['exit', 'trading-state', 'freshness', 'data-quality', 'profit', 'opposite-zone', 'fading', 'fading-for']);
    expect(recompute(JSON.parse(JSON.stringify(d)))).toMatchObject({ kind: 'done', differences: [] });
  }); // prettier-ignore

  const base = input();
  test.each<[string, Partial<DecideInput>, string]>([
    ['HALTED', { tradingState: 'HALTED' }, 'state-not-active'],
    ['seen before a long stop', { alert: { ...alert, sentAt: NOW - 121_000 } }, 'stale-alert'],
    ['an old mark', { market: { ...market(106_000), markAtMs: NOW - 60_001 } }, 'market-stale'],
    ['no map', { zones: null }, 'zones-missing'],
    ['no signals', { signals: null }, 'zones-missing'],
    ['an old account', { account: { ...base.account!, readAtMs: NOW - 600_000 } }, 'account-stale'],
    ['price has gone since', { market: market(104_700) }, 'fading-over'],
    ['only just', { alert: { ...alert, sinceMs: NOW - 1_000 } }, 'fading-over'],
    ['switched off since', { params: { ...base.params!, exitOnFading: false } }, 'not-an-entry'],
    ['a position of the other side', { held: { ...base.held!, side: 'short' } }, 'not-an-entry'],
    ['no position of ours', { held: null }, 'not-an-entry'],
    ['opened by hand', { exposure: { ...base.exposure, plannedCoins: [] } }, 'not-an-entry'],
    ['flat', { account: { ...base.account!, positions: [] } }, 'not-an-entry'],
  ])('%s: stays', (_, change, code) => {
    expect(outcome(change)).toEqual(['refused', code]);
  });

  test('goes on in REDUCING', () => {
    expect(outcome({ tradingState: 'REDUCING' })).toEqual(['approved', 'fading-exit']);
  });
});
