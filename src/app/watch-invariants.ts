import type { Desk } from './desk.ts';
import { guardLateAfterMs } from './desk.ts';

/** I3: no position may be without a full valid stop for longer while the venue answers, ms. */
export const UNPROTECTED_MS_MAX = 15_000;
/** I4: a stored alert is over within this time once the venue answers, ms. */
export const ALERT_OPEN_MS_MAX = 120_000;
/** The venue answers: the account was read this recently, ms. */
const ANSWERS_WITHIN_MS = 60_000;

const told = new WeakMap<Desk, Set<string>>();

/**
 * Says once of each case when a promise that can be seen from here is broken (docs/metrics.md names them): an alarm
 * for a person, not a repair. While the venue does not answer nothing is promised.
 */
export async function checkInvariants(desk: Desk): Promise<void> {
  const nowMs = desk.clock.nowMs();
  const known = told.get(desk) ?? new Set<string>();
  told.set(desk, known);
  const broken = new Map<string, Record<string, unknown>>();
  const isAnswering = desk.account !== null && nowMs - desk.account.readAtMs <= ANSWERS_WITHIN_MS;
  if (isAnswering) {
    for (const [coin, { sinceMs }] of desk.protection)
      if (sinceMs !== null && nowMs - sinceMs > UNPROTECTED_MS_MAX)
        broken.set(`I3|${coin}|${sinceMs}`, { invariant: 'I3', coin, forMs: nowMs - sinceMs });
    for (const { id, receivedAtMs, alert } of await desk.store.openAlerts()) {
      // What waited for a start counts from that start.
      const sinceMs = Math.max(receivedAtMs, desk.startedAtMs);
      if (nowMs - sinceMs > ALERT_OPEN_MS_MAX)
        broken.set(`I4|${id}`, { invariant: 'I4', alertId: id, kind: alert.kind, forMs: nowMs - sinceMs });
    }
  }
  if (isAnswering) desk.log.debug('invariant.checked', CHECKED);
  const lateMs = guardLateMs(desk);
  if (lateMs !== null && !known.has(LATE)) desk.log.error('guard.late', { ageMs: lateMs });
  for (const [key, fields] of broken) if (!known.has(key)) desk.log.error('invariant.violated', fields);
  if (known.size > 0) known.clear();
  for (const key of broken.keys()) known.add(key);
  if (lateMs !== null) known.add(LATE);
}

const LATE = 'guard-late';
const CHECKED = { invariants: ['I3', 'I4'] };

/** Time without a good pass, the start counted as one; null while it is not too long. */
function guardLateMs(desk: Desk): number | null {
  const ageMs = desk.clock.nowMs() - (desk.guardLastOkMs ?? desk.startedAtMs);
  return ageMs > guardLateAfterMs(desk.guardIntervalMs) ? ageMs : null;
}
