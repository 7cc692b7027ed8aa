// Child of the venue benchmark: drives the simulated venue as hard as it goes and prints one JSON line.
import { OrderRequest } from '@nktkas/hyperliquid/api/exchange';
import { canonicalize, signL1Action } from '@nktkas/hyperliquid/signing';
import * as v from 'valibot';
import { privateKeyToAccount } from 'viem/accounts';
import type { Candle } from '../../../core/shared/candle.ts';
import { seededRandom } from '../../../core/shared/seeded-random.ts';
import { createReplayMarket } from '../../../venue/market/replay-market.ts';
import { serveVenue } from '../../../venue/serve.ts';
import { createVenue, type Venue } from '../../../venue/venue.ts';

const isQuick = process.argv[2] === 'quick';
const COINS = 50;
const MINUTE_MS = 60_000;
const DAY_BARS = isQuick ? 144 : 1_440;
const START_MS = Date.UTC(2026, 10, 1);
const wallet = privateKeyToAccount(`0x${'11'.repeat(32)}`);
const coins = Array.from({ length: COINS }, (_, i) => ({ coin: `C${i}`, szDecimals: 2, maxLeverage: 10 }));

function openVenue(nowMs: () => number): Venue {
  const venue = createVenue({ nowMs, coins });
  venue.openAccount({ address: wallet.address, usd: 10_000_000 });
  for (const { coin } of coins) venue.setPrice(coin, { markPx: 100 });
  return venue;
}

const order = (a: number, b: boolean, p: string, tif: 'Ioc' | 'Gtc') => ({
  a,
  b,
  p,
  s: '1',
  r: false,
  t: { limit: { tif } },
});
const seconds = (sinceMs: number): number => (performance.now() - sinceMs) / 1_000;

/** Buys and sells that trade, through the core alone: no JSON, no signature. */
function coreOrdersPerS(count: number): number {
  const venue = openVenue(() => START_MS);
  const started = performance.now();
  for (let i = 0; i < count; i++) {
    const b = i % 2 === 0;
    const orders = [order(i % COINS, b, b ? '101' : '99', 'Ioc')];
    const answer = venue.act(wallet.address, { type: 'order', orders, grouping: 'na' });
    if (answer.status !== 'ok' || JSON.stringify(answer).includes('error'))
      throw new Error(`the venue refused: ${JSON.stringify(answer)}`);
  }
  return count / seconds(started);
}

/** Signed beforehand, then sent by ten clients of the same process over HTTP: recovery, matching and both ends. */
async function httpOrdersPerS(count: number): Promise<number> {
  const venue = openVenue(Date.now);
  const server = await serveVenue({ venue });
  const base = Date.now();
  const bodies = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const b = i % 2 === 0;
      const raw = { type: 'order', orders: [order(i % COINS, b, b ? '101' : '99', 'Ioc')], grouping: 'na' };
      const schema = OrderRequest.entries.action;
      const action = canonicalize(schema, v.parse(schema, raw));
      const nonce = base + i;
      const signature = await signL1Action({ wallet, action, nonce, isTestnet: true });
      return JSON.stringify({ action, nonce, signature });
    }),
  );
  const started = performance.now();
  const client = async (from: number): Promise<void> => {
    for (let i = from; i < count; i += 10) {
      const body = bodies[i] ?? '';
      const text = await (await fetch(`${server.url}/exchange`, { method: 'POST', body })).text();
      if (!text.includes('"filled"')) throw new Error(`the venue refused: ${text}`);
    }
  };
  await Promise.all(Array.from({ length: 10 }, (_, i) => client(i)));
  const perS = count / seconds(started);
  await server.close();
  return perS;
}

/** A stop and a take profit rest on every coin, out of reach of the prices. */
function guardedVenue(nowMs: () => number): Venue {
  const venue = openVenue(nowMs);
  for (let a = 0; a < COINS; a++) {
    const trigger = (triggerPx: string, tpsl: 'sl' | 'tp') => ({
      ...order(a, false, triggerPx, 'Gtc'),
      r: true,
      t: { trigger: { isMarket: true, triggerPx, tpsl } },
    });
    const orders = [order(a, true, '101', 'Ioc'), trigger('20', 'sl'), trigger('180', 'tp')];
    venue.act(wallet.address, { type: 'order', orders, grouping: 'na' });
  }
  return venue;
}

function pricesPerS(count: number): number {
  const venue = guardedVenue(() => START_MS);
  const started = performance.now();
  for (let i = 0; i < count; i++) venue.setPrice(`C${i % COINS}`, { markPx: 100 + ((i * 7) % 11) / 10 });
  return count / seconds(started);
}

function dayOfCandles(rng: ReturnType<typeof seededRandom>): Candle[] {
  let px = 100;
  return Array.from({ length: DAY_BARS }, (_, i) => {
    const o = px;
    px = Math.min(150, Math.max(60, o * (1 + (rng.next() - 0.5) * 0.004)));
    const c = Number(px.toFixed(2));
    const h = Number((Math.max(o, c) * 1.0005).toFixed(2));
    const l = Number((Math.min(o, c) * 0.9995).toFixed(2));
    px = c;
    return { t: START_MS + i * MINUTE_MS, o, h, l, c, v: 1_000 };
  });
}

/** Seconds for a day of 1 m candles of all coins, seven prices each, with a guarded position on every coin. */
function replayDay(): number {
  let nowMs = START_MS;
  const venue = guardedVenue(() => nowMs);
  const rng = seededRandom(7);
  const candles = new Map(coins.map(({ coin }) => [coin, dayOfCandles(rng)]));
  const toMs = START_MS + DAY_BARS * MINUTE_MS;
  const market = createReplayMarket({ candles, interval: '1m', fromMs: START_MS, toMs, sink: venue });
  const started = performance.now();
  for (;;) {
    const step = market.advance();
    if (step.done) break;
    nowMs = step.nowMs;
  }
  if (venue.account(wallet.address)?.positions.length !== COINS) throw new Error('positions were lost');
  return (seconds(started) * 1_440) / DAY_BARS;
}

const day = replayDay();
const rssMb = process.memoryUsage().rss / 2 ** 20;
const result = {
  day,
  rssMb,
  prices: pricesPerS(isQuick ? 50_000 : 500_000),
  core: coreOrdersPerS(isQuick ? 10_000 : 100_000),
  http: await httpOrdersPerS(isQuick ? 300 : 2_000),
};
process.stdout.write(`result ${JSON.stringify(result)} \n`);
