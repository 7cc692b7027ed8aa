import type { ExitCode } from '../core/decide/exit-for.ts';
import { EXIT_CODES } from '../core/decide/exit-for.ts';
import type { AccountState, Position } from '../core/guard/types.ts';
import type { Side } from '../core/shared/coin.ts';
import { forgetCloseRefused } from './close-refused.ts';
import type { Desk } from './desk.ts';
import { hasPassed } from './has-passed.ts';
import type { Store } from './ports.ts';
import { recorded } from './recorded.ts';
import { isSameEntry } from './remember-plans.ts';

/** Why a position is closed that its stop and take profits would have kept. All are reason codes. */
export type ExitReason = 'time-stop' | 'flatten' | ExitCode;

/** An exit that is due and not done yet. Kept in the store: a restart does not forget it. */
export interface PendingExit {
  reason: ExitReason;
  /** Of the position it was asked for: another one that follows on the coin is left alone. */
  side: Side;
  requestedAtMs: number;
  /** The decision that wants it; null when nobody decided: its time was over, or a person asked. */
  decisionId: string | null;
  /** Since which reading the position is gone, ms since the epoch; null while it is there. */
  goneSinceMs: number | null;
  /** Where the position was entered, USD per coin; left out: not known. */
  entryPx?: number;
  /** From the store, and no reading has shown the position yet: it may be gone, and another one in its place. */
  isRecalled?: boolean;
}

/** One reading without the position may be an old one: the exit is over when this has passed and it is still gone, ms. */
const GONE_FOR_MS_MIN = 4_000;
const SETTING = 'exits';
/** Exits the bridge decides on by itself; the others are asked for, or part of the plan that was accepted. */
const DISCRETIONARY: readonly ExitReason[] = EXIT_CODES;
const REASONS: readonly ExitReason[] = ['time-stop', 'flatten', ...EXIT_CODES];

export const isDiscretionary = (reason: ExitReason): boolean => DISCRETIONARY.includes(reason);

/** Notes that a position is to be closed; the guard does it. A second request while one is pending changes nothing. */
export async function requestExit(
  desk: Desk,
  position: Position,
  reason: ExitReason,
  decisionId: string | null = null,
): Promise<void> {
  const { coin, side, sz, entryPx } = position;
  if (desk.exits.has(coin)) return;
  const requestedAtMs = desk.clock.nowMs();
  desk.exits.set(coin, { reason, side, requestedAtMs, decisionId, goneSinceMs: null, entryPx });
  desk.log.warn('exit.requested', { coin, reason, side, sz });
  await keepExits(desk);
}

/** What a complete reading says of exits: plans whose time is up become due, those whose position is gone end. */
export async function observeExits(desk: Desk, account: AccountState): Promise<void> {
  for (const position of account.positions) {
    const plan = desk.plans.get(position.coin);
    if (plan?.side !== position.side || plan.timeStopAtMs === null) continue;
    if (desk.clock.nowMs() >= plan.timeStopAtMs) await requestExit(desk, position, 'time-stop');
  }
  const before = desk.exits.size;
  for (const [coin, exit] of desk.exits) observeExit(desk, coin, exit, account);
  if (desk.exits.size !== before) await keepExits(desk);
}

function observeExit(desk: Desk, coin: string, exit: PendingExit, account: AccountState): void {
  if (!hasPassed(0, exit.requestedAtMs, account.readAtMs)) return;
  const position = account.positions.find((p) => p.coin === coin);
  if (position?.side === exit.side && isWhatWasMeant(exit, position)) {
    exit.goneSinceMs = null;
    exit.isRecalled = false;
    return;
  }
  exit.goneSinceMs ??= account.readAtMs;
  if (position === undefined && !hasPassed(GONE_FOR_MS_MIN, exit.goneSinceMs, account.readAtMs)) return;
  desk.exits.delete(coin);
  const durationMs = exit.goneSinceMs - exit.requestedAtMs;
  desk.log.info('exit.done', { coin, reason: exit.reason, durationMs });
}

/** What is added by hand while a process runs changes nothing: it is closed with the rest. */
const isWhatWasMeant = ({ isRecalled, entryPx }: PendingExit, position: Position): boolean =>
  isRecalled !== true || entryPx === undefined || isSameEntry(entryPx, position.entryPx);

/** A halt ends what the bridge wanted by itself: hours later its reason would be history. */
export async function dropDiscretionaryExits(desk: Desk): Promise<void> {
  const dropped = [...desk.exits].filter(([, exit]) => isDiscretionary(exit.reason));
  if (dropped.length === 0) return;
  for (const [coin] of dropped) desk.exits.delete(coin);
  await keepExits(desk);
  // Nor does it go on because the venue refused it so far. What must be closed for another reason is found to be so anew.
  for (const [coin] of dropped) await forgetCloseRefused(desk, coin);
}

/** Exits that were pending at the last stop of the process. What cannot be understood is no permission to close anything. */
export async function readExits(store: Pick<Store, 'setting'>): Promise<Map<string, PendingExit>> {
  const saved = await store.setting(SETTING);
  if (saved === null) return new Map();
  let entries: unknown;
  try {
    entries = JSON.parse(saved);
  } catch {
    return new Map();
  }
  return new Map(Array.isArray(entries) ? entries.flatMap(exitOf) : []);
}

function exitOf(entry: unknown): [string, PendingExit][] {
  if (!Array.isArray(entry)) return [];
  const [coin, reasonText, side, requestedAtMs, decidedBy, enteredAt]: unknown[] = entry;
  const reason = REASONS.find((r) => r === reasonText);
  if (typeof coin !== 'string' || reason === undefined || typeof requestedAtMs !== 'number') return [];
  if (side !== 'long' && side !== 'short') return [];
  const decisionId = typeof decidedBy === 'string' ? decidedBy : null;
  const entered = typeof enteredAt === 'number' ? { entryPx: enteredAt } : {};
  return [
    [coin, { reason, side, requestedAtMs, decisionId, goneSinceMs: null, isRecalled: true, ...entered }],
  ];
}

/** The store may fail or hang: an exit does not depend on it, only whether a restart remembers it. */
async function keepExits(desk: Desk): Promise<void> {
  const rows = [...desk.exits].map(([coin, e]) => {
    const { reason, side, requestedAtMs, decisionId, entryPx } = e;
    return [coin, reason, side, requestedAtMs, decisionId, entryPx ?? null];
  });
  await recorded(desk, 'exit.not-recorded', () => desk.store.setSetting(SETTING, JSON.stringify(rows)));
}
