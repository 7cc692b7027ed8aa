import { isOurCloid } from '../core/execute/cloid.ts';
import type { Desk } from './desk.ts';
import { runningCascades } from './running-cascades.ts';

/** A position is bare, or a repair has no answer yet, ms. A pass costs 22 of 1,200 request weight a minute. */
const BARE_MS = 3_000;
/** Longer than readings lag: what was relied on without being read is read, ms. */
const CONFIRM_MS = 4_000;
/** The account cannot be read: first this, after some tries the slower one, ms. */
const UNREADABLE_MS = 2_000;
const UNREADABLE_LONG_MS = 3_000;
const UNREADABLE_TRIES = 6;
/** A lone stop waits for its grace to end: left to the timer it could meet the coin's next position, ms. */
const LONE_STOP_MS = 5_000;
/** Nobody tells when something happens, or much is about to: the feed is down or deaf, or a cascade runs, ms. */
const WATCHFUL_MS = 10_000;

/**
 * How soon after a pass the guard looks again by itself, ms; null when the timer is soon enough.
 * @param isConfirmed no reading of the pass can be too old for what it relied on
 * @param confirmMs else: when a reading can confirm it
 */
export function guardPaceMs(desk: Desk, isConfirmed: boolean, confirmMs = CONFIRM_MS): number | null {
  if (desk.guardVerdict === 'unprotected') return BARE_MS;
  // What may last for hours is left to the alarms of a runtime that sleeps in between.
  if (!desk.isAlwaysOn) return isConfirmed || desk.guardVerdict === 'unreadable' ? null : confirmMs;
  if (desk.guardVerdict === 'unreadable')
    return desk.unreadablePasses <= UNREADABLE_TRIES ? UNREADABLE_MS : UNREADABLE_LONG_MS;
  if (!isConfirmed) return confirmMs;
  if (desk.exits.size > 0) return CONFIRM_MS;
  if (hasLoneStop(desk)) return LONE_STOP_MS;
  const isExposed = (desk.account?.positions.length ?? 0) + desk.pending.size > 0;
  const isUnheard = desk.feed === 'down' || desk.feed === 'deaf';
  return runningCascades(desk) > 0 || (isUnheard && isExposed) ? WATCHFUL_MS : null;
}

/** Orders of ours that would only reduce, on a coin without a position. */
function hasLoneStop({ account, pending, unresolved }: Desk): boolean {
  const held = new Set(account?.positions.map((p) => p.coin));
  return (account?.openOrders ?? []).some(
    (o) =>
      o.reduceOnly &&
      !o.isUnarmedChild &&
      isOurCloid(o.cloid) &&
      !held.has(o.coin) &&
      !pending.has(o.coin) &&
      !unresolved.has(o.coin),
  );
}
