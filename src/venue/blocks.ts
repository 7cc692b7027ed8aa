// Actions that arrive together are committed together, in the order of a block (docs, order book): what sends nothing
// to trade, then cancels, then what may take. So a maker's cancel beats the taker that came a moment before it.
import type { ActionWire } from './core/actions.ts';
import type { OrderWire } from './core/validate.ts';

/** A trigger does not go to the book when it is placed. */
const mayTrade = (w: OrderWire): boolean => 'limit' in w.t && w.t.limit.tif !== 'Alo';

/** 0 places nothing that may trade, 1 cancels, 2 sends a GTC or IOC; a modify counts as the order it places. */
export function blockRank(action: ActionWire): 0 | 1 | 2 {
  const { type } = action;
  if (type === 'cancel' || type === 'cancelByCloid') return 1;
  if (type === 'order') return action.orders.some(mayTrade) ? 2 : 0;
  if (type === 'modify') return mayTrade(action.order) ? 2 : 0;
  return type === 'batchModify' && action.modifies.some((m) => mayTrade(m.order)) ? 2 : 0;
}

export type Commit = <T>(rank: number, apply: () => T) => Promise<T>;

/** Gathers for `blockMs`, then applies by rank and arrival. 0: at once, in the order of arrival. */
export function createBlocks(o: { blockMs: () => number; sleep: (ms: number) => Promise<void> }): Commit {
  let pending: { rank: number; run: () => void }[] = [];
  const close = (): void => {
    const block = pending;
    pending = [];
    for (const { run } of block.sort((x, y) => x.rank - y.rank)) run();
  };
  return async (rank, apply) => {
    if (o.blockMs() <= 0) return apply();
    const turn = new Promise<void>((resolve) => void pending.push({ rank, run: resolve }));
    if (pending.length === 1) void o.sleep(o.blockMs()).then(close);
    await turn;
    return apply();
  };
}
