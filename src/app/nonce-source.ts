import type { Clock, Store } from './ports.ts';

export interface NonceSource {
  /** Strictly greater than every nonce this signer ever committed, and at least the clock. The caller commits it. */
  next(): number;
  readonly signer: string;
}

/**
 * Nonces of one signer: max(now, last + 1), with `last` read from the store once, so that they rise across restarts
 * and through a clock that jumps back. One source per signer per process: the database lock guarantees it.
 * @param parity only even (0) or only odd (1) nonces: two processes that share a wallet never draw the same one
 */
export async function createNonceSource(
  store: Pick<Store, 'lastNonce'>,
  clock: Clock,
  signer: string,
  parity?: 0 | 1,
): Promise<NonceSource> {
  let last = await store.lastNonce(signer);
  return {
    signer,
    next() {
      last = Math.max(clock.nowMs(), last + 1);
      if (parity !== undefined && last % 2 !== parity) last += 1;
      return last;
    },
  };
}
