import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createWeightLimiter } from '../../../src/shell/market/weight-limiter.ts';
import { fakeClock } from './fake-server.ts';

const WINDOW_MS = 60_000;

test('what fits goes at once, the rest waits until enough of the window has passed', async () => {
  const clock = fakeClock(0);
  const limiter = createWeightLimiter({ limit: 100, windowMs: WINDOW_MS, ...clock });
  const at: number[] = [];
  for (const weight of [60, 40, 50, 10, 90]) {
    await limiter.take(weight);
    at.push(clock.nowMs());
  }
  expect(at).toEqual([0, 0, 60_000, 60_000, 120_000]);
});

test('18 coins with 1,500 bars on Hyperliquid take one pause', async () => {
  const clock = fakeClock(0);
  const limiter = createWeightLimiter({ limit: 600, windowMs: WINDOW_MS, ...clock });
  await Promise.all(Array.from({ length: 18 }, () => limiter.take(20 + 1_500 / 60)));
  expect(clock.nowMs()).toBe(WINDOW_MS);
});

test('more than the limit at once goes through an idle window, not never', async () => {
  const clock = fakeClock(0);
  const limiter = createWeightLimiter({ limit: 100, windowMs: WINDOW_MS, ...clock });
  await limiter.take(1);
  await limiter.take(500);
  expect(clock.nowMs()).toBe(WINDOW_MS);
});

test('no window ever holds more than the limit, and nobody waits longer than that needs', async () => {
  const arb = fc.array(
    fc.record({ weight: fc.integer({ min: 1, max: 100 }), pauseMs: fc.integer({ min: 0, max: 90_000 }) }),
    {
      maxLength: 40,
    },
  );
  await fc.assert(
    fc.asyncProperty(arb, async (takes) => {
      const clock = fakeClock(0);
      const limiter = createWeightLimiter({ limit: 100, windowMs: WINDOW_MS, ...clock });
      const spent: { at: number; weight: number }[] = [];
      const inWindow = (from: number) =>
        spent.filter((s) => s.at > from - WINDOW_MS && s.at <= from).reduce((n, s) => n + s.weight, 0);
      for (const { weight, pauseMs } of takes) {
        clock.advance(pauseMs);
        const asked = clock.nowMs();
        await limiter.take(weight);
        const at = clock.nowMs();
        // One millisecond earlier it would not have fitted, or it did not wait.
        expect(at === asked || inWindow(at - 1) + weight > 100).toBe(true);
        spent.push({ at, weight });
        expect(inWindow(at)).toBeLessThanOrEqual(100);
      }
    }),
    { numRuns: 50 },
  );
});

test('a sleep that fails hurts its caller only', async () => {
  const clock = fakeClock(0);
  let broken = true;
  const limiter = createWeightLimiter({
    limit: 100,
    windowMs: WINDOW_MS,
    nowMs: clock.nowMs,
    sleep: async (ms) => {
      if (broken) throw new Error('stopped');
      await clock.sleep(ms);
    },
  });
  await limiter.take(100);
  await expect(limiter.take(50)).rejects.toThrow('stopped');
  broken = false;
  await limiter.take(50);
  expect(clock.nowMs()).toBe(WINDOW_MS);
});
