import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import { createDesk } from '../../app/create-desk.ts';
import type { Desk } from '../../app/desk.ts';
import { idle } from '../../app/desk.ts';
import { deskView } from '../../app/desk-view.ts';
import { createMarketBook } from '../../app/market-book.ts';
import type {
  Clock,
  ExchangeReader,
  ExchangeSigner,
  HealthView,
  Log,
  MarketSource,
  Store,
} from '../../app/ports.ts';
import { ReadError } from '../../app/ports.ts';
import { RISK_LIMITS } from '../../core/decide/risk-limits.ts';
import type { CoinMeta } from '../../core/shared/coin.ts';
import { COIN_PARAMS } from '../../core/shared/coin-params.ts';
import { digest } from '../digest.ts';
import type { AppDeps } from '../http/app.ts';
import { createApp } from '../http/app.ts';
import { webAsset } from './web-assets.ts';

export interface AssembleOptions {
  clock: Clock;
  log: Log;
  store: Store;
  reader: ExchangeReader;
  entrySigner: ExchangeSigner;
  guardSigner: ExchangeSigner;
  /** Hyperliquid first. */
  sources: readonly MarketSource[];
  /** Coins to follow; default all of COIN_PARAMS that the venue lists. */
  coins?: readonly string[];
  mode: HealthView['mode'];
  dataSource: () => string;
  guardIntervalMs: number;
  tokens: AppDeps['tokens'];
  trustProxy?: readonly string[] | undefined;
  tradingViewIpsOnly?: boolean;
  backfillBars?: number;
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

const META_SETTING = 'venue-meta';
const SALT_SETTING = 'cloid-salt';

/** Puts the parts together: store, exchange, market, use cases, HTTP. Nothing runs yet but what the caller starts. */
export async function assembleBridge(o: AssembleOptions): Promise<Bridge> {
  const params = COIN_PARAMS.filter((p) => o.coins === undefined || o.coins.includes(p.coin));
  const { clock, log, store } = o;
  const meta = await readMeta(o.reader, store, log);
  const market = createMarketBook({
    clock,
    log,
    sources: o.sources,
    coins: params.map((p) => p.coin).filter((c) => meta.has(c) && meta.get(c)?.isDelisted === false),
    meta: () => meta,
    ...(o.backfillBars === undefined ? {} : { backfillBars: o.backfillBars }),
  });
  const desk = await createDesk(
    {
      clock,
      log,
      store,
      digest,
      reader: o.reader,
      entrySigner: o.entrySigner,
      guardSigner: o.guardSigner,
      market,
      params,
      limits: RISK_LIMITS,
      guardIntervalMs: o.guardIntervalMs,
      mode: o.mode,
      dataSource: o.dataSource,
      newId: randomUUID,
      cloidSalt: await cloidSalt(store),
    },
    meta,
  );
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

/**
 * The venue's coin list, or the last one we saw: an unreachable venue must not keep the door shut, because alerts can
 * be stored and the guard must go on trying.
 * @throws ReadError when it cannot be read and never was
 */
async function readMeta(reader: ExchangeReader, store: Store, log: Log): Promise<Map<string, CoinMeta>> {
  let list: CoinMeta[];
  try {
    list = await reader.meta();
    await store.setSetting(META_SETTING, JSON.stringify(list));
  } catch (e) {
    const known = await store.setting(META_SETTING);
    if (!(e instanceof ReadError) || known === null) throw e;
    list = JSON.parse(known) as CoinMeta[];
    log.error('venue.unreachable', { message: e.message, using: 'the coin list of the last start' });
  }
  return new Map(list.map((m) => [m.coin, m]));
}

/** Made once per database: client order ids must come out the same after a restart. */
async function cloidSalt(store: Store): Promise<string> {
  const known = await store.setting(SALT_SETTING);
  if (known !== null) return known;
  const salt = randomUUID();
  await store.setSetting(SALT_SETTING, salt);
  return salt;
}
