import type { LiquidationListener, LiquidationSource } from '../../app/market-ports.ts';
import type { Liquidation, VenueName } from '../../core/zones/realised/types.ts';
import { keepConnecting } from './keep-connecting.ts';

/** What one frame means. A frame that is none of these is unreadable. */
export type Frame =
  | { kind: 'subscribed' }
  /** A pong, or anything else that only shows that the other side lives. */
  | { kind: 'alive' }
  | { kind: 'liquidations'; list: Liquidation[] }
  /** A subscription was turned down; others may stand. */
  | { kind: 'refused'; why: string };

/** How a venue speaks on its push connection. */
export interface LiquidationProtocol {
  readonly venue: VenueName;
  /** What must be known before listening; a throw is tried again later. */
  prepare?(): Promise<void>;
  /** Sent as soon as the connection is open. */
  subscribe(): readonly string[];
  /** Answered by the venue, so that a dead connection shows. */
  ping: string;
  /** Null: unreadable. */
  read(text: string): Frame | null;
}

export interface LiquidationStreamOptions {
  url: string;
  protocol: LiquidationProtocol;
  nowMs: () => number;
  /** 0..1, spreads reconnections. */
  random: () => number;
  pingMs?: number;
  /** Without any frame for this long the connection counts as dead, ms. */
  silentMs?: number;
  /** First wait before connecting again, doubled each time up to the maximum, ms. */
  retryMs?: number;
  retryMsMax?: number;
}

/** A connection that lasted this long was a good one: the waits start anew, ms. */
const GOOD_MS = 60_000;

/**
 * Listens to a venue's liquidations over one WebSocket: subscribes, pings, notices silence, connects again. A frame
 * that cannot be read ends the connection: what else it may have held is not known, so it counts as not heard.
 */
export function createLiquidationStream(o: LiquidationStreamOptions): LiquidationSource {
  const { retryMs = 1_000, retryMsMax = 60_000 } = o;
  return {
    venue: o.protocol.venue,
    ...keepConnecting<LiquidationListener>({
      once: async (on, stop) => (await connectOnce(o, on, stop)) >= GOOD_MS,
      retryMs,
      retryMsMax,
      spread: () => (1 - o.random()) / 2,
    }),
  };
}

/** One connection from its opening to its end, whatever ends it. @returns how long it was listened to, ms */
async function connectOnce(
  o: LiquidationStreamOptions,
  on: LiquidationListener,
  stop: AbortSignal,
): Promise<number> {
  const { protocol, pingMs = 15_000, silentMs = 40_000 } = o;
  try {
    // Asking a venue that does not answer takes a while: stopping does not wait for it.
    await orAborted(protocol.prepare?.(), stop);
  } catch (e) {
    on.problem(`liquidations: ${e instanceof Error ? e.message : 'not prepared'}`);
    return 0;
  }
  if (stop.aborted) return 0;
  const socket = new WebSocket(o.url);
  const ended = Promise.withResolvers<string | null>();
  const end = (why: string): void => ended.resolve(why);
  let upSinceMs: number | null = null;
  let lastSignMs = o.nowMs();

  const take = (text: unknown): void => {
    const frame = typeof text === 'string' ? protocol.read(text) : null;
    if (frame === null) return end('sent what cannot be read');
    lastSignMs = o.nowMs();
    if (frame.kind === 'refused') on.problem(`liquidations: ${frame.why}`);
    if (frame.kind === 'liquidations') for (const l of frame.list) on.liquidation(l);
    if (frame.kind !== 'subscribed' || upSinceMs !== null) return;
    upSinceMs = lastSignMs;
    on.status(true, upSinceMs);
    on.problem(null);
  };
  socket.addEventListener('open', () => {
    for (const text of protocol.subscribe()) socket.send(text);
  });
  socket.addEventListener('message', ({ data }: { data: unknown }) => take(data));
  socket.addEventListener('error', () => end('connection failed'));
  socket.addEventListener('close', () => end('connection closed'));
  const timer = setInterval(() => {
    if (o.nowMs() - lastSignMs > silentMs) return end('no sign of life');
    if (socket.readyState === WebSocket.OPEN) socket.send(protocol.ping);
  }, pingMs);
  const onStop = (): void => ended.resolve(null);
  stop.addEventListener('abort', onStop);

  const why = await ended.promise;
  clearInterval(timer);
  stop.removeEventListener('abort', onStop);
  socket.close();
  // Closed by us: everything up to now was heard. Otherwise only what came before the last sign.
  const untilMs = why === null ? o.nowMs() : lastSignMs;
  if (upSinceMs !== null) on.status(false, untilMs);
  if (why !== null) on.problem(`liquidations: ${why}`);
  return upSinceMs === null ? 0 : untilMs - upSinceMs;
}

/** Waits for `work`, but no longer than until `signal` aborts. */
async function orAborted(work: Promise<void> | undefined, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>();
  const onAbort = (): void => aborted.resolve();
  signal.addEventListener('abort', onAbort);
  try {
    await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
