import { alertsIntoQueue } from './alert-queue.ts';
import type { Desk } from './desk.ts';
import { guardPositions } from './guard-positions.ts';
import { rememberPending } from './remember-pending.ts';
import { rememberPlans } from './remember-plans.ts';
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
  await rememberPending(desk);
  await guardPositions(desk, 'boot');
  await settleDoubts(desk, 0);
  await prepareAccount(desk);
  await recallHeartbeats(desk);
  desk.isRecovered = true;
  await alertsIntoQueue(desk);
}
