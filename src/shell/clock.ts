import type { Clock } from '../app/ports.ts';

/** The real clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms, over) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      over?.addEventListener(
        'abort',
        () => {
          clearTimeout(timer);
          resolve();
        },
        { once: true },
      );
    }),
};
