import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

/** Throw-away values: the venue of the tests in tests/worker is in the same isolate. */
const WORKER_SECRETS = {
  HYPERLIQUID_API_URL: 'http://venue.test',
  HYPERLIQUID_ACCOUNT: `0x${'de'.repeat(20)}`,
  HYPERLIQUID_ENTRY_KEY: `0x${'01'.repeat(32)}`,
  HYPERLIQUID_GUARD_KEY: `0x${'02'.repeat(32)}`,
  WEBHOOK_TOKEN: 'canary-webhook-token-of-the-tests',
  READ_TOKEN: 'canary-read-token-of-the-tests',
  OPERATE_TOKEN: 'canary-operate-token-of-the-tests',
};

export default defineConfig({
  test: {
    reporters: ['default', './tests/ci-reporter.ts'],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/shell/runtime/{worker,desk}.ts'],
      reporter: ['text-summary'],
    },
    projects: [
      {
        test: {
          name: 'node',
          include: ['tests/**/*.test.ts', 'tools/**/*.test.ts'],
          exclude: ['tests/worker/**', '**/node_modules/**'],
          setupFiles: ['./tests/support/property-seed.ts'],
          testTimeout: 20_000,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: { bindings: WORKER_SECRETS },
          }),
        ],
        test: {
          name: 'workerd',
          include: ['tests/worker/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
