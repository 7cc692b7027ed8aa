import type { AccountView } from '../../src/venue/venue.ts';

export interface ProtectionClock {
  /** To be called after everything that may have changed the account. */
  look(view: AccountView, nowMs: number): void;
  /** Longest time without a full valid stop, ms, of each position there has been; one still open counts until now. */
  longest(nowMs: number): number[];
}

interface Watched {
  sinceMs: number | null;
  longestMs: number;
}

/**
 * How long positions went without a full valid stop, by the venue's own books: nothing of the bridge's judgement is in
 * here. A position lives from flat to flat.
 */
export function createProtectionClock(): ProtectionClock {
  const open = new Map<string, Watched>();
  const ended: number[] = [];
  const longestOf = (w: Watched, nowMs: number): number =>
    Math.max(w.longestMs, w.sinceMs === null ? 0 : nowMs - w.sinceMs);
  return {
    look(view, nowMs) {
      for (const [coin, w] of open)
        if (!view.positions.some((p) => p.coin === coin)) {
          ended.push(longestOf(w, nowMs));
          open.delete(coin);
        }
      for (const p of view.positions) {
        const w = open.get(p.coin) ?? { sinceMs: null, longestMs: 0 };
        open.set(p.coin, w);
        if (isProtected(view, p)) {
          w.longestMs = longestOf(w, nowMs);
          w.sinceMs = null;
        } else w.sinceMs ??= nowMs;
      }
    },
    longest: (nowMs) => [...ended, ...[...open.values()].map((w) => longestOf(w, nowMs))],
  };
}

/** One armed, reduce-only stop-market against the position and of its size, nearer than liquidation. */
function isProtected(view: AccountView, p: AccountView['positions'][number]): boolean {
  const sz = Math.abs(p.szi);
  return view.orders.some((o) => {
    const triggerPx = Number(o.triggerPx);
    const isBeforeLiquidation =
      p.liquidationPx === null || (p.szi > 0 ? triggerPx > p.liquidationPx : triggerPx < p.liquidationPx);
    return (
      o.coin === p.coin &&
      o.isArmed &&
      o.isTrigger &&
      o.reduceOnly &&
      o.orderType === 'Stop Market' &&
      o.side === (p.szi > 0 ? 'A' : 'B') &&
      Math.abs(Number(o.sz) - sz) < sz * 1e-6 &&
      isBeforeLiquidation
    );
  });
}
