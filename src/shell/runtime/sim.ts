import type { OptionValues } from './commands.ts';
import { runExhaustively, type ExhaustiveReport } from './sim/exhaustive.ts';
import { runSeeds, type SimReport } from './sim/run-seeds.ts';
import { runScenario } from './sim/run-scenario.ts';
import { drawScenario } from './sim/scenario.ts';

const SEEDS = 2_000;
const SHOWN = 20;

/** `snapback sim`: exit code 1 when an invariant was violated. */
export async function sim(o: OptionValues): Promise<number> {
  const isJson = o['json'] === true;
  if (o['seed'] !== undefined) return playOne(numberOf(o, 'seed', 1), o['trace'] === true, isJson);
  const range = { seeds: numberOf(o, 'seeds', SEEDS), from: numberOf(o, 'from', 1) };
  const report = await runSeeds(range, progress(range.seeds, isJson));
  const exhaustive = o['exhaustive'] === true ? await runExhaustively() : null;
  process.stdout.write(
    isJson ? `${JSON.stringify({ ...report, exhaustive })}\n` : describe(report, exhaustive),
  );
  return report.violations > 0 || (exhaustive?.violations ?? 0) > 0 ? 1 : 0;
}

function numberOf(o: OptionValues, name: string, fallback: number): number {
  const text = o[name];
  if (text === undefined) return fallback;
  const n = Number(text);
  if (!Number.isSafeInteger(n) || n < 0) throw new Error(`--${name} is not a whole number`);
  return n;
}

async function playOne(seed: number, isTraced: boolean, isJson: boolean): Promise<number> {
  const trace = (line: string): void => void process.stdout.write(`${line}\n`);
  const { rows: _, ...result } = await runScenario(drawScenario(seed), isTraced && !isJson ? { trace } : {});
  process.stdout.write(
    isJson
      ? `${JSON.stringify(result)}\n`
      : `seed ${seed}: ${result.violations.length} violations, ${result.entries} entries, ${result.crashes} crashes\n` +
          result.violations.map((v) => `  ${v.invariant} ${v.message}\n`).join(''),
  );
  return result.violations.length > 0 ? 1 : 0;
}

/** A line that is written over, on a terminal only. */
function progress(seeds: number, isJson: boolean): (done: number, violations: number) => void {
  if (isJson || !process.stderr.isTTY) return () => undefined;
  return (done, violations) => {
    if (done % 50 === 0 || done === seeds)
      process.stderr.write(
        `\r${done} of ${seeds} runs, ${violations} with violations${done === seeds ? '\n' : ''}`,
      );
  };
}

function describe(r: SimReport, x: ExhaustiveReport | null): string {
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
  const u = r.unprotectedMs;
  const lines = [
    `${r.seeds} runs from seed ${r.from}: ${r.violations} with violations, ${r.converged} converged`,
    `${r.alerts} alerts, ${r.entries} entries, ${r.positions} positions, ${r.crashes} crashes, ${r.faults} faults`,
    `longest gap without a full stop, per position: p50 ${seconds(u.p50)}, p99 ${seconds(u.p99)}, max ${seconds(u.max)}`,
    `${r.scenariosPerSecond} runs/s, ${r.scenariosPerCpuSecond} per processor second; ${r.onDatabase} on SQLite with its journal`,
  ];
  for (const v of r.violated.slice(0, SHOWN))
    lines.push(`seed ${v.seed}: ${v.invariant} ${v.message}   (npm run sim -- --seed ${v.seed} --trace)`);
  if (r.violated.length > SHOWN) lines.push(`… ${r.violated.length - SHOWN} more`);
  for (const s of x?.stories ?? []) {
    lines.push(`${s.name}: ${s.points} crash points, ${s.violations.length} violations`);
    lines.push(...s.violations.slice(0, SHOWN).map((v) => `  ${v}`));
  }
  return `${lines.join('\n')}\n`;
}
