// What the bindings are called and hold; wrangler.toml and vitest.config.ts give them.
declare namespace Cloudflare {
  interface Env {
    DESK: DurableObjectNamespace<import('../../src/shell/runtime/worker.ts').Desk>;
    ASSETS: Fetcher;
    MODE: string;
    HYPERLIQUID_API_URL: string;
    HYPERLIQUID_ACCOUNT: string;
    HYPERLIQUID_ENTRY_KEY: `0x${string}`;
    HYPERLIQUID_GUARD_KEY: `0x${string}`;
    WEBHOOK_TOKEN: string;
    READ_TOKEN: string;
    OPERATE_TOKEN: string;
  }
  interface GlobalProps {
    mainModule: typeof import('../../src/shell/runtime/worker.ts');
  }
}
