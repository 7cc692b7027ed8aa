import type { Clock, Store } from './ports.ts';

export interface NonceSource {
  /** Strictly greater than every nonce this signer ever committed, and at least the clock. The caller commits it. */
  next(): number;
  readonly signer: string;
}

/** The venue takes nonces up to a day ahead of its clock. */
const AHEAD_MS_MAX = 86_400_000;

/**
 * Nonces of one signer: max(now, last + 1), with `last` read from the store once, so that they rise across restarts
 * and through a clock that jumps back. What a clock gone wrong drew more than a day ahead the venue has never accepted
 * and never will: nonces start again from now then, or the wallet would be locked out for as long. One source per signer per process: the database lock guarantees it.
 * @param clock the venue's, as well as it is known: its window is what counts
 * @param parity only even (0) or only odd (1) nonces: two processes that share a wallet never draw the same one
 */
export async function createNonceSource(
  store: Pick<Store, 'lastNonce'>,
  clock: Pick<Clock, 'nowMs'>,
  signer: string,
  parity?: 0 | 1,
): Promise<NonceSource> {
  let last = await store.lastNonce(signer);
  return {
    signer,
    next() {
      const nowMs = clock.nowMs();
      last = last >= nowMs + AHEAD_MS_MAX ? nowMs : Math.max(nowMs, last + 1);
      if (parity !== undefined && last % 2 !== parity) last += 1;
      return last;
    },
  };
}
