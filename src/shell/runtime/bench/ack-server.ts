// Child of the ack benchmark: `bare` answers 202 to anything, `ack` is the bridge's own app on a database file.
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { systemClock } from '../../clock.ts';
import { digest } from '../../digest.ts';
import { createApp } from '../../http/app.ts';
import { openStore } from '../../store/open-store.ts';

const [mode, databaseUrl = '', token = ''] = process.argv.slice(2);

const bare = (): Hono => new Hono().post('/webhook/:token', (c) => c.json({ status: 'accepted' }, 202));

/** Everything between the socket and the disk; deciding comes after the answer and is not part of it. */
async function ack(): Promise<Hono> {
  const fatal = (e: unknown): never => {
    throw e;
  };
  const silent = (): void => undefined;
  return createApp({
    store: await openStore({ url: databaseUrl, nowMs: systemClock.nowMs, fatal }),
    bridge: {
      wake: silent,
      health: () => ({
        guardLastOkMs: null,
        guardIntervalMs: 45_000,
        notReady: [],
        mode: 'paper',
        dataSource: 'bench',
        tradingState: 'ACTIVE',
        feeds: [],
        startedAtMs: 0,
      }),
      positions: () => null,
      zones: () => null,
      market: () => null,
      exampleAlert: () => null,
      flatten: (coin) => Promise.resolve({ coin, status: 'no-position', message: '' }),
      setTradingState: () => Promise.resolve(),
      coin: () => Promise.resolve(null),
      changeCoin: () => Promise.resolve({ ok: 'unknown-coin' }),
    },
    clock: systemClock,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    digest,
    tokens: { webhook: [token], read: null, operate: null },
    trustProxy: false,
    tradingViewIpsOnly: false,
    clientAddress: () => '127.0.0.1',
    assets: () => Promise.resolve(new Response(null, { status: 404 })),
    newId: randomUUID,
  });
}

const app = mode === 'ack' ? await ack() : bare();
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, (info: AddressInfo) =>
  process.stdout.write(`listening ${info.port}\n`),
);
