import * as z from 'zod';
import type { PublicTrade, TradeFeed } from '../../app/ports.ts';
import { decimal } from './parse-reply.ts';

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform((s) => s.toLowerCase());

const Message = z.discriminatedUnion('channel', [
  z.object({
    channel: z.literal('trades'),
    data: z.array(z.object({ coin: z.string(), sz: decimal, users: z.array(address) })),
  }),
  z.object({ channel: z.literal('subscriptionResponse') }),
  z.object({ channel: z.literal('pong') }),
  z.object({ channel: z.literal('error'), data: z.unknown() }),
]);

/** The venue's first words, which are no JSON. */
const GREETING = 'Websocket connection established.';
const PING = '{"method":"ping"}';

export interface HyperliquidTradesOptions {
  wsUrl: string;
  pingMs?: number;
  /** Without any message for this long the connection counts as dead, ms. */
  silentMs?: number;
  /** Before connecting again, doubled while it fails up to the maximum, ms: the venue allows 30 connections a minute. */
  retryMs?: number;
  retryMsMax?: number;
}

/**
 * Public trades with both addresses over one WebSocket, one subscription a coin. A hint at who holds something, nothing
 * more: trades missed while it is down are missed, and a coin the venue turns down leaves the others alone.
 */
export function createHyperliquidTrades(o: HyperliquidTradesOptions): TradeFeed {
  const { retryMs = 5_000, retryMsMax = 60_000 } = o;
  const stop = new AbortController();
  let running: Promise<void> = Promise.resolve();

  const run = async (coins: readonly string[], on: Parameters<TradeFeed['start']>[1]): Promise<void> => {
    for (let failures = 0; !stop.signal.aborted; failures++) {
      const wasUp = await listenOnce(o, coins, on, stop.signal);
      if (wasUp) failures = 0;
      await pause(Math.min(retryMsMax, retryMs * 2 ** Math.min(failures, 16)), stop.signal);
    }
  };
  return {
    start(coins, on) {
      running = run(coins, on);
    },
    async stop() {
      stop.abort();
      await running;
    },
  };
}

/** One connection from its opening to its end, whatever ends it. @returns whether a subscription was confirmed */
async function listenOnce(
  o: HyperliquidTradesOptions,
  coins: readonly string[],
  on: Parameters<TradeFeed['start']>[1],
  stop: AbortSignal,
): Promise<boolean> {
  const { pingMs = 20_000, silentMs = 50_000 } = o;
  const socket = new WebSocket(o.wsUrl);
  const ended = Promise.withResolvers<void>();
  const end = (): void => ended.resolve();
  let isUp = false;
  let silence = setTimeout(end, silentMs);

  socket.addEventListener('open', () => {
    for (const coin of coins)
      socket.send(JSON.stringify({ method: 'subscribe', subscription: { type: 'trades', coin } }));
  });
  socket.addEventListener('message', ({ data }: { data: unknown }) => {
    clearTimeout(silence);
    silence = setTimeout(end, silentMs);
    const message = read(data);
    if (message === null) return end();
    if (message.channel === 'trades') on.trades(message.data);
    if (message.channel !== 'subscriptionResponse' || isUp) return;
    isUp = true;
    on.status(true);
  });
  for (const event of ['error', 'close'] as const) socket.addEventListener(event, end);
  const pinging = setInterval(() => {
    if (socket.readyState === WebSocket.OPEN) socket.send(PING);
  }, pingMs);
  stop.addEventListener('abort', end);

  await ended.promise;
  clearInterval(pinging);
  clearTimeout(silence);
  stop.removeEventListener('abort', end);
  socket.close();
  if (isUp && !stop.aborted) on.status(false);
  return isUp;
}

type Read =
  | { channel: 'trades'; data: PublicTrade[] }
  | { channel: 'subscriptionResponse' | 'pong' | 'error' };

/** Null: nothing that the venue is known to say. */
function read(data: unknown): Read | null {
  if (data === GREETING) return { channel: 'pong' };
  if (typeof data !== 'string') return null;
  try {
    const parsed = Message.safeParse(JSON.parse(data));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Resolves after `ms`, or as soon as `signal` aborts; leaves no timer behind. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
