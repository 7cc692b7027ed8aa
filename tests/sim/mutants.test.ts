// The simulation can fail: bugs planted into the ports are found.
import { expect, test } from 'vitest';
import { runScenario } from '../../src/shell/runtime/sim/run-scenario.ts';
import { calmScenario, drawScenario, type Scenario } from '../../src/shell/runtime/sim/scenario.ts';
import { PORT_MUTANTS } from './mutants.ts';

/** The first seed that catches it (found by counting up from 1), and the invariant it breaks there. */
const CAUGHT: [keyof typeof PORT_MUTANTS, number, string][] = [
  ['blindRetry', 17, 'I1'],
  ['unknownIsRefused', 17, 'I2'],
  ['unreadableIsFlat', 1, 'I3'],
  ['unreadableIsAbsent', 42, 'I2'],
  ['cancelBeforePlace', 3, 'I3'],
  ['noFence', 17, 'I2'],
  ['stopAfterEntry', 1, 'I3'],
  ['sentBeforeCommit', 1, 'I2'],
];
/** Around the listed seed, so that a change of what a seed draws does not turn the test red. */
const NEARBY = 40;

const invariantsOf = async (s: Scenario, name: keyof typeof PORT_MUTANTS): Promise<Set<string>> => {
  const rig = PORT_MUTANTS[name];
  if (rig === undefined) throw new Error(`no mutant ${name}`);
  return new Set((await runScenario(s, { rig })).violations.map((v) => v.invariant));
};

test.each(CAUGHT)('%s is caught (first by seed %i) as a violation of %s', async (name, seed, invariant) => {
  for (let i = 0; i < NEARBY; i++)
    if ((await invariantsOf(drawScenario(seed + i), name)).has(invariant)) return;
  expect.unreachable(`${name} was not caught by seeds ${seed} to ${seed + NEARBY - 1}`);
});

test('nonces that are not kept are caught when a clock that was ahead is set right', async () => {
  const calm = calmScenario(1);
  const at = (seconds: number): number => calm.startMs + 1_000 * seconds;
  const scenario: Scenario = {
    ...calm,
    // Our clock goes ahead, and the newest comparisons with the venue's do not show it yet: a nonce is drawn from it.
    skews: [
      { atMs: at(65), skewMs: 20_000 },
      { atMs: at(69), skewMs: 0 },
    ],
    human: [
      { atMs: at(66), coin: 'BTC', act: 'cancel-stops' },
      { atMs: at(76), coin: 'BTC', act: 'cancel-stops' },
    ],
    crashes: [at(70)],
  };
  expect(await invariantsOf(scenario, 'nonceNotKept')).toContain('I9');
  expect((await runScenario(scenario)).violations).toEqual([]);
});
