import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COIN_PARAMS } from '../../../core/shared/coin-params.ts';
import type { BenchChild } from './child.ts';
import { runChild } from './child.ts';
import type { Figure } from './figure.ts';
import { atMost, quantile } from './figure.ts';
import { startCommand } from './start-command.ts';

/**
 * From the start of the process to the first 200 of /readyz, in paper mode on the synthetic market, with a database and
 * an account that are new each time; and resident memory a little later. Before that once more without being counted:
 * code that was never compiled before is compiled then, which is so only after an installation or an update.
 */
export async function benchStart(o: { rounds: number }): Promise<Figure[]> {
  const startMs: number[] = [];
  const cpuMs: number[] = [];
  const rssMb: number[] = [];
  for (let round = 0; round <= o.rounds; round++) {
    const folder = mkdtempSync(join(tmpdir(), 'snapback-bench-'));
    const began = performance.now();
    const bridge = start(folder);
    try {
      await ready(bridge);
      const tookMs = performance.now() - began;
      if (round === 0) {
        // Told to, not killed: only then Node keeps what it compiled.
        await bridge.stop('SIGTERM');
        continue;
      }
      startMs.push(tookMs);
      cpuMs.push(processorMs(bridge.pid));
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      rssMb.push(residentMb(bridge.pid));
    } finally {
      await bridge.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return [
    atMost(
      'start-ms',
      quantile(startMs, 0.5),
      'ms',
      1_000,
      `process start to ready, ${quantile(cpuMs, 0.5)} ms of processor time; paper mode, synthetic market, new database`,
    ),
    atMost(
      'rss-mb',
      Math.max(...rssMb),
      'MB',
      220,
      `resident memory with ${COIN_PARAMS.length} coins and the embedded venue`,
    ),
  ];
}

function start(folder: string): BenchChild {
  const { script, args, nodeFlags } = startCommand();
  return runChild(script, args, {
    env: { DATABASE_URL: `file:${join(folder, 'start.db')}`, PORT: '0', PAPER_MARKET: 'synthetic' },
    nodeFlags,
  });
}

async function ready(bridge: BenchChild): Promise<void> {
  const url = (await bridge.until(/page\s+(http:\/\/[^/\s]+)/))[1];
  for (;;) {
    const answer = await fetch(`${url}/readyz`);
    await answer.arrayBuffer();
    if (answer.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const residentMb = (pid: number): number => {
  const kb = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kb) / 1_024;
};

/** What a process has used of all processors so far, ms; told in hundredths of a second. */
function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return (user + system) * 10;
}
