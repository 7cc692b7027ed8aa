import type { LegRole } from './types.ts';

/**
 * First two bytes of every client order id of ours, "5ba" + "c" as in snapback. It makes our orders recognisable in
 * the venue's answers without a look-up: an order that starts with it and has no intent breaks invariant I2. A
 * stranger's random id starts with it once in 65,536 times, so ownership is still settled by the intent.
 */
export const CLOID_PREFIX = '0x5bac';

/** What an id is a function of. `attempt` counts deliberate new tries, never resends of the same action. */
export interface CloidParts {
  /** Secret of this installation: without it nobody can tell which alert an id belongs to, or use it up first. */
  salt: string;
  /** Address of the account, any letter case. */
  account: string;
  /** Key of the alert, or of whatever else asked for the order (a guard's repair epoch). */
  alertKey: string;
  role: LegRole;
  /** 0 for the only leg of its role, else its place in the ladder. */
  index: number;
  attempt: number;
}

/**
 * The client order id of one leg: prefix and the first 14 bytes of a SHA-256 over the parts, so the same order has
 * the same id after a crash. JSON keeps the parts apart: no choice of texts makes two different lists equal.
 * @param digest hex SHA-256 of UTF-8 text
 */
export function cloidOf(digest: (text: string) => string, p: CloidParts): string {
  const text = JSON.stringify([p.salt, p.account.toLowerCase(), p.alertKey, p.role, p.index, p.attempt]);
  return CLOID_PREFIX + digest(text).slice(0, 34 - CLOID_PREFIX.length);
}

/** Whether an order carries our prefix; `null` is an order without a client id. */
export const isOurCloid = (cloid: string | null): boolean =>
  cloid !== null && cloid.toLowerCase().startsWith(CLOID_PREFIX);
