import { privateKeyToAddress } from 'viem/accounts';
import type { Desk } from '../../src/app/desk.ts';
import { guardPositions } from '../../src/app/guard-positions.ts';
import { recover } from '../../src/app/recover.ts';
import type { Log, Store } from '../../src/app/ports.ts';
import type { EntryAlert } from '../../src/core/alert/schema.ts';
import type { ObservedBook } from '../../src/core/zones/observed-book.ts';
import { createHyperliquidReader } from '../../src/shell/exchange/hyperliquid-reader.ts';
import { createHyperliquidSigner } from '../../src/shell/exchange/hyperliquid-signer.ts';
import type { Bridge } from '../../src/shell/runtime/assemble-bridge.ts';
import { assembleBridge } from '../../src/shell/runtime/assemble-bridge.ts';
import { localVenueSource } from '../../src/shell/runtime/market-sources.ts';
import type { VirtualClock } from '../../src/shell/runtime/virtual-clock.ts';
import { createVirtualClock } from '../../src/shell/runtime/virtual-clock.ts';
import { openStore } from '../../src/shell/store/open-store.ts';
import { serveVenue } from '../../src/venue/serve.ts';
import type { Venue } from '../../src/venue/venue.ts';
import { createVenue } from '../../src/venue/venue.ts';
import { flushAlert, flushCandles, FLUSH_CLOSE, FLUSH_END_MS } from './flush-market.ts';

export const WORLD_TOKEN = 'webhook-token-of-the-test-world';
export const READ_TOKEN = 'read-token-of-the-test-world';
const ACCOUNT = `0x${'ac'.repeat(20)}`;
const ENTRY_KEY = `0x${'e1'.repeat(32)}` as const;
const GUARD_KEY = `0x${'61'.repeat(32)}` as const;

export interface LogLine {
  level: string;
  event: string;
  fields: Record<string, unknown>;
}

export interface BridgeWorld {
  clock: VirtualClock;
  venue: Venue;
  venueUrl: string;
  store: Store;
  bridge: Bridge;
  desk: Desk;
  lines: LogLine[];
  account: string;
  /** Posts an alert to the webhook and returns the answer. */
  post(alert?: EntryAlert): Promise<{ status: number; body: Record<string, unknown> }>;
  /** Lets virtual time pass until nothing is in flight; fails after `limitMs` of it. */
  settle(limitMs?: number): Promise<void>;
  guard(): Promise<void>;
  get(path: string): Promise<Record<string, unknown>>;
  /** The venue's own view of our account. */
  position(coin?: string): { szi: number; entryPx: number } | undefined;
  stops(coin?: string): { sz: number; triggerPx: number; oid: number }[];
  setPrice(px: number): void;
  /** A second bridge on the same store and venue, as after a crash: nothing of the first one's memory is left. */
  reborn(): Promise<BridgeWorld>;
  close(): Promise<void>;
}

export interface WorldOptions {
  /** Time after the flush's last bar closed when the world begins, ms. */
  afterMs?: number;
  equityUsd?: number;
  timeoutMs?: number;
  isRecovered?: boolean;
  /** All at BTC's prices; default BTC alone. */
  coins?: readonly string[];
  /** Real positions, which the test or somebody for it fills. */
  observed?: ObservedBook;
}

/** The whole bridge on a virtual clock: real HTTP to a simulated venue that has just seen a flush of BTC longs. */
export async function openBridgeWorld(o: WorldOptions = {}): Promise<BridgeWorld> {
  const coins = o.coins ?? ['BTC'];
  const clock = createVirtualClock(FLUSH_END_MS + (o.afterMs ?? 1_000));
  const venue = createVenue({
    nowMs: clock.nowMs,
    coins: coins.map((coin) => ({ coin, szDecimals: 5, maxLeverage: 40 })),
  });
  for (const coin of coins) {
    venue.addCandles(coin, '5m', flushCandles());
    venue.setPrice(coin, { markPx: FLUSH_CLOSE });
    venue.setContext(coin, { openInterest: 10_000 });
  }
  const agents = [ENTRY_KEY, GUARD_KEY].map((key, i) => ({
    address: privateKeyToAddress(key),
    name: `agent${i}`,
  }));
  venue.openAccount({ address: ACCOUNT, usd: o.equityUsd ?? 100_000, agents });
  const server = await serveVenue({ venue });
  const store = await openStore({
    url: 'file::memory:',
    nowMs: clock.nowMs,
    fatal: (e) => {
      throw e;
    },
  });
  const parts = { clock, venue, venueUrl: server.url, store, o };
  return worldOf(parts, () => server.close());
}

