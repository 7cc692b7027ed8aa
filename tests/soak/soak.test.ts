import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { judgeGrowth, slope } from './judge-growth.ts';
import type { Sample } from './sample.ts';
import { createLowWater, takeSample } from './sample.ts';
import type { SoakResult } from './soak.ts';

const HOURS = 24;
const flat: Omit<Sample, 'hour'> = {
  heapMb: 60,
  arraysMb: 8,
  externalMb: 18,
  rssMb: 300,
  timers: 160,
  sockets: 13,
  files: 88,
  databaseMb: 20,
  walMb: 30,
};
const samples = (at: (hour: number) => Partial<Sample>): Sample[] =>
  Array.from({ length: HOURS }, (_, i) => ({ ...flat, hour: i + 1, ...at(i + 1) }));

describe('the judge', () => {
  test('slope: 2 an hour through 1, 3, 5, whatever lies around the line', () => {
    expect(
      slope([
        [0, 1],
        [1, 3],
        [2, 5],
      ]),
    ).toBeCloseTo(2, 12);
    expect(
      slope([
        [0, 1],
        [1, 4],
        [2, 5],
        [3, 8],
      ]),
    ).toBeCloseTo(2.2, 12);
    expect(slope([[5, 9]])).toBe(0);
  });

  test('what stands still, wavers, or fills up in the first quarter is no leak', () => {
    expect(judgeGrowth(samples(() => ({}))).problems).toEqual([]);
    expect(judgeGrowth(samples((h) => ({ heapMb: 60 + 5 * (h % 2) }))).problems).toEqual([]);
    expect(judgeGrowth(samples((h) => ({ heapMb: 60 + 10 * Math.min(h, 6) }))).problems).toEqual([]);
  });

  test.each([
    ['heapMb', 0.3],
    ['arraysMb', 0.3],
    ['rssMb', 1.2],
    ['timers', 1],
    ['sockets', 0.25],
    ['files', 0.25],
    ['databaseMb', 7],
  ] as const)('%s that grows by %d an hour is one, and named', (measure, perHour) => {
    const { problems, perDay } = judgeGrowth(
      samples((h) => ({ [measure]: (flat[measure] ?? 0) + perHour * h })),
    );
    expect(perDay[measure]).toBeCloseTo(24 * perHour, 6);
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${measure} grows by`))]);
  });

  test('a few hours make no line', () => {
    expect(judgeGrowth(samples((h) => ({ heapMb: 60 * h })).slice(0, 4)).problems).toEqual([]);
  });
});

test('a sample sees what is kept, in the heap and in arrays, and not what was let go', async () => {
  const take = () => takeSample({ hour: 0, folder: import.meta.dirname, held: createLowWater().take(0) });
  const before = await take();
  const objects: object[] | null = Array.from({ length: 100_000 }, (_, i) => ({ i, text: `${i}` }));
  let arrays: Float64Array | null = new Float64Array(1_000_000).fill(objects.length);
  const held = await take();
  expect(held.heapMb - before.heapMb).toBeGreaterThan(5);
  expect(held.arraysMb - before.arraysMb).toBeGreaterThan(7);
  expect(arrays[0]).toBe(objects.length);
  objects.length = 0;
  arrays = null;
  const after = await take();
  expect(after.heapMb - before.heapMb).toBeLessThan(2);
  expect(after.arraysMb - before.arraysMb).toBeLessThan(1);
});

test('of timers, sockets and files the fewest since the last sample count', () => {
  const low = createLowWater();
  low.note(9);
  const [first, second] = [low.take(4), low.take(7)];
  expect(second.timers - first.timers).toBe(3);
  low.note(2);
  expect(second.timers - low.take(8).timers).toBe(5);
});

test('six minutes of one coin: four venues, guard, alerts, one sample, nothing wrong (npm run soak for a day)', async () => {
  const script = join(import.meta.dirname, 'run-soak.ts');
  const args = ['--max-semi-space-size=4', '--expose-gc', script, '--hours', '0.1', '--coins', '1', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 120_000 });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the command prints
  const result = JSON.parse(stdout) as SoakResult;
  expect(result).toMatchObject({ hours: 0.1, coins: 1, problems: [], lost: 0, duplicates: 0 });
  expect(result.guardPasses).toBeGreaterThanOrEqual(8);
  expect(result.alerts).toBeGreaterThanOrEqual(1);
  expect(result.samples).toHaveLength(1);
  expect(result.samples[0]?.heapMb).toBeGreaterThan(10);
}, 120_000);
