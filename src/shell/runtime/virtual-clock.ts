import type { Clock } from '../../app/ports.ts';

export interface VirtualClock extends Clock {
  /** Moves to `ms` (never back) and lets sleeps that fell due on the way continue, in order. */
  advanceTo(ms: number): Promise<void>;
}

/** Lets pending continuations run: promise reactions and I/O callbacks that are ready. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A clock that stands still until told: demos and tests run whole days on it. A sleep of 0 only yields. */
export function createVirtualClock(startMs: number): VirtualClock {
  let nowMs = startMs;
  let sleepers: { atMs: number; wake: () => void }[] = [];
  return {
    nowMs: () => nowMs,
    sleep: (ms) =>
      ms <= 0 ? breathe() : new Promise((wake) => void sleepers.push({ atMs: nowMs + ms, wake })),
    async advanceTo(ms) {
      for (;;) {
        const next = sleepers.reduce((a, s) => Math.min(a, s.atMs), Number.POSITIVE_INFINITY);
        if (next > ms) break;
        nowMs = Math.max(nowMs, next);
        const due = sleepers.filter((s) => s.atMs <= nowMs);
        sleepers = sleepers.filter((s) => s.atMs > nowMs);
        for (const s of due) s.wake();
        await breathe();
      }
      nowMs = Math.max(nowMs, ms);
    },
  };
}
