import type { Decision } from '../core/decide/types.ts';
import type { Desk } from './desk.ts';

/** Where decisions wanted the stops of what is open or in doubt, and for how long, from the store: for the guard. */
export async function rememberPlans(desk: Desk): Promise<void> {
  const held = [
    ...(await desk.store.unresolvedIntents()).filter((i) => i.role === 'entry'),
    ...(await desk.store.openTrades()),
  ];
  for (const { decisionId } of held) {
    const decision = decisionId === null ? undefined : await desk.store.decision(decisionId);
    if (decision !== undefined) rememberPlan(desk, decision);
  }
}

/** From the moment its entry is sent the guard knows what a position is to have. */
export function rememberPlan(desk: Desk, { plan }: Decision): void {
  if (plan === null) return;
  const { coin, side, stopPx } = plan;
  desk.plannedStops.set(coin, stopPx);
  desk.plans.set(coin, { side, timeStopAtMs: timeStopOf(plan) });
}

/** Decisions from before plans had a time stop have none. */
const timeStopOf = (plan: object): number | null =>
  'timeStopAtMs' in plan && typeof plan.timeStopAtMs === 'number' ? plan.timeStopAtMs : null;
