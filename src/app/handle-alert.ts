import { decide } from '../core/decide/decide.ts';
import type { Decision } from '../core/decide/types.ts';
import { cloidOf } from '../core/execute/cloid.ts';
import type { Intent } from '../core/execute/types.ts';
import { collectInput } from './collect-input.ts';
import type { Desk } from './desk.ts';
import { executeDecision } from './execute-decision.ts';
import type { StoredAlert } from './ports.ts';
import { newIntent } from './new-intent.ts';
import { noteHeartbeat } from './watch-heartbeats.ts';

/** An entry that has not landed after this long must not land at all, ms. */
const ENTRY_EXPIRES_MS = 5_000;
/** How long after a cascade.start the guard keeps its faster pace, ms. */
const CLOSE_WATCH_MS = 1_800_000;

/**
 * One alert from the inbox to its end: collect what is known → decide → commit the decision with its intents →
 * send one signed action → record each leg's outcome. Called once per stored alert; a second call finds the decision
 * and does nothing. Never throws for a business outcome.
 */
export async function handleAlert(desk: Desk, stored: StoredAlert): Promise<void> {
  await desk.freshen?.(stored.alert);
  noteHeartbeat(desk, stored.alert, stored.receivedAtMs);
  watchClosely(desk, stored);
  const decided = await desk.decideMutex.run(() => decideAndCommit(desk, stored));
  if (decided === null) return;
  const { decision, intents } = decided;
  logHandled(desk, stored, decision);
  if (intents.length > 0) await executeDecision(desk, decision, intents);
}

/** A cascade moves stops and liquidation prices within minutes: while one runs the guard looks more often. */
function watchClosely(desk: Desk, { alert }: StoredAlert): void {
  if (alert.kind === 'cascade.start')
    desk.closeWatchUntilMs = Math.max(desk.closeWatchUntilMs, alert.sentAt + CLOSE_WATCH_MS);
}

async function decideAndCommit(
  desk: Desk,
  stored: StoredAlert,
): Promise<{ decision: Decision; intents: Intent[] } | null> {
  const input = await collectInput(desk, stored, desk.digest(`decision|${stored.key}`).slice(0, 32));
  const decision = decide(input, (role, index) =>
    cloidOf(desk.digest, {
      salt: desk.cloidSalt,
      account: desk.reader.account,
      alertKey: stored.key,
      role,
      index,
      attempt: 0,
    }),
  );
  const intents = decision.status === 'approved' ? intentsOf(desk, decision) : [];
  const isNew = await desk.store.commitDecision({
    decision,
    intents,
    alertState: decision.status === 'approved' ? 'working' : 'done',
    outcome: decision.reasons[0] ?? null,
  });
  if (!isNew) return null;
  if (decision.plan !== null) {
    const { coin, notionalUsd, riskUsd, stopPx } = decision.plan;
    desk.pending.set(coin, { notionalUsd, riskUsd, alertId: stored.id });
    desk.plannedStops.set(coin, stopPx);
  }
  return { decision, intents };
}

function intentsOf(desk: Desk, decision: Decision): Intent[] {
  const { alertId, id: decisionId } = decision;
  const nowMs = desk.clock.nowMs();
  const action = { signer: desk.entrySigner.address, nonce: desk.entryNonces.next() };
  const expiresAfterMs = nowMs + ENTRY_EXPIRES_MS;
  return decision.legs.map((leg) =>
    newIntent(leg, { alertId, decisionId, ...action, expiresAfterMs, nowMs }),
  );
}

function logHandled(desk: Desk, stored: StoredAlert, decision: Decision): void {
  desk.log.info('alert.handled', {
    alertId: stored.id,
    kind: stored.alert.kind,
    strategy: decision.strategy,
    coin: decision.coin,
    status: decision.status,
    reasons: decision.reasons,
    durationMs: desk.clock.nowMs() - stored.receivedAtMs,
  });
}
