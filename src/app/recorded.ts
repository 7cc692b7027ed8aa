import type { Desk } from './desk.ts';

/** How long protection waits for its record, ms. */
const RECORD_MS_MAX = 1_000;

/** A write that protection does not depend on: a store that fails or hangs costs the record, and a second at most. */
export async function recorded(desk: Desk, event: string, write: () => Promise<unknown>): Promise<void> {
  const failed = (message: string): void => desk.log.error(event, { message });
  const writing = write().then(
    () => true,
    (e: unknown) => {
      failed(e instanceof Error ? e.message : 'unknown');
      return true;
    },
  );
  const isOver = await Promise.race([writing, desk.clock.sleep(RECORD_MS_MAX).then(() => false)]);
  if (!isOver) failed('the store has not answered yet');
}
