// What must hold when the faults have been gone for a minute: I4, I6, I11, I12, and I10 in what was stored.
import { isOurCloid } from '../../../core/execute/cloid.ts';
import type { Desk } from '../../../app/desk.ts';
import { accountValue, liquidationPxOf } from '../../../venue/core/margin.ts';
import type { Order } from '../../../venue/core/types.ts';
import type { Ledger } from './ledger.ts';
import { isValidStop } from './protection-watch.ts';
import type { Scenario } from './scenario.ts';
import { CANARY } from './sim-signer.ts';
import type { SimVenue } from './sim-venue.ts';

export function checkEnd(o: {
  scenario: Scenario;
  venue: SimVenue;
  ledger: Ledger;
  desk: Desk | null;
}): void {
  const { ledger } = o;
  if (o.desk?.isRecovered !== true) ledger.violate('I12', 'the bridge has not recovered');
  for (const [id] of ledger.acceptedAlerts()) {
    const a = ledger.rows.alerts.get(id);
    ledger.violate('I4', `alert ${id} is ${a?.state ?? 'lost'} at the end`);
  }
  for (const { id, alert, state } of ledger.rows.alerts.values())
    if (alert.kind === 'signal.fading' && state !== 'done')
      ledger.violate('I4', `the bridge's own alert ${id} is ${state} at the end`);
  for (const i of ledger.rows.intents.values())
    if (i.state === 'sending' || i.state === 'unknown')
      ledger.violate('I12', `${i.role} ${i.coin} ${i.cloid.slice(0, 10)} is still ${i.state}`);
  checkIntents(o.venue, ledger);
  checkStops(o.venue, ledger);
  checkMoney(o.venue, ledger, o.desk?.bornAtMs ?? 0);
  for (const i of ledger.rows.intents.values())
    if (i.message?.includes(CANARY) === true)
      ledger.violate('I10', `intent ${i.cloid.slice(0, 10)} holds a secret`);
}

const SAYS_NOTHING_LANDED: readonly string[] = ['refused', 'never', 'missed', 'not-filled'];

/** I2: what the journal says became of an order is what became of it. */
function checkIntents({ state, account }: SimVenue, ledger: Ledger): void {
  const filled = new Set(account.fills.map((f) => f.cloid));
  for (const i of ledger.rows.intents.values()) {
    const oid = account.cloids.get(i.cloid);
    const isThere = oid !== undefined && state.orders.get(oid)?.state === 'open';
    if (SAYS_NOTHING_LANDED.includes(i.state) && (filled.has(i.cloid) || isThere))
      ledger.violate(
        'I2',
        `${i.role} ${i.coin} is ${i.state}, and the venue has it ${isThere ? 'open' : 'filled'}`,
      );
    if (i.role !== 'entry' || i.alertId === null) continue;
    const isSaid = ledger.rows.alerts.get(i.alertId)?.outcome === 'filled';
    if (isSaid !== filled.has(i.cloid))
      ledger.violate(
        'I2',
        `alert of ${i.coin} ${isSaid ? 'ended as filled, and nothing' : 'did not end as filled, but it'} was filled`,
      );
  }
}

/** I6: exactly one stop per position, of its size, valid; none of ours where there is no position. */
function checkStops({ state, account }: SimVenue, ledger: Ledger): void {
  const stops = new Map<number, Order[]>();
  for (const oid of account.open) {
    const order = state.orders.get(oid);
    if (order?.trigger?.tpsl !== 'sl' || order.hasFired) continue;
    stops.set(order.asset, [...(stops.get(order.asset) ?? []), order]);
  }
  for (const [asset, p] of account.positions) {
    const c = state.coins[asset];
    if (c === undefined) continue;
    const mine = stops.get(asset) ?? [];
    const liquidation = liquidationPxOf(state, account, p);
    const valid = mine.filter((x) =>
      isValidStop(x, p.szi > 0, c.markPx, liquidation === null ? null : liquidation * 10 ** c.pxDecimals),
    );
    if (mine.length !== 1 || valid.length !== 1)
      ledger.violate('I6', `${c.name} has ${mine.length} stops, ${valid.length} valid`);
    const sz = valid[0]?.sz ?? Math.abs(p.szi);
    if (Math.abs(sz - Math.abs(p.szi)) > 1)
      ledger.violate('I6', `${c.name}: stop of ${sz} lots for ${p.szi}`);
  }
  for (const [asset, list] of stops)
    if (!account.positions.has(asset) && list.some((x) => isOurCloid(x.cloid)))
      ledger.violate('I6', `${state.coins[asset]?.name ?? ''}: ${list.length} stop(s) without a position`);
}

/** I11: the venue's books balance, and the bridge has booked every fill of its time. */
function checkMoney({ state, account }: SimVenue, ledger: Ledger, bornAtMs: number): void {
  const { deposited, fees, funding, closedPnl, absorbed } = account.totals;
  let open = 0;
  for (const p of account.positions.values())
    open += p.szi * (state.coins[p.asset]?.markPx ?? 0) - p.entryNtl;
  const expected = deposited + closedPnl - fees + funding + open + absorbed;
  if (Math.abs(accountValue(state, account) - expected) > 10)
    ledger.violate('I11', `equity is ${accountValue(state, account)}, the sum of its parts ${expected}`);
  let missing = 0;
  let netUsd = 0;
  let bookedUsd = 0;
  for (const f of account.fills) {
    if (f.timeMs < bornAtMs) continue;
    netUsd += (f.closedPnl - f.fee) / 1e6;
    if (!ledger.rows.fills.has(f.tid)) missing += 1;
  }
  for (const f of ledger.rows.fills.values()) bookedUsd += f.closedPnlUsd - f.feeUsd;
  if (missing > 0) ledger.violate('I11', `${missing} of ${account.fills.length} fills were never booked`);
  else if (Math.abs(netUsd - bookedUsd) > 0.01)
    ledger.violate('I11', `fills come to ${netUsd.toFixed(4)} USD, booked are ${bookedUsd.toFixed(4)}`);
}
