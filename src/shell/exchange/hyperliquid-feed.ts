import type { SubscriptionClient, WebSocketTransport } from '@nktkas/hyperliquid';
import type { ExchangeFeed } from '../../app/ports.ts';
import { parseFills } from './hyperliquid-history.ts';

export interface HyperliquidFeedOptions {
  wsUrl: string;
  /** Master or sub-account address. */
  account: string;
  /** Until a subscription must be confirmed, and between tries to subscribe, ms. */
  timeoutMs?: number;
  retryMs?: number;
  /** The connection is asked for a sign of life this often; without one within `pongMs` it is replaced, ms. */
  pingMs?: number;
  pongMs?: number;
  /** How long to wait before the SDK's client is loaded, ms: 150 modules, which nothing can be done beside. */
  loadAfterMs?: number;
}

/** At most 12 new connections a minute: the venue allows 30 per address. */
const RECONNECT_MS_MAX = 5_000;
const reconnectionDelay = (attempt: number): number => Math.min(250 * 2 ** attempt, RECONNECT_MS_MAX);

/**
 * Fills and order updates as the venue pushes them. `status(true)` means: both subscriptions are confirmed on a
 * connection that answers; anything less is `false`. The venue sends a snapshot of fills after each subscription, so
 * fills repeat. A push that cannot be read becomes an order update: look for yourself.
 */
export function createHyperliquidFeed(o: HyperliquidFeedOptions): ExchangeFeed {
  const { timeoutMs = 5_000, retryMs = 2_000, pingMs = 15_000, pongMs = 5_000, loadAfterMs = 0 } = o;
  const user = o.account.toLowerCase();
  const stopped = new AbortController();
  let transport: WebSocketTransport | undefined;
  let running: Promise<void> | undefined;

  const run = async (hooks: Hooks): Promise<void> => {
    await pause(loadAfterMs, stopped.signal);
    const sdk = await import('@nktkas/hyperliquid');
    if (stopped.signal.aborted) return;
    // Resubscribing is ours, so that one path tells up from down.
    const opened = new sdk.WebSocketTransport({
      url: o.wsUrl,
      timeout: timeoutMs,
      resubscribe: false,
      reconnect: { maxRetries: Infinity, connectionTimeout: timeoutMs, reconnectionDelay },
      keepAlive: { interval: pingMs, timeout: pongMs },
    });
    transport = opened;
    const client = (): SubscriptionClient => new sdk.SubscriptionClient({ transport: opened });
    await keepSubscribed(opened, { client, user, timeoutMs, retryMs, stop: stopped.signal }, hooks);
  };

  return {
    async start(on) {
      if (running !== undefined || stopped.signal.aborted) return;
      const firstTry = Promise.withResolvers<void>();
      const status = onChange((up) => on.status(up), stopped.signal);
      running = run({ on, status, tried: firstTry.resolve });
      await Promise.race([firstTry.promise, running]);
    },
    async stop() {
      stopped.abort();
      transport?.close();
      await running;
    },
  };
}

type Listener = Parameters<ExchangeFeed['start']>[0];
interface Hooks {
  on: Listener;
  status: (up: boolean) => void;
  /** The first try is over, well or not. */
  tried: () => void;
}

/** Passes on changes only, and nothing after `stop`. */
function onChange(status: (up: boolean) => void, stop: AbortSignal): (up: boolean) => void {
  let last: boolean | undefined;
  return (up) => {
    if (up === last || stop.aborted) return;
    last = up;
    status(up);
  };
}

/** Subscribes, waits until that is lost, and again, until `stop`. */
async function keepSubscribed(
  transport: WebSocketTransport,
  o: {
    client: () => SubscriptionClient;
    user: string;
    timeoutMs: number;
    retryMs: number;
    stop: AbortSignal;
  },
  { on, status, tried }: Hooks,
): Promise<void> {
  while (!o.stop.aborted) {
    try {
      await transport.ready(AbortSignal.any([o.stop, AbortSignal.timeout(o.timeoutMs)]));
      const { lost } = await subscribe(o.client(), o.user, on, o.stop);
      status(true);
      tried();
      await lost;
      status(false);
    } catch {
      status(false);
      tried();
      await pause(o.retryMs, o.stop);
    }
    // Half a subscription, or one the venue dropped: a new connection is the only clean slate.
    if (!o.stop.aborted && transport.socket.readyState === WebSocket.OPEN) transport.socket.reconnect();
  }
}

/** Resolves when both are confirmed, to a promise that resolves when either is lost. */
async function subscribe(
  client: SubscriptionClient,
  user: string,
  on: Listener,
  signal: AbortSignal,
): Promise<{ lost: Promise<void> }> {
  const lost = Promise.withResolvers<void>();
  const options = { signal, onError: () => lost.resolve() };
  await Promise.all([
    client.userFills({ user }, (event) => pushFills(event, user, on), options),
    client.orderUpdates({ user }, () => on.orderUpdate(), options),
  ]);
  return { lost: lost.promise };
}

function pushFills(event: { fills: unknown; isSnapshot?: boolean }, user: string, on: Listener): void {
  let fills;
  try {
    ({ fills } = parseFills(event.fills, user));
  } catch {
    on.orderUpdate();
    return;
  }
  on.fills(fills, event.isSnapshot === true);
}

/** Resolves after `ms`, or as soon as `signal` aborts; leaves no timer behind. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
