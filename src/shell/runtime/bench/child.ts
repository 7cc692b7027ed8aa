import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface BenchChild {
  pid: number;
  /** Resolves with the first match in what the child printed. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves when it is gone. Default SIGKILL. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** A script of this folder, or a file named from the repository root, in a process of its own. */
export function runChild(
  script: string,
  args: readonly string[],
  o: { env?: Readonly<Record<string, string>>; nodeFlags?: readonly string[] } = {},
): BenchChild {
  const root = join(import.meta.dirname, '../../../..');
  const child = spawn(process.execPath, [...(o.nodeFlags ?? []), join(root, script), ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', ...o.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const looks = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      for (const look of looks) look();
    });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    pid: child.pid ?? 0,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(text);
          if (match !== null) resolve(match);
        };
        looks.add(look);
        void exited.then(() => reject(new Error(`${script} ended before ${pattern}: ${text.slice(-500)}`)));
        look();
      }),
    async stop(signal = 'SIGKILL') {
      child.kill(signal);
      await exited;
    },
  };
}
