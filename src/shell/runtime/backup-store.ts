import { chmod, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BackupDone } from '../http/kit.ts';

/**
 * A copy of the database as of one moment, while the bridge writes on. It appears under its name when it is complete.
 * Calls during a backup get that backup.
 * @param backup writes the copy
 */
export function backupInto(
  folder: string,
  backup: (path: string) => Promise<void>,
  nowMs: () => number,
): () => Promise<BackupDone> {
  let running: Promise<BackupDone> | null = null;
  const run = async (): Promise<BackupDone> => {
    const startMs = nowMs();
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const name = `snapback-${new Date(startMs).toISOString().replaceAll(/[-:]|\.\d+/g, '')}.db`;
    const path = resolve(join(folder, name));
    const part = `${path}.part`;
    try {
      await backup(part);
      await chmod(part, 0o600);
      await rename(part, path);
    } catch (e) {
      await rm(part, { force: true });
      throw e;
    }
    const { size } = await stat(path);
    return { path, bytes: size, durationMs: nowMs() - startMs };
  };
  return () =>
    (running ??= run().finally(() => {
      running = null;
    }));
}
