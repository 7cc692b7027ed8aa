import { VENUE_URLS } from '../../src/shell/config.ts';
import type { WorldUrls } from './world-messages.ts';

/**
 * Sends what this process asks of Hyperliquid to the world instead: paper mode has no setting for it, since nobody but a
 * test wants one. A request to anywhere but this machine fails.
 */
export function redirectTo(urls: WorldUrls): void {
  const { fetch: realFetch, WebSocket: RealWebSocket } = globalThis;
  const inWorld = (url: string): string => {
    const there = url
      .replace(VENUE_URLS.live.ws, urls.hyperliquid.ws)
      .replace(VENUE_URLS.live.api, urls.hyperliquid.api);
    if (new URL(there).hostname !== '127.0.0.1') throw new Error(`the soak reaches nobody outside: ${there}`);
    return there;
  };
  globalThis.fetch = (input, init) =>
    typeof input === 'string' || input instanceof URL
      ? realFetch(inWorld(String(input)), init)
      : realFetch(input, init);
  globalThis.WebSocket = class extends RealWebSocket {
    constructor(url: string | URL, protocols?: ConstructorParameters<typeof WebSocket>[1]) {
      super(inWorld(String(url)), protocols);
    }
  };
  // The deadline of a request is told by the same clock as everything else.
  AbortSignal.timeout = (ms) => {
    const deadline = new AbortController();
    setTimeout(() => deadline.abort(new DOMException('timed out', 'TimeoutError')), ms);
    return deadline.signal;
  };
}
