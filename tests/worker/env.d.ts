declare namespace Cloudflare {
  interface Env {
    STORE: DurableObjectNamespace<import('./test-worker.ts').StoreHolder>;
  }
}
