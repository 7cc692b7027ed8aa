// The same app behind Node's HTTP server: what only real sockets show.
import { connect } from 'node:net';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { serve } from '@hono/node-server';
import { expect, onTestFinished, test } from 'vitest';
import { alertBody, WEBHOOK_TOKEN, world } from './world.ts';
import type { World } from './world.ts';

async function served(): Promise<{ w: World; port: number }> {
  const w = await world();
  const port = await new Promise<number>((resolve) => {
    const server = serve({ fetch: w.app.fetch, hostname: '127.0.0.1', port: 0 }, (i) => resolve(i.port));
    onTestFinished(() => void server.close());
  });
  return { w, port };
}

const ask = (token: string, body: string): string =>
  `POST /webhook/${token} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** Sends raw chunks without a declared length. */
const sendChunked = (port: number, token: string, chunks: string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    const answered = (res: IncomingMessage) => {
      res.resume();
      resolve(res.statusCode ?? 0);
    };
    const req = request({ port, host: '127.0.0.1', method: 'POST', path: `/webhook/${token}` }, answered);
    req.on('error', reject);
    for (const chunk of chunks) req.write(chunk);
    req.end();
  });

test('a chunked alert is accepted, a chunked flood is cut off at 413', async () => {
  const { w, port } = await served();
  const text = JSON.stringify(alertBody());
  expect(await sendChunked(port, WEBHOOK_TOKEN, [text.slice(0, 50), text.slice(50)])).toBe(202);
  expect(await sendChunked(port, WEBHOOK_TOKEN, ['x'.repeat(5_000), 'x'.repeat(5_000)])).toBe(413);
  expect(await w.deadLetters()).toEqual([]);
});

test('a connection whose body was refused unread can be used again', async () => {
  const { port } = await served();
  const text = JSON.stringify(alertBody());
  const socket = connect(port, '127.0.0.1');
  let got = '';
  socket.on('data', (d) => (got += String(d)));
  socket.write(ask('wrong', text));
  await expect.poll(() => got).toContain('HTTP/1.1 401');
  socket.write(ask(WEBHOOK_TOKEN, text));
  await expect.poll(() => got).toContain('HTTP/1.1 202');
  socket.destroy();
});

test('a client that goes away in the middle of its body leaves no trace but an open door', async () => {
  const { w, port } = await served();
  const socket = connect(port, '127.0.0.1');
  await new Promise<void>((resolve) => {
    socket.write(
      `POST /webhook/${WEBHOOK_TOKEN} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{"v":`,
      () => resolve(),
    );
  });
  socket.destroy();
  const text = JSON.stringify(alertBody());
  expect(await sendChunked(port, WEBHOOK_TOKEN, [text])).toBe(202);
  expect(await w.deadLetters()).toEqual([]);
  expect(w.lines.filter((l) => l.includes('"error"'))).toEqual([]);
});
