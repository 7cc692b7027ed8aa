import type { Decision } from '../core/decide/types.ts';
import type { Intent, LegOutcome, SendOutcome } from '../core/execute/types.ts';
import type { ReasonCode } from '../core/shared/reason-codes.ts';
import type { Desk } from './desk.ts';
import { rememberStop } from './acked-stops.ts';
import { rememberPlan } from './remember-plans.ts';
import { guardPositions } from './guard-positions.ts';
import { settleUnknown } from './settle-unknown.ts';

const IN_FLIGHT = ['sending', 'unknown'] as const;

/**
 * Sends a committed decision as one signed action and records one outcome per leg. Whatever comes back, the guard
 * looks at once: it does not wait for a doubt to be resolved.
 */
export async function executeDecision(
  desk: Desk,
  decision: Decision,
  intents: readonly Intent[],
): Promise<void> {
  const [first] = intents;
  if (first === undefined) return;
  rememberPlan(desk, decision);
  const sentAtMs = desk.clock.nowMs();
  const outcome = await desk.entrySigner.order(decision.legs, {
    grouping: 'na',
    nonce: first.nonce,
    expiresAfterMs: first.expiresAfterMs,
  });
  desk.log.info('action.sent', {
    alertId: decision.alertId,
    coin: first.coin,
    outcome: outcome.kind,
    durationMs: desk.clock.nowMs() - sentAtMs,
  });
  if (outcome.kind === 'answered') await recordLegs(desk, decision, outcome.legs, intents);
  else if (outcome.kind === 'unknown') await enterDoubt(desk, first, intents, outcome.message);
  else await recordWhole(desk, decision, intents, outcome);
}

async function recordLegs(
  desk: Desk,
  decision: Decision,
  legs: readonly LegOutcome[],
  intents: readonly Intent[],
): Promise<void> {
  const nowMs = desk.clock.nowMs();
  const entry = legs[0];
  const filled = entry?.kind === 'filled' && entry.sz > 0;
  const changes = intents.flatMap((intent, i) => {
    const leg = legs[i];
    if (leg === undefined) return [];
    if (leg.kind === 'resting' && intent.role === 'stop') rememberStop(desk, intent, leg.oid);
    return [
      { cloid: intent.cloid, from: IN_FLIGHT, change: { ...changeOf(leg, intent), updatedAtMs: nowMs } },
    ];
  });
  const outcome = filled ? 'filled' : entry?.kind === 'refused' ? reasonOf(entry.message) : 'not-filled';
  await desk.store.recordOutcome(changes, { id: decision.alertId, outcome });
  // The fill, or a leg left behind by an entry that did not fill: either way the account has changed.
  await guardPositions(desk, 'fill');
  desk.pending.delete(decision.legs[0]?.coin ?? '');
}

/** An IOC that met no book is an ordinary ending, not a refusal to alarm about. */
const reasonOf = (message: string): ReasonCode =>
  /could not immediately match/i.test(message) ? 'not-filled' : 'venue-refused';

function changeOf(
  leg: LegOutcome,
  intent: Intent,
): Pick<Intent, 'state' | 'oid' | 'filledSz' | 'avgPx' | 'reason' | 'message'> {
  const none = { oid: null, filledSz: null, avgPx: null, reason: null, message: null };
  switch (leg.kind) {
    case 'filled':
      return { ...none, state: 'acked', oid: leg.oid, filledSz: leg.sz, avgPx: leg.avgPx };
    case 'resting':
      return { ...none, state: 'acked', oid: leg.oid };
    case 'waiting':
      return { ...none, state: 'acked' };
    case 'refused': {
      const reason = intent.role === 'stop' ? 'stop-refused' : reasonOf(leg.message);
      return {
        ...none,
        state: reason === 'not-filled' ? 'not-filled' : 'refused',
        reason,
        message: leg.message,
      };
    }
  }
}

async function enterDoubt(
  desk: Desk,
  first: Intent,
  intents: readonly Intent[],
  message: string,
): Promise<void> {
  const key = `${first.signer}|${first.nonce}`;
  desk.settling.add(key);
  desk.unresolved.set(first.coin, (desk.unresolved.get(first.coin) ?? 0) + 1);
  const nowMs = desk.clock.nowMs();
  const change = { state: 'unknown', reason: 'outcome-unknown', message, updatedAtMs: nowMs } as const;
  await desk.store.recordOutcome(
    intents.map(({ cloid }) => ({ cloid, from: ['sending'], change })),
    null,
  );
  desk.log.warn('action.unknown', { alertId: first.alertId, coin: first.coin, message });
  await Promise.all([guardPositions(desk, 'fill'), settleUnknown(desk, intents)]);
  desk.settling.delete(key);
  await guardPositions(desk, 'fill');
  desk.pending.delete(first.coin);
}

async function recordWhole(
  desk: Desk,
  decision: Decision,
  intents: readonly Intent[],
  outcome: Extract<SendOutcome, { kind: 'refused' | 'not-sent' }>,
): Promise<void> {
  const reason: ReasonCode = outcome.kind === 'refused' ? 'venue-refused' : 'not-sent';
  const nowMs = desk.clock.nowMs();
  const state = outcome.kind === 'refused' ? 'refused' : 'never';
  const change = { state, reason, message: outcome.message, updatedAtMs: nowMs } as const;
  await desk.store.recordOutcome(
    intents.map(({ cloid }) => ({ cloid, from: ['sending'], change })),
    { id: decision.alertId, outcome: reason },
  );
  desk.pending.delete(decision.legs[0]?.coin ?? '');
  desk.log.error('action.refused', {
    alertId: decision.alertId,
    outcome: outcome.kind,
    message: outcome.message,
  });
}
