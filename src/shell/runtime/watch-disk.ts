import { statfs } from 'node:fs/promises';
import type { Log } from '../../app/ports.ts';
import { every } from './every.ts';

const CHECK_MS = 60_000;
const MB = 1_048_576;
/** Less than this free is nearly full: weeks of journal at a busy pace, MB. */
export const FREE_MB_MIN = 512;

/** Says once when the folder's disk is nearly full, and again after it was not. @returns stop */
export function watchDisk(folder: string, log: Log): () => Promise<void> {
  let isLow = false;
  return every(
    () => CHECK_MS,
    async () => {
      const { bavail, bsize } = await statfs(folder);
      const freeMb = Math.floor((bavail * bsize) / MB);
      const wasLow = isLow;
      isLow = freeMb < FREE_MB_MIN;
      if (isLow && !wasLow) log.error('disk.nearly-full', { freeMb });
    },
    (e) => log.warn('disk.unreadable', { type: e instanceof Error ? e.name : typeof e }),
  );
}
