// The synthetic market's holders have known liquidation prices: how much of the truth does the map see, and how much
// more with part of the positions known? The made-up population is not a real one; only comparisons count.
import { beforeAll, describe, expect, test } from 'vitest';
import type { SyntheticScore } from '../../../src/shell/runtime/score-synthetic.ts';
import { scoreSynthetic, syntheticTable } from '../../../src/shell/runtime/score-synthetic.ts';

describe('four markets, three coins, two sides', () => {
  let scores: ReturnType<typeof scoreSynthetic>;
  beforeAll(() => {
    scores = scoreSynthetic({ markets: 4, from: 1 });
  }, 60_000);
  const row = (name: string): SyntheticScore =>
    scores.rows.find((r) => r.name === name) ?? { name, captured: Number.NaN, rho: Number.NaN };

  test('the map captures more of the truth than distance, an even spread and itself without sweeping', () => {
    for (const naive of ['distance', 'uniform', 'noSweep'])
      expect(row('map').captured).toBeGreaterThan(row(naive).captured + 0.03);
    for (const naive of ['distance', 'noSweep'])
      expect(row('map').rho).toBeGreaterThan(row(naive).rho + 0.05);
    expect(row('map').captured).toBeGreaterThan(0.75);
    expect(row('map').captured).toBeLessThan(0.95);
  });

  test.each([
    ['anybody', (c: number) => `known ${c} %`],
    ['the largest', (c: number) => `largest ${c} %`],
    ['anybody, an hour ago', (c: number) => `known ${c} %, read 1 h ago`],
  ])('every part of the positions known raises it further, 10, 30, 60 %%: %s', (_, name) => {
    const steps = [row('map'), ...[10, 30, 60].map((c) => row(name(c)))];
    for (const [i, x] of steps.slice(1).entries()) {
      expect(x.captured).toBeGreaterThan((steps[i]?.captured ?? 1) + 0.002);
      expect(x.rho).toBeGreaterThan((steps[i]?.rho ?? 1) + 0.02);
    }
    expect(steps.at(-1)?.captured).toBeLessThan(1);
  });

  test('whom polling reads first tells more than anybody does, and a fresh reading more than an old one', () => {
    for (const c of [10, 30, 60]) {
      expect(row(`largest ${c} %`).captured).toBeGreaterThan(row(`known ${c} %`).captured);
      expect(row(`known ${c} %`).rho).toBeGreaterThan(row(`known ${c} %, read 1 h ago`).rho - 0.01);
    }
  });

  test('says how many it looked at, and prints a row for each way', () => {
    expect(scores).toMatchObject({ markets: 4, coins: ['BTC', 'ETH', 'SOL'], series: 24 });
    expect(syntheticTable(scores).split('\n')).toHaveLength(2 + scores.rows.length);
  });
});

test('the same seeds give the same figures', () => {
  expect(scoreSynthetic({ markets: 1, from: 3 })).toEqual(scoreSynthetic({ markets: 1, from: 3 }));
}, 60_000);
