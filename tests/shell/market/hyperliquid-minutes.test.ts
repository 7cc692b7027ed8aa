import { once } from 'node:events';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type WebSocket as Socket, WebSocketServer } from 'ws';
import type { MinuteFeed } from '../../../src/app/ports.ts';
import type { Candle } from '../../../src/core/shared/candle.ts';
import { createFetchJson } from '../../../src/shell/market/fetch-json.ts';
import { createHyperliquidMinutes } from '../../../src/shell/market/hyperliquid-minutes.ts';
import { createHyperliquidMarket, HYPERLIQUID_WEIGHT } from '../../../src/shell/market/hyperliquid.ts';
import { fakeClock, json, startFakeServer } from './fake-server.ts';

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

describe('asking for minutes', () => {
  const minute = (t: number, i = '1m') => ({ ...bar({ t, T: t + 59_999, i }) });
  async function source(interval = '1m') {
    const clock = fakeClock(T + 240 * 60_000 + 30_000);
    const server = await startFakeServer((asked, response) => {
      const { req } = asked.body as { req: { startTime: number; endTime: number } };
      const list = [];
      for (let t = req.startTime; t <= req.endTime; t += 60_000) list.push(minute(t, interval));
      return json(list)(asked, response);
    });
    const taken: number[] = [];
    const market = createHyperliquidMarket({
      fetchJson: createFetchJson({ venue: 'hyperliquid', baseUrl: server.url, ...clock }),
      limiter: { take: async (weight) => void taken.push(weight) },
      nowMs: clock.nowMs,
    });
    return { server, market, taken };
  }

  test('four hours of a coin cost 24 of the 600 that are spent a minute: 18 coins fit into one', async () => {
    const { server, market, taken } = await source();
    const found = (await market.minutes?.('BTC', T, T + 241 * 60_000)) ?? [];
    expect(found.length).toBe(240);
    expect(found[0]).toEqual({ t: T, o: 100_000, h: 100_020, l: 99_990, c: 100_010, v: 12.5 });
    expect(server.asked[0]?.body).toEqual({
      type: 'candleSnapshot',
      req: { coin: 'BTC', interval: '1m', startTime: T, endTime: T + 240 * 60_000 - 1 },
    });
    expect(taken).toEqual([24]);
    expect(18 * 24).toBeLessThanOrEqual(HYPERLIQUID_WEIGHT.limit);
    await server.close();
  });

  test('bars of another length are refused', async () => {
    const { server, market } = await source('5m');
    await expect(market.minutes?.('BTC', T, T + 600_000)).rejects.toThrow('bars of another length');
    await server.close();
  });
});
