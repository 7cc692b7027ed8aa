import type { Intent } from '../core/execute/types.ts';
import { alertsIntoQueue } from './alert-queue.ts';
import type { Desk } from './desk.ts';
import { track } from './desk.ts';
import { guardPositions } from './guard-positions.ts';
import { settleUnknown } from './settle-unknown.ts';

/**
 * Boot is crash recovery: protect what is open, end every doubt, then take up alerts where they were left. The lock
 * and the database check came before (opening the store), the door opens after (`isRecovered`).
 * Alerts are stored meanwhile; they are only decided afterwards.
 */
export async function recover(desk: Desk): Promise<void> {
  const doubts = await doubtfulActions(desk);
  for (const [first] of doubts) if (first?.role === 'entry') await rememberPlan(desk, first);
  for (const trade of await desk.store.openTrades()) await rememberPlan(desk, trade);
  await guardPositions(desk, 'boot');
  for (const action of doubts) track(desk, 'recover.settle', settle(desk, action));
  desk.isRecovered = true;
  await alertsIntoQueue(desk);
}

async function settle(desk: Desk, action: readonly Intent[]): Promise<void> {
  await settleUnknown(desk, action);
  await guardPositions(desk, 'boot');
}

/** Intents still 'sending' or 'unknown', grouped by the signed action they travelled in, entry first. */
async function doubtfulActions(desk: Desk): Promise<Intent[][]> {
  const groups = new Map<string, Intent[]>();
  for (const intent of await desk.store.unresolvedIntents()) {
    const key = `${intent.signer}|${intent.nonce}`;
    groups.set(key, [...(groups.get(key) ?? []), intent]);
  }
  const actions = [...groups.values()].map((legs) =>
    legs.sort((a, b) => Number(b.role === 'entry') - Number(a.role === 'entry')),
  );
  for (const [first] of actions)
    if (first?.role === 'entry') desk.unresolved.set(first.coin, (desk.unresolved.get(first.coin) ?? 0) + 1);
  return actions;
}

async function rememberPlan(desk: Desk, of: { coin: string; decisionId: string | null }): Promise<void> {
  const decision = of.decisionId === null ? undefined : await desk.store.decision(of.decisionId);
  if (decision?.plan) desk.plannedStops.set(of.coin, decision.plan.stopPx);
}
