/** What `every` measures and waits with; the simulation brings its own. */
export interface Timers {
  nowMs(): number;
  /** Runs `run` after `ms`. @returns cancel */
  after(ms: number, run: () => void): () => void;
}

const REAL: Timers = {
  nowMs: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Runs `job` now and then every `periodMs`, never overlapping itself: a run that takes longer delays the next one,
 * missed ticks do not pile up, and a throw does not end the schedule.
 * @returns stop: no further run starts; resolves when the running one is done
 */
export function every(
  periodMs: () => number,
  job: () => Promise<void>,
  onError: (e: unknown) => void,
  timers: Timers = REAL,
): () => Promise<void> {
  let isStopped = false;
  let cancel: (() => void) | undefined;
  let running: Promise<void> = Promise.resolve();
  const tick = async (): Promise<void> => {
    const dueMs = timers.nowMs() + periodMs();
    try {
      await job();
    } catch (e) {
      onError(e);
    }
    if (isStopped) return;
    const nowMs = timers.nowMs();
    cancel = timers.after(Math.max(0, Math.min(dueMs, nowMs + periodMs()) - nowMs), start);
  };
  const start = (): void => {
    running = tick();
  };
  start();
  return async () => {
    isStopped = true;
    cancel?.();
    await running;
  };
}
