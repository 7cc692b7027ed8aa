import type { Intent } from '../core/execute/types.ts';
import type { Desk } from './desk.ts';
import { track } from './desk.ts';
import { guardPositions } from './guard-positions.ts';
import { endPending, inDoubt, settleUnknown } from './settle-unknown.ts';

/** Younger than this an unresolved action is still in its own send protocol's hands, ms. */
const ABANDONED_AFTER_MS = 30_000;

const keyOf = (i: Intent): string => `${i.signer}|${i.nonce}`;

/**
 * Takes up actions whose outcome nobody is establishing: after a restart, or when the store failed while an outcome
 * was written down. Each coin in doubt takes no entry until its doubt has ended; nothing here waits for the fences.
 * @param abandonedAfterMs 0 at boot, when every unresolved action is an orphan
 * @returns the actions taken up, entry leg first
 */
export async function settleDoubts(desk: Desk, abandonedAfterMs = ABANDONED_AFTER_MS): Promise<Intent[][]> {
  const unresolved = await desk.store.unresolvedIntents();
  if (unresolved.length === 0) return [];
  const groups = new Map<string, Intent[]>();
  for (const intent of unresolved) groups.set(keyOf(intent), [...(groups.get(keyOf(intent)) ?? []), intent]);
  const nowMs = desk.clock.nowMs();
  const taken: Intent[][] = [];
  for (const [key, legs] of groups) {
    const action = legs.sort((a, b) => Number(b.role === 'entry') - Number(a.role === 'entry'));
    const [first] = action;
    if (first === undefined || desk.settling.has(key) || nowMs - first.createdAtMs < abandonedAfterMs)
      continue;
    taken.push(action);
    track(
      desk,
      'settle',
      inDoubt(desk, first, () => settle(desk, action)).then(() => guardPositions(desk, 'boot')),
    );
  }
  return taken;
}

async function settle(desk: Desk, action: readonly Intent[]): Promise<void> {
  const isFilled = await settleUnknown(desk, action);
  const [first] = action;
  if (first?.role === 'entry') endPending(desk, first, isFilled);
}
