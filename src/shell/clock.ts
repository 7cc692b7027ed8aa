import type { Clock } from '../app/ports.ts';

/** The real clock. Its timers do not keep a process alive. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms) =>
    new Promise((resolve) => {
      const timer: unknown = setTimeout(resolve, ms);
      if (typeof timer === 'object' && timer !== null && 'unref' in timer)
        (timer as { unref(): void }).unref();
    }),
};
