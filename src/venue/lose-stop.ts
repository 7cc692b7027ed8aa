import { finish } from './core/orders.ts';
import type { Order, VenueState } from './core/types.ts';
import type { ActiveFault } from './faults.ts';

/** Armed stops that match the fault's user and coin. */
function stopsOf(s: VenueState, f: ActiveFault): Order[] {
  const out: Order[] = [];
  for (const c of s.coins) {
    if (f.where?.coin !== undefined && f.where.coin !== c.name) continue;
    for (const oid of c.open) {
      const o = s.orders.get(oid);
      if (o?.trigger?.tpsl !== 'sl' || o.hasFired) continue;
      if (f.where?.user === undefined || f.where.user.toLowerCase() === o.user) out.push(o);
    }
  }
  return out;
}

/** Harms stops as a venue or a stranger with the key might: each way the guard has to notice. */
export function loseStops(s: VenueState, f: ActiveFault & { kind: 'lose-stop' }): void {
  for (const o of stopsOf(s, f)) {
    const c = s.coins[o.asset];
    if (c === undefined) continue;
    c.isDirty = true;
    switch (f.how ?? 'cancel') {
      case 'cancel':
        finish(s, o, 'canceled');
        break;
      case 'vanish':
        o.state = 'done';
        o.status = 'canceled';
        c.open.delete(o.oid);
        s.accounts.get(o.user)?.open.delete(o.oid);
        break;
      case 'half-size':
        o.sz = Math.max(1, Math.floor(o.sz / 2));
        o.isWholePosition = false;
        break;
      case 'far-trigger': {
        const t = o.trigger;
        if (t !== null) t.triggerPx = o.isBuy ? t.triggerPx * 2 : Math.max(1, Math.floor(t.triggerPx / 2));
        break;
      }
      case 'unarm':
        o.state = 'waiting';
        break;
    }
  }
}
