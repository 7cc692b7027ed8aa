import { protectingStop } from '../../core/guard/plan-protection.ts';
import type { Position } from '../../core/guard/types.ts';
import type { Venue } from '../../venue/venue.ts';
import { parseOpenOrders } from '../exchange/hyperliquid-parse.ts';

export interface Observation {
  /** Accepted orders per client order id: more than one means that an order was placed twice. */
  acceptedByCloid: ReadonlyMap<string, number>;
  /** Longest time any position stood without a full valid stop, ms of the venue's clock. */
  unprotectedMsMax(): number;
  /** Protected spans opened in the very step that opened the position. */
  protectedFromTheStart(): number;
  positionsOpened(): number;
}

/**
 * Watches one account on the simulated venue from the venue's side, after every step of its books: what the bridge
 * believes plays no part in it.
 */
export function observeVenue(venue: Venue, account: string, nowMs: () => number): Observation {
  const acceptedByCloid = new Map<string, number>();
  const bareSinceMs = new Map<string, number>();
  const held = new Set<string>();
  let maxMs = 0;
  let opened = 0;
  let safeFromStart = 0;
  const szDecimals = new Map(venue.state.coins.map((c) => [c.name, c.szDecimals]));

  venue.onStep((events) => {
    let touched = false;
    for (const e of events) {
      if (!('user' in e) || e.user !== account.toLowerCase()) continue;
      touched = true;
      const cloid = e.kind === 'order' ? e.order['cloid'] : null;
      // The first word on an order: resting, or filled at once without ever resting.
      if (e.kind === 'order' && typeof cloid === 'string' && (e.status === 'open' || e.status === 'filled'))
        acceptedByCloid.set(cloid, Math.max(acceptedByCloid.get(cloid) ?? 0, countOids(cloid, e.order.oid)));
    }
    if (touched) look();
  });

  const oids = new Map<string, Set<number>>();
  const countOids = (cloid: string, oid: number): number => {
    const known = oids.get(cloid) ?? new Set<number>();
    oids.set(cloid, known.add(oid));
    return known.size;
  };

  const look = (): void => {
    const view = venue.account(account);
    if (view === null) return;
    const orders = parseOpenOrders(view.orders);
    const now = nowMs();
    for (const p of view.positions) {
      const position: Position = {
        coin: p.coin,
        side: p.szi > 0 ? 'long' : 'short',
        sz: Math.abs(p.szi),
        entryPx: p.entryPx,
        liquidationPx: p.liquidationPx,
        leverage: p.leverage,
        isIsolated: !p.isCross,
        marginUsedUsd: p.marginUsd ?? 0,
        unrealizedPnlUsd: p.unrealizedPnlUsd,
      };
      const state = {
        readAtMs: now,
        equityUsd: 0,
        withdrawableUsd: 0,
        positions: [position],
        openOrders: orders,
      };
      const isSafe = protectingStop(position, state, null, szDecimals.get(p.coin) ?? 0) !== undefined;
      if (!held.has(p.coin)) {
        held.add(p.coin);
        opened += 1;
        if (isSafe) safeFromStart += 1;
      }
      if (!isSafe && !bareSinceMs.has(p.coin)) bareSinceMs.set(p.coin, now);
      if (isSafe) end(p.coin, now);
    }
    for (const coin of held)
      if (!view.positions.some((p) => p.coin === coin)) {
        end(coin, now);
        held.delete(coin);
      }
  };

  const end = (coin: string, now: number): void => {
    const since = bareSinceMs.get(coin);
    if (since === undefined) return;
    maxMs = Math.max(maxMs, now - since);
    bareSinceMs.delete(coin);
  };

  return {
    acceptedByCloid,
    unprotectedMsMax: () => Math.max(maxMs, ...[...bareSinceMs.values()].map((since) => nowMs() - since)),
    protectedFromTheStart: () => safeFromStart,
    positionsOpened: () => opened,
  };
}
