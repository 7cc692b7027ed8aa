import type { Desk } from './desk.ts';
import { track } from './desk.ts';
import { handleAlert } from './handle-alert.ts';

const taken = new WeakMap<Desk, Set<string>>();

/**
 * Takes every stored alert that has no decision yet into work, oldest first, each on its own: no alert waits for
 * another's reply. Safe to call at any time and as often as one likes; an alert in work is not taken twice.
 */
export async function alertsIntoQueue(desk: Desk): Promise<void> {
  if (!desk.isRecovered) return;
  const inWork = taken.get(desk) ?? new Set<string>();
  taken.set(desk, inWork);
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
