import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Registry } from '../metrics/registry.ts';

const NS_PER_S = 1e9;
const QUANTILES = [50, 99, 100] as const;

const { version }: { version: string } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8'),
);

/** What a Node process knows of itself. Event-loop figures are since the last scrape, so one scraper at a time. */
export function processMetrics(r: Registry): () => void {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  r.gauge('snapback_build_info', '1, with the version.', ['version', 'node']).set(1, {
    version,
    node: process.version,
  });
  const rss = r.gauge('process_resident_memory_bytes', 'Resident memory.');
  const heap = r.gauge('nodejs_heap_used_bytes', 'Heap in use.');
  const cpu = r.gauge('process_cpu_seconds', 'CPU time used since the start of the process.');
  const lag = r.gauge('nodejs_eventloop_delay_seconds', 'Event-loop delay since the last scrape.', [
    'quantile',
  ]);
  return () => {
    const memory = process.memoryUsage();
    rss.set(memory.rss);
    heap.set(memory.heapUsed);
    const used = process.cpuUsage();
    cpu.set((used.user + used.system) / 1e6);
    if (delay.count > 0)
      for (const q of QUANTILES) lag.set(delay.percentile(q) / NS_PER_S, { quantile: String(q / 100) });
    delay.reset();
  };
}
