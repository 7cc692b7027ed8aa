// Virtual time: events in order of their moment, then of their making. Nothing happens in between.

export interface SimLoop {
  /** True time, ms since the epoch; the bridge's clock may differ. */
  nowMs(): number;
  /** Runs `run` at `atMs` (now, when that is past). It may wake the application. @returns cancel */
  at(atMs: number, run: () => void): () => void;
  after(ms: number, run: () => void): () => void;
  /** For what cannot wake the application by itself: the venue's side of things. Nothing is waited for after it. */
  quietlyAt(atMs: number, run: () => void): void;
  /** Until `untilMs`; every event's consequences are worked off before the next event. */
  run(untilMs: number): Promise<void>;
  /** Real work outside virtual time (a database): time stands still until it is done. */
  hold<T>(work: Promise<T>): Promise<T>;
}

interface Event {
  atMs: number;
  order: number;
  /** Null when it was cancelled. */
  run: (() => void) | null;
  isQuiet: boolean;
}

const isBefore = (a: Event, b: Event): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/** So often the real loop gets its turn, in steps: for signals, a terminal, and rejections that nobody handles. */
const STEPS_PER_TURN = 500;

/**
 * Calls `step` again and again until it says true, each time after everything that the one before has woken is done. A
 * tick runs when no microtask is left, which costs a tenth of a turn of the real loop.
 * @param step null: not now, because of real work under way
 */
function repeat(step: () => boolean | null): void {
  let steps = 0;
  const soon = (): void => process.nextTick(next);
  const next = (): void => {
    const isOver = step();
    if (isOver === true) return;
    if (isOver === null || ++steps % STEPS_PER_TURN === 0) setImmediate(next);
    else queueMicrotask(soon);
  };
  setImmediate(next);
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
  const add = (atMs: number, run: () => void, isQuiet: boolean): Event => {
    const event: Event = { atMs: Math.max(atMs, nowMs), order: made++, run, isQuiet };
    push(event);
    return event;
  };
  const at = (atMs: number, run: () => void): (() => void) => {
    const event = add(atMs, run, false);
    return () => {
      event.run = null;
    };
  };
  /** Events up to one that may have woken the application. @returns whether `untilMs` was reached; null: not now */
  const step = (untilMs: number): boolean | null => {
    if (held.size > 0) return null;
    for (;;) {
      const next = heap[0];
      if (next === undefined || next.atMs > untilMs) return true;
      pop();
      if (next.run === null) continue;
      nowMs = next.atMs;
      next.run();
      if (!next.isQuiet) return false;
    }
  };

  return {
    nowMs: () => nowMs,
    at,
    after: (ms, run) => at(nowMs + Math.max(0, ms), run),
    quietlyAt: (atMs, run) => void add(atMs, run, true),
    run: (untilMs) =>
      new Promise((resolve, reject) => {
        repeat(() => {
          try {
            const isReached = step(untilMs);
            if (isReached !== true) return isReached;
            nowMs = Math.max(nowMs, untilMs);
            resolve();
          } catch (e) {
            reject(e instanceof Error ? e : new Error(String(e)));
          }
          return true;
        });
      }),
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
