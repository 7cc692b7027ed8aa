import type { Decision } from '../core/decide/types.ts';
import type { Intent, LegOutcome, SendOutcome } from '../core/execute/types.ts';
import type { ReasonCode } from '../core/shared/reason-codes.ts';
import type { Desk } from './desk.ts';
import { rememberStop } from './acked-stops.ts';
import { noteRefusal } from './note-refusal.ts';
import { rememberPlan } from './remember-plans.ts';
import { guardPositions } from './guard-positions.ts';
import { endPending, inDoubt, settleUnknown } from './settle-unknown.ts';

/** An entry without an answer for this long is looked for, ms. */
const LOOK_MEANWHILE_MS = 1_000;
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
  const withheld = whyWithheld(desk, first);
  if (withheld !== null) return recordWhole(desk, decision, intents, { kind: 'not-sent', ...withheld });
  rememberPlan(desk, decision);
  const sentAtMs = desk.clock.nowMs();
  const sending = desk.entrySigner.order(decision.legs, {
    grouping: 'na',
    nonce: first.nonce,
    expiresAfterMs: first.expiresAfterMs,
  });
  lookMeanwhile(desk, sending);
  const outcome = await sending;
  desk.log.info('action.sent', {
    alertId: decision.alertId,
    coin: first.coin,
    outcome: outcome.kind,
    durationMs: desk.clock.nowMs() - sentAtMs,
  });
  if (outcome.kind === 'answered' && isMatched(outcome.legs[0]))
    await recordLegs(desk, decision, outcome.legs, intents);
  else if (outcome.kind === 'answered')
    await enterDoubt(desk, first, intents, 'the entry rests: not matched yet');
  else if (outcome.kind === 'unknown') await enterDoubt(desk, first, intents, outcome.message);
  else await recordWhole(desk, decision, intents, outcome);
}

/** Writing the decision down may have taken its time, and meanwhile somebody may have turned trading off. */
function whyWithheld(desk: Desk, { expiresAfterMs }: Intent): { reason: ReasonCode; message: string } | null {
  if (desk.tradingState !== 'ACTIVE')
    return { reason: 'state-not-active', message: `trading became ${desk.tradingState} before it was sent` };
  return expiresAfterMs !== null && desk.clock.nowMs() >= expiresAfterMs
    ? { reason: 'not-sent', message: 'it had expired before it was written down' }
    : null;
}

/** An entry takes at once or not at all. One that is said to rest has not been matched yet: it may fill any moment. */
const isMatched = (entry: LegOutcome | undefined): boolean =>
  entry?.kind === 'filled' || entry?.kind === 'refused';

/** A reply that hangs may hide an entry whose stop was refused: the guard need not wait for the time-out. */
function lookMeanwhile(desk: Desk, sending: Promise<unknown>): void {
  let isAnswered = false;
  void sending.finally(() => (isAnswered = true));
  void desk.clock
    .sleep(LOOK_MEANWHILE_MS)
    .then(() => (isAnswered ? undefined : guardPositions(desk, 'fill')));
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
  endPending(desk, intents[0], filled);
  // The fill, or a leg left behind by an entry that did not fill: either way the account has changed. A store that
  // cannot write holds up the record, not the look.
  const looking = guardPositions(desk, 'fill');
  try {
    await desk.store.recordOutcome(changes, { id: decision.alertId, outcome });
  } finally {
    await looking;
  }
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
  desk.log.warn('action.unknown', { alertId: first.alertId, coin: first.coin, message });
  await inDoubt(desk, first, async () => {
    const looking = guardPositions(desk, 'fill');
    try {
      const change = { state: 'unknown', reason: 'outcome-unknown', message } as const;
      const updatedAtMs = desk.clock.nowMs();
      await desk.store.recordOutcome(
        intents.map(({ cloid }) => ({ cloid, from: ['sending'], change: { ...change, updatedAtMs } })),
        null,
      );
      endPending(desk, first, await settleUnknown(desk, intents));
    } finally {
      await looking;
    }
  });
  await guardPositions(desk, 'fill');
}

async function recordWhole(
  desk: Desk,
  decision: Decision,
  intents: readonly Intent[],
  outcome: Extract<SendOutcome, { kind: 'refused' | 'not-sent' }> & { reason?: ReasonCode },
): Promise<void> {
  const reason = outcome.reason ?? (outcome.kind === 'refused' ? 'venue-refused' : 'not-sent');
  const nowMs = desk.clock.nowMs();
  const state = outcome.kind === 'refused' ? 'refused' : 'never';
  const change = { state, reason, message: outcome.message, updatedAtMs: nowMs } as const;
  await desk.store.recordOutcome(
    intents.map(({ cloid }) => ({ cloid, from: ['sending'], change })),
    { id: decision.alertId, outcome: reason },
  );
  endPending(desk, intents[0], false);
  if (outcome.kind === 'refused') noteRefusal(desk, desk.entrySigner, outcome.message);
  desk.log.error('action.refused', {
    alertId: decision.alertId,
    outcome: outcome.kind,
    message: outcome.message,
  });
  // The venue said that nothing was placed. Looking costs little, and words have been wrong before.
  if (outcome.kind === 'refused') await guardPositions(desk, 'fill');
}
