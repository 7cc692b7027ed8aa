import { benchZones } from '../market/bench-zones.ts';
import type { OptionValues } from './commands.ts';
import { benchAck } from './bench/bench-ack.ts';
import { benchGuard } from './bench/bench-guard.ts';
import { benchAlertToOrder, benchBurst } from './bench/bench-orders.ts';
import { benchLists, LIST_FIGURES } from './bench/bench-lists.ts';
import { benchReplay } from './bench/bench-replay.ts';
import { benchStart } from './bench/bench-start.ts';
import { benchVenue, VENUE_FIGURES } from './bench/bench-venue.ts';
import { benchZonesMemory, ZONES_MEMORY_FIGURES } from './bench/bench-zones-memory.ts';
import type { Figure } from './bench/figure.ts';
import { atLeast, atMost } from './bench/figure.ts';
import { runSeeds } from './sim/run-seeds.ts';

/** `npm run bench`: the performance budget as ratios and counts within one run. */
export async function bench(o: OptionValues): Promise<number> {
  const isQuick = o['quick'] === true;
  const only = typeof o['only'] === 'string' ? o['only'].split(',') : null;
  const groups: { names: string[]; run: () => Promise<Figure[]> }[] = [
    {
      names: ['ack-ratio', 'ack-p99-ms'],
      run: () => benchAck(isQuick ? { seconds: 1, rounds: 2 } : { seconds: 2, rounds: 5 }),
    },
    { names: ['alert-to-order-rtt'], run: async () => [await benchAlertToOrder()] },
    { names: ['burst18-rtt'], run: async () => [await benchBurst()] },
    { names: ['zone-map-ms', 'zone-candle-us'], run: () => Promise.resolve(zoneFigures()) },
    {
      names: ['replay-bars-per-s'],
      run: async () => [await benchReplay({ days: isQuick ? 15 : 60 })],
    },
    { names: ['guard-pass-ms', 'guard-weight'], run: benchGuard },
    { names: ['start-ms', 'rss-mb'], run: () => benchStart({ rounds: isQuick ? 1 : 3 }) },
    { names: ['sim-scenarios-per-s'], run: () => simFigure(isQuick) },
    {
      names: LIST_FIGURES,
      run: () =>
        benchLists({ alerts: isQuick ? 100_000 : 1_000_000, onProgress: progress(o['json'] === true) }),
    },
    { names: ZONES_MEMORY_FIGURES, run: benchZonesMemory },
    { names: VENUE_FIGURES, run: () => benchVenue({ isQuick }) },
  ];
  const known = groups.flatMap((g) => g.names);
  const unknown = only?.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: there are ${known.join(', ')}`);
  const figures: Figure[] = [];
  for (const group of groups) {
    if (only !== null && !group.names.some((name) => only.includes(name))) continue;
    const measured = await group.run();
    figures.push(...measured);
    if (o['json'] !== true) for (const f of measured) process.stdout.write(`${line(f)}\n`);
  }
  if (o['json'] === true) process.stdout.write(`${JSON.stringify({ figures })}\n`);
  return figures.every((f) => f.ok) ? 0 : 1;
}

function zoneFigures(): Figure[] {
  const { zoneMapMs, zoneCandleUs } = benchZones(() => performance.now());
  return [
    atMost('zone-map-ms', zoneMapMs, 'ms', 4, 'map of 1,000 candles, ±30 %'),
    atMost('zone-candle-us', zoneCandleUs, 'µs', 5, 'one more candle'),
  ];
}

async function simFigure(isQuick: boolean): Promise<Figure[]> {
  // Warm code, as in a long run: of the first hundreds half of the time is its compilation.
  const warmUp = isQuick ? 20 : 600;
  const seeds = isQuick ? 50 : 1_000;
  await runSeeds({ seeds: warmUp, from: 1 });
  const { scenariosPerCpuSecond } = await runSeeds({ seeds, from: 1 });
  const note = `whole runs of 20 virtual minutes per second of processor time, seeds 1 to ${seeds} after ${warmUp} to warm up`;
  return [atLeast('sim-scenarios-per-s', scenariosPerCpuSecond, '/s/core', 1_000, note)];
}

/** A line that is written over, on a terminal only. */
const progress = (isJson: boolean) => (text: string) =>
  void (
    isJson ||
    !process.stderr.isTTY ||
    process.stderr.write(`\r${text.padEnd(20)}${text === '' ? '\r' : ''}`)
  );

const line = (f: Figure): string =>
  `${f.ok ? 'ok  ' : 'MISS'}  ${f.name.padEnd(20)} ${String(f.value).padStart(8)} ${f.unit.padEnd(15)} budget ${f.floor ? '≥' : '≤'} ${f.budget}   ${f.note}`;
