import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Disk {
  folder: string;
  /** Leaves no byte free; `free` gives everything back. */
  fill(): void;
  free(): void;
  readOnly(isReadOnly: boolean): void;
  unmount(): void;
}

const run = (command: string, ...args: string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** A small file system of its own in memory, or null where this machine does not let us mount one. */
export function mountDisk(megabytes: number): Disk | null {
  const folder = mkdtempSync(join(tmpdir(), 'snapback-disk-'));
  const options = `size=${megabytes}m`;
  if (process.platform !== 'linux' || !run('mount', '-t', 'tmpfs', '-o', options, 'tmpfs', folder)) {
    rmSync(folder, { recursive: true });
    return null;
  }
  const filler = join(folder, 'filler');
  return {
    folder,
    fill() {
      mkdirSync(filler, { recursive: true });
      // Down to the last page: what is written after it finds nothing.
      for (let i = 0; ; i++) {
        const { bavail, bsize } = statfsSync(folder);
        if (bavail === 0) return;
        try {
          writeFileSync(
            join(filler, `${i}-${Date.now()}`),
            Buffer.alloc(Math.min(bavail * bsize, 1_048_576), 1),
          );
        } catch {
          return;
        }
      }
    },
    free: () => rmSync(filler, { recursive: true, force: true }),
    readOnly(isReadOnly) {
      if (!run('mount', '-o', `remount,${isReadOnly ? 'ro' : 'rw'},${options}`, folder))
        throw new Error(`could not remount ${folder}`);
    },
    unmount() {
      if (!run('umount', folder) && !run('umount', '-l', folder))
        throw new Error(`could not unmount ${folder}`);
      rmSync(folder, { recursive: true });
    },
  };
}

/** Whether `mountDisk` works here. */
export function canMount(): boolean {
  const disk = mountDisk(1);
  disk?.unmount();
  return disk !== null;
}
