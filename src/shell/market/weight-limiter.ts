/** Spends a venue's request weight: never more than the limit in any window, first come first served. */
export interface WeightLimiter {
  /** Resolves when `weight` may be spent, and counts it as spent. More than the whole limit waits for an idle window. */
  take(weight: number): Promise<void>;
}

export function createWeightLimiter(o: {
  /** Weight allowed in any `windowMs`. */
  limit: number;
  windowMs: number;
  nowMs: () => number;
  sleep: (ms: number) => Promise<void>;
}): WeightLimiter {
  const spent: { atMs: number; weight: number }[] = [];
  let queue: Promise<void> = Promise.resolve();

  /** How long until `weight` fits, ms; 0 = now. */
  function waitMs(weight: number): number {
    const now = o.nowMs();
    while (spent[0] !== undefined && spent[0].atMs + o.windowMs <= now) spent.shift();
    let over = spent.reduce((sum, s) => sum + s.weight, 0) + Math.min(weight, o.limit) - o.limit;
    for (const s of spent) {
      if (over <= 0) return 0;
      over -= s.weight;
      if (over <= 0) return s.atMs + o.windowMs - now;
    }
    return 0;
  }

  async function spend(weight: number): Promise<void> {
    for (let ms = waitMs(weight); ms > 0; ms = waitMs(weight)) await o.sleep(ms);
    spent.push({ atMs: o.nowMs(), weight });
  }

  return {
    take(weight) {
      const mine = queue.then(() => spend(weight));
      // A sleep that fails is that caller's problem, not that of those behind it.
      queue = mine.catch(() => undefined);
      return mine;
    },
  };
}
