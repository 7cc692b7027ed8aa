import { privateKeyToAddress } from 'viem/accounts';
import type { EntryAlert } from '../../src/core/alert/schema.ts';
import {
  FLUSH_CLOSE_RATIO,
  FLUSH_EXTREME_RATIO,
  flushCandles,
} from '../../src/venue/market/flush-candles.ts';
import { serveVenue } from '../../src/venue/serve.ts';
import type { AccountView, Venue } from '../../src/venue/venue.ts';
import { createVenue } from '../../src/venue/venue.ts';
import { exhaustion } from './alerts.ts';
import type { Child } from './child-process.ts';
import { runCli } from './child-process.ts';

const ENTRY_KEY = `0x${'e1'.repeat(32)}` as const;
const GUARD_KEY = `0x${'61'.repeat(32)}` as const;
const BAR_MS = 300_000;
const MINUTE_MS = 60_000;
export const WEBHOOK_TOKEN = 'webhook-token-of-the-flush-venue';
export const READ_TOKEN = 'read-token-of-the-flush-venue';

/** Levels before the flush, USD. */
const COINS: Readonly<Record<string, { px: number; szDecimals: number }>> = {
  BTC: { px: 100_000, szDecimals: 5 },
  ETH: { px: 4_000, szDecimals: 4 },
  SOL: { px: 200, szDecimals: 2 },
  XRP: { px: 2.5, szDecimals: 0 },
  DOGE: { px: 0.2, szDecimals: 0 },
  BNB: { px: 1_100, szDecimals: 3 },
};

export interface FlushVenue {
  venue: Venue;
  url: string;
  account: string;
  coins: readonly string[];
  /** Environment of a bridge or a guard process on this account. */
  env(database: string, more?: Readonly<Record<string, string>>): Record<string, string>;
  /** An alert for a long after the flush, fresh now. `nth` makes it another alert on the same chart. */
  alert(coin: string, nth?: number): EntryAlert;
  view(): AccountView;
  stops(coin: string): AccountView['orders'];
  /** Moves a coin to this multiple of where its flush ended. */
  price(coin: string, ratio: number): void;
  close(): Promise<void>;
}

/** A venue in this process, on real time, where longs of every coin have just been flushed; a child process trades there. */
export async function openFlushVenue(
  o: { coins?: readonly string[]; seed?: number; latencyMs?: number } = {},
): Promise<FlushVenue> {
  const coins = o.coins ?? ['BTC'];
  const account = `0x${'ac'.repeat(20)}`;
  const spec = (coin: string) => COINS[coin] ?? { px: Number.NaN, szDecimals: 0 };
  const endMs = Math.floor(Date.now() / BAR_MS) * BAR_MS;
  const venue = createVenue({
    nowMs: Date.now,
    seed: o.seed ?? 1,
    coins: coins.map((coin) => ({ coin, szDecimals: spec(coin).szDecimals, maxLeverage: 20 })),
  });
  const price = (coin: string, ratio: number): void =>
    venue.setPrice(coin, { markPx: Number((spec(coin).px * FLUSH_CLOSE_RATIO * ratio).toPrecision(5)) });
  for (const coin of coins) {
    venue.addCandles(coin, '5m', flushCandles(spec(coin).px, endMs));
    price(coin, 1);
    venue.setContext(coin, { openInterest: 1e9 / spec(coin).px });
  }
  const agents = [ENTRY_KEY, GUARD_KEY].map((key, i) => ({
    address: privateKeyToAddress(key),
    name: `a${i}`,
  }));
  venue.openAccount({ address: account, usd: 100_000, agents });
  const server = await serveVenue({ venue, latencyMs: o.latencyMs ?? 0 });
  const view = (): AccountView => {
    const found = venue.account(account);
    if (found === null) throw new Error('the account is gone');
    return found;
  };
  return {
    venue,
    url: server.url,
    account,
    coins,
    env: (database, more = {}) => ({
      MODE: 'testnet',
      HYPERLIQUID_API_URL: server.url,
      HYPERLIQUID_ACCOUNT: account,
      HYPERLIQUID_ENTRY_KEY: ENTRY_KEY,
      HYPERLIQUID_GUARD_KEY: GUARD_KEY,
      WEBHOOK_TOKEN,
      READ_TOKEN,
      PORT: '0',
      DATABASE_URL: `file:${database}`,
      LOG_LEVEL: 'warn',
      ...more,
    }),
    alert(coin, nth = 0) {
      const { px } = spec(coin);
      const close = px * FLUSH_CLOSE_RATIO;
      return exhaustion({
        exchange: `HYPERLIQUID${nth}`,
        ticker: `${coin}USDC.P`,
        interval: '1',
        barTime: Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - MINUTE_MS,
        sentAt: Date.now(),
        close,
        high: close * 1.0005,
        low: close * 0.9945,
        atr: close * 0.0018,
        cascade: {
          startTime: endMs - 4 * BAR_MS,
          extreme: px * FLUSH_EXTREME_RATIO,
          movePct: -3.98,
          bars: 3,
          volumeRatio: 8,
          oiChangePct: null,
          rsi: 12,
        },
      });
    },
    view,
    stops: (coin) =>
      view().orders.filter((x) => x.coin === coin && x.isTrigger && x.orderType.startsWith('Stop')),
    price,
    close: () => server.close(),
  };
}

export interface ChildBridge {
  child: Child;
  url: string;
  post(alert: EntryAlert): Promise<Response>;
  get<T>(path: string): Promise<T>;
}

/** Resolves when the bridge listens; its recovery may still be under way. */
export async function listening(child: Child): Promise<ChildBridge> {
  const url = (await child.until(/page\s+(http:\/\/[^/\s]+)/))[1] ?? '';
  return {
    child,
    url,
    post: (alert) =>
      fetch(`${url}/webhook/${WEBHOOK_TOKEN}`, {
        method: 'POST',
        body: JSON.stringify(alert),
        signal: AbortSignal.timeout(3_000),
      }),
    async get(path) {
      const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${READ_TOKEN}` } });
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller names what the route answers
      return (await answer.json()) as never;
    },
  };
}

/** `npm start` as a child process; the banner comes when it listens. */
export const startBridge = (env: Readonly<Record<string, string>>): Child => runCli(['start'], env);
