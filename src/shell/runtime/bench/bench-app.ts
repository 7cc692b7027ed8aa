import { randomUUID } from 'node:crypto';
import type { Hono } from 'hono';
import type { MarketView } from '../../../app/market-book.ts';
import { systemClock } from '../../clock.ts';
import { digest } from '../../digest.ts';
import { createApp, type AppDeps } from '../../http/app.ts';
import { openStore } from '../../store/open-store.ts';

/** The bridge's own app on a database, with nothing behind it: what is measured lies between the socket and the disk. */
export async function benchApp(o: {
  databaseUrl: string;
  tokens: AppDeps['tokens'];
  market?: (coin: string) => MarketView | null;
  extra?: Pick<AppDeps, 'readsPerMinute' | 'events'>;
}): Promise<Hono> {
  const fatal = (e: unknown): never => {
    throw e;
  };
  const silent = (): void => undefined;
  return createApp({
    store: await openStore({ url: o.databaseUrl, nowMs: systemClock.nowMs, fatal }),
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
      market: o.market ?? (() => null),
      exampleAlert: () => null,
      flatten: (coin) => Promise.resolve({ coin, status: 'no-position', message: '' }),
      setTradingState: () => Promise.resolve(),
      coin: () => Promise.resolve(null),
      changeCoin: () => Promise.resolve({ ok: 'unknown-coin' }),
    },
    clock: systemClock,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    digest,
    tokens: o.tokens,
    ...o.extra,
    trustProxy: false,
    tradingViewIpsOnly: false,
    clientAddress: () => '127.0.0.1',
    assets: () => Promise.resolve(new Response(null, { status: 404 })),
    newId: randomUUID,
  });
}
