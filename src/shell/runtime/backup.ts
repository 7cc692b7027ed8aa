import { copyFile, constants } from 'node:fs/promises';
import * as z from 'zod';
import { openReadOnly } from '../store/node-sqlite.ts';
import { askBridge } from './ask-bridge.ts';
import type { OptionValues } from './commands.ts';

const Done = z.object({ path: z.string(), bytes: z.number(), durationMs: z.number() });

/** `snapback backup`: asks the running bridge for a copy, checks that it opens, and copies it where it is wanted. */
export async function backup(o: OptionValues): Promise<number> {
  const bridge = askBridge(process.env);
  const { path, bytes, durationMs } = Done.parse(JSON.parse(await bridge.post('/api/v1/backup')));
  await openReadOnly(path).close(); // its integrity check
  const to = typeof o['to'] === 'string' ? o['to'] : null;
  // Never over a file that is there: it may be the last good backup.
  if (to !== null) await copyFile(path, to, constants.COPYFILE_EXCL);
  process.stdout.write(
    `${to ?? path}  ${(bytes / 1_048_576).toFixed(1)} MB in ${durationMs} ms, opens and passes its integrity check\n`,
  );
  return 0;
}
