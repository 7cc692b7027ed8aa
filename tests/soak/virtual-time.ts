import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** Timers and `Date.now` of this process, moved by hand. Sockets, files and immediates stay real. */
export interface VirtualTime {
  nowMs(): number;
  /** When the earliest timer is due; Infinity without one. */
  nextDueMs(): number;
  /** Moves the clock, never back, and runs what fell due on the way, in order of time. */
  advanceTo(ms: number): Promise<void>;
  /** Resolves when no request of this process is under way and what its answers set off has run. */
  quiet(): Promise<void>;
  /** Waits for `work`, which may itself wait for a timer: then time goes on. */
  passing<T>(work: Promise<T>): Promise<T>;
  /** Timers that wait. */
  pending(): number;
  /** Times `quiet` gave up on a request: it waits for a timer, so time has to go on. */
  impatient(): number;
}

interface Waiting {
  dueMs: number;
  delayMs: number;
  /** Those due together run in the order they were set. */
  order: number;
  repeats: boolean;
  run: () => void;
}

const realSetTimeout = globalThis.setTimeout;
const realClearTimeout = globalThis.clearTimeout;
/** A request over the loopback that takes this long, in real time, waits for one of our own timers. */
const PATIENCE_MS = 400;
/** A timer as short as this is a turn for others: time does not have to pass for it. */
const YIELD_MS = 1;
/** What we wait for ourselves and is not there after so many real ms waits for a timer; then time moves by a step. */
const STALLED_MS = 4;
const STALLED_STEP_MS = 50;
/** Turns of the event loop in a row without a request: what came with the last answer has been read by then. */
const QUIET_TURNS = 3;

const later = (ms: number): Promise<false> =>
  new Promise((resolve) => void realSetTimeout(() => resolve(false), ms));

/** As Node's own timer, for callers that hold on to it. */
class Handle {
  readonly #waiting: Waiting;
  readonly #timers: Timers;
  constructor(waiting: Waiting, timers: Timers) {
    this.#waiting = waiting;
    this.#timers = timers;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return this.#timers.waiting.has(this.#waiting);
  }
  refresh(): this {
    this.#timers.start(this.#waiting);
    return this;
  }
  close(): this {
    this.#timers.waiting.delete(this.#waiting);
    return this;
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

interface Timers {
  waiting: Set<Waiting>;
  /** From now on, by its delay. */
  start(w: Waiting): void;
}

/** Takes the place of the process's timers and clock, for good: for a process of its own. */
export function installVirtualTime(startMs: number): VirtualTime {
  let nowMs = startMs;
  let order = 0;
  const waiting = new Set<Waiting>();
  const start = (w: Waiting): void => {
    w.dueMs = nowMs + w.delayMs;
    w.order = order++;
    waiting.add(w);
  };
  const set = (run: () => void, ms: number, repeats: boolean): Handle => {
    const w = { dueMs: 0, delayMs: Math.max(1, Math.trunc(ms) || 1), order: 0, repeats, run };
    start(w);
    if (w.delayMs <= YIELD_MS && !repeats)
      setImmediate(() => {
        if (waiting.delete(w)) run();
      });
    return new Handle(w, { waiting, start });
  };
  const clear = (timer: unknown): void => {
    if (timer instanceof Handle) timer.close();
    // One that was set before time was taken over.
    else realClearTimeout(timer as NodeJS.Timeout);
  };
  type Run = (...args: unknown[]) => void;
  Object.assign(globalThis, {
    setTimeout: (run: Run, ms = 1, ...args: unknown[]) => set(() => run(...args), ms, false),
    setInterval: (run: Run, ms = 1, ...args: unknown[]) => set(() => run(...args), ms, true),
    clearTimeout: clear,
    clearInterval: clear,
  });
  Date.now = () => nowMs;

  const requests = requestsUnderWay();
  let gaveUp = 0;
  const quiet = async (): Promise<void> => {
    for (let turns = 0; turns < QUIET_TURNS; turns++) {
      if (requests.count() > 0) {
        if (!(await requests.none(PATIENCE_MS))) return void gaveUp++;
        turns = 0;
      }
      await new Promise((resolve) => void setImmediate(resolve));
    }
  };
  const earliest = (): Waiting | undefined => {
    let first: Waiting | undefined;
    for (const w of waiting)
      if (first === undefined || w.dueMs < first.dueMs || (w.dueMs === first.dueMs && w.order < first.order))
        first = w;
    return first;
  };

  const advanceTo = async (ms: number): Promise<void> => {
    for (let w = earliest(); w !== undefined && w.dueMs <= ms; w = earliest()) {
      const isLater = w.dueMs > nowMs;
      if (isLater) await quiet();
      // What ran meanwhile may have set an earlier one, or cleared this one.
      if (isLater && earliest() !== w) continue;
      nowMs = Math.max(nowMs, w.dueMs);
      waiting.delete(w);
      if (w.repeats) start(w);
      w.run();
    }
    await quiet();
    nowMs = Math.max(nowMs, ms);
  };
  const passing = async <T>(work: Promise<T>): Promise<T> => {
    const progress = { isOver: false };
    const over = work.finally(() => {
      progress.isOver = true;
    });
    // A failure is for whoever waits for the work.
    const isOver = over.then(
      () => true,
      () => true,
    );
    while (!progress.isOver) {
      const isSoon = await Promise.race([isOver, later(STALLED_MS)]);
      if (!isSoon) await advanceTo(nowMs + STALLED_STEP_MS);
    }
    return over;
  };

  return {
    nowMs: () => nowMs,
    nextDueMs: () => earliest()?.dueMs ?? Number.POSITIVE_INFINITY,
    advanceTo,
    quiet,
    passing,
    pending: () => waiting.size,
    impatient: () => gaveUp,
  };
}

/** Requests made with `fetch`, from the call to the last byte of the answer; of a WebSocket, until it is open. */
function requestsUnderWay() {
  const open = new Set<object>();
  const upgrades: object[] = [];
  let wake: (() => void) | null = null;
  const over = (request: object | undefined): void => {
    if (request !== undefined) open.delete(request);
    if (open.size === 0) wake?.();
  };
  const requestOf = (m: unknown): { upgrade?: unknown } => (m as { request: { upgrade?: unknown } }).request;
  const channels: readonly [name: string, on: (m: unknown) => void][] = [
    [
      'undici:request:create',
      (m) => {
        const request = requestOf(m);
        open.add(request);
        if (request.upgrade !== null && request.upgrade !== undefined) upgrades.push(request);
      },
    ],
    ['undici:request:trailers', (m) => over(requestOf(m))],
    ['undici:request:error', (m) => over(requestOf(m))],
    // Which one it was is not told: they open in the order they were asked for, or soon after.
    ['undici:websocket:open', () => over(upgrades.shift())],
    ['undici:websocket:socket_error', () => over(upgrades.shift())],
  ];
  for (const [name, on] of channels) subscribe(name, on);
  process.once('exit', () => {
    for (const [name, on] of channels) unsubscribe(name, on);
  });
  return {
    count: () => open.size,
    /** @returns whether all have ended within so many real ms */
    none: (ms: number): Promise<boolean> =>
      new Promise((resolve) => {
        const timer = realSetTimeout(() => {
          wake = null;
          resolve(false);
        }, ms);
        wake = () => {
          wake = null;
          realClearTimeout(timer);
          resolve(true);
        };
      }),
  };
}
