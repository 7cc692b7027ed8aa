// Child of the list benchmark: the bridge's own app and server on a given database, with thirty days of one coin's bars.
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import type { MarketView } from '../../../app/market-book.ts';
import type { Candle } from '../../../core/shared/candle.ts';
import { seededRandom } from '../../../core/shared/seeded-random.ts';
import { systemClock } from '../../clock.ts';
import { digest } from '../../digest.ts';
import { createApp } from '../../http/app.ts';
import { createEventStream } from '../../http/event-stream.ts';
import { openStore } from '../../store/open-store.ts';
import { SERVER_LIMITS } from '../assemble-bridge.ts';
import { HISTORY_END_MS } from './bench-lists-fill.ts';

const [databaseUrl = '', token = ''] = process.argv.slice(2);
const BAR_MS = 300_000;
const BARS = (30 * 86_400_000) / BAR_MS;

/** The same wandering bars every time: up to 0.4 % a bar, wicks of up to 0.1 %. */
function thirtyDays(): Candle[] {
  const { next } = seededRandom(1);
  let px = 60_000;
  return Array.from({ length: BARS }, (_, i) => {
    const o = px;
    px *= 1 + 0.008 * (next() - 0.5);
    const wick = 1 + 0.001 * next();
    const [high, low] = [Math.max(o, px) * wick, Math.min(o, px) / wick];
    return { t: HISTORY_END_MS - (BARS - i) * BAR_MS, o, h: high, l: low, c: px, v: 50 + 50 * next() };
  });
}

const silent = (): void => undefined;
const bars = thirtyDays();
const market = (coin: string): MarketView => ({
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the heatmap does not look at it
  map: { coin } as MarketView['map'],
  candles: [...bars], // a new list each time: nothing is remembered of the picture before
  fundingHourlyFraction: null,
  marginTiers: [],
  realised: null,
  ratios: [],
  openInterest: [],
});
const fatal = (e: unknown): never => {
  throw e;
};
const app = createApp({
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
    market,
    exampleAlert: () => null,
    flatten: (coin) => Promise.resolve({ coin, status: 'no-position', message: '' }),
    setTradingState: () => Promise.resolve(),
    coin: () => Promise.resolve(null),
    changeCoin: () => Promise.resolve({ ok: 'unknown-coin' }),
  },
  clock: systemClock,
  log: { debug: silent, info: silent, warn: silent, error: silent },
  digest,
  tokens: { webhook: [token], read: token, operate: null },
  readsPerMinute: 1e9,
  events: createEventStream('bench'),
  trustProxy: false,
  tradingViewIpsOnly: false,
  clientAddress: () => '127.0.0.1',
  assets: () => Promise.resolve(new Response(null, { status: 404 })),
  newId: randomUUID,
});

serve(
  { fetch: app.fetch, hostname: '127.0.0.1', port: 0, serverOptions: SERVER_LIMITS },
  (info: AddressInfo) => process.stdout.write(`listening ${info.port}\n`),
);
