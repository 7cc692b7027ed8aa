// Virtual time: events in order of their moment, then of their making. Nothing happens in between.

export interface SimLoop {
  /** True time, ms since the epoch; the bridge's clock may differ. */
  nowMs(): number;
  /** Runs `run` at `atMs` (now, when that is past). The application may go on after it. @returns cancel */
  at(atMs: number, run: () => void): () => void;
  after(ms: number, run: () => void): () => void;
  /** Until `untilMs`; every event's consequences are worked off before the next event. */
  run(untilMs: number): Promise<void>;
  /** Real work outside virtual time (a database): time stands still until it is done. */
  hold<T>(work: Promise<T>): Promise<T>;
}

interface Event {
  atMs: number;
  order: number;
  run: (() => void) | null;
}

const isBefore = (a: Event, b: Event): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

let waiting: (() => void)[] = [];

/**
 * One turn of the real event loop: everything that was ready has run. Scenarios that run side by side share turns,
 * which is what makes a virtual event cost a microsecond.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.length === 0)
      setImmediate(() => {
        const woken = waiting;
        waiting = [];
        for (const wake of woken) wake();
      });
    waiting.push(resolve);
  });
}

export function createSimLoop(startMs: number): SimLoop {
  let nowMs = startMs;
  let made = 0;
  const held = new Set<Promise<unknown>>();
  const heap: Event[] = [];

  const push = (event: Event): void => {
    let i = heap.length;
    heap.push(event);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, event)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = event;
  };
  const pop = (): Event | undefined => {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      let below = heap[child];
      if (below === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, below)) {
        child += 1;
        below = right;
      }
      if (isBefore(last, below)) break;
      heap[i] = below;
      i = child;
    }
    heap[i] = last;
    return first;
  };
  const at = (atMs: number, run: () => void): (() => void) => {
    const event: Event = { atMs: Math.max(atMs, nowMs), order: made++, run };
    push(event);
    return () => {
      event.run = null;
    };
  };

  return {
    nowMs: () => nowMs,
    at,
    after: (ms, run) => at(nowMs + Math.max(0, ms), run),
    async run(untilMs) {
      await turn();
      for (;;) {
        while (held.size > 0) await turn();
        const next = heap[0];
        if (next === undefined || next.atMs > untilMs) break;
        pop();
        if (next.run === null) continue;
        nowMs = next.atMs;
        next.run();
        await turn();
      }
      nowMs = Math.max(nowMs, untilMs);
    },
    async hold(work) {
      held.add(work);
      try {
        return await work;
      } finally {
        held.delete(work);
      }
    },
  };
}
