import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { REASON_CODES } from '../../src/core/shared/reason-codes.ts';

const ROOT = join(import.meta.dirname, '../..');

test('the page explains every reason code, in the words of docs/errors.md (npm run reasons:embed)', async () => {
  const run = promisify(execFile);
  const done = await run(process.execPath, ['scripts/embed-reasons.ts', '--check'], { cwd: ROOT });
  expect(done.stderr).toBe('');
  // A script of the page, without types.
  const { REASONS }: { REASONS: Record<string, { means: string; todo: string }> } = await import(
    join(ROOT, 'web/reasons.js')
  );
  expect(Object.keys(REASONS).sort()).toEqual([...REASON_CODES].sort());
  for (const { means, todo } of Object.values(REASONS)) expect(`${means}${todo}`).not.toMatch(/[`[\]]\(/);
});
