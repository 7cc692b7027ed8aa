import { coinOfTicker } from '../core/alert/coin-of-ticker.ts';
import { decide, rankOf } from '../core/decide/decide.ts';
import { exitOf } from '../core/decide/exit-for.ts';
import type { Decision } from '../core/decide/types.ts';
import { cloidOf } from '../core/execute/cloid.ts';
import type { Intent } from '../core/execute/types.ts';
import type { ReasonCode } from '../core/shared/reason-codes.ts';
import type { History } from './collect-input.ts';
import { cascadeOf, collectInput, readHistory, withDecision } from './collect-input.ts';
import type { Desk } from './desk.ts';
import { executeDecision } from './execute-decision.ts';
import { feedbackInput } from './feedback.ts';
import { exitPosition } from './exit-position.ts';
import type { StoredAlert } from './ports.ts';
import { newIntent } from './new-intent.ts';
import { noteEntry } from './recent-entries.ts';
import { noteCascade } from './running-cascades.ts';
import { signalFacts } from './signal-book.ts';
import { setTradingState } from './trading-state.ts';
import { noteHeartbeat } from './watch-heartbeats.ts';

/** An entry that has not landed after this long must not land at all, ms. */
const ENTRY_EXPIRES_MS = 5_000;
/** Limits whose end is not a matter of minutes: entries stay off until a person turns them on again. */
const TRIPPING: readonly ReasonCode[] = ['daily-loss-cap', 'weekly-loss-cap'];

/** One alert from the inbox to its end. */
export const handleAlert = (desk: Desk, stored: StoredAlert): Promise<void> => handleAlerts(desk, [stored]);

/**
 * Alerts that wait at the same moment, from the inbox to their ends: collect what is known → decide, the most
 * confident first, because they share budgets → commit the decisions with their intents, all at once → send the one
 * signed action of each → record each leg's outcome. Called once per stored alert; a second call finds the decision
 * and does nothing. One alert's failure is logged and does not stop the others.
 * @param onEnd told each alert's id once nothing more will happen to it here
 */
export async function handleAlerts(
  desk: Desk,
  alerts: readonly StoredAlert[],
  onEnd: (id: string) => void = () => undefined,
): Promise<void> {
  const ends: Promise<unknown>[] = [];
  const take = (stored: StoredAlert, work: Promise<unknown>): void =>
    void ends.push(work.catch(failed(desk, stored)).finally(() => onEnd(stored.id)));
  const ready = await Promise.all(
    alerts.map(async (stored) => {
      try {
        await desk.freshen?.(stored.alert);
        noteHeartbeat(desk, stored.alert, stored.receivedAtMs);
        noteCascade(desk, stored.alert);
        return [stored];
      } catch (e) {
        take(stored, Promise.reject(e));
        return [];
      }
    }),
  );
  await desk.decideMutex.run(async () => {
    const waiting = ready.flat();
    let history: History;
    try {
      history = await readHistory(desk);
    } catch (e) {
      // Left for the next round: what is not known to be over would never be taken up again.
      for (const stored of waiting) take(stored, Promise.reject(e));
      return;
    }
    const commits: Promise<unknown>[] = [];
    for (const stored of inRank(desk, waiting)) {
      try {
        const decided = decideOne(desk, stored, history);
        history = withDecision(history, decided.decision);
        // Not awaited here: what is decided at one moment shares one write to the disk.
        const committed = commit(desk, stored, decided);
        commits.push(committed);
        // Sending begins with the commit and waits for nobody.
        take(
          stored,
          committed.then((isOurs) => (isOurs ? carryOut(desk, stored, decided) : undefined)),
        );
      } catch (e) {
        take(stored, Promise.reject(e));
      }
    }
    await Promise.allSettled(commits);
  });
  await Promise.all(ends);
}

const failed =
  (desk: Desk, stored: StoredAlert) =>
  (e: unknown): void =>
    desk.log.error('alert.failed', {
      alertId: stored.id,
      message: e instanceof Error ? e.message : String(e),
    });