interface Parts {
  clock: VirtualClock;
  venue: Venue;
  venueUrl: string;
  store: Store;
  o: WorldOptions;
}

async function worldOf(parts: Parts, closeVenue: () => Promise<void>): Promise<BridgeWorld> {
  const { clock, venue, venueUrl, store, o } = parts;
  const lines: LogLine[] = [];
  const at =
    (level: string) =>
    (event: string, fields: Record<string, unknown> = {}) =>
      void lines.push({ level, event, fields });
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const signer = (privateKey: string) =>
    createHyperliquidSigner({ url: venueUrl, privateKey, isTestnet: true, timeoutMs: o.timeoutMs ?? 300 });
  const bridge = await assembleBridge({
    clock,
    log,
    store,
    reader: createHyperliquidReader({
      url: venueUrl,
      account: ACCOUNT,
      timeoutMs: 1_000,
      nowMs: clock.nowMs,
    }),
    entrySigner: signer(ENTRY_KEY),
    guardSigner: signer(GUARD_KEY),
    sources: [localVenueSource(venueUrl, clock)],
    coins: o.coins ?? ['BTC'],
    mode: 'paper',
    dataSource: () => 'test',
    guardIntervalMs: 45_000,
    observed: o.observed,
    tokens: { webhook: [WORLD_TOKEN], read: READ_TOKEN, operate: null },
  });
  const { desk } = bridge;
  await desk.market.refresh();
  if (o.isRecovered ?? true) await recover(desk);

  const settle = async (limitMs = 60_000): Promise<void> => {
    const untilMs = clock.nowMs() + limitMs;
    let isIdle = false;
    const idle = bridge.idle().then(() => (isIdle = true));
    // Real I/O needs real turns of the loop; virtual time moves only while something still waits.
    for (let turn = 0; !isIdle; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (turn % 20 === 19) await clock.advanceTo(clock.nowMs() + 500);
      if (clock.nowMs() > untilMs) throw new Error('the bridge did not settle');
    }
    await idle;
  };
  const view = () => venue.account(ACCOUNT);
  return {
    clock,
    venue,
    venueUrl,
    store,
    bridge,
    desk,
    lines,
    account: ACCOUNT,
    async post(alert = flushAlert()) {
      const answer = await bridge.app.request(
        `/webhook/${WORLD_TOKEN}`,
        { method: 'POST', body: JSON.stringify(alert) },
        {
          incoming: { socket: { remoteAddress: '127.0.0.1' } },
        },
      );
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    },
    settle,
    guard: () => guardPositions(desk, 'timer'),
    async get(path) {
      const answer = await bridge.app.request(
        path,
        { headers: { authorization: `Bearer ${READ_TOKEN}` } },
        {
          incoming: { socket: { remoteAddress: '127.0.0.1' } },
        },
      );
      return (await answer.json()) as Record<string, unknown>;
    },
    position: (coin = 'BTC') => view()?.positions.find((p) => p.coin === coin),
    stops: (coin = 'BTC') =>
      (view()?.orders ?? [])
        .filter((x) => x.coin === coin && x.isTrigger && x.orderType.startsWith('Stop'))
        .map((x) => ({ sz: Number(x.sz), triggerPx: Number(x.triggerPx), oid: x.oid })),
    setPrice: (px) => venue.setPrice('BTC', { markPx: px }),
    reborn: () => worldOf({ ...parts, o: { ...o, isRecovered: true } }, closeVenue),
    async close() {
      await bridge.close(100);
      await closeVenue();
    },
  };
}
