import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createWeightLimiter } from '../../../src/shell/market/weight-limiter.ts';
import type { VirtualClock } from '../../../src/shell/runtime/virtual-clock.ts';
import { createVirtualClock } from '../../../src/shell/runtime/virtual-clock.ts';
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

/** Those that wait come at their time, each with all that follows from it. */
async function advance(clock: VirtualClock, ms: number): Promise<void> {
  const toMs = clock.nowMs() + ms;
  do {
    await new Promise((resolve) => void setImmediate(resolve));
    await clock.advanceTo(Math.min(toMs, clock.nowMs() + 1_000));
  } while (clock.nowMs() < toMs);
  await new Promise((resolve) => void setImmediate(resolve));
}

test('what is urgent never waits behind what is not', async () => {
  const clock = createVirtualClock(0);
  const limiter = createWeightLimiter({ limit: 600, reserved: 192, windowMs: WINDOW_MS, ...clock });
  const barsAtMs: number[] = [];
  for (let coin = 0; coin < 18; coin++) void limiter.take(45).then(() => barsAtMs.push(clock.nowMs()));
  const marksAtMs: number[] = [];
  // Marks every ten seconds, while a first start pages through all bars.
  for (let ms = 0; ms < 2 * WINDOW_MS; ms += 10_000) {
    await advance(clock, ms - clock.nowMs());
    void limiter.take(32, true).then(() => marksAtMs.push(clock.nowMs()));
    await advance(clock, 1_000);
  }
  expect(marksAtMs).toEqual(Array.from({ length: 12 }, (_, i) => i * 10_000));
  // As long as without marks: nine coins a window.
  expect(barsAtMs).toEqual(Array.from({ length: 18 }, (_, coin) => (coin < 9 ? 0 : WINDOW_MS)));
});

test('all together stay below the limit, and what is not urgent below the rest of it', async () => {
  const arb = fc.array(
    fc.record({
      weight: fc.integer({ min: 1, max: 60 }),
      isUrgent: fc.boolean(),
      pauseMs: fc.integer({ min: 0, max: 20_000 }),
    }),
    { minLength: 5, maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(arb, async (takes) => {
      const clock = createVirtualClock(0);
      const limiter = createWeightLimiter({ limit: 100, reserved: 40, windowMs: WINDOW_MS, ...clock });
      const spent: { at: number; weight: number; isUrgent: boolean }[] = [];
      for (const { weight, isUrgent, pauseMs } of takes) {
        await advance(clock, pauseMs);
        void limiter
          .take(weight, isUrgent)
          .then(() => void spent.push({ at: clock.nowMs(), weight, isUrgent }));
      }
      for (let i = 0; i < 2 * takes.length; i++) await advance(clock, WINDOW_MS);
      expect(spent).toHaveLength(takes.length);
      for (const { at } of spent) {
        const within = spent.filter((s) => s.at > at - WINDOW_MS && s.at <= at);
        const sum = (list: typeof within) => list.reduce((n, s) => n + s.weight, 0);
        expect(sum(within)).toBeLessThanOrEqual(100);
        const patient = within.filter((s) => !s.isUrgent);
        expect(sum(patient)).toBeLessThanOrEqual(60);
      }
    }),
    { numRuns: 50 },
  );
});
