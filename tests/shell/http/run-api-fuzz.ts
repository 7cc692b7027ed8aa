// npm run api:fuzz -- [--requests N] [--seed S]: api-fuzz.test.ts with as many requests as asked for.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { requests: { type: 'string' }, seed: { type: 'string' } } });
const requests = Number(values.requests ?? 100_000);
if (!Number.isSafeInteger(requests) || requests < 1 || requests > 10_000_000)
  throw new Error('--requests: a whole number from 1 to 10000000');
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--project', 'node', 'tests/shell/http/api-fuzz.test.ts'],
  {
    stdio: 'inherit',
    env: { ...process.env, API_FUZZ_REQUESTS: String(requests), PROPERTY_SEED: values.seed ?? 'random' },
  },
);
process.exitCode = status ?? 1;
