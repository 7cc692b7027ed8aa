import { expect, test } from 'vitest';
import { systemClock } from '../../src/shell/clock.ts';

const timers = (): number => process.getActiveResourcesInfo().filter((r) => r === 'Timeout').length;

test('a sleep that nobody waits for any more ends at once and leaves no timer', async () => {
  const before = timers();
  const over = new AbortController();
  const sleeping = systemClock.sleep(60_000, over.signal);
  expect(timers()).toBe(before + 1);
  over.abort();
  await sleeping;
  expect(timers()).toBe(before);
});

test('one that is waited for ends by itself', async () => {
  const startedMs = systemClock.nowMs();
  await systemClock.sleep(5, new AbortController().signal);
  expect(systemClock.nowMs()).toBeGreaterThanOrEqual(startedMs + 4);
});
