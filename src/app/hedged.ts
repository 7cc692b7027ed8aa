import type { Clock } from './ports.ts';

/**
 * The first answer of `ask`, which is asked a second time beside the first when that takes longer than `afterMs`: one
 * answer that hangs costs that long, not its time-out. A failure that comes at once is the answer.
 */
export function hedged<T>(clock: Clock, afterMs: number, ask: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let asked = 0;
    let failed = 0;
    let isAnswered = false;
    const tryOnce = async (): Promise<void> => {
      asked += 1;
      try {
        resolve(await ask());
        isAnswered = true;
      } catch (e) {
        failed += 1;
        if (failed === asked) reject(e instanceof Error ? e : new Error('unknown'));
      }
    };
    void tryOnce();
    void clock.sleep(afterMs).then(() => (isAnswered || failed > 0 ? undefined : tryOnce()));
  });
}
