// Scripted stories, each played once for every I/O point in it with the process dying there.
import { type Faults, NO_FAULTS, type Scenario } from './scenario.ts';
import { calmScenario } from './scenario.ts';
import { runScenario } from './run-scenario.ts';
import type { WorldOptions } from './world.ts';

const ENTRY_MS = 60_400;
/** Long enough after the story for recovery and convergence, short enough for thousands of runs. */
const STORY_MS = 110_000;
const CALM_MS = 60_000;

function story(o: Partial<Scenario> & { during?: Partial<Faults> }): Scenario {
  const { during, ...rest } = o;
  const calm = calmScenario(1);
  const calmMs = calm.startMs + STORY_MS;
  return {
    ...calm,
    calmMs,
    stillMs: calmMs + CALM_MS - 20_000,
    endMs: calmMs + CALM_MS,
    faults: { ...NO_FAULTS, ...during },
    ...rest,
  };
}

const { startMs } = calmScenario(1);
const outage = (fromMs: number, forMs: number, how: 'silent' | 'erring'): Scenario['outages'] => [
  { fromMs: startMs + fromMs, toMs: startMs + fromMs + forMs, how },
];

/** What is played. Each ends as every run must end, wherever the process died. */
export const STORIES: Readonly<Record<string, Scenario>> = {
  'clean entry': story({}),
  'lost reply': story({ outages: outage(ENTRY_MS, 4_000, 'erring') }),
  'lost request': story({ outages: outage(ENTRY_MS, 4_000, 'silent') }),
  'partial fill': story({ during: { partialFill: 1 } }),
  'refused stop': story({ during: { refusedStop: 1 } }),
  'manual cancel and repair': story({
    human: [{ atMs: startMs + 75_000, coin: 'BTC', act: 'cancel-stops' }],
  }),
  'outage around the entry': story({ outages: outage(ENTRY_MS - 5_000, 30_000, 'silent') }),
  'two coins at once': story({
    coins: ['BTC', 'ETH'],
    alerts: ['BTC', 'ETH'].map((coin) => ({
      atMs: startMs + ENTRY_MS,
      coin,
      side: 'long',
      repeats: null,
      ageMs: 400,
    })),
  }),
};

export interface ExhaustiveReport {
  stories: { name: string; points: number; violations: string[] }[];
  points: number;
  violations: number;
}

/** @param every only each such point: a quicker look */
export async function runExhaustively(o: WorldOptions = {}, every = 1): Promise<ExhaustiveReport> {
  const stories: ExhaustiveReport['stories'] = [];
  for (const [name, scenario] of Object.entries(STORIES)) {
    const whole = await runScenario(scenario, o);
    const violations = whole.violations.map((v) => `no crash: ${v.invariant} ${v.message}`);
    const points = Array.from({ length: Math.floor(whole.points / every) }, (_, i) => 1 + i * every);
    let next = 0;
    const worker = async (): Promise<void> => {
      for (;;) {
        const crashAtPoint = points[next++];
        if (crashAtPoint === undefined) return;
        const r = await runScenario(scenario, { ...o, crashAtPoint });
        for (const v of r.violations) violations.push(`point ${crashAtPoint}: ${v.invariant} ${v.message}`);
      }
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    stories.push({ name, points: points.length, violations });
  }
  return {
    stories,
    points: stories.reduce((sum, s) => sum + s.points, 0),
    violations: stories.reduce((sum, s) => sum + s.violations.length, 0),
  };
}
