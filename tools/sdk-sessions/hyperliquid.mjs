// A session of the npm package hyperliquid (1.7.7): its URLs are constants, but of objects that can be written to.
import { ADDRESS, expectThat, KEY, loadSdk, say, sayAsked, startVenue, until } from './session.mjs';

const sdk = await loadSdk('hyperliquid');
const { venue, asked, server } = await startVenue();
sdk.BASE_URLS.TESTNET = server.url;
sdk.WSS_URLS.TESTNET = server.wsUrl;
const client = new sdk.Hyperliquid({
  enableWs: true,
  privateKey: KEY,
  testnet: true,
  walletAddress: ADDRESS,
});
await client.connect();

say('getAllMids', await client.info.getAllMids());
const fills = [];
await client.subscriptions.subscribeToUserFills(ADDRESS, (data) => {
  if (data.isSnapshot !== true) fills.push(...data.fills);
});
const updates = [];
await client.subscriptions.subscribeToOrderUpdates(ADDRESS, (data) => updates.push(...[data].flat()));

const cloid = (n) => `0xc0ffee${String(n).padStart(26, '0')}`;
const trigger = (triggerPx, tpsl) => ({ trigger: { isMarket: true, triggerPx, tpsl } });
const leg = { coin: 'ETH-PERP', sz: 0.5 };
const placed = await client.exchange.placeOrder({
  orders: [
    {
      ...leg,
      is_buy: true,
      limit_px: 3_030,
      order_type: { limit: { tif: 'Ioc' } },
      reduce_only: false,
      cloid: cloid(1),
    },
    {
      ...leg,
      is_buy: false,
      limit_px: 2_600,
      order_type: trigger('2900', 'sl'),
      reduce_only: true,
      cloid: cloid(2),
    },
    {
      ...leg,
      is_buy: false,
      limit_px: 3_000,
      order_type: trigger('3200', 'tp'),
      reduce_only: true,
      cloid: cloid(3),
    },
  ],
  grouping: 'normalTpsl',
});
say('placeOrder bracket', placed.response.data.statuses);
const state = await client.info.perpetuals.getClearinghouseState(ADDRESS);
say('getClearinghouseState', state.assetPositions[0].position.szi);
const limit = { tif: 'Gtc' };
const resting = await client.exchange.placeOrder({
  coin: 'ETH-PERP',
  is_buy: true,
  sz: 0.1,
  limit_px: 2_800,
  order_type: { limit },
  reduce_only: false,
  cloid: cloid(4),
});
say('placeOrder limit', resting.response.data.statuses);
const cancelled = await client.exchange.cancelOrderByCloid('ETH-PERP', cloid(4));
say('cancelOrderByCloid', cancelled.response.data.statuses);
const open = await client.info.getUserOpenOrders(ADDRESS);
say(
  'getUserOpenOrders',
  open.map((o) => [o.coin, o.side, o.sz]),
);
expectThat(open.length === 2, 'stop and take profit are open');

venue.setPrice('ETH', { markPx: 2_899 });
await until(() => fills.length >= 2);
say(
  'WebSocket userFills',
  fills.map((f) => [f.coin, f.side, f.sz, f.px, f.dir]),
);
say(
  'WebSocket orderUpdates',
  updates.map((u) => u.status),
);
const read = await client.info.getUserFills(ADDRESS);
say(
  'getUserFills',
  read.map((f) => [f.side, f.sz, f.px, f.fee]),
);
sayAsked(asked);
client.disconnect();
await server.close();
process.exit(0);
