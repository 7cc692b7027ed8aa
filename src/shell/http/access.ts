import type { Clock, Digest } from '../../app/ports.ts';

export interface Tokens {
  /** Every webhook token that is live; two while one is being rotated. */
  webhook: readonly string[];
  /** Null = that door is closed. */
  read: string | null;
  operate: string | null;
}

export type Scope = 'webhook' | 'read' | 'operate';
export type Access = 'ok' | 'unauthorized' | { retryAfterS: number };

/** Wrong tokens one address may send per window before it is told to stop. */
export const BAD_TOKENS_MAX = 10;
export const BAD_TOKEN_WINDOW_MS = 60_000;
/** Addresses remembered at most; the oldest is forgotten first. */
export const ADDRESSES_MAX = 1_024;

/** Same time whatever the inputs: both are hex digests of one length. */
function sameDigest(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

/**
 * Checks tokens as digests, against all of a scope's tokens whichever matches. A right token always passes, however
 * many wrong ones came from its address: anyone can make TradingView send us rubbish from the four addresses that
 * the owner's own alerts come from, and that must not shut those out.
 */
export function createAccess(
  tokens: Tokens,
  { digest, clock }: { digest: Digest; clock: Clock },
): (scope: Scope, token: string | undefined, address: string) => Access {
  const digests = (list: readonly (string | null)[]) =>
    list.filter((t): t is string => t !== null && t !== '').map(digest);
  const live: Readonly<Record<Scope, string[]>> = {
    webhook: digests(tokens.webhook),
    read: digests([tokens.read]),
    operate: digests([tokens.operate]),
  };
  const strangers = createStrangers(clock);
  return (scope, token, address) => {
    if (token === undefined) return 'unauthorized';
    const given = digest(token);
    let isKnown = false;
    for (const known of live[scope]) isKnown = sameDigest(given, known) || isKnown;
    return isKnown ? 'ok' : strangers(address);
  };
}

/** Counts wrong tokens per address in windows that start with the first one. Bounded. */
function createStrangers(clock: Clock): (address: string) => Exclude<Access, 'ok'> {
  const seen = new Map<string, { count: number; sinceMs: number }>();
  return (address) => {
    const nowMs = clock.nowMs();
    const before = seen.get(address);
    const isFresh = before !== undefined && nowMs - before.sinceMs < BAD_TOKEN_WINDOW_MS;
    const entry = isFresh ? before : { count: 0, sinceMs: nowMs };
    entry.count += 1;
    if (!isFresh) {
      seen.delete(address); // back of the queue: eviction takes the oldest window
      if (seen.size >= ADDRESSES_MAX) seen.delete(seen.keys().next().value ?? '');
      seen.set(address, entry);
    }
    if (entry.count <= BAD_TOKENS_MAX) return 'unauthorized';
    return { retryAfterS: Math.ceil((entry.sinceMs + BAD_TOKEN_WINDOW_MS - nowMs) / 1_000) };
  };
}

/** The token of an `Authorization: Bearer …` header. */
export const bearerOf = (header: string | undefined): string | undefined =>
  header === undefined ? undefined : /^bearer +(\S+)$/i.exec(header)?.[1];
