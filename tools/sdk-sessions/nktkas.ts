// Trade against a running venue: `npm run venue`, then `npx node tools/sdk-sessions/nktkas.ts`.
import {
  ExchangeClient,
  HttpTransport,
  InfoClient,
  SubscriptionClient,
  WebSocketTransport,
} from '@nktkas/hyperliquid';
import { privateKeyToAccount } from 'viem/accounts';

const url = process.env['VENUE_URL'] ?? 'http://127.0.0.1:8788';
const wallet = privateKeyToAccount(`0x${'11'.repeat(32)}`); // public and worthless: funded on the simulation only
const user = wallet.address;
const http = new HttpTransport({ isTestnet: true, apiUrl: url });
const socket = new WebSocketTransport({ isTestnet: true, url: `${url.replace('http', 'ws')}/ws` });
const info = new InfoClient({ transport: http });
const exchange = new ExchangeClient({ transport: http, wallet });
const live = new SubscriptionClient({ transport: socket });

const meta = await info.meta();
const asset = meta.universe.findIndex((x) => x.name === 'ETH');
const mid = Number((await info.allMids())['ETH']);
const px = (offset: number): string => String(Number((mid * (1 + offset)).toPrecision(5)));
const cloid = (n: number): `0x${string}` => `0xc0ffee${String(Date.now() + n).padStart(26, '0')}`;

const { promise: filled, resolve: sawFill } = Promise.withResolvers<void>();
await live.userFills({ user }, (event) => {
  if (event.isSnapshot === true) return;
  for (const f of event.fills) console.log(`fill over WebSocket: ${f.dir} ${f.sz} at ${f.px}`);
  sawFill();
});

const s = (100 / mid).toFixed(4);
const trigger = (triggerPx: string, tpsl: 'sl' | 'tp') => ({ trigger: { isMarket: true, triggerPx, tpsl } });
const bracket = await exchange.order({
  grouping: 'normalTpsl',
  orders: [
    { a: asset, b: true, p: px(0.01), s, r: false, t: { limit: { tif: 'Ioc' } }, c: cloid(1) },
    { a: asset, b: false, p: px(-0.15), s, r: true, t: trigger(px(-0.05), 'sl'), c: cloid(2) },
    { a: asset, b: false, p: px(0.05), s, r: true, t: trigger(px(0.1), 'tp'), c: cloid(3) },
  ],
});
console.log('bracket:', JSON.stringify(bracket.response.data.statuses));
await filled;

const c = cloid(4);
await exchange.order({
  orders: [{ a: asset, b: true, p: px(-0.1), s, r: false, t: { limit: { tif: 'Gtc' } }, c }],
});
const cancelled = await exchange.cancelByCloid({ cancels: [{ asset, cloid: c }] });
console.log('cancel by cloid:', JSON.stringify(cancelled.response.data.statuses));
const [last] = await info.userFills({ user });
console.log(`userFills: ${last?.dir} ${last?.sz} at ${last?.px}, fee ${last?.fee} ${last?.feeToken}`);
const open = await info.frontendOpenOrders({ user });
console.log('open:', open.map((o) => `${o.orderType} ${o.sz} at ${o.triggerPx}`).join(', '));
socket.close();
