import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fillDatabase, HISTORY_END_MS, RARE_STRATEGY } from './bench-lists-fill.ts';
import { benchCrowd } from './bench-lists-crowd.ts';
import type { BenchChild } from './child.ts';
import { runChild } from './child.ts';
import type { Figure } from './figure.ts';
import { atMost, quantile } from './figure.ts';

/** Names of what it measures, in order. */
export const LIST_FIGURES = [
  'list-first-page-ms',
  'list-filtered-ms',
  'list-deep-page-ms',
  'heatmap-30d-ms',
  'heatmap-30d-kb',
  'performance-ms',
  'csv-rss-mb',
  'crowd-ack-p99-ms',
];

const TOKEN = 'bench-token-that-opens-nothing-else';
const LISTS = ['alerts', 'dead-letters', 'decisions', 'orders', 'fills', 'trades', 'guard'];
const DAY_MS = 86_400_000;
const window = `since=${HISTORY_END_MS - 400 * DAY_MS}&until=${HISTORY_END_MS - 370 * DAY_MS}`;
const FILTERS = [
  'coin=BTC',
  'coin=XYZ',
  'strategy=zones',
  'strategy=typo',
  'coin=BTC&strategy=zones',
  'since=1',
  `since=1&until=${HISTORY_END_MS}`,
  window,
  `coin=BTC&${window}`,
  `strategy=zones&${window}`,
  `strategy=${RARE_STRATEGY}`,
];

interface Asked {
  what: string;
  ms: number;
  bytes: number;
}

/**
 * Reading when there is much to read: a million alerts and decisions, a hundred thousand trades. Asked over HTTP, of a
 * process of its own; each time is the median of `rounds`, after one that does not count.
 * @param o.onProgress a line for people
 */
export async function benchLists(o: {
  alerts: number;
  onProgress: (text: string) => void;
}): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'snapback-bench-'));
  const path = join(folder, 'lists.db');
  let server: BenchChild | undefined;
  try {
    await fillDatabase(path, o.alerts, (share) => o.onProgress(`filling ${Math.round(share * 100)} %`));
    o.onProgress('asking');
    server = runChild('src/shell/runtime/bench/bench-lists-server.ts', [`file:${path}`, TOKEN]);
    const origin = `http://127.0.0.1:${(await server.until(/listening (\d+)/))[1]}`;
    const figures = await readFigures(origin, server.pid, o.alerts);
    o.onProgress('crowd');
    figures.push(await benchCrowd(origin, TOKEN));
    o.onProgress('');
    return figures;
  } finally {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function readFigures(origin: string, pid: number, alerts: number): Promise<Figure[]> {
  const api = (path: string, rounds?: number): Promise<Asked> =>
    ask(`${origin}/api/v1/${path}`, path, rounds);
  const slowest = (all: readonly Asked[]): Asked =>
    all.reduce((a, b) => (b.ms > a.ms ? b : a), { what: '', ms: 0, bytes: 0 });
  const first = slowest(await inTurn(LISTS, (list) => api(list)));
  const filtered = await inTurn(
    LISTS.flatMap((list) => FILTERS.map((filter) => `${list}?${filter}`)),
    (path) => api(path, 3),
  );
  const deep = slowest(await inTurn(LISTS, (list) => api(`${list}?cursor=zz`)));
  const picture = await api('heatmap/BTC');
  const before = peakMb(pid);
  const csv = await api('trades?format=csv&limit=all', 1);
  const grownMb = peakMb(pid) - before;
  const performance = await api(`performance?by=coin,side&since=1`, 3);
  const rows = `${alerts.toLocaleString('en')} alerts and decisions, ${(alerts / 10).toLocaleString('en')} trades`;
  const others = filtered.filter((f) => !f.what.includes(RARE_STRATEGY));
  return [
    atMost(
      'list-first-page-ms',
      first.ms,
      'ms',
      50,
      `first page of the slowest list (${first.what}); ${rows}`,
    ),
    atMost(
      'list-filtered-ms',
      slowest(others).ms,
      'ms',
      250,
      `slowest of ${others.length} filtered pages (${slowest(others).what}); a strategy unheard of for two years: ${slowest(filtered).ms.toFixed(0)} ms`,
    ),
    atMost('list-deep-page-ms', deep.ms, 'ms', 50, `a page 45,000 rows from the beginning (${deep.what})`),
    atMost('heatmap-30d-ms', picture.ms, 'ms', 150, 'thirty days of five-minute bars, drawn anew each time'),
    atMost('heatmap-30d-kb', picture.bytes / 1_024, 'KB', 300, 'the same picture, uncompressed'),
    atMost(
      'performance-ms',
      performance.ms,
      'ms',
      5_000,
      `/performance by coin and side over ${(alerts / 10).toLocaleString('en')} trades; webhooks get their turn meanwhile`,
    ),
    atMost(
      'csv-rss-mb',
      grownMb,
      'MB',
      64,
      `what the peak of memory rose by while ${(csv.bytes / 1_048_576).toFixed(0)} MB of trades went out as one file, in ${csv.ms.toFixed(0)} ms`,
    ),
  ];
}

async function ask(url: string, what: string, rounds = 7): Promise<Asked> {
  const times: number[] = [];
  let bytes = 0;
  for (let i = 0; i <= rounds; i++) {
    const began = performance.now();
    const response = await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } });
    if (!response.ok) throw new Error(`${what}: ${response.status}`);
    bytes = 0;
    for await (const chunk of response.body ?? []) bytes += chunk.byteLength;
    times.push(performance.now() - began);
  }
  return { what, ms: quantile(times.slice(1), 0.5), bytes };
}

/** One after the other: they would queue up behind each other anyway. */
async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (const item of items) done.push(await work(item));
  return done;
}

/** The most memory a process ever had, MB; 0 where /proc is not there to say. */
function peakMb(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}
