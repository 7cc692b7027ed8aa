import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COIN_PARAMS } from '../../../core/shared/coin-params.ts';
import { runChild } from './child.ts';
import type { Figure } from './figure.ts';
import { atMost, quantile } from './figure.ts';

/** From `start` to the first 200 of /readyz in paper mode on the synthetic market, and resident memory a little later. */
export async function benchStart(o: { rounds: number }): Promise<Figure[]> {
  const startMs: number[] = [];
  const rssMb: number[] = [];
  for (let round = 0; round < o.rounds; round++) {
    const folder = mkdtempSync(join(tmpdir(), 'snapback-bench-'));
    const began = performance.now();
    const bridge = runChild('src/shell/runtime/cli.ts', ['start'], {
      env: { DATABASE_URL: `file:${join(folder, 'start.db')}`, PORT: '0', PAPER_MARKET: 'synthetic' },
      nodeFlags: flagsOfNpmStart(),
    });
    try {
      const url = (await bridge.until(/page\s+(http:\/\/[^/\s]+)/))[1];
      for (;;) {
        const answer = await fetch(`${url}/readyz`);
        await answer.arrayBuffer();
        if (answer.ok) break;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      startMs.push(performance.now() - began);
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
      'process start to ready, paper mode, synthetic market, embedded venue',
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

/** What `npm start` gives Node before the script: the bench starts the same thing. */
function flagsOfNpmStart(): string[] {
  const file = readFileSync(join(import.meta.dirname, '../../../../package.json'), 'utf8');
  const { scripts } = JSON.parse(file) as { scripts: { start: string } };
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

const residentMb = (pid: number): number => {
  const kb = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kb) / 1_024;
};