/** Best confidence first, ties by arrival: what is left of a shared budget goes to the alert that has most behind it. */
function inRank(desk: Desk, alerts: readonly StoredAlert[]): StoredAlert[] {
  if (alerts.length < 2) return [...alerts];
  const coins = new Set(desk.meta.keys());
  const now = { nowMs: desk.clock.nowMs(), feedback: feedbackInput(desk) };
  return alerts
    .map((stored) => {
      const coin = coinOfTicker(stored.alert.ticker, coins)?.coin;
      const signals = coin === undefined ? null : signalFacts(desk, coin);
      const cascade = cascadeOf(desk, coin, stored.alert);
      return { stored, confidence: rankOf(stored.alert, signals, cascade, now) };
    })
    .sort((a, b) => b.confidence - a.confidence || a.stored.receivedAtMs - b.stored.receivedAtMs)
    .map(({ stored }) => stored);
}

interface Decided {
  decision: Decision;
  intents: Intent[];
}

function decideOne(desk: Desk, stored: StoredAlert, history: History): Decided {
  const id = desk.digest(`decision|${stored.key}`).slice(0, 32);
  const decision = decide(collectInput(desk, stored, id, history), (role, index) =>
    cloidOf(desk.digest, {
      salt: desk.cloidSalt,
      account: desk.reader.account,
      alertKey: stored.key,
      role,
      index,
      attempt: 0,
    }),
  );
  return { decision, intents: intentsOf(desk, decision) };
}

/**
 * Writes a decision down with its intents, and counts its entry for the decisions to come: from now on, because they
 * do not wait for the disk, and until it turns out that it is not ours. False when somebody else decided the alert.
 */
async function commit(desk: Desk, stored: StoredAlert, { decision, intents }: Decided): Promise<boolean> {
  const release = reserve(desk, decision);
  let isOurs = false;
  try {
    isOurs = await desk.store.commitDecision({
      decision,
      intents,
      alertState: decision.status === 'approved' ? 'working' : 'done',
      outcome: decision.status === 'approved' ? null : (decision.reasons[0] ?? null),
    });
  } finally {
    if (!isOurs) release();
  }
  if (isOurs) noteEntry(desk, decision);
  return isOurs;
}

/** Counts an approved entry as on its way. @returns how to take that back */
function reserve(desk: Desk, { alertId, plan }: Decision): () => void {
  if (plan === null) return () => undefined;
  const { coin, side, notionalUsd, riskUsd } = plan;
  const before = desk.pending.get(coin);
  const mine = { side, notionalUsd, riskUsd, alertId };
  desk.pending.set(coin, mine);
  return () => {
    if (desk.pending.get(coin) !== mine) return;
    if (before === undefined) desk.pending.delete(coin);
    else desk.pending.set(coin, before);
  };
}

function intentsOf(desk: Desk, decision: Decision): Intent[] {
  if (decision.legs.length === 0) return [];
  const { alertId, id: decisionId } = decision;
  const nowMs = desk.clock.nowMs();
  const action = { signer: desk.entrySigner.address, nonce: desk.entryNonces.next() };
  const expiresAfterMs = nowMs + ENTRY_EXPIRES_MS;
  return decision.legs.map((leg) =>
    newIntent(leg, { alertId, decisionId, ...action, expiresAfterMs, nowMs }),
  );
}

async function carryOut(desk: Desk, stored: StoredAlert, { decision, intents }: Decided): Promise<void> {
  logHandled(desk, stored, decision);
  if (intents.length > 0) return executeDecision(desk, decision, intents);
  if (exitOf(decision) !== null) return carryOutExit(desk, decision);
  const tripped = decision.reasons.find((r) => TRIPPING.includes(r));
  if (tripped !== undefined) await setTradingState(desk, 'REDUCING', `${tripped}: ${decision.explain}`);
}

/**
 * Closes what a decision said is to be closed. Safe to call again: an exit that could not be asked for, because the
 * account was never read, leaves its alert open for the next round.
 */
export async function carryOutExit(desk: Desk, decision: Decision): Promise<void> {
  const exit = exitOf(decision);
  if (exit === null) return;
  const { status } = await exitPosition(desk, exit.coin, exit.code, decision.id);
  if (status === 'refused' && desk.account === null) return;
  await desk.store.finishAlert(decision.alertId, status === 'refused' ? 'state-not-active' : exit.code);
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
