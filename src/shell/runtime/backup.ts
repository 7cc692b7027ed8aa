import { constants, copyFile, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { openReadOnly } from '../store/node-sqlite.ts';
import { askBridge } from './ask-bridge.ts';
import type { OptionValues } from './commands.ts';

const Done = z.object({ path: z.string(), bytes: z.number(), durationMs: z.number() });
/** The names `backupInto` gives; everything else in the folder is somebody else's. */
const COPY = /^snapback-\d{8}T\d{6}Z\.db$/;
const KEEP_MAX = 1_000;

/** `snapback backup`: asks the running bridge for a copy, checks that it opens, and copies it where it is wanted. */
export async function backup(o: OptionValues): Promise<number> {
  const keep = keepOf(o['keep']);
  const bridge = askBridge(process.env);
  const { path, bytes, durationMs } = Done.parse(JSON.parse(await bridge.post('/api/v1/backup')));
  await checkCopy(path);
  const to = typeof o['to'] === 'string' ? o['to'] : null;
  // Never over a file that is there: it may be the last good backup.
  if (to !== null) await copyTo(path, to);
  process.stdout.write(
    `${to ?? path}  ${(bytes / 1_048_576).toFixed(1)} MB in ${durationMs} ms, opens and passes its integrity check\n`,
  );
  // Only now: the newest one is known to be good.
  const gone = keep === null ? [] : await pruneCopies(path, keep);
  if (gone.length > 0) process.stdout.write(`removed ${gone.length} older: ${gone.join(', ')}\n`);
  return 0;
}

/** Its integrity check. @throws Error that names the file, when it is no sound database */
export async function checkCopy(path: string): Promise<void> {
  await openReadOnly(path).close();
  // A reader leaves these beside what it read, and nobody needs them there.
  for (const left of ['-shm', '-wal']) await rm(`${path}${left}`, { force: true });
}

/** Never over a file that is there: it may be the last good backup. */
export async function copyTo(path: string, to: string): Promise<void> {
  const why: Readonly<Record<string, string>> = {
    EEXIST: 'is there already and is not overwritten',
    ENOENT: 'is in a folder that does not exist',
  };
  try {
    await copyFile(path, to, constants.COPYFILE_EXCL);
  } catch (e) {
    const code = e instanceof Error && 'code' in e ? String(e.code) : 'failed';
    throw new Error(`--to ${to} ${why[code] ?? `cannot be written (${code})`}; the copy is ${path}`, {
      cause: e,
    });
  }
}

function keepOf(value: OptionValues[string]): number | null {
  if (value === undefined) return null;
  const keep = typeof value === 'string' && value !== '' ? Number(value) : Number.NaN;
  if (!Number.isInteger(keep) || keep < 1 || keep > KEEP_MAX)
    throw new Error(`--keep: a whole number from 1 to ${KEEP_MAX}`);
  return keep;
}

/**
 * Removes all but the newest `keep` copies of the folder; their names sort by time.
 * @param newest the copy just made and checked, which stays whatever the clock has done
 * @returns the names of what was removed
 */
export async function pruneCopies(newest: string, keep: number): Promise<string[]> {
  const folder = dirname(newest);
  const others = (await readdir(folder)).filter((name) => COPY.test(name) && name !== basename(newest));
  const gone = others.sort().slice(0, Math.max(0, others.length - (keep - 1)));
  for (const name of gone) await rm(join(folder, name));
  return gone;
}
