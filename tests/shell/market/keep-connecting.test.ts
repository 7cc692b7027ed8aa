import { once } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keepConnecting } from '../../../src/shell/market/keep-connecting.ts';

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

/** Connects at once each time; `good` says how each of them went, the last one goes on until stopped. */
function setup(good: readonly boolean[], spread?: () => number) {
  const atMs: number[] = [];
  const kept = keepConnecting<string>({
    once: async (on, stop) => {
      expect(on).toBe('listener');
      atMs.push(Date.now());
      const went = good[atMs.length - 1];
      if (went === undefined) await once(stop, 'abort');
      return went ?? true;
    },
    retryMs: 1_000,
    retryMsMax: 5_000,
    ...(spread === undefined ? {} : { spread }),
  });
  kept.start('listener');
  return { kept, atMs };
}

test('the wait doubles with every bad connection up to the longest, and starts anew after a good one', async () => {
  const { kept, atMs } = setup([false, false, false, false, true, false]);
  await vi.advanceTimersByTimeAsync(60_000);
  // Waits of 1, 2, 4, 5 (not 8) s; then, after a good one, 1 s and 2 s.
  expect(atMs).toEqual([0, 1_000, 3_000, 7_000, 12_000, 13_000, 15_000]);
  await kept.stop();
});

test('a part of the wait is left away by chance', async () => {
  const { kept, atMs } = setup([false, false], () => 0.25);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(atMs).toEqual([0, 750, 2_250]);
  await kept.stop();
});

test('stopped while it waits: at once, with no timer left, and no connection after', async () => {
  const { kept, atMs } = setup([false, false, false]);
  await vi.advanceTimersByTimeAsync(1_500);
  expect(vi.getTimerCount()).toBe(1);
  await kept.stop();
  expect(vi.getTimerCount()).toBe(0);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(atMs).toEqual([0, 1_000]);
});
