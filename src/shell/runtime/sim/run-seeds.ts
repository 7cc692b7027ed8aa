import type { Bare } from './protection-watch.ts';
import { runOnDatabase } from './run-on-database.ts';
import { runScenario, type RunResult } from './run-scenario.ts';
import { drawScenario } from './scenario.ts';
import type { WorldOptions } from './world.ts';

export interface Quantiles {
  p50: number;
  p99: number;
  max: number;
}

/** What `npm run sim -- --json` prints; names are fixed by docs/simulation.md. */
export interface SimReport {
  seeds: number;
  from: number;
  /** Runs with at least one violation, and which. */
  violations: number;
  violated: { seed: number; invariant: string; message: string }[];
  crashes: number;
  faults: number;
  faultsByKind: Record<string, number>;
  /** Store writes and venue calls passed, each of them a place to die at. */
  points: number;
  alerts: number;
  entries: number;
  /** Exits decided because signals faded. */
  fadingExits: number;
  positions: number;
  /** Runs on the real store, with the journal verified. */
  onDatabase: number;
  scenariosPerSecond: number;
  /** The same by processor time of this process: other work on the machine does not count. */
  scenariosPerCpuSecond: number;
  /** Per position, ms: longest gap without a full valid stop while the venue answered the guard and told of the change. */
  unprotectedMs: Quantiles;
  /** The same of gaps the venue never told of, so that only the guard's timer was left. */
  untoldMs: Quantiles & { positions: number };
  /** All gaps of a position together, while the venue answered. */
  unprotectedSumMs: Quantiles;
  /** All gaps, with the time the guard's requests failed; and with outages and the time no process ran. */
  unprotectedAliveMs: Quantiles;
  unprotectedWallMs: Quantiles;
  /** Runs in which everything had converged a minute after the faults ended. */
  converged: number;
}

/** One run of the real store among this many: it costs as much as fifty. */
const DATABASE_EVERY = 50;
/** Side by side: more of them would push each other out of the processor's caches. */
const SIDE_BY_SIDE = 8;

/** Plays the seeds `from`, `from + 1`, … and adds up what was found. @param onDone told after each run */
export async function runSeeds(
  o: { seeds: number; from: number },
  onDone: (done: number, violations: number) => void = () => undefined,
  options: WorldOptions = {},
): Promise<SimReport> {
  const startedMs = performance.now();
  const cpu = process.cpuUsage();
  const t = newTally();
  let next = o.from;
  const worker = async (): Promise<void> => {
    while (next < o.from + o.seeds) {
      const seed = next++;
      const isOnDatabase = seed % DATABASE_EVERY === 0;
      const r = await (isOnDatabase ? runOnDatabase : runScenario)(drawScenario(seed), options);
      if (isOnDatabase) t.onDatabase += 1;
      add(t, r);
      onDone(t.runs, t.violations);
    }
  };
  // Lost answers are errors by the dozen, and nobody reads where each was made: one seed alone tells that.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return reportOf(t, o, { seconds, cpuSeconds: (user + system) / 1e6 });
}

function newTally() {
  return {
    runs: 0,
    violations: 0,
    violated: [] as SimReport['violated'],
    crashes: 0,
    faults: new Map<string, number>(),
    points: 0,
    alerts: 0,
    entries: 0,
    fadingExits: 0,
    converged: 0,
    onDatabase: 0,
    gaps: [] as Bare[],
  };
}

function add(t: ReturnType<typeof newTally>, r: RunResult): void {
  t.runs += 1;
  if (r.violations.length > 0) t.violations += 1;
  for (const v of r.violations) t.violated.push({ seed: r.seed, invariant: v.invariant, message: v.message });
  t.crashes += r.crashes;
  for (const [kind, n] of Object.entries(r.faults)) t.faults.set(kind, (t.faults.get(kind) ?? 0) + n);
  t.points += r.points;
  t.alerts += r.alerts;
  t.entries += r.entries;
  t.fadingExits += r.fadingExits;
  if (r.isConverged) t.converged += 1;
  t.gaps.push(...r.gaps);
}

export function quantiles(values: readonly number[]): Quantiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (p: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)] ?? 0);
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

function reportOf(
  t: ReturnType<typeof newTally>,
  o: { seeds: number; from: number },
  time: { seconds: number; cpuSeconds: number },
): SimReport {
  const untold = t.gaps.filter((g) => g.isUntold);
  return {
    seeds: o.seeds,
    from: o.from,
    violations: t.violations,
    violated: t.violated.sort((a, b) => a.seed - b.seed),
    crashes: t.crashes,
    faults: [...t.faults.values()].reduce((sum, n) => sum + n, 0),
    faultsByKind: Object.fromEntries([...t.faults].sort(([a], [b]) => (a < b ? -1 : 1))),
    points: t.points,
    alerts: t.alerts,
    entries: t.entries,
    fadingExits: t.fadingExits,
    positions: t.gaps.length,
    onDatabase: t.onDatabase,
    scenariosPerSecond: Math.round(t.runs / time.seconds),
    scenariosPerCpuSecond: Math.round(t.runs / time.cpuSeconds),
    unprotectedMs: quantiles(t.gaps.map((g) => g.longestMs)),
    untoldMs: { positions: untold.length, ...quantiles(untold.map((g) => g.longestUntoldMs)) },
    unprotectedSumMs: quantiles(t.gaps.map((g) => g.answeredMs)),
    unprotectedAliveMs: quantiles(t.gaps.map((g) => g.aliveMs)),
    unprotectedWallMs: quantiles(t.gaps.map((g) => g.wallMs)),
    converged: t.converged,
  };
}
