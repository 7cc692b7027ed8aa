/** Spends a venue's request weight: never more than the limit in any window. */
export interface WeightLimiter {
  /**
   * Resolves when `weight` may be spent, and counts it as spent; those that wait go first come first served. More than
   * there ever is waits for an idle window.
   * @param isUrgent may spend what is reserved, and waits behind urgent ones only
   */
  take(weight: number, isUrgent?: boolean): Promise<void>;
}

interface Spent {
  atMs: number;
  weight: number;
  isUrgent: boolean;
}

export function createWeightLimiter(o: {
  /** Weight allowed in any `windowMs`. */
  limit: number;
  /** The part of it that only urgent requests may spend; default 0. */
  reserved?: number;
  windowMs: number;
  nowMs: () => number;
  sleep: (ms: number) => Promise<void>;
}): WeightLimiter {
  const spent: Spent[] = [];
  const queues = { urgent: Promise.resolve(), patient: Promise.resolve() };

  /** How long until `weight` fits beside those `counted` below `limit`, ms; 0 = now. */
  function fitsInMs(weight: number, limit: number, counted: (s: Spent) => boolean): number {
    const now = o.nowMs();
    while (spent[0] !== undefined && spent[0].atMs + o.windowMs <= now) spent.shift();
    const beside = spent.filter(counted);
    let over = beside.reduce((sum, s) => sum + s.weight, 0) + Math.min(weight, limit) - limit;
    for (const s of beside) {
      if (over <= 0) return 0;
      over -= s.weight;
      if (over <= 0) return s.atMs + o.windowMs - now;
    }
    return 0;
  }

  function waitMs(weight: number, isUrgent: boolean): number {
    const all = fitsInMs(weight, o.limit, () => true);
    return isUrgent
      ? all
      : Math.max(
          all,
          fitsInMs(weight, o.limit - (o.reserved ?? 0), (s) => !s.isUrgent),
        );
  }

  async function spend(weight: number, isUrgent: boolean): Promise<void> {
    for (let ms = waitMs(weight, isUrgent); ms > 0; ms = waitMs(weight, isUrgent)) await o.sleep(ms);
    spent.push({ atMs: o.nowMs(), weight, isUrgent });
  }

  return {
    take(weight, isUrgent = false) {
      const lane = isUrgent ? 'urgent' : 'patient';
      const mine = queues[lane].then(() => spend(weight, isUrgent));
      // A sleep that fails is that caller's problem, not that of those behind it.
      queues[lane] = mine.catch(() => undefined);
      return mine;
    },
  };
}
