// Child of the order benchmark: a venue with a round trip, on which every coin has just seen a flush of longs.
import { serveVenue } from '../../../venue/serve.ts';
import { FLUSH_CLOSE_RATIO, flushCandles } from '../../../venue/market/flush-candles.ts';
import { SYNTHETIC_COINS } from '../../../venue/market/synthetic-coins.ts';
import { createVenue } from '../../../venue/venue.ts';

const [latencyMs, account = '', agents = ''] = process.argv.slice(2);
const BAR_MS = 300_000;
const endMs = Math.floor(Date.now() / BAR_MS) * BAR_MS;
const venue = createVenue({
  nowMs: Date.now,
  // One chain, as the real venue has: checking a signature against two costs it twice.
  chain: 'testnet',
  // One leverage for all, so that the flush goes through levels of every coin: the gates are not what is measured.
  coins: SYNTHETIC_COINS.map((c) => ({ coin: c.coin, szDecimals: c.szDecimals, maxLeverage: 40 })),
});
const roundTo5 = (px: number): number => Number(px.toPrecision(5));
for (const { coin, startPx } of SYNTHETIC_COINS) {
  venue.addCandles(coin, '5m', flushCandles(startPx, endMs));
  venue.setPrice(coin, { markPx: roundTo5(startPx * FLUSH_CLOSE_RATIO) });
  venue.setContext(coin, { openInterest: 1e9 / startPx });
}
venue.openAccount({
  address: account,
  usd: 1_000_000,
  agents: agents.split(',').map((address, i) => ({ address, name: `agent${i}` })),
});
const server = await serveVenue({ venue, latencyMs: Number(latencyMs) });
process.stdout.write(`listening ${server.url} \n`);
