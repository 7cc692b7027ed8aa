// Children that hold or hammer a store, and folders for their files.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Child {
  process: ChildProcess;
  /** Lines said so far. */
  said: string[];
  /** Resolves when `count` lines were said, or the process has ended. */
  until(count: number): Promise<void>;
  /** Resolves with the exit code, null after a signal. */
  ended: Promise<number | null>;
}

const CHILD = join(import.meta.dirname, 'child.ts');

/** @param shell runs the command line given to it, e.g. under limits; the child's own command is "$0" "$@" */
export function startChild(args: readonly string[], shell?: string): Child {
  const command = shell === undefined ? process.execPath : 'bash';
  const all =
    shell === undefined
      ? [CHILD, ...args]
      : ['-c', `${shell}; exec "$0" "$@"`, process.execPath, CHILD, ...args];
  const child = spawn(command, all, { stdio: ['ignore', 'pipe', 'inherit'] });
  const said: string[] = [];
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, 'close').then(([code]) => (typeof code === 'number' ? code : null));
  let waiting: (() => void) | undefined;
  lines.on('line', (line) => {
    said.push(line);
    waiting?.();
  });
  const until = async (count: number): Promise<void> => {
    const enough = new Promise<void>((resolve) => {
      waiting = () => said.length >= count && resolve();
      waiting();
    });
    await Promise.race([ended, enough]);
  };
  return { process: child, said, until, ended };
}

/** Runs `work` with a new folder, which is removed afterwards. */
export async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'snapback-store-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
