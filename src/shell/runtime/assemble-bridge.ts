import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { HttpBindings } from '@hono/node-server';
import { serve } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';
import type { Desk } from '../../app/desk.ts';
import { idle } from '../../app/desk.ts';
import { deskView } from '../../app/desk-view.ts';
import { watchLog } from '../../app/watch-log.ts';
import type { BridgeView } from '../../app/ports.ts';
import type { Listener } from '../../app/watch-log.ts';
import { digest } from '../digest.ts';
import type { AppDeps } from '../http/app.ts';
import { createApp } from '../http/app.ts';
import { BEAT_MS, createEventStream } from '../http/event-stream.ts';
import { createMetrics } from '../metrics/create-metrics.ts';
import type { AssembleDeskOptions } from './assemble-desk.ts';
import { assembleDesk } from './assemble-desk.ts';
import { processMetrics } from './process-metrics.ts';
import { webAsset } from './web-assets.ts';

export interface AssembleOptions extends AssembleDeskOptions {
  tokens: AppDeps['tokens'];
  trustProxy?: readonly string[] | undefined;
  tradingViewIpsOnly?: boolean;
  backup?: AppDeps['backup'];
  /** Left out: nobody scores the map. */
  scores?: BridgeView['scores'];
}

export interface Bridge {
  desk: Desk;
  app: ReturnType<typeof createApp>;
  /** Starts listening; alerts are stored from here on. */
  listen(host: string, port: number): Promise<string>;
  /** Resolves when no alert, fence or guard pass is in flight. */
  idle(): Promise<void>;
  /** Stops listening and waits for what is in flight, `graceMs` at most; stops are never cancelled on exit. */
  close(graceMs?: number): Promise<void>;
}

/** Slow clients are cut off: the defaults are minutes. */
export const SERVER_LIMITS = {
  requestTimeout: 3_000,
  headersTimeout: 2_000,
  connectionsCheckingInterval: 500,
} as const;

/** Puts the parts together: store, exchange, market, use cases, HTTP. Nothing runs yet but what the caller starts. */
export async function assembleBridge(o: AssembleOptions): Promise<Bridge> {
  const { clock, store } = o;
  const listeners: Listener[] = [];
  const log = watchLog(o.log, clock, listeners);
  const desk = await assembleDesk({ ...o, log });
  const view: BridgeView = { ...deskView(desk), scores: o.scores };
  const metrics = createMetrics(clock, view, processMetrics);
  const events = createEventStream(randomUUID().slice(0, 8));
  listeners.push(metrics.onEvent, events.onEvent);
  const beat = setInterval(() => events.beat(), BEAT_MS).unref();
  const app = createApp({
    store,
    bridge: view,
    clock,
    log,
    digest,
    tokens: o.tokens,
    trustProxy: o.trustProxy ?? false,
    tradingViewIpsOnly: o.tradingViewIpsOnly ?? false,
    clientAddress: (c) => getConnInfo(c).remote.address ?? 'unknown',
    assets: webAsset,
    newId: randomUUID,
    metrics: () => metrics.render(),
    events,
    cut: cutConnection,
    ...(o.backup === undefined ? {} : { backup: o.backup }),
  });
  let server: ReturnType<typeof serve> | undefined;
  return {
    desk,
    app,
    idle: () => idle(desk),
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server = serve(
          { fetch: app.fetch, hostname: host, port, serverOptions: SERVER_LIMITS },
          (info: AddressInfo) => resolve(`http://${host.includes(':') ? `[${host}]` : host}:${info.port}`),
        );
        server.on('error', (e: NodeJS.ErrnoException) => reject(explainListen(e, host, port)));
      }),
    async close(graceMs = 5_000) {
      clearInterval(beat);
      events.close();
      if (server !== undefined) {
        const closing = server;
        closing.close();
        if ('closeIdleConnections' in closing) closing.closeIdleConnections();
      }
      await Promise.race([idle(desk), new Promise((done) => setTimeout(done, graceMs).unref())]);
      await store.close();
    },
  };
}

function explainListen(e: NodeJS.ErrnoException, host: string, port: number): Error {
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} on ${host} is taken: stop what listens there, or set PORT to another`,
    EACCES: `port ${port} needs more rights than this process has: set PORT to one above 1023`,
    EADDRNOTAVAIL: `HOST: ${host} is no address of this machine; 127.0.0.1 is`,
    ENOTFOUND: `HOST: ${host} is no name that this machine knows; 127.0.0.1 always works`,
  };
  return new Error(why[e.code ?? ''] ?? e.message, { cause: e });
}

/** Ends a stream whose client stopped reading: its body was closed, but the socket still waits to be drained. */
function cutConnection(c: Context): void {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what @hono/node-server puts there
  const { outgoing } = c.env as Partial<HttpBindings>;
  if (outgoing?.writableNeedDrain === true) outgoing.destroy();
}
