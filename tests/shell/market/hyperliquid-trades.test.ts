import { once } from 'node:events';
import { afterEach, expect, test, vi } from 'vitest';
import { type WebSocket as Socket, WebSocketServer } from 'ws';
import type { PublicTrade, TradeFeed } from '../../../src/app/ports.ts';
import { createHyperliquidTrades } from '../../../src/shell/market/hyperliquid-trades.ts';

const A = `0x${'aA'.repeat(20)}`;
const B = `0x${'0b'.repeat(20)}`;
const trade = (over: Record<string, unknown> = {}) => ({
  coin: 'BTC',
  side: 'B',
  px: '100000.0',
  sz: '0.25',
  time: 1_760_130_000_000,
  hash: '0x0',
  tid: 1,
  users: [A, B],
  ...over,
});

const opened: { feed: TradeFeed; server: WebSocketServer }[] = [];
afterEach(async () => {
  for (const { feed, server } of opened.splice(0)) {
    await feed.stop();
    for (const client of server.clients) client.terminate();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A push server that confirms `confirmed` coins and answers pings while told to. */
async function scene(o: { confirmed?: string[]; isSilent?: boolean } = {}) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const asked: string[] = [];
  let pings = 0;
  server.on('connection', (client: Socket) => {
    client.send('Websocket connection established.');
    client.on('message', (raw: Buffer) => {
      const frame = JSON.parse(raw.toString()) as {
        method: string;
        subscription?: { type: string; coin: string };
      };
      if (frame.method === 'ping') {
        pings += 1;
        if (o.isSilent !== true) client.send('{"channel":"pong"}');
        return;
      }
      asked.push(`${frame.subscription?.type} ${frame.subscription?.coin}`);
      if (!(o.confirmed ?? ['BTC', 'ETH']).includes(frame.subscription?.coin ?? ''))
        return client.send(JSON.stringify({ channel: 'error', data: 'Invalid subscription' }));
      client.send(JSON.stringify({ channel: 'subscriptionResponse', data: frame }));
    });
  });
  const address = server.address();
  const feed = createHyperliquidTrades({
    wsUrl: `ws://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    pingMs: 20,
    silentMs: 120,
    retryMs: 10,
  });
  opened.push({ feed, server });
  const heard: PublicTrade[] = [];
  const status: boolean[] = [];
  feed.start(['BTC', 'ETH'], {
    trades: (list) => void heard.push(...list),
    status: (up) => void status.push(up),
  });
  const push = (data: unknown): void => {
    for (const client of server.clients) client.send(typeof data === 'string' ? data : JSON.stringify(data));
  };
  return { server, feed, asked, heard, status, push, pings: () => pings };
}

test('one subscription a coin; both addresses of each trade, in lower case', async () => {
  const s = await scene();
  await vi.waitFor(() => expect(s.status).toEqual([true]));
  await vi.waitFor(() => expect(s.asked).toEqual(['trades BTC', 'trades ETH']));
  s.push({ channel: 'trades', data: [trade(), trade({ coin: 'ETH', users: [B, B] })] });
  await vi.waitFor(() => expect(s.heard).toHaveLength(2));
  expect(s.heard).toEqual([
    { coin: 'BTC', sz: 0.25, users: [A.toLowerCase(), B] },
    { coin: 'ETH', sz: 0.25, users: [B, B] },
  ]);
  await vi.waitFor(() => expect(s.pings()).toBeGreaterThan(0));
});

test('a coin that is turned down leaves the others alone', async () => {
  const s = await scene({ confirmed: ['ETH'] });
  await vi.waitFor(() => expect(s.status).toEqual([true]));
  s.push({ channel: 'trades', data: [trade()] });
  await vi.waitFor(() => expect(s.heard).toHaveLength(1));
  expect(s.status).toEqual([true]);
});

test.each([
  ['no JSON', 'trades!'],
  ['an unknown channel', { channel: 'fills', data: [] }],
  ['no address', { channel: 'trades', data: [trade({ users: ['me', B] })] }],
  ['no trades', { channel: 'trades', data: null }],
  ['no size', { channel: 'trades', data: [trade({ sz: 'NaN' })] }],
])('%s ends the connection, takes nothing, and a new one is made', async (_, frame) => {
  const s = await scene();
  await vi.waitFor(() => expect(s.status).toEqual([true]));
  s.push(frame);
  await vi.waitFor(() => expect(s.status).toEqual([true, false, true]), 3_000);
  expect(s.heard).toEqual([]);
  expect(s.asked).toHaveLength(4);
});

test('a connection that drops or falls silent is replaced', async () => {
  const dropped = await scene();
  await vi.waitFor(() => expect(dropped.status).toEqual([true]));
  for (const client of dropped.server.clients) client.terminate();
  await vi.waitFor(() => expect(dropped.status).toEqual([true, false, true]), 3_000);
  const silent = await scene({ isSilent: true });
  await vi.waitFor(() => expect(silent.status.slice(0, 3)).toEqual([true, false, true]), 3_000);
});

test('stops at once, connected or not, and says nothing after', async () => {
  const s = await scene();
  await vi.waitFor(() => expect(s.status).toEqual([true]));
  await s.feed.stop();
  expect(s.status).toEqual([true]);
  await vi.waitFor(() => expect(s.server.clients.size).toBe(0));
  const nowhere = createHyperliquidTrades({ wsUrl: 'ws://127.0.0.1:9', retryMs: 60_000 });
  nowhere.start(['BTC'], { trades: () => {}, status: () => {} });
  await nowhere.stop();
});
