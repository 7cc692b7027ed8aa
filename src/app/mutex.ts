export interface Mutex {
  /** Runs `work` after everything queued before it; a failure of one does not stop the next. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** One at a time, first come first served. */
export function createMutex(): Mutex {
  let tail: Promise<unknown> = Promise.resolve();
  return {
    run<T>(work: () => Promise<T>): Promise<T> {
      const result = tail.then(work);
      tail = result.catch(() => undefined);
      return result;
    },
  };
}
