import { coinOfTicker } from '../core/alert/coin-of-ticker.ts';
import { decide, rankOf } from '../core/decide/decide.ts';
import { exitOf } from '../core/decide/exit-for.ts';
import type { Decision } from '../core/decide/types.ts';
import { cloidOf } from '../core/execute/cloid.ts';
import type { Intent } from '../core/execute/types.ts';
import type { ReasonCode } from '../core/shared/reason-codes.ts';
import type { History } from './collect-input.ts';
import { collectInput, readHistory, withDecision } from './collect-input.ts';
import type { Desk } from './desk.ts';
import { executeDecision } from './execute-decision.ts';
import { exitPosition } from './exit-position.ts';
import type { StoredAlert } from './ports.ts';
import { newIntent } from './new-intent.ts';
import { noteEntry } from './recent-entries.ts';
import { signalFacts } from './signal-book.ts';
import { setTradingState } from './trading-state.ts';
import { noteHeartbeat } from './watch-heartbeats.ts';

/** An entry that has not landed after this long must not land at all, ms. */
const ENTRY_EXPIRES_MS = 5_000;
/** How long after a cascade.start the guard keeps its faster pace, ms. */
const CLOSE_WATCH_MS = 1_800_000;
/** Limits whose end is not a matter of minutes: entries stay off until a person turns them on again. */
const TRIPPING: readonly ReasonCode[] = ['daily-loss-cap', 'weekly-loss-cap'];

/** One alert from the inbox to its end. */
export const handleAlert = (desk: Desk, stored: StoredAlert): Promise<void> => handleAlerts(desk, [stored]);

/**
 * Alerts that wait at the same moment, from the inbox to their ends: collect what is known → decide, the most
 * confident first, because they share budgets → commit each decision with its intents → send its one signed action
 * at once, while the next is decided → record each leg's outcome. Called once per stored alert; a second call finds
 * the decision and does nothing. One alert's failure is logged and does not stop the others.
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
        watchClosely(desk, stored);
        return [stored];
      } catch (e) {
        take(stored, Promise.reject(e));
        return [];
      }
    }),
  );
  await desk.decideMutex.run(async () => {
    let history = await readHistory(desk);
    for (const stored of inRank(desk, ready.flat())) {
      const decided = await decideAndCommit(desk, stored, history).catch((e: unknown) => {
        take(stored, Promise.reject(e));
        return undefined;
      });
      if (decided === undefined) continue;
      if (decided !== null) history = withDecision(history, decided.decision);
      // Sending begins with the commit and waits for nobody; the next decision waited for the commit alone.
      take(stored, decided === null ? Promise.resolve() : carryOut(desk, stored, decided));
    }
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
  const nowMs = desk.clock.nowMs();
  return alerts
    .map((stored) => {
      const coin = coinOfTicker(stored.alert.ticker, coins)?.coin;
      const signals = coin === undefined ? null : signalFacts(desk, coin);
      return { stored, confidence: rankOf(stored.alert, signals, nowMs) };
    })
    .sort((a, b) => b.confidence - a.confidence || a.stored.receivedAtMs - b.stored.receivedAtMs)
    .map(({ stored }) => stored);
}

/** A cascade moves stops and liquidation prices within minutes: while one runs the guard looks more often. */
function watchClosely(desk: Desk, { alert }: StoredAlert): void {
  if (alert.kind === 'cascade.start')
    desk.closeWatchUntilMs = Math.max(desk.closeWatchUntilMs, alert.sentAt + CLOSE_WATCH_MS);
}

interface Decided {
  decision: Decision;
  intents: Intent[];
}

/** Null when somebody else decided the alert. */
async function decideAndCommit(desk: Desk, stored: StoredAlert, history: History): Promise<Decided | null> {
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
  const intents = intentsOf(desk, decision);
  const isNew = await desk.store.commitDecision({
    decision,
    intents,
    alertState: decision.status === 'approved' ? 'working' : 'done',
    outcome: decision.status === 'approved' ? null : (decision.reasons[0] ?? null),
  });
  if (!isNew) return null;
  if (decision.plan !== null) {
    const { coin, notionalUsd, riskUsd } = decision.plan;
    desk.pending.set(coin, { notionalUsd, riskUsd, alertId: stored.id });
    noteEntry(desk, decision);
  }
  return { decision, intents };
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
  const { status } = await exitPosition(desk, exit.coin, exit.code);
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
