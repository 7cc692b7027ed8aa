import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

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
          testTimeout: 20_000,
        },
      },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: './tests/worker/wrangler.toml' } })],
        test: { name: 'workerd', include: ['tests/worker/**/*.test.ts'], testTimeout: 30_000 },
      },
    ],
  },
});
