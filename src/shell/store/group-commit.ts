import { assert } from '../../core/shared/assert.ts';

/** Bounds what one commit may hold up; the rest goes into the next one. */
const GROUP_MAX = 256;

/**
 * Turns without a new call after which a group is complete. The requests of one burst arrive over several turns, and a
 * turn costs microseconds where a commit costs an fsync; one turn alone made groups of two thirds the size.
 */
const QUIET_TURNS = 3;
/**
 * With a clock: a group is complete when nothing came for this long, or after the longest wait. Callers that send their
 * next alert when the last one is answered come back tens of µs apart, longer than a turn: without the wait ten of them
 * made commits of two or three, and half the throughput. One alert alone waits QUIET_MS longer for its answer.
 */
const QUIET_MS = 0.05;
const GATHER_MS_MAX = 1.5;

interface Waiting<In, Out> {
  item: In;
  resolve(out: Out): void;
  reject(e: unknown): void;
}

/**
 * Turns concurrent calls into shared commits: everything that arrives until the turns of the loop bring
 * nothing new, or while an earlier commit is under way, goes to `commit` together, in order of arrival. One at a time.
 * @param commit gives one answer per item, in order; when it rejects, every call of the group does
 * @param schedule runs the callback once, in the next turn: after the other work that is ready now
 * @param clockMs monotonic, with fractions; left out where time stands still between I/O (Workers): then turns count
 */
export function groupCommit<In, Out>(
  commit: (items: In[]) => Promise<Out[]>,
  schedule: (run: () => void) => void,
  clockMs?: () => number,
): (item: In) => Promise<Out> {
  let queue: Waiting<In, Out>[] = [];
  let busy = false;

  const flush = async (): Promise<void> => {
    while (queue.length > 0) {
      const group = queue.slice(0, GROUP_MAX);
      queue = queue.slice(GROUP_MAX);
      try {
        const answers = await commit(group.map((w) => w.item));
        assert(answers.length === group.length, 'one answer per item');
        for (const [i, answer] of answers.entries()) group[i]?.resolve(answer);
      } catch (e) {
        for (const w of group) w.reject(e);
      }
    }
    busy = false;
  };

  const gather = (quietTurns: number): void => {
    if (queue.length >= GROUP_MAX || quietTurns === QUIET_TURNS) return void flush();
    const before = queue.length;
    schedule(() => gather(queue.length > before ? 0 : quietTurns + 1));
  };

  /** Turn by turn until nothing new came for QUIET_MS: the loop takes in requests meanwhile. */
  const gatherByClock = (clock: () => number, sinceMs: number, quietSinceMs: number, size: number): void => {
    const nowMs = clock();
    const lastMs = queue.length > size ? nowMs : quietSinceMs;
    if (queue.length >= GROUP_MAX || nowMs - lastMs >= QUIET_MS || nowMs - sinceMs >= GATHER_MS_MAX)
      return void flush();
    const seen = queue.length;
    schedule(() => gatherByClock(clock, sinceMs, lastMs, seen));
  };

  return (item) =>
    new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject });
      if (busy) return;
      busy = true;
      if (clockMs === undefined) return gather(0);
      const nowMs = clockMs();
      gatherByClock(clockMs, nowMs, nowMs, queue.length);
    });
}
