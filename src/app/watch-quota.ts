import type { Desk } from './desk.ts';
import type { ExchangeSigner } from './ports.ts';

/** Kept for protection: below this no entry is sent. An entry with its stop and targets takes four or five actions. */
export const QUOTA_RESERVE = 200;
/** The venue refuses stops from 1,000 open orders on: this many are left for those of the guard. */
export const OPEN_ORDERS_MAX = 900;
/** 20 request weight each: now and then, and more often when it may become tight. */
const READ_EVERY_MS = 600_000;
const READ_EVERY_LOW_MS = 60_000;
const LOW = 5 * QUOTA_RESERVE;
/** Cancels have the cap and 100,000 more, at most twice the cap (hyperliquid.md §13). */
const cancelCap = (cap: number): number => Math.min(cap + 100_000, 2 * cap);

/**
 * What decisions are told: whether what the venue still takes is kept for protection. Unknown numbers are not low ones.
 * @param ahead orders that are about to be sent
 */
export function quotaFacts(
  desk: Desk,
  ahead = 0,
): { isLow: boolean; actionsLeft: number | null; openOrders: number | null } {
  const actionsLeft = desk.quota === null ? null : desk.quota.left - ahead;
  const openOrders = desk.account?.openOrders.length ?? null;
  const isLow = (actionsLeft !== null && actionsLeft < QUOTA_RESERVE) || (openOrders ?? 0) >= OPEN_ORDERS_MAX;
  return { isLow, actionsLeft, openOrders };
}

/** Reads the account's quota when it is due. What cannot be read stays as it was counted. Never throws. */
export async function watchQuota(desk: Desk): Promise<void> {
  const { quota } = desk;
  const everyMs = quota !== null && quota.left < LOW ? READ_EVERY_LOW_MS : READ_EVERY_MS;
  const nowMs = desk.clock.nowMs();
  if (quota !== null && nowMs - quota.readAtMs < everyMs) return;
  try {
    const { used, cap } = await desk.reader.quota();
    desk.quota = { left: cap - used, cancelsLeft: cancelCap(cap) - used, readAtMs: nowMs };
    if (cap - used < QUOTA_RESERVE) desk.log.error('quota.low', { left: cap - used, cap });
  } catch (e) {
    desk.log.warn('quota.unreadable', { message: e instanceof Error ? e.message : 'unknown' });
  }
}

/** The same signer; what it sends is counted down from the desk's quota. Refused actions are free: the next reading tells. */
export function counted(signer: ExchangeSigner, quotaOf: () => Desk['quota']): ExchangeSigner {
  const spend = (actions: number): void => {
    const quota = quotaOf();
    if (quota === null) return;
    quota.left -= actions;
    quota.cancelsLeft -= actions;
  };
  return {
    ...signer,
    order(legs, o) {
      spend(legs.length);
      return signer.order(legs, o);
    },
    cancel(items, o) {
      spend(items.length);
      return signer.cancel(items, o);
    },
    setLeverage(o) {
      spend(1);
      return signer.setLeverage(o);
    },
    noop(nonce) {
      spend(1);
      return signer.noop(nonce);
    },
  };
}
