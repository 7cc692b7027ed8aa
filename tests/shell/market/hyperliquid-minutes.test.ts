import { once } from 'node:events';
import { afterEach, expect, test, vi } from 'vitest';
import { type WebSocket as Socket, WebSocketServer } from 'ws';
import type { MinuteFeed } from '../../../src/app/ports.ts';
import type { Candle } from '../../../src/core/shared/candle.ts';
import { createHyperliquidMinutes } from '../../../src/shell/market/hyperliquid-minutes.ts';

const T = 1_760_130_000_000;
/** As nktkas' client declares the event and as `candleSnapshot` answers: one object, decimals as text. */
const bar = (over: Record<string, unknown> = {}) => ({
  t: T,
  T: T + 59_999,
  s: 'BTC',
  i: '1m',
  o: '100000.0',
  c: '100010.0',
  h: '100020.0',
  l: '99990.0',
  v: '12.5',
  n: 40,
  ...over,
});

const opened: { feed: MinuteFeed; server: WebSocketServer }[] = [];
afterEach(async () => {
  for (const { feed, server } of opened.splice(0)) {
    await feed.stop();
    for (const client of server.clients) client.terminate();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function scene() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const asked: unknown[] = [];
  server.on('connection', (client: Socket) => {
    client.send('Websocket connection established.');
    client.on('message', (raw: Buffer) => {
      const frame = JSON.parse(raw.toString()) as { method: string; subscription?: unknown };
      if (frame.method === 'ping') return client.send('{"channel":"pong"}');
      asked.push(frame.subscription);
      client.send(JSON.stringify({ channel: 'subscriptionResponse', data: frame }));
    });
  });
  const address = server.address();
  const feed = createHyperliquidMinutes({
    wsUrl: `ws://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    retryMs: 10,
  });
  opened.push({ feed, server });
  const heard: [string, Candle][] = [];
  const status: boolean[] = [];
  feed.start(['BTC', 'ETH'], {
    bar: (coin, candle) => void heard.push([coin, candle]),
    status: (up) => void status.push(up),
  });
  await vi.waitFor(() => expect(asked).toHaveLength(2));
  const push = (data: unknown): void => {
    for (const client of server.clients) client.send(JSON.stringify({ channel: 'candle', data }));
  };
  return { asked, heard, status, push };
}

test('one subscription a coin, and each push is the bar as it stands', async () => {
  const s = await scene();
  expect(s.asked).toEqual([
    { type: 'candle', coin: 'BTC', interval: '1m' },
    { type: 'candle', coin: 'ETH', interval: '1m' },
  ]);
  s.push(bar());
  s.push(bar({ c: '100005.0', v: '13.0' }));
  s.push([bar({ s: 'ETH', o: 4_000, c: 4_001, h: 4_002, l: 3_999, v: 1 })]);
  await vi.waitFor(() => expect(s.heard).toHaveLength(3));
  expect(s.heard).toEqual([
    ['BTC', { t: T, o: 100_000, h: 100_020, l: 99_990, c: 100_010, v: 12.5 }],
    ['BTC', { t: T, o: 100_000, h: 100_020, l: 99_990, c: 100_005, v: 13 }],
    ['ETH', { t: T, o: 4_000, h: 4_002, l: 3_999, c: 4_001, v: 1 }],
  ]);
  expect(s.status).toEqual([true]);
});

test.each<[string, Record<string, unknown>]>([
  ['another coin', { s: 'SOL' }],
  ['another length', { i: '5m' }],
  ['a close above its high', { c: '100030.0' }],
  ['a price that is not above 0', { l: '0' }],
  ['a negative volume', { v: '-1' }],
  ['off the minute', { t: T + 1 }],
  ['a word for a price', { o: 'NaN' }],
])('%s is not taken, and ends the connection: the next one begins anew', async (_, over) => {
  const s = await scene();
  s.push(bar(over));
  await vi.waitFor(() => expect(s.status).toEqual([true, false, true]));
  expect(s.heard).toEqual([]);
});

test('a next bar that opens at half the price is a change of unit or a lie', async () => {
  const s = await scene();
  s.push(bar());
  s.push(bar({ t: T + 60_000, o: '50000.0', c: '50000.0', h: '50000.0', l: '50000.0' }));
  await vi.waitFor(() => expect(s.status).toEqual([true, false, true]));
  expect(s.heard).toHaveLength(1);
});
