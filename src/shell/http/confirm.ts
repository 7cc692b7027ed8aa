import type { Clock } from '../../app/ports.ts';

/** How long a nonce waits for its request, ms. */
export const CONFIRM_MS = 60_000;
/** Given out and not used at most; the oldest is forgotten first. */
const WAITING_MAX = 50;

/** The request header that carries it. */
export const CONFIRM_HEADER = 'x-confirm';

export interface Confirm {
  /** Something to send back once, before it is too old. */
  issue(): { nonce: string; expiresAtMs: number };
  /** Whether `nonce` was given out, is young enough and was not used; it is used now. */
  take(nonce: string | undefined): boolean;
}

/**
 * Numbers used once: a request that is sent again, by a proxy, a script or somebody who recorded it, must not open
 * trading or close a position a second time. Kept in memory: a restart forgets them, and the caller asks for another.
 * @param newId makes ids that cannot be guessed
 */
export function createConfirm(clock: Clock, newId: () => string): Confirm {
  const waiting = new Map<string, number>();
  return {
    issue() {
      const nonce = newId();
      const expiresAtMs = clock.nowMs() + CONFIRM_MS;
      if (waiting.size >= WAITING_MAX) waiting.delete(waiting.keys().next().value ?? '');
      waiting.set(nonce, expiresAtMs);
      return { nonce, expiresAtMs };
    },
    take(nonce) {
      if (nonce === undefined) return false;
      const expiresAtMs = waiting.get(nonce);
      waiting.delete(nonce);
      return expiresAtMs !== undefined && clock.nowMs() < expiresAtMs;
    },
  };
}
