import type { TradingState } from '../core/decide/types.ts';
import type { ReasonCode } from '../core/shared/reason-codes.ts';
import type { Desk } from './desk.ts';
import { track } from './desk.ts';
import { dropDiscretionaryExits } from './exits.ts';
import type { Store, TradingStateNote } from './ports.ts';

const SETTING = 'trading-state';
const STATES: readonly TradingState[] = ['ACTIVE', 'REDUCING', 'HALTED'];
const AT_FIRST: TradingStateNote = {
  state: 'ACTIVE',
  reason: 'never changed',
  origin: 'operator',
  sinceMs: null,
};
/** An unreadable setting is not permission to trade. */
const UNREADABLE: TradingStateNote = {
  state: 'HALTED',
  reason: 'the stored trading state cannot be read',
  origin: 'limit',
  sinceMs: null,
};

/**
 * Changes the trading state, durably first, with its reason; protection goes on in every state. ACTIVE: everything.
 * REDUCING: no entries, and opening orders of ours are cancelled; exits go on. HALTED: nothing but protection, time
 * stops, and what a person asks for. A limit only tightens: it never lifts what an operator or another limit has set.
 * @param reason for people; a limit names its reason code first
 */
export async function setTradingState(
  desk: Desk,
  state: TradingState,
  reason: string,
  origin: TradingStateNote['origin'] = 'limit',
): Promise<void> {
  if (origin === 'limit' && STATES.indexOf(state) <= STATES.indexOf(desk.tradingState)) return;
  const sinceMs = desk.clock.nowMs();
  const note: TradingStateNote = { state, reason, origin, sinceMs };
  // A limit must bite even when the disk does not: loosening needs the disk first, tightening does not.
  if (STATES.indexOf(state) > STATES.indexOf(desk.tradingState)) take(desk, note);
  await desk.store.setSetting(SETTING, JSON.stringify(note));
  take(desk, note);
  if (state === 'HALTED') await dropDiscretionaryExits(desk);
}

/** What went over a limit, or wrong, ends entries until a person has looked: REDUCING. Never throws. */
export function reduceFor(desk: Desk, code: ReasonCode, message: string): void {
  track(desk, 'trading-state', setTradingState(desk, 'REDUCING', `${code}: ${message}`));
}

function take(desk: Desk, note: TradingStateNote): void {
  if (desk.tradingStateNote === note) return;
  const level = note.origin === 'limit' ? 'error' : 'warn';
  desk.log[level]('trading-state.changed', { from: desk.tradingState, to: note.state, ...note });
  desk.tradingState = note.state;
  desk.tradingStateNote = note;
}

/** What was set last. Databases from before reasons hold the bare state. */
export async function readTradingState(store: Pick<Store, 'setting'>): Promise<TradingStateNote> {
  const saved = await store.setting(SETTING);
  if (saved === null) return AT_FIRST;
  const bare = STATES.find((s) => s === saved);
  return bare === undefined
    ? noteOf(saved)
    : { ...AT_FIRST, state: bare, reason: 'set before reasons were kept' };
}

function noteOf(saved: string): TradingStateNote {
  let read: unknown;
  try {
    read = JSON.parse(saved);
  } catch {
    return UNREADABLE;
  }
  if (typeof read !== 'object' || read === null || !('state' in read)) return UNREADABLE;
  const state = STATES.find((s) => s === read.state);
  if (state === undefined) return UNREADABLE;
  return {
    state,
    reason: 'reason' in read && typeof read.reason === 'string' ? read.reason : 'unknown',
    origin: 'origin' in read && read.origin === 'limit' ? 'limit' : 'operator',
    sinceMs: 'sinceMs' in read && typeof read.sinceMs === 'number' ? read.sinceMs : null,
  };
}
