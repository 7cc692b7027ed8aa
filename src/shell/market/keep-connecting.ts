export interface KeptConnection<Listener> {
  start(on: Listener): void;
  /** Ends the running connection, or the wait for the next one, and resolves when it is over. */
  stop(): Promise<void>;
}

/**
 * One connection after the other until stopped. Before the next one it waits `retryMs`, doubled with every bad one up to
 * `retryMsMax`.
 * @param o.once one connection from its opening to its end. @returns whether it was a good one: the waits start anew
 * @param o.spread 0..1, of the wait that is left away by chance, so that not all come back at once; left out: none
 */
export function keepConnecting<Listener>(o: {
  once: (on: Listener, stop: AbortSignal) => Promise<boolean>;
  retryMs: number;
  retryMsMax: number;
  spread?: () => number;
}): KeptConnection<Listener> {
  const stop = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const run = async (on: Listener): Promise<void> => {
    for (let failures = 0; !stop.signal.aborted; failures++) {
      if (await o.once(on, stop.signal)) failures = 0;
      const waitMs = Math.min(o.retryMsMax, o.retryMs * 2 ** Math.min(failures, 16));
      await pause(waitMs * (1 - (o.spread?.() ?? 0)), stop.signal);
    }
  };
  return {
    start(on) {
      running = run(on);
    },
    async stop() {
      stop.abort();
      await running;
    },
  };
}

/** Resolves after `ms`, or as soon as `signal` aborts; leaves no timer behind. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
