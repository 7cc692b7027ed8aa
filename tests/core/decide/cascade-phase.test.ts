import { describe, expect, test } from 'vitest';
import { cascadeBars } from '../../../src/core/decide/cascade-bars.ts';
import { cascadePhase } from '../../../src/core/decide/cascade-phase.ts';
import type { CascadeFacts } from '../../../src/core/decide/decide-input.ts';
import type { SideVelocity, Washout } from '../../../src/core/zones/realised/types.ts';
import { exhaustion } from '../../support/alerts.ts';

const washout = (change: Partial<Washout> = {}): Washout => ({
  sinceMs: 1_760_126_400_000,
  dropFraction: 0.03,
  recentChangeFraction: -0.001,
  thresholdFraction: 0.02,
  isWashedOut: true,
  funding: 'reset',
  venues: ['hyperliquid'],
  ...change,
});
const velocity = (now: number, change: Partial<SideVelocity> = {}): SideVelocity => ({
  usdPerMinute: now,
  previousUsdPerMinute: 100,
  peakUsdPerMinute: 100,
  percentile: 0.9,
  state: 'decelerating',
  ...change,
});
const bars = { bars: 11, moveFraction: 0.04, extremePx: 101_500, toMs: 1_760_130_000_000 };
const none: CascadeFacts = { washout: null, velocity: null, bars: null };

/** The sample: a fall of 4.21 % to 101,516.5 on the alert's chart, open interest down 3.8 %. */
const look = (
  facts: Partial<CascadeFacts>,
  o: { markPx?: number; oiChangePct?: number | null } = {},
): ReturnType<typeof cascadePhase> => {
  const sample = exhaustion();
  const alert = exhaustion({
    cascade: { ...sample.cascade, oiChangePct: o.oiChangePct === undefined ? -3.8 : o.oiChangePct },
  });
  return cascadePhase({
    alert,
    extremePx: 101_516.5,
    markPx: o.markPx ?? 104_600,
    cascade: { ...none, ...facts },
  });
};

describe('the phase of a cascade', () => {
  test.each<[string, string, Partial<CascadeFacts>, { markPx?: number; oiChangePct?: number | null }]>([
    ['during', 'the mark is beyond the extreme', { washout: washout(), bars }, { markPx: 101_500 }],
    ['during', 'the mark is back at the extreme', { washout: washout(), bars }, { markPx: 101_600 }],
    ['during', 'liquidations run near their fastest', { velocity: velocity(61), washout: washout() }, {}],
    ['after', 'liquidations have ebbed', { velocity: velocity(59), washout: washout() }, {}],
    [
      'after',
      'nothing out of the ordinary is heard',
      { velocity: velocity(90, { state: 'quiet' }), bars },
      {},
    ],
    ['during', 'open interest still falls', { washout: washout({ recentChangeFraction: -0.0051 }) }, {}],
    ['before', 'open interest has not fallen enough', { washout: washout({ isWashedOut: false }), bars }, {}],
    ['after', 'open interest is washed out', { washout: washout() }, {}],
    [
      'unclear',
      'open interest is washed out, and whether it still falls is not known',
      { washout: washout({ recentChangeFraction: null }) },
      { oiChangePct: null },
    ],
    [
      'after',
      'open interest is washed out, whether it still falls is not known, and bars show the move',
      { washout: washout({ recentChangeFraction: null }), bars },
      {},
    ],
    [
      'before',
      'open interest is not washed out, and whether it still falls is not known',
      { washout: washout({ recentChangeFraction: null, isWashedOut: false }), bars },
      {},
    ],
    [
      'during',
      'open interest fell by a hair more than what counts',
      { washout: washout({ recentChangeFraction: -0.005001 }) },
      {},
    ],
    [
      'after',
      'open interest fell by just what does not count',
      { washout: washout({ recentChangeFraction: -0.005 }) },
      {},
    ],
    [
      'after',
      'liquidations run at just the share that does not count',
      { velocity: velocity(60), washout: washout() },
      {},
    ],
    [
      'after',
      'open interest stands still to the coin, so that bars must tell',
      { washout: washout({ dropFraction: 0, recentChangeFraction: 1e-12, isWashedOut: false }), bars },
      {},
    ],
    [
      'before',
      'open interest only rose',
      { washout: washout({ dropFraction: 0, recentChangeFraction: 0.004, isWashedOut: false }), bars },
      {},
    ],
    ['before', "the alert's open interest rose", { bars }, { oiChangePct: 0.1 }],
    ['after', 'only bars are known and they show the move', { bars }, { oiChangePct: null }],
    ['before', 'our bars saw less than half of it', { bars: { ...bars, moveFraction: 0.02 } }, {}],
    ['after', "only the alert's open interest is known and it fell", {}, { oiChangePct: -1 }],
    ['unclear', "only the alert's open interest is known and it hardly fell", {}, { oiChangePct: -0.9 }],
    ['unclear', 'nothing is known', {}, { oiChangePct: null }],
  ])('is %s when %s', (phase, _why, facts, o) => {
    expect(look(facts, o).phase).toBe(phase);
  });

  test('a missing piece never turns another phase into after: taking facts away from during or before', () => {
    const full = { washout: washout({ isWashedOut: false }), velocity: velocity(80), bars };
    expect(look(full).phase).toBe('during');
    expect(look({ ...full, velocity: null }).phase).toBe('before');
    expect(look({ ...full, velocity: null, washout: null }, { oiChangePct: 0.5 }).phase).toBe('before');
    expect(look({}, { oiChangePct: null }).phase).toBe('unclear');
  });

  test('says what it rests on', () => {
    expect(look({ washout: washout(), velocity: velocity(10), bars }).used).toEqual([
      'mark',
      'liquidations',
      'open-interest',
    ]);
    expect(look({ bars }).used).toEqual(['mark', 'alert', 'bars']);
  });
});

describe('cascadeBars', () => {
  const bar = (t: number, h: number, l: number) => ({ t, o: h, h, l, c: l, v: 1 });
  test('measures from the far end to the extreme after it, not before', () => {
    const candles = [bar(0, 100, 99), bar(300_000, 120, 110), bar(600_000, 111, 108)];
    expect(cascadeBars(candles, 'long', 0)).toEqual({
      bars: 3,
      moveFraction: 0.1,
      extremePx: 108,
      toMs: 900_000,
    });
    expect(cascadeBars(candles, 'short', 0)).toMatchObject({ extremePx: 120 });
  });
  test('is null without a bar since then', () => {
    expect(cascadeBars([bar(0, 100, 99)], 'long', 1)).toBeNull();
  });
});
