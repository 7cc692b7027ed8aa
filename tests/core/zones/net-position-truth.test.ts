// The synthetic market's holders have known entries: how much of their net by price does the profile see? The made-up
// population is not a real one; only comparisons count.
import { beforeAll, expect, test } from 'vitest';
import { entriesTable, scoreEntries } from '../../../src/shell/runtime/score-entries.ts';

let scores: ReturnType<typeof scoreEntries>;
beforeAll(() => {
  scores = scoreEntries({ markets: 12, from: 101 });
}, 60_000);
const row = (name: string) =>
  scores.rows.find((r) => r.name === name) ?? { name, rho: Number.NaN, rhoCoarse: Number.NaN };

test('12 markets: more than "longs low, shorts high", and nearly what the rule itself can know', () => {
  for (const key of ['rho', 'rhoCoarse'] as const) {
    expect(row('profile')[key]).toBeGreaterThan(row('price')[key] + 0.03);
    expect(row('profile')[key]).toBeGreaterThan(0.75 * row('rule')[key]);
    // Who drew which leverage and which life no bar tells.
    expect(row('rule')[key]).toBeLessThan(0.6);
  }
});

test('says how many it looked at, and prints a row for each way', () => {
  expect(scores).toMatchObject({ markets: 12, coins: ['BTC', 'ETH', 'SOL'], series: 36 });
  expect(entriesTable(scores).split('\n')).toHaveLength(2 + scores.rows.length);
});
