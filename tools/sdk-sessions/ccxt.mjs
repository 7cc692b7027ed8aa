// A session of ccxt (4.5.84) with the simulated venue: bracket, cancel by cloid, fills over HTTP and WebSocket.
import { ADDRESS, expectThat, KEY, loadSdk, say, sayAsked, startVenue, until } from './session.mjs';

const ccxt = await loadSdk('ccxt');
const { venue, asked, server } = await startVenue();
const exchange = new ccxt.pro.hyperliquid({ walletAddress: ADDRESS, privateKey: KEY });
// All that is changed: where it connects.
exchange.urls.api = { public: server.url, private: server.url, ws: { public: server.wsUrl } };
// ccxt's own demand for a ws:// (not wss://) address.
await exchange.loadHttpProxyAgent();
say('ccxt', ccxt.version);

const markets = await exchange.loadMarkets();
say('loadMarkets', Object.keys(markets));
const symbol = 'ETH/USDC:USDC';
say('fetchTicker', (await exchange.fetchTicker(symbol)).last);
say('fetchBalance', (await exchange.fetchBalance()).USDC.total);

const watched = [];
const watching = (async () => {
  while (watched.length < 2) watched.push(...(await exchange.watchMyTrades(symbol)));
})();
await until(() => venue.stats().requests > 0 && exchange.clients[server.wsUrl] !== undefined);

const cloid = (n) => `0xc0ffee${String(n).padStart(26, '0')}`;
const entry = await exchange.createOrder(symbol, 'market', 'buy', 0.5, 3_000, {
  clientOrderId: cloid(1),
  stopLoss: { triggerPrice: 2_900, type: 'market' },
  takeProfit: { triggerPrice: 3_200, type: 'market' },
});
say('createOrder bracket', { status: entry.status, filled: entry.filled, average: entry.average });
const [position] = await exchange.fetchPositions([symbol]);
say('fetchPositions', {
  side: position.side,
  contracts: position.contracts,
  entryPrice: position.entryPrice,
});
const stops = await exchange.fetchOpenOrders(symbol);
say(
  'fetchOpenOrders',
  stops.map((o) => [o.side, o.amount, o.triggerPrice ?? o.stopPrice]),
);
expectThat(stops.length === 2, 'stop and take profit are open');

const resting = await exchange.createOrder(symbol, 'limit', 'buy', 0.1, 2_800, { clientOrderId: cloid(2) });
say('createOrder limit', { status: resting.status, id: typeof resting.id });
say('cancelOrder by cloid', (await exchange.cancelOrder('', symbol, { clientOrderId: cloid(2) })).status);
expectThat((await exchange.fetchOpenOrders(symbol)).length === 2, 'the limit order is gone');

venue.setPrice('ETH', { markPx: 2_899 });
await watching;
say(
  'watchMyTrades: entry, then stop',
  watched.map((t) => [t.side, t.amount, t.price]),
);
const trades = await exchange.fetchMyTrades(symbol);
say(
  'fetchMyTrades',
  trades.map((t) => [t.side, t.amount, t.price, t.fee.cost]),
);
expectThat((await exchange.fetchOpenOrders(symbol)).length === 0, 'the take profit went with the stop');
sayAsked(asked);
await exchange.close();
await server.close();
process.exit(0);
