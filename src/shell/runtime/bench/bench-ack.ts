import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchChild } from './child.ts';
import { runChild } from './child.ts';
import type { Figure } from './figure.ts';
import { atLeast, atMost, quantile } from './figure.ts';

const TOKEN = 'bench-token-that-opens-nothing-else';
const SERVER = 'src/shell/runtime/bench/ack-server.ts';
const CLIENT = 'src/shell/runtime/bench/ack-client.ts';

interface Load {
  perSecond: number;
  p99Ms: number;
}

/**
 * Durable acknowledgement against a bare Hono handler that answers 202. Each has a process of its own, and so has the
 * client, Node's HTTP client with kept-alive connections; they are asked turn and turn about, and each ratio compares
 * neighbours in time. fsync, validation and de-duplication are in ours, nothing is in the other. Every request is a
 * different alert. A load generator written in C makes the bare handler faster and the ratio smaller: it then
 * measures what JSON, hashing and a commit cost beside an empty function.
 */
export async function benchAck(o: { seconds: number; rounds: number }): Promise<Figure[]> {
  const at10 = await compare(10, o);
  const at100 = await compare(100, o);
  const detail = `${at10.ratio.toFixed(2)} at 10 connections (${at10.perSecond} of ${at10.barePerSecond} a second), ${at100.ratio.toFixed(2)} at 100`;
  return [
    atLeast(
      'ack-ratio',
      Math.min(at10.ratio, at100.ratio),
      '× bare handler',
      0.5,
      `durable ack ÷ bare handler: ${detail}`,
    ),
    atMost(
      'ack-p99-ms',
      at10.p99Ms,
      'ms',
      10,
      'p99 of the durable ack at 10 connections, seen by the client',
    ),
  ];
}

async function compare(
  connections: number,
  o: { seconds: number; rounds: number },
): Promise<{ ratio: number; p99Ms: number; perSecond: number; barePerSecond: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'snapback-bench-'));
  const bare = runChild(SERVER, ['bare']);
  const ours = runChild(SERVER, ['ack', `file:${join(folder, 'ack.db')}`, TOKEN]);
  try {
    const [bareUrl, oursUrl] = await Promise.all([urlOf(bare), urlOf(ours)]);
    let first = 0;
    const load = (url: string, seconds: number): Promise<Load> =>
      fire(url, connections, seconds, (first += 1_000_000));
    // Compiled and warm before anything counts.
    for (const url of [bareUrl, oursUrl]) await load(url, 1);
    const rounds: { bare: Load; ours: Load }[] = [];
    for (let i = 0; i < o.rounds; i++)
      rounds.push({ bare: await load(bareUrl, o.seconds), ours: await load(oursUrl, o.seconds) });
    const median = (pick: (r: (typeof rounds)[number]) => number): number => quantile(rounds.map(pick), 0.5);
    return {
      ratio: median((r) => r.ours.perSecond / r.bare.perSecond),
      p99Ms: median((r) => r.ours.p99Ms),
      perSecond: Math.round(median((r) => r.ours.perSecond)),
      barePerSecond: Math.round(median((r) => r.bare.perSecond)),
    };
  } finally {
    await Promise.all([bare.stop(), ours.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

const urlOf = async (server: BenchChild): Promise<string> =>
  `http://127.0.0.1:${(await server.until(/listening (\d+)/))[1]}/webhook/${TOKEN}`;

async function fire(url: string, connections: number, seconds: number, first: number): Promise<Load> {
  const client = runChild(CLIENT, [url, String(connections), String(seconds), String(first)]);
  const [, line = '{}'] = await client.until(/(\{.*\})\n/);
  return JSON.parse(line) as Load;
}
