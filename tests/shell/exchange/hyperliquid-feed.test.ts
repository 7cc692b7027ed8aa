import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test, vi } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import * as z from 'zod';
import type { ExchangeFeed } from '../../../src/app/ports.ts';
import type { Fill } from '../../../src/core/review/types.ts';
import { createHyperliquidFeed } from '../../../src/shell/exchange/hyperliquid-feed.ts';
import { ACCOUNT, fixture } from './samples.ts';

const Frame = z.object({
  method: z.string(),
  subscription: z.object({ type: z.string() }).loose().optional(),
});

/** A push server that confirms subscriptions, answers pings while `answersPings`, and pushes what a test tells it to. */
async function startPushServer() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  const self = {
    url: `ws://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    server,
    confirms: true,
    answersPings: true,
    subscribed: [] as string[],
    push: (channel: string, data: unknown) => {
      for (const client of server.clients) client.send(JSON.stringify({ channel, data }));
    },
    drop: () => {
      for (const client of server.clients) client.terminate();
    },
    close: () => {
      self.drop();
      return new Promise((resolve) => server.close(resolve));
    },
  };
  server.on('connection', (client: WebSocket) => {
    client.send('Websocket connection established.');
    client.on('message', (raw: Buffer) => {
      const frame = Frame.parse(JSON.parse(raw.toString()));
      if (frame.method === 'ping' && self.answersPings) client.send('{"channel":"pong"}');
      if (frame.method !== 'subscribe' || !self.confirms) return;
      self.subscribed.push(frame.subscription?.type ?? '');
      client.send(JSON.stringify({ channel: 'subscriptionResponse', data: frame }));
      if (frame.subscription?.type === 'userFills') {
        const snapshot = { isSnapshot: true, user: ACCOUNT, fills: fixture('user-fills.json') };
        client.send(JSON.stringify({ channel: 'userFills', data: snapshot }));
      }
    });
  });
  return self;
}

function listen() {
  const heard = { fills: [] as [Fill[], boolean][], orderUpdates: 0, status: [] as boolean[] };
  const on = {
    fills: (fills: Fill[], isSnapshot: boolean) => void heard.fills.push([fills, isSnapshot]),
    orderUpdate: () => void heard.orderUpdates++,
    status: (up: boolean) => void heard.status.push(up),
  };
  return { heard, on };
}

const feeds: ExchangeFeed[] = [];
const servers: Awaited<ReturnType<typeof startPushServer>>[] = [];
afterEach(async () => {
  await Promise.all(feeds.splice(0).map((feed) => feed.stop()));
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function scene(prepare: (server: (typeof servers)[number]) => void = () => {}) {
  const server = await startPushServer();
  prepare(server);
  const feed = createHyperliquidFeed({
    wsUrl: server.url,
    account: ACCOUNT.toUpperCase().replace('0X', '0x'),
    timeoutMs: 300,
    retryMs: 20,
    pingMs: 40,
    pongMs: 40,
  });
  feeds.push(feed);
  servers.push(server);
  const { heard, on } = listen();
  await feed.start(on);
  return { server, feed, heard };
}

test('subscribes to fills and order updates and passes them on', async () => {
  const { server, heard } = await scene();
  expect(heard.status).toEqual([true]);
  expect(server.subscribed.toSorted()).toEqual(['orderUpdates', 'userFills']);
  await vi.waitFor(() => expect(heard.fills).toHaveLength(1));
  expect(heard.fills[0]?.[1]).toBe(true);
  expect(heard.fills[0]?.[0].map((f) => f.tid % 100)).toEqual([16, 18, 19]);
  server.push('userFills', { user: ACCOUNT, fills: [] });
  server.push('userFills', { user: '0x9999999999999999999999999999999999999999', fills: [{}] });
  server.push('orderUpdates', []);
  await vi.waitFor(() => expect(heard.orderUpdates).toBe(1));
  expect(heard.fills[1]).toEqual([[], false]);
});

test('a push it cannot read says: look for yourself', async () => {
  const { server, heard } = await scene();
  await vi.waitFor(() => expect(heard.fills).toHaveLength(1));
  server.push('userFills', { user: ACCOUNT, fills: [{ coin: 'BTC' }] });
  await vi.waitFor(() => expect(heard.orderUpdates).toBe(1));
  expect(heard.fills).toHaveLength(1);
});

test('a lost connection is down, then up again with a new snapshot', async () => {
  const { server, heard } = await scene();
  server.drop();
  await vi.waitFor(() => expect(heard.status).toEqual([true, false, true]), 3_000);
  await vi.waitFor(() => expect(heard.fills.map(([, isSnapshot]) => isSnapshot)).toEqual([true, true]));
  expect(server.subscribed.toSorted()).toEqual(['orderUpdates', 'orderUpdates', 'userFills', 'userFills']);
});

test('a connection that stays open and says nothing is replaced', async () => {
  const { server, heard } = await scene();
  server.answersPings = false;
  await vi.waitFor(() => expect(heard.status.slice(0, 2)).toEqual([true, false]), 3_000);
  server.answersPings = true;
  await vi.waitFor(() => expect(heard.status.at(-1)).toBe(true), 3_000);
});

test('a server that does not confirm leaves it down, not hung, and is tried again', async () => {
  const { server, heard } = await scene((s) => (s.confirms = false));
  expect(heard.status).toEqual([false]);
  server.confirms = true;
  await vi.waitFor(() => expect(heard.status).toEqual([false, true]), 3_000);
});

test('after stop nothing is connected and nothing is called', async () => {
  const { server, feed, heard } = await scene();
  await vi.waitFor(() => expect(heard.fills).toHaveLength(1));
  await feed.stop();
  await vi.waitFor(() => expect(server.server.clients.size).toBe(0));
  expect(heard.status).toEqual([true]);
});

test('stopped while it waits to load the client, or loads it, it ends and connects nowhere', async () => {
  const server = await startPushServer();
  servers.push(server);
  for (const loadAfterMs of [0, 3_600_000]) {
    const { heard, on } = listen();
    const feed = createHyperliquidFeed({ wsUrl: server.url, account: ACCOUNT, loadAfterMs });
    const started = feed.start(on);
    await feed.stop();
    await started;
    expect([heard.status, server.server.clients.size]).toEqual([[], 0]);
  }
});

test('the process can exit after stop, connected or not', async () => {
  const server = await startPushServer();
  servers.push(server);
  const module = new URL('../../../src/shell/exchange/hyperliquid-feed.ts', import.meta.url).href;
  const script = `
    const { createHyperliquidFeed } = await import(${JSON.stringify(module)});
    const nothing = { fills() {}, orderUpdate() {}, status() {} };
    for (const wsUrl of [${JSON.stringify(server.url)}, 'ws://127.0.0.1:1']) {
      const feed = createHyperliquidFeed({ wsUrl, account: '${ACCOUNT}', timeoutMs: 200 });
      await feed.start(nothing);
      await feed.stop();
    }
    process.stdout.write('stopped');
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  let stoppedAt = 0;
  child.stdout.on('data', () => (stoppedAt = performance.now()));
  const [code] = await exit;
  expect([code, stoppedAt > 0]).toEqual([0, true]);
  expect(performance.now() - stoppedAt).toBeLessThan(2_000);
});
