import type { Desk } from './desk.ts';
import { track } from './desk.ts';
import { handleAlert } from './handle-alert.ts';

interface Queue {
  inWork: Set<string>;
  scanning: Promise<void> | null;
  again: boolean;
}
const queues = new WeakMap<Desk, Queue>();

/**
 * Takes every stored alert that has no decision yet into work, oldest first, each on its own: no alert waits for
 * another's reply. Safe to call at any time and as often as one likes: an alert in work is not taken twice, and calls
 * during a scan share the next one, so that a flood of alerts does not read the inbox once for each of them.
 */
export async function alertsIntoQueue(desk: Desk): Promise<void> {
  if (!desk.isRecovered) return;
  const queue = queues.get(desk) ?? { inWork: new Set(), scanning: null, again: false };
  queues.set(desk, queue);
  if (queue.scanning !== null) {
    queue.again = true;
    return queue.scanning;
  }
  queue.scanning = (async () => {
    do {
      queue.again = false;
      await scan(desk, queue.inWork);
    } while (queue.again);
  })().finally(() => {
    queue.scanning = null;
  });
  return queue.scanning;
}

async function scan(desk: Desk, inWork: Set<string>): Promise<void> {
  for (const stored of await desk.store.openAlerts()) {
    if (stored.state !== 'new' || inWork.has(stored.id)) continue;
    inWork.add(stored.id);
    track(
      desk,
      'alert',
      handleAlert(desk, stored).finally(() => inWork.delete(stored.id)),
    );
  }
}
