import type { DecideInput } from '../core/decide/decide-input.ts';
import type { LearnedWeights } from '../core/decide/signal-weights.ts';
import {
  MULTIPLIER_MAX,
  MULTIPLIER_MIN,
  SIGNAL_NAMES,
  SIGNAL_WEIGHTS_VERSION,
} from '../core/decide/signal-weights.ts';
import type { Feedback, FeedbackTrade } from '../core/review/feedback.ts';
import { feedbackOf, multipliersOf } from '../core/review/feedback.ts';
import { feedbackTradeOf } from '../core/review/feedback-trade.ts';
import type { Trade } from '../core/review/types.ts';
import type { Desk } from './desk.ts';
import type { Log, Store } from './ports.ts';
import { createSingleFlight } from './single-flight.ts';

const SETTING = 'feedback-weights';
const DAY_MS = 86_400_000;
/** Trades looked at, newest first, and how far back: what worked a year ago says little. */
const TRADES_MAX = 1_000;
const LOOK_BACK_MS = 365 * DAY_MS;
const PAGE = 100;
/** Weights are learned anew this often at most. */
const VERSION_EVERY_MS = DAY_MS;
const VERSIONS_KEPT = 30;

/** Learned weights by version, oldest first, and the one that a person has put in force; null: the hand-set ones. */
export interface FeedbackState {
  versions: readonly LearnedWeights[];
  applied: number | null;
}

/** What `GET /api/v1/feedback` says. */
export interface FeedbackView extends FeedbackState {
  handSetVersion: number;
  /** As of now, from the trades that are closed by now. */
  feedback: Feedback;
}

const NONE: FeedbackState = { versions: [], applied: null };

/** The version in force, or the newest in shadow; undefined while nothing usable was learned. */
export function feedbackInput(desk: Pick<Desk, 'feedback'>): DecideInput['feedback'] {
  const { versions, applied } = desk.feedback;
  const isApplied = applied !== null;
  const found = isApplied ? versions.find((v) => v.version === applied) : versions.at(-1);
  // Learned beside other hand-set weights it would mean something else.
  if (found === undefined || found.handSetVersion !== SIGNAL_WEIGHTS_VERSION) return undefined;
  return { version: found.version, isApplied, multipliers: found.multipliers };
}

interface Memory {
  /** What closed trades taught, by id; null: nothing, and never will. */
  known: Map<string, FeedbackTrade | null>;
  look: () => Promise<void>;
  seen: FeedbackTrade[];
}
const memories = new WeakMap<Desk, Memory>();

/** The signals' record over the closed trades of the last year, at most 1,000. Decisions are read once per process. */
export async function surveyFeedback(desk: Desk): Promise<Feedback> {
  const memory = memories.get(desk) ?? newMemory(desk);
  await memory.look();
  return feedbackOf(memory.seen);
}

export async function feedbackView(desk: Desk): Promise<FeedbackView> {
  const feedback = await surveyFeedback(desk);
  return { ...desk.feedback, handSetVersion: SIGNAL_WEIGHTS_VERSION, feedback };
}

/**
 * Learns the weights anew when there are enough trades, and new ones since the last version: once a day at most, stored
 * with its date. Nothing is put in force by it.
 */
export async function relearnWeights(desk: Desk): Promise<void> {
  const last = desk.feedback.versions.at(-1);
  const nowMs = desk.clock.nowMs();
  if (last !== undefined && nowMs - last.learnedAtMs < VERSION_EVERY_MS) return;
  const found = await surveyFeedback(desk);
  if (desk.isStopping || !found.isEnough || found.trades === last?.trades) return;
  const learned: LearnedWeights = {
    version: (last?.version ?? 0) + 1,
    learnedAtMs: nowMs,
    handSetVersion: SIGNAL_WEIGHTS_VERSION,
    trades: found.trades,
    days: found.days,
    multipliers: multipliersOf(found),
  };
  await desk.decideMutex.run(async () => {
    const { applied } = desk.feedback;
    const all = [...desk.feedback.versions, learned];
    const versions = all.filter((v, i) => i >= all.length - VERSIONS_KEPT || v.version === applied);
    await keep(desk, { versions, applied });
  });
  const { version, trades, days } = learned;
  desk.log.info('feedback.learned', { version, trades, days, signals: Object.keys(learned.multipliers) });
}

