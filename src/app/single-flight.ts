/**
 * Runs `job` one at a time. A call while it runs makes it run once more, and resolves with that run: what a call wanted
 * seen is seen, and calls do not pile up.
 */
export function createSingleFlight(job: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let again = false;
  return () => {
    if (running !== null) {
      again = true;
      return running;
    }
    running = (async () => {
      do {
        again = false;
        await job();
      } while (again);
    })().finally(() => {
      running = null;
    });
    return running;
  };
}
