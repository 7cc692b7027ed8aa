/**
 * Runs `job` now and then every `periodMs`, never overlapping itself: a run that takes longer delays the next one,
 * missed ticks do not pile up, and a throw does not end the schedule.
 * @returns stop: no further run starts; resolves when the running one is done
 */
export function every(
  periodMs: () => number,
  job: () => Promise<void>,
  onError: (e: unknown) => void,
): () => Promise<void> {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const tick = async (): Promise<void> => {
    const dueMs = Date.now() + periodMs();
    try {
      await job();
    } catch (e) {
      onError(e);
    }
    if (!isStopped)
      timer = setTimeout(start, Math.max(0, Math.min(dueMs, Date.now() + periodMs()) - Date.now()));
  };
  const start = (): void => {
    running = tick();
  };
  start();
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    await running;
  };
}
