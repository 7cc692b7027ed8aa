import type { AccountState, Position } from '../core/guard/types.ts';
import type { Side } from '../core/shared/coin.ts';
import type { Desk } from './desk.ts';
import type { Store } from './ports.ts';
import { recorded } from './recorded.ts';

/**
 * A position that must be closed and whose close the venue refused (G10). Side and entry price tell it from another one
 * that follows on the coin: adding to it changes the price, and then the guard judges anew.
 */
export interface RefusedClose {
  side: Side;
  entryPx: number;
}

const SETTING = 'close-refused';

/** Kept in the store: a restart goes on closing. */
export async function noteCloseRefused(desk: Desk, p: Position): Promise<void> {
  desk.closeRefused.set(p.coin, { side: p.side, entryPx: p.entryPx });
  await keep(desk);
}

export async function forgetCloseRefused(desk: Desk, coin: string): Promise<void> {
  if (desk.closeRefused.delete(coin)) await keep(desk);
}

/**
 * Forgets what the venue refused to positions that are gone, or other ones, by a complete reading: the next position on
 * the coin is not closed for it.
 */
export async function observeRefusals(desk: Desk, account: AccountState): Promise<void> {
  for (const coin of desk.repairFailures.keys())
    if (!account.positions.some((x) => x.coin === coin)) desk.repairFailures.delete(coin);
  for (const [coin, { side, entryPx }] of desk.closeRefused) {
    const p = account.positions.find((x) => x.coin === coin);
    if (p?.side !== side || p.entryPx !== entryPx) await forgetCloseRefused(desk, coin);
  }
}

export async function readCloseRefused(store: Store): Promise<Map<string, RefusedClose>> {
  const text = await store.setting(SETTING);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by keep
  return new Map(text === null ? [] : (JSON.parse(text) as [string, RefusedClose][]));
}

const keep = (desk: Desk): Promise<void> =>
  recorded(desk, 'guard.not-recorded', () =>
    desk.store.setSetting(SETTING, JSON.stringify([...desk.closeRefused])),
  );