/**
 * Puts a version in force, or the hand-set weights again (null): stored first, for the next decision. Under the
 * decisions' lock: a decision sees all of a change or none of it. False for a version that is not there, or that was
 * learned beside other hand-set weights.
 */
export function applyFeedback(desk: Desk, version: number | null, by: string): Promise<boolean> {
  return desk.decideMutex.run(async () => {
    const { versions, applied } = desk.feedback;
    const found = versions.find((v) => v.version === version);
    if (version !== null && found?.handSetVersion !== SIGNAL_WEIGHTS_VERSION) return false;
    await keep(desk, { versions, applied: version });
    desk.log.warn('feedback.applied', { from: applied, to: version, by });
    return true;
  });
}

async function keep(desk: Desk, state: FeedbackState): Promise<void> {
  await desk.store.setSetting(SETTING, JSON.stringify(state));
  desk.feedback = state;
}

/** What was kept. What cannot be understood is not in force: the hand-set weights are. */
export async function readFeedback(o: { store: Pick<Store, 'setting'>; log: Log }): Promise<FeedbackState> {
  const saved = await o.store.setting(SETTING);
  if (saved === null) return NONE;
  try {
    const read: unknown = JSON.parse(saved);
    if (isState(read)) return read;
  } catch {
    // Said below.
  }
  o.log.error('feedback.unusable', { using: 'the hand-set weights; set it again' });
  return NONE;
}

function isState(x: unknown): x is FeedbackState {
  if (x === null || typeof x !== 'object' || !('versions' in x) || !('applied' in x)) return false;
  const { versions, applied } = x;
  return (
    Array.isArray(versions) && versions.every(isLearned) && (applied === null || typeof applied === 'number')
  );
}

const isLearned = (v: unknown): v is LearnedWeights =>
  v !== null &&
  typeof v === 'object' &&
  'version' in v &&
  Number.isSafeInteger(v.version) &&
  'handSetVersion' in v &&
  'learnedAtMs' in v &&
  'multipliers' in v &&
  v.multipliers !== null &&
  typeof v.multipliers === 'object' &&
  Object.entries(v.multipliers).every(isMultiplier);

/** Out of bounds it was not written by us. */
const isMultiplier = ([name, x]: [string, unknown]): boolean =>
  SIGNAL_NAMES.some((s) => s === name) && typeof x === 'number' && x >= MULTIPLIER_MIN && x <= MULTIPLIER_MAX;

function newMemory(desk: Desk): Memory {
  const memory: Memory = {
    known: new Map(),
    seen: [],
    look: createSingleFlight(async () => {
      const trades = await closedTrades(desk);
      const seen: FeedbackTrade[] = [];
      for (const trade of trades) {
        if (desk.isStopping) return;
        const known = memory.known.get(trade.id);
        const taught = known === undefined ? await taughtBy(desk, trade) : known;
        memory.known.set(trade.id, taught);
        if (taught !== null) seen.push(taught);
      }
      const ids = new Set(trades.map((t) => t.id));
      for (const id of memory.known.keys()) if (!ids.has(id)) memory.known.delete(id);
      memory.seen = seen;
    }),
  };
  memories.set(desk, memory);
  return memory;
}

/** Ours, closed, newest first. */
async function closedTrades(desk: Desk): Promise<Trade[]> {
  const sinceMs = desk.clock.nowMs() - LOOK_BACK_MS;
  const found: Trade[] = [];
  for (let cursor: string | null | undefined; cursor !== null && found.length < TRADES_MAX;) {
    const page = await desk.store.listTrades({ sinceMs, limit: PAGE, cursor });
    found.push(...page.items.filter((t) => t.closedAtMs !== null && t.decisionId !== null));
    cursor = page.nextCursor;
  }
  return found.slice(0, TRADES_MAX);
}

/** A decision's inputs are tens of KB to parse: let an alert in between. */
async function taughtBy(desk: Desk, trade: Trade): Promise<FeedbackTrade | null> {
  await desk.clock.sleep(0);
  const decision = trade.decisionId === null ? undefined : await desk.store.decision(trade.decisionId);
  return decision === undefined ? null : feedbackTradeOf(trade, decision);
}
