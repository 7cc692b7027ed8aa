import * as z from 'zod';
import type { KeptConnection } from './keep-connecting.ts';
import { keepConnecting } from './keep-connecting.ts';

export interface HyperliquidSocketOptions {
  wsUrl: string;
  pingMs?: number;
  /** Without any message for this long the connection counts as dead, ms. */
  silentMs?: number;
  /** Before connecting again, doubled while it fails up to the maximum, ms: the venue allows 30 connections a minute. */
  retryMs?: number;
  retryMsMax?: number;
}

export interface HyperliquidListener {
  /** Sent when the connection is open, each as it is. A subscription that is turned down leaves the others alone. */
  subscriptions: readonly Readonly<Record<string, string>>[];
  /** A frame of a subscribed channel. @returns whether it could be read; a frame that could not ends the connection */
  take(channel: string, data: unknown): boolean;
  /** Up: the first subscription was confirmed. */
  status(up: boolean): void;
}

export type HyperliquidSocket = KeptConnection<HyperliquidListener>;

const Frame = z.object({ channel: z.string(), data: z.unknown().optional() });
/** Frames that only show that the other side lives. */
const ALIVE: readonly string[] = ['subscriptionResponse', 'pong', 'error'];
/** The venue's first words, which are no JSON. */
const GREETING = 'Websocket connection established.';
const PING = '{"method":"ping"}';

/**
 * One WebSocket to Hyperliquid's public channels: subscribes, pings, notices silence, connects again until stopped. What
 * is pushed while it is down is missed.
 */
export function createHyperliquidSocket(o: HyperliquidSocketOptions): HyperliquidSocket {
  const { retryMs = 5_000, retryMsMax = 60_000 } = o;
  return keepConnecting<HyperliquidListener>({
    once: (on, stop) => listenOnce(o, on, stop),
    retryMs,
    retryMsMax,
  });
}

/** One connection from its opening to its end, whatever ends it. @returns whether a subscription was confirmed */
async function listenOnce(
  o: HyperliquidSocketOptions,
  on: HyperliquidListener,
  stop: AbortSignal,
): Promise<boolean> {
  const { pingMs = 20_000, silentMs = 50_000 } = o;
  const socket = new WebSocket(o.wsUrl);
  const ended = Promise.withResolvers<void>();
  const end = (): void => ended.resolve();
  let isUp = false;
  let silence = setTimeout(end, silentMs);

  socket.addEventListener('open', () => {
    for (const subscription of on.subscriptions)
      socket.send(JSON.stringify({ method: 'subscribe', subscription }));
  });
  socket.addEventListener('message', ({ data }: { data: unknown }) => {
    clearTimeout(silence);
    silence = setTimeout(end, silentMs);
    if (data === GREETING) return;
    const frame = read(data);
    if (frame === null) return end();
    if (!ALIVE.includes(frame.channel) && !on.take(frame.channel, frame.data)) return end();
    if (frame.channel !== 'subscriptionResponse' || isUp) return;
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

/** Null: nothing that the venue is known to say. */
function read(data: unknown): z.output<typeof Frame> | null {
  if (typeof data !== 'string') return null;
  try {
    const parsed = Frame.safeParse(JSON.parse(data));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
