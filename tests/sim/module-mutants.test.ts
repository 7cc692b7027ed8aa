// Bugs planted into single functions of the bridge are found as well.
import { beforeEach, expect, test, vi } from 'vitest';
import type { Finding } from '../../src/core/guard/plan-protection.ts';
import { runScenario } from '../../src/shell/runtime/sim/run-scenario.ts';
import { drawScenario } from '../../src/shell/runtime/sim/scenario.ts';

const mutant = vi.hoisted(() => ({ name: '' }));

vi.mock(import('../../src/app/guard-positions.ts'), async (original) => {
  const real = await original();
  return {
    ...real,
    guardPositions: (desk, trigger) =>
      mutant.name === 'guard not after a fill' && trigger === 'fill'
        ? Promise.resolve()
        : real.guardPositions(desk, trigger),
  };
});

vi.mock(import('../../src/app/collect-input.ts'), async (original) => {
  const real = await original();
  return {
    ...real,
    collectInput: (...args) => {
      const input = real.collectInput(...args);
      const { exposure } = input;
      if (mutant.name === 'pending entries not counted')
        return { ...input, exposure: { ...exposure, pending: [], plannedCoins: [] } };
      return input;
    },
  };
});

vi.mock(import('../../src/core/guard/plan-protection.ts'), async (original) => {
  const real = await original();
  const isOfSize = (f: Finding): boolean => f.code === 'stop-too-small' || f.code === 'stop-too-large';
  return {
    ...real,
    planProtection: (account, policy) => {
      const findings = real.planProtection(account, policy);
      return mutant.name === 'stop keeps its planned size' ? findings.filter((f) => !isOfSize(f)) : findings;
    },
  };
});

beforeEach(() => {
  mutant.name = '';
});

const CAUGHT: [string, number, string][] = [
  ['guard not after a fill', 3, 'I3'],
  ['pending entries not counted', 1, 'I8'],
  ['stop keeps its planned size', 11, 'I6'],
];
const NEARBY = 40;

test.each(CAUGHT)('%s: caught (first by seed %i) as a violation of %s', async (name, seed, invariant) => {
  mutant.name = name;
  for (let i = 0; i < NEARBY; i++) {
    const { violations } = await runScenario(drawScenario(seed + i));
    if (violations.some((v) => v.invariant === invariant)) return;
  }
  expect.unreachable(`${name} was not caught by seeds ${seed} to ${seed + NEARBY - 1}`);
});
