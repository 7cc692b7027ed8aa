import { runChild } from './child.ts';
import type { Figure } from './figure.ts';
import { atMost } from './figure.ts';

export const ZONES_MEMORY_FIGURES = ['zones-memory-mb', 'zones-memory-growth-mb', 'zones-rebuild-ms'];

/** What the maps of fifty coins on four venues with 30 days of bars take, and what a day more adds. */
export async function benchZonesMemory(): Promise<Figure[]> {
  const child = runChild('src/shell/runtime/bench/zones-memory.ts', [], { nodeFlags: ['--expose-gc'] });
  const line = (await child.until(/^\{.*\}$/m))[0];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the script prints
  const measured = JSON.parse(line) as Record<'heapMb' | 'arraysMb' | 'growthMb' | 'rebuildMs', number>;
  const { heapMb, arraysMb, growthMb, rebuildMs } = measured;
  const what = '50 coins × 4 venues × 30 days of five-minute bars';
  return [
    atMost(
      'zones-memory-mb',
      heapMb + arraysMb,
      'MB',
      60,
      `${what}: ${heapMb.toFixed(0)} MB of heap, ${arraysMb.toFixed(0)} MB of arrays`,
    ),
    atMost('zones-memory-growth-mb', growthMb, 'MB', 3, 'the same after 24 hours more, a reading an hour'),
    atMost('zones-rebuild-ms', rebuildMs, 'ms', 1_000, 'one reading rebuilds all 50 maps, median of 24'),
  ];
}
