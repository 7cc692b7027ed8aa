import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

test('what the page brings of other people’s code is the installed package’s file, byte for byte', async () => {
  const run = promisify(execFile);
  const done = await run(process.execPath, ['scripts/vendor-web.ts', '--check'], { cwd: ROOT });
  expect(done.stderr).toBe('');
});
