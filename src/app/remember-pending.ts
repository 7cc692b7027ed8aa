import type { Desk } from './desk.ts';

/** Entries answered this long before a start may still be missing from its first readings: clocks may have been set, ms. */
const ANSWERED_WITHIN_MS = 60_000;

/**
 * Entries the last process sent and that a reading may not show yet, from the store: they count against the caps as if
 * this process had sent them. Those that filled count until a reading is young enough to show them, those in doubt until
 * the doubt has ended.
 */
export async function rememberPending(desk: Desk): Promise<void> {
  const nowMs = desk.clock.nowMs();
  const { items } = await desk.store.listIntents({ limit: 500, sinceMs: nowMs - ANSWERED_WITHIN_MS });
  const inDoubt = await desk.store.unresolvedIntents();
  const answered = items.filter((i) => (i.filledSz ?? 0) > 0);
  for (const i of [...inDoubt, ...answered]) {
    if (i.role !== 'entry' || desk.pending.has(i.coin)) continue;
    const decision = i.decisionId === null ? undefined : await desk.store.decision(i.decisionId);
    desk.pending.set(i.coin, {
      side: i.isBuy ? 'long' : 'short',
      notionalUsd: (i.filledSz ?? i.sz) * i.px,
      riskUsd: decision?.plan?.riskUsd ?? 0,
      alertId: i.alertId ?? i.cloid,
      ...((i.filledSz ?? 0) > 0 && { endedAtMs: nowMs }),
    });
  }
}
