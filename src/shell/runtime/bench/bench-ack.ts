import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChild } from './child.ts';
import type { Figure } from './figure.ts';
import { atLeast, atMost, quantile } from './figure.ts';

const TOKEN = 'bench-token-that-opens-nothing-else';
const SERVER = 'src/shell/runtime/bench/ack-server.ts';
const CONNECTIONS = [10, 100];

interface Load {
  perSecond: number;
  p99Ms: number;
}

/**
 * Durable acknowledgement against a bare Hono handler that answers 202, both in a process of their own with
 * autocannon as the client, turn and turn about: fsync, validation and de-duplication are in ours, nothing is in the
 * other. Every request is a different alert. The ratio is the median over the rounds of the worse connection count.
 */
export async function benchAck(o: { seconds: number; rounds: number }): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'snapback-bench-'));
  const ratios = new Map<number, number[]>(CONNECTIONS.map((c) => [c, []]));
  const p99: number[] = [];
  let serial = 0;
  try {
    for (let round = 0; round < o.rounds; round++)
      for (const connections of CONNECTIONS) {
        const first = (serial += 5_000_000);
        const bare = await loadOf('bare', folder, round, { connections, seconds: o.seconds, first });
        const ours = await loadOf('ack', folder, round, { connections, seconds: o.seconds, first });
        ratios.get(connections)?.push(ours.perSecond / bare.perSecond);
        if (connections === 10) p99.push(ours.p99Ms);
      }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const medians = CONNECTIONS.map((c) => quantile(ratios.get(c) ?? [], 0.5));
  const detail = CONNECTIONS.map((c, i) => `${medians[i]?.toFixed(2)} at ${c}`).join(', ');
  return [
    atLeast(
      'ack-ratio',
      Math.min(...medians),
      '× bare handler',
      0.5,
      `durable ack ÷ bare 202 handler: ${detail} connections`,
    ),
    atMost('ack-p99-ms', quantile(p99, 0.5), 'ms', 10, 'p99 of the durable ack at 10 connections'),
  ];
}

async function loadOf(
  mode: 'bare' | 'ack',
  folder: string,
  round: number,
  o: { connections: number; seconds: number; first: number },
): Promise<Load> {
  const database = `file:${join(folder, `${mode}-${round}-${o.connections}.db`)}`;
  const server = runChild(SERVER, [mode, database, TOKEN]);
  try {
    const port = (await server.until(/listening (\d+)/))[1];
    const url = `http://127.0.0.1:${port}/webhook/${TOKEN}`;
    await fire(url, { ...o, seconds: 1 });
    return await fire(url, { ...o, first: o.first + 1_000_000 });
  } finally {
    await server.stop();
  }
}

async function fire(url: string, o: { connections: number; seconds: number; first: number }): Promise<Load> {
  const { default: autocannon } = await import('autocannon');
  let n = o.first;
  const result = await autocannon({
    url,
    connections: o.connections,
    duration: o.seconds,
    method: 'POST',
    // The bar's time makes each alert one of its own; it stays within what the schema takes.
    requests: [
      {
        setupRequest: (request) => ({
          ...request,
          body: BODY.replace('1760129700000', String(1_760_129_700_000 + n++)),
        }),
      },
    ],
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${result.non2xx} refused, ${result.errors} failed of ${result.requests.total}`);
  return { perSecond: result.requests.average, p99Ms: result.latency.p99 };
}

/** The sample of docs/webhook.md. */
const BODY = JSON.stringify({
  v: 1,
  kind: 'cascade.exhaustion',
  script: 'cascade-exhaustion@1.0.0',
  strategy: 'max-pain',
  exchange: 'BINANCE',
  ticker: 'BTCUSDT.P',
  interval: '5',
  barTime: 1760129700000,
  sentAt: 1760130000412,
  side: 'long',
  close: 104582.9,
  high: 105210.0,
  low: 101516.5,
  atr: 812.4,
  score: 78.5,
  cascade: {
    startTime: 1760128800000,
    extreme: 101516.5,
    movePct: -4.21,
    bars: 3,
    volumeRatio: 5.1,
    oiChangePct: -3.8,
    rsi: 21.4,
  },
});
