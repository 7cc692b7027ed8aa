import type { Desk } from './desk.ts';
import type { GuardRun } from './ports.ts';
import { createSingleFlight } from './single-flight.ts';
import { takeFills } from './take-fills.ts';
import { watchAgents } from './watch-agents.ts';
import { watchQuota } from './watch-quota.ts';

interface Books {
  due: GuardRun[];
  keep: () => Promise<void>;
}
const books = new WeakMap<Desk, Books>();

/**
 * Writes down what the guard's passes did, and reads what only they show to be due: fills, the account's quota. Beside
 * the passes, never in them: a hung reading of fills, or a store that cannot write, delays no stop.
 * @param run a pass to record; left out: resolves when what is due has been recorded
 */
export function bookPass(desk: Desk, run?: GuardRun): Promise<void> {
  const known = books.get(desk) ?? newBooks(desk);
  if (run !== undefined) known.due.push(run);
  return known.keep();
}

function newBooks(desk: Desk): Books {
  const made: Books = { due: [], keep: createSingleFlight(() => keep(desk, made)) };
  books.set(desk, made);
  return made;
}

async function keep(desk: Desk, { due }: Books): Promise<void> {
  const runs = due.splice(0);
  if (runs.length === 0) return;
  try {
    for (const run of runs) await desk.store.recordGuardRun(run);
    if (runs.at(-1)?.verdict !== 'unreadable') await takeFills(desk);
  } catch (e) {
    desk.log.error('guard.not-recorded', { message: e instanceof Error ? e.message : 'unknown' });
  }
  await watchQuota(desk);
  await watchAgents(desk);
}
