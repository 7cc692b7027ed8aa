import { describe, expect, test } from 'vitest';
import type { OrderLeg } from '../../src/core/execute/types.ts';
import { orderAction } from '../../src/shell/exchange/hyperliquid-action.ts';
import { runExhaustively } from '../../src/shell/runtime/sim/exhaustive.ts';
import { runOnDatabase } from '../../src/shell/runtime/sim/run-on-database.ts';
import { runScenario, type RunResult } from '../../src/shell/runtime/sim/run-scenario.ts';
import { runSeeds } from '../../src/shell/runtime/sim/run-seeds.ts';
import { calmScenario, drawScenario, NO_FAULTS } from '../../src/shell/runtime/sim/scenario.ts';
import { wireLeg } from '../../src/shell/runtime/sim/sim-signer.ts';
import { REGRESSIONS } from './regressions.ts';

const told = ({ rows: _rows, ...r }: RunResult) => r;

/** Without nonces and what is made from them: they follow the venue's clock, which each way samples differently. */
const ordersOf = (r: RunResult) =>
  [...r.rows.intents.values()].map((i) => [
    i.role,
    i.coin,
    i.isBuy,
    i.px,
    i.sz,
    i.triggerPx,
    i.state,
    i.filledSz,
  ]);

describe('one run', () => {
  test('in which nothing goes wrong: one entry, its stop with it', async () => {
    const r = await runScenario(calmScenario(1));
    expect(told(r)).toMatchObject({ violations: [], crashes: 0, faults: {}, entries: 1, isConverged: true });
    expect(r.gaps.map((g) => g.wallMs)).toEqual([0]);
    expect([...r.rows.alerts.values()].map((a) => a.outcome)).toEqual(['filled']);
  });

  test('is the same for the same seed, alone or beside others', async () => {
    const seeds = [11, 12, 13, 14];
    const alone: RunResult[] = [];
    for (const seed of seeds) alone.push(await runScenario(drawScenario(seed)));
    const together = await Promise.all(seeds.map((seed) => runScenario(drawScenario(seed))));
    expect(together).toEqual(alone);
    expect(alone.some((r) => r.crashes > 0)).toBe(true);
  });

  test('tells its story', async () => {
    const lines: string[] = [];
    await runScenario(calmScenario(1), { trace: (line) => lines.push(line) });
    expect(lines.find((l) => l.includes('alert BTCUSDC.P long: new'))).toMatch(/^01:00\.400 /);
    expect(lines.some((l) => l.includes('Open Long'))).toBe(true);
  });

  test('reads the same figures the short way and through printing and parsing', async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const scenario = { ...drawScenario(seed), faults: NO_FAULTS, outages: [], crashes: [], skews: [] };
      const short = await runScenario(scenario);
      const parsed = await runScenario(scenario, { isParsed: true });
      expect(ordersOf(parsed)).toEqual(ordersOf(short));
      expect(parsed).toMatchObject({ violations: [], entries: short.entries, gaps: short.gaps });
    }
  });
});

test('legs go to the venue as the signer writes them', () => {
  const base = { coin: 'BTC', assetId: 3, isBuy: false, px: 0.00012, sz: 12.5, reduceOnly: true } as const;
  const legs: OrderLeg[] = [
    { ...base, role: 'entry', cloid: `0x${'1'.repeat(32)}`, type: { tif: 'Ioc' } },
    {
      ...base,
      role: 'stop',
      cloid: `0x${'2'.repeat(32)}`,
      type: { triggerPx: 0.00013, isMarket: true, tpsl: 'sl' },
    },
  ];
  expect({ type: 'order', orders: legs.map(wireLeg), grouping: 'na' }).toEqual(orderAction(legs, 'na'));
});

describe('no invariant is violated', () => {
  test.each([...new Map(REGRESSIONS.map((r) => [r.seed, r])).values()])(
    'by seed $seed, which once showed that $showed',
    async ({ seed }) => {
      expect((await runScenario(drawScenario(seed))).violations).toEqual([]);
    },
  );

  test('by two hundred seeds, with all that should happen in them', async () => {
    const r = await runSeeds({ seeds: 200, from: 10_001 });
    expect(r.violated).toEqual([]);
    expect(r.fadingExits).toBeGreaterThan(5);
    expect(r.converged).toBe(200);
    expect(r.onDatabase).toBe(4);
    expect(r.entries).toBeGreaterThan(200);
    expect(r.crashes).toBeGreaterThan(150);
    expect(Object.keys(r.faultsByKind).length).toBeGreaterThanOrEqual(14);
    expect(r.unprotectedMs.max).toBeLessThanOrEqual(15_000);
  });

  test('on the real store, whose journal gives its tables', async () => {
    const r = await runOnDatabase(drawScenario(7));
    expect(r.violations).toEqual([]);
    expect(r.rows.alerts.size).toBeGreaterThan(0);
  });

  test('wherever in eight stories the process dies', async () => {
    const r = await runExhaustively();
    expect(r.stories.flatMap((s) => s.violations)).toEqual([]);
    expect(r.stories.length).toBe(8);
    expect(r.points).toBeGreaterThan(800);
  });
});
