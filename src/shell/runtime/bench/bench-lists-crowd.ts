import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { runChild } from './child.ts';
import type { Figure } from './figure.ts';
import { atMost } from './figure.ts';

/** Of each kind; 200 in all beside the callers of the webhook. */
const KIND = 50;
const CALLERS = 4;
const SECONDS = 8;
/** Between two bytes of a client that is slow on purpose, ms. */
const DRIP_MS = 100;
/** Added to the bar's time of each alert, ms: beyond what the database holds. */
const FIRST_BAR_MS = 100_000_000_000;

/**
 * Alerts while 200 others hold a connection: 50 that never finish their headers, 50 that never finish their body, 50
 * that ask for the whole trade list and do not read it, and 50 that ask for lists as fast as they are answered. Who is
 * cut off comes again. The alerts come from a process of their own.
 */
export async function benchCrowd(origin: string, token: string): Promise<Figure> {
  const sockets: Socket[] = [];
  const over = new AbortController();
  const open = (head: string): Socket => {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1');
    socket.on('error', () => undefined); // cut off, as it should be
    socket.on('close', () => void (over.signal.aborted || setTimeout(open, DRIP_MS, head)));
    socket.write(head);
    return sockets[sockets.push(socket) - 1] ?? socket;
  };
  const drip = setInterval(() => {
    for (const socket of sockets) if (socket.writable && !socket.isPaused()) socket.write('x');
  }, DRIP_MS);
  const read = `authorization: Bearer ${token}\r\n`;
  for (let i = 0; i < KIND; i++) {
    open(`GET / HTTP/1.1\r\nhost: x\r\nx-slow: `);
    open(`POST /webhook/${token} HTTP/1.1\r\nhost: x\r\ncontent-length: 8000\r\n\r\n{`);
    open(`GET /api/v1/trades?format=csv&limit=all HTTP/1.1\r\nhost: x\r\n${read}\r\n`).pause();
  }
  const readers = Array.from({ length: KIND }, async () => {
    while (!over.signal.aborted)
      await fetch(`${origin}/api/v1/alerts?limit=20`, { headers: { authorization: `Bearer ${token}` } })
        .then((r) => r.text())
        .catch(() => undefined);
  });
  const args = [`${origin}/webhook/${token}`, String(CALLERS), String(SECONDS), String(FIRST_BAR_MS)];
  const client = runChild('src/shell/runtime/bench/ack-client.ts', args);
  try {
    const [, line = '{}'] = await client.until(/(\{.*\})\n/);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- printed by our own child
    const ack = JSON.parse(line) as { perSecond: number; p50Ms: number; p99Ms: number; maxMs: number };
    return atMost(
      'crowd-ack-p99-ms',
      ack.p99Ms,
      'ms',
      250,
      `durable ack beside 200 connections, 150 of them slow or deaf on purpose, 50 reading lists at full speed: median ${ack.p50Ms.toFixed(0)}, slowest ${ack.maxMs.toFixed(0)}, ${ack.perSecond.toFixed(0)} a second; TradingView waits 3,000`,
    );
  } finally {
    over.abort();
    clearInterval(drip);
    for (const socket of sockets) socket.destroy();
    await client.stop();
    await Promise.all(readers);
  }
}
