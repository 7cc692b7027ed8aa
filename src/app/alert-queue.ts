import { exitOf } from '../core/decide/exit-for.ts';
import type { Desk } from './desk.ts';
import { track } from './desk.ts';
import { carryOutExit, handleAlerts } from './handle-alert.ts';

interface Queue {
  inWork: Set<string>;
  scanning: Promise<void> | null;
  again: boolean;
}
const queues = new WeakMap<Desk, Queue>();

/**
 * Takes every stored alert that has no decision yet into work. Those that wait at the same moment are decided
 * together, best first; none waits for another's reply. Safe to call at any time and as often as one likes: an alert in work is not taken twice, and calls
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
  const open = (await desk.store.openAlerts()).filter((a) => !inWork.has(a.id));
  const fresh = open.filter((a) => a.state === 'new');
  for (const { id } of fresh) inWork.add(id);
  if (fresh.length > 0)
    track(
      desk,
      'alert',
      handleAlerts(desk, fresh, (id) => inWork.delete(id)),
    );
  for (const { id } of open) if (!inWork.has(id)) await resumeExit(desk, id, inWork);
}

/** An exit that was decided and not asked for: the process ended in between, or the account could not be read. */
async function resumeExit(desk: Desk, id: string, inWork: Set<string>): Promise<void> {
  const decision = await desk.store.decisionOfAlert(id);
  if (decision === undefined || exitOf(decision) === null) return;
  inWork.add(id);
  track(
    desk,
    'exit',
    carryOutExit(desk, decision).finally(() => inWork.delete(id)),
  );
}
