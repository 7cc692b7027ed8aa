import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { venueConnections } from '../../../src/shell/exchange/venue-connections.ts';

/** Answers 'ok', and knows which connections are open. */
const open = new Set<object>();
const server = createServer((_, response) => void response.end('ok'));
server.keepAliveTimeout = 60_000;
server.on('connection', (socket) => {
  open.add(socket);
  socket.once('close', () => open.delete(socket));
});
let url = '';
beforeEach(async () => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a server on a port has one
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(
  () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
);

const ask = { method: 'POST', body: '{}' };

test('requests work before connections are kept, while they are, and use the kept ones again', async () => {
  const connections = venueConnections();
  expect(await (await connections.fetch(url, ask)).text()).toBe('ok');
  await connections.keep();
  await connections.keep();
  const before = open.size;
  for (let i = 0; i < 9; i++) expect(await (await connections.fetch(url, ask)).text()).toBe('ok');
  // A connection may not be free yet at the moment its answer is read.
  expect(open.size).toBeLessThan(before + 4);
  await connections.close();
});

test('closed, they are gone at once, and a request says so', async () => {
  const connections = venueConnections();
  await connections.keep();
  await (await connections.fetch(url, ask)).text();
  await connections.close();
  await expect(connections.fetch(url, ask)).rejects.toThrow('fetch failed');
});
