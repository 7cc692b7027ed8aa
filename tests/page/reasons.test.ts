import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

test('the page explains reason codes in the words of docs/errors.md (else: npm run reasons:embed)', async () => {
  const run = promisify(execFile);
  const done = await run(process.execPath, ['scripts/embed-reasons.ts', '--check'], { cwd: ROOT });
  expect(done.stderr).toBe('');
});
