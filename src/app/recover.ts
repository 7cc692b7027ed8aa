import { alertsIntoQueue } from './alert-queue.ts';
import type { Desk } from './desk.ts';
import { guardPositions } from './guard-positions.ts';
import { prepareAccount } from './prepare-account.ts';
import { settleDoubts } from './settle-doubts.ts';
import { recallHeartbeats } from './watch-heartbeats.ts';

/**
 * Boot is crash recovery: protect what is open, end every doubt, then take up alerts where they were left. The lock
 * and the database check came before (opening the store), the door opens last (`isRecovered`).
 * Alerts are stored meanwhile; they are only decided afterwards.
 */
export async function recover(desk: Desk): Promise<void> {
  await rememberPlans(desk);
  await guardPositions(desk, 'boot');
  await settleDoubts(desk, 0);
  await prepareAccount(desk);
  await recallHeartbeats(desk);
  desk.isRecovered = true;
  await alertsIntoQueue(desk);
}

/** Where decisions wanted the stops of what is open or in doubt, from the store: the guard puts them back there. */
export async function rememberPlans(desk: Desk): Promise<void> {
  for (const intent of await desk.store.unresolvedIntents())
    if (intent.role === 'entry') await rememberPlan(desk, intent);
  for (const trade of await desk.store.openTrades()) await rememberPlan(desk, trade);
}

async function rememberPlan(desk: Desk, of: { coin: string; decisionId: string | null }): Promise<void> {
  const decision = of.decisionId === null ? undefined : await desk.store.decision(of.decisionId);
  if (decision?.plan) desk.plannedStops.set(of.coin, decision.plan.stopPx);
}
