import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/core/shared/seeded-random.ts';
import type { AccountView } from '../../src/venue/venue.ts';
import type { Evidence } from './judge-round.ts';
import { judgeRound } from './judge-round.ts';
import { planKill } from './plan-kill.ts';
import { playRound } from './play-round.ts';
import { createProtectionClock } from './protection-clock.ts';
import { sumUp } from './sum-up.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'snapback-chaos-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('kill -9 at seeded moments (npm run chaos -- --kills 300 for the long run)', () => {
  test('nothing lost, nothing twice, nothing without an intent, one stop per position, a journal that verifies', async () => {
    const round = await playRound({ seed: 'test/8', kills: 4, folder });
    expect(round).toMatchObject({ kills: 4, lost: [], duplicates: [], orphans: [], unsettled: [] });
    expect(round.journal).toBe('ok');
    expect(round.journalEntries).toBeGreaterThan(10);
    expect(round.entries).toBeGreaterThan(0);
    expect(round.accepted).toBeGreaterThanOrEqual(round.entries);
    expect(round.unprotectedMs).toHaveLength(round.positions);
  }, 180_000);
});

const cloid = (n: number): string => `0x5bac${String(n).padStart(28, '0')}`;
const clean: Evidence = {
  accepted: [
    { id: 'a', coin: 'BTC', state: 'done' },
    { id: 'b', coin: 'ETH', state: 'done' },
  ],
  intents: [
    { cloid: cloid(1), alertId: 'a', role: 'entry' },
    { cloid: cloid(2), alertId: 'a', role: 'stop' },
    { cloid: cloid(3), alertId: null, role: 'stop' },
  ],
  cloids: [cloid(1), cloid(2), cloid(3), `0x${'1'.repeat(32)}`],
  openings: [
    { coin: 'BTC', oid: 7, cloid: cloid(1) },
    { coin: 'BTC', oid: 7, cloid: cloid(1) },
  ],
  stopsAtRest: [{ coin: 'BTC', stops: 1 }],
};

describe('the judge', () => {
  test('finds nothing wrong with a round in which nothing was', () => {
    expect(judgeRound(clean)).toEqual({ lost: [], duplicates: [], orphans: [], unsettled: [] });
  });

  test('names an alert that was accepted and is not there, or not ended', () => {
    const accepted = [
      { id: 'a', coin: 'BTC', state: null },
      { id: 'b', coin: 'ETH', state: 'working' as const },
    ];
    expect(judgeRound({ ...clean, accepted }).lost).toEqual(['a', 'b']);
  });

  test('names an alert whose entry filled twice, and a coin with more entries than alerts', () => {
    const intents = [...clean.intents, { cloid: cloid(4), alertId: 'a', role: 'entry' as const }];
    const openings = [...clean.openings, { coin: 'BTC', oid: 8, cloid: cloid(4) }];
    expect(judgeRound({ ...clean, intents, openings }).duplicates).toEqual(['a', 'BTC']);
    // The same, with a record that fits: one id used for two orders.
    const again = [...clean.openings, { coin: 'BTC', oid: 8, cloid: cloid(1) }];
    expect(judgeRound({ ...clean, openings: again }).duplicates).toEqual(['a', 'BTC']);
  });

  test('names an order with our prefix that nobody intended, and an opening that is no entry', () => {
    expect(judgeRound({ ...clean, cloids: [...clean.cloids, cloid(9)] }).orphans).toEqual([cloid(9)]);
    const openings = [{ coin: 'BTC', oid: 7, cloid: cloid(3) }];
    expect(judgeRound({ ...clean, openings }).orphans).toEqual([cloid(3)]);
  });

  test('names a position with no stop, or with two, at rest', () => {
    const stopsAtRest = [
      { coin: 'BTC', stops: 0 },
      { coin: 'ETH', stops: 2 },
      { coin: 'SOL', stops: 1 },
    ];
    expect(judgeRound({ ...clean, stopsAtRest }).unsettled).toEqual(['BTC', 'ETH']);
  });
});

describe('the clock of unprotected time', () => {
  const stop = {
    coin: 'BTC',
    isArmed: true,
    isTrigger: true,
    reduceOnly: true,
    orderType: 'Stop Market',
    side: 'A',
    sz: '0.5',
    triggerPx: '95000',
  };
  const view = (szi: number, ...stops: object[]): AccountView =>
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the fields that the clock reads
    ({
      positions: szi === 0 ? [] : [{ coin: 'BTC', szi, liquidationPx: 80_000 }],
      orders: stops,
    }) as unknown as AccountView;

  test('counts from the opening to the stop, per position, and what still lasts', () => {
    const clock = createProtectionClock();
    clock.look(view(0.5), 1_000);
    clock.look(view(0.5, stop), 3_500);
    clock.look(view(0), 9_000);
    clock.look(view(0.5, stop), 10_000);
    expect(clock.longest(20_000)).toEqual([2_500, 0]);
    clock.look(view(0.5), 21_000);
    expect(clock.longest(24_000)).toEqual([2_500, 3_000]);
  });

  test.each([
    ['unarmed', { isArmed: false }],
    ['of the wrong side', { side: 'B' }],
    ['not reduce-only', { reduceOnly: false }],
    ['half the size', { sz: '0.25' }],
    ['beyond liquidation', { triggerPx: '79000' }],
    ['of another coin', { coin: 'ETH' }],
    ['a take profit', { orderType: 'Take Profit Market' }],
  ])('a stop that is %s protects nothing', (_, change) => {
    const clock = createProtectionClock();
    clock.look(view(0.5, { ...stop, ...change }), 0);
    expect(clock.longest(700)).toEqual([700]);
  });
});

describe('the plans', () => {
  test('depend on the seed alone, and draw every kind of death and many faults', () => {
    const draw = (seed: number) => {
      const r = seededRandom(seed);
      return Array.from({ length: 300 }, () => planKill(r, ['BTC', 'ETH'], '0x0'));
    };
    expect(draw(7)).toEqual(draw(7));
    const plans = draw(7);
    expect(new Set(plans.map((p) => p.when))).toEqual(
      new Set(['boot', 'recovery', 'acked', 'later', 'unanswered', 'idle']),
    );
    expect(new Set(plans.flatMap((p) => p.faults.map((f) => f.kind))).size).toBeGreaterThanOrEqual(9);
  });

  test('the sum says no when anything was found, and when positions were bare for too long', async () => {
    const round = {
      ...judgeRound(clean),
      kills: 1,
      killed: { boot: 0, recovery: 0, acked: 1, later: 0, unanswered: 0, idle: 0 },
      alerts: 2,
      accepted: 2,
      entries: 1,
      faults: 0,
      positions: 1,
      unprotectedMs: [0],
      convergedMs: 1,
      startMs: [900],
      journal: 'ok' as const,
      journalEntries: 3,
    };
    expect(sumUp('1', [round])).toMatchObject({ ok: true, kills: 1, unprotectedMs: { p50: 0, max: 0 } });
    expect(sumUp('1', [{ ...round, lost: ['a'] }]).ok).toBe(false);
    expect(sumUp('1', [{ ...round, journal: 'broken' }]).ok).toBe(false);
    expect(sumUp('1', [{ ...round, unprotectedMs: [5_001] }]).ok).toBe(false);
    expect(sumUp('1', [round, { ...round, unprotectedMs: [0, 4_000, 15_001] }]).ok).toBe(false);
  });
});
