// Child of the list benchmark: the bridge's own app and server on a given database, with thirty days of one coin's bars.
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import type { MarketView } from '../../../app/market-book.ts';
import type { Candle } from '../../../core/shared/candle.ts';
import { seededRandom } from '../../../core/shared/seeded-random.ts';
import { createEventStream } from '../../http/event-stream.ts';
import { SERVER_LIMITS } from '../assemble-bridge.ts';
import { benchApp } from './bench-app.ts';
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
const app = await benchApp({
  databaseUrl,
  tokens: { webhook: [token], read: token, operate: null },
  market,
  extra: { readsPerMinute: 1e9, events: createEventStream('bench') },
});

serve(
  { fetch: app.fetch, hostname: '127.0.0.1', port: 0, serverOptions: SERVER_LIMITS },
  (info: AddressInfo) => process.stdout.write(`listening ${info.port}\n`),
);
