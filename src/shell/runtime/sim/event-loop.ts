// Virtual time: events in order of their moment, then of their making. Nothing happens in between.

export interface SimLoop {
  /** True time, ms since the epoch; the bridge's clock may differ. */
  nowMs(): number;
  /** Runs `run` at `atMs` (now, when that is past). It may wake the application. @returns cancel */
  at(atMs: number, run: () => void): () => void;
  after(ms: number, run: () => void): () => void;
  /** For what cannot wake the application by itself: the venue's side of things. Spares a turn of the real loop. */
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

/** Loops that run side by side take turns of the real event loop together: that makes an event cost a microsecond. */
let steps: (() => boolean)[] = [];
let isTurning = false;

function turn(): void {
  steps = steps.filter((step) => !step());
  isTurning = steps.length > 0;
  if (isTurning) setImmediate(turn);
}

function runInTurns(step: () => boolean): void {
  steps.push(step);
  if (isTurning) return;
  isTurning = true;
  setImmediate(turn);
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
  /** Events up to one that may have woken the application. @returns whether `untilMs` was reached */
  const step = (untilMs: number): boolean => {
    if (held.size > 0) return false;
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
        runInTurns(() => {
          try {
            if (!step(untilMs)) return false;
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
