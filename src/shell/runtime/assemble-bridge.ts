import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Desk } from '../../app/desk.ts';
import { idle } from '../../app/desk.ts';
import { deskView } from '../../app/desk-view.ts';
import { digest } from '../digest.ts';
import type { AppDeps } from '../http/app.ts';
import { createApp } from '../http/app.ts';
import type { AssembleDeskOptions } from './assemble-desk.ts';
import { assembleDesk } from './assemble-desk.ts';
import { webAsset } from './web-assets.ts';

export interface AssembleOptions extends AssembleDeskOptions {
  tokens: AppDeps['tokens'];
  trustProxy?: readonly string[] | undefined;
  tradingViewIpsOnly?: boolean;
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

/** Puts the parts together: store, exchange, market, use cases, HTTP. Nothing runs yet but what the caller starts. */
export async function assembleBridge(o: AssembleOptions): Promise<Bridge> {
  const { clock, log, store } = o;
  const desk = await assembleDesk(o);
  const app = createApp({
    store,
    bridge: deskView(desk),
    clock,
    log,
    digest,
    tokens: o.tokens,
    trustProxy: o.trustProxy ?? false,
    tradingViewIpsOnly: o.tradingViewIpsOnly ?? false,
    clientAddress: (c) => getConnInfo(c).remote.address ?? 'unknown',
    assets: webAsset,
    newId: randomUUID,
  });
  let server: ReturnType<typeof serve> | undefined;
  return {
    desk,
    app,
    idle: () => idle(desk),
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        // Slow clients are cut off: the defaults are minutes.
        const limits = { requestTimeout: 3_000, headersTimeout: 2_000, connectionsCheckingInterval: 500 };
        server = serve(
          { fetch: app.fetch, hostname: host, port, serverOptions: limits },
          (info: AddressInfo) => resolve(`http://${host.includes(':') ? `[${host}]` : host}:${info.port}`),
        );
        server.on('error', reject);
      }),
    async close(graceMs = 5_000) {
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
