import { cloidOf } from '../core/execute/cloid.ts';
import { stopLeg } from '../core/execute/bracket-legs.ts';
import type { OrderLeg } from '../core/execute/types.ts';
import type { Finding, GuardAction } from '../core/guard/plan-protection.ts';
import { PROTECTIVE_SLIPPAGE_FRACTION } from '../core/guard/plan-protection.ts';
import { sign } from '../core/shared/coin.ts';
import type { ReasonCode } from '../core/shared/reason-codes.ts';
import { roundPx } from '../core/shared/round.ts';
import { forgetCloseRefused, noteCloseRefused } from './close-refused.ts';
import { forgetStops, rememberStop } from './acked-stops.ts';
import type { Desk } from './desk.ts';
import { track } from './desk.ts';
import { learnCoin } from './learn-coin.ts';
import { noteRefusal } from './note-refusal.ts';
import { newIntent } from './new-intent.ts';
import type { GuardRun } from './ports.ts';
import { recorded } from './recorded.ts';
import { inDoubt, settleUnknown } from './settle-unknown.ts';

/**
 * A cancel that has not landed after this long must not land at all: by then its order may be the only stop. Counted
 * from the nonce, which follows the venue's clock, ms.
 */
const CANCEL_EXPIRES_MS = 5_000;

/** How what was done begins when saying it again at once would meet the same refusal. */
export const REFUSED_FOR_NOW = 'refused for now';

/** Carries out one finding with the guard's own wallet and says what was done. Never throws. */
export async function applyFinding(desk: Desk, f: Finding): Promise<GuardRun['findings'][number]> {
  const said = (action: string) => ({ coin: f.coin, code: f.code, action, message: f.message });
  if (!desk.meta.has(f.coin))
    // Planned without its lot and tick: once they are known it is planned anew.
    return said((await learnCoin(desk, f.coin)) ? 'read the coin list' : `${REFUSED_FOR_NOW} (unknown coin)`);
  try {
    switch (f.action.kind) {
      case 'place-stop':
        return said(await placeStop(desk, f.action, f.code));
      case 'cancel':
        return said(await cancelAll(desk, f.action.orders, f.coin));
      case 'close':
        return said(await close(desk, f.action, f.code));
    }
  } catch (e) {
    desk.log.error('guard.action-failed', {
      coin: f.coin,
      message: e instanceof Error ? e.message : 'unknown',
    });
    return said(`${REFUSED_FOR_NOW} (failed)`);
  }
}

async function placeStop(
  desk: Desk,
  a: Extract<GuardAction, { kind: 'place-stop' }>,
  code: ReasonCode,
): Promise<string> {
  const meta = desk.meta.get(a.coin);
  if (meta === undefined) return 'unknown coin';
  const nonce = desk.guardNonces.next();
  const leg = stopLeg({
    coin: a.coin,
    assetId: meta.assetId,
    side: a.side,
    sz: a.sz,
    triggerPx: a.triggerPx,
    szDecimals: meta.szDecimals,
    slippageFraction: PROTECTIVE_SLIPPAGE_FRACTION,
    cloid: guardCloid(desk, 'stop', a.coin, nonce),
  });
  const answer = await sendLeg(desk, leg, nonce);
  if (answer.kind !== 'placed') {
    // A doubt is not a failure: the stop may rest. The next reading tells, and a second one is swept later.
    if (answer.kind !== 'refused') return `stop ${answer.kind}`;
    const about = noteRefusal(desk, desk.guardSigner, answer.message);
    // Only a stop that was refused for itself counts as a repair that failed: a close would meet the same answer.
    if (about !== 'order') return `${REFUSED_FOR_NOW} (${about})`;
    // Nor does one that was to be tighter: a full stop stands.
    if (code === 'stop-behind-plan') return `${REFUSED_FOR_NOW} (a stop stands)`;
    countFailure(desk, a.coin);
    // Neither a stop nor a close stands above the other: they take turns until one is taken.
    await forgetCloseRefused(desk, a.coin);
    return 'stop refused';
  }
  if (!answer.isArmed) {
    // Taken, but waiting for something else: it protects nothing, and what else stands must go on standing.
    countFailure(desk, a.coin);
    return 'stop not armed';
  }
  if (!desk.closeRefused.has(a.coin)) desk.repairFailures.delete(a.coin);
  desk.log.warn('stop.placed', { coin: a.coin, triggerPx: a.triggerPx, sz: a.sz });
  const isOutgrown = (desk.filledAtMs.get(a.coin) ?? 0) > (desk.account?.readAtMs ?? 0);
  // The position changed while this was under way: what else stands may be what covers it now. The next pass tells.
  if (isOutgrown && a.thenCancel.length > 0)
    return `placed stop ${a.sz} at ${a.triggerPx}, left the others: the position has just changed`;
  const cancelled = a.thenCancel.length === 0 ? '' : `, then ${await cancelAll(desk, a.thenCancel, a.coin)}`;
  return `placed stop ${a.sz} at ${a.triggerPx}${cancelled}`;
}

const countFailure = (desk: Desk, coin: string): unknown =>
  desk.repairFailures.set(coin, (desk.repairFailures.get(coin) ?? 0) + 1);

async function close(
  desk: Desk,
  a: Extract<GuardAction, { kind: 'close' }>,
  code: ReasonCode,
): Promise<string> {
  const meta = desk.meta.get(a.coin);
  if (meta === undefined) return 'unknown coin';
  const nonce = desk.guardNonces.next();
  const worst = a.markPx * (1 - sign(a.side) * a.slippageFraction);
  const exit = desk.exits.get(a.coin);
  const answer = await sendLeg(
    desk,
    {
      role: 'close',
      cloid: guardCloid(desk, 'close', a.coin, nonce),
      coin: a.coin,
      assetId: meta.assetId,
      isBuy: a.side === 'short',
      px: roundPx(worst, meta.szDecimals, a.side === 'long' ? 'down' : 'up'),
      sz: a.sz,
      reduceOnly: true,
      type: { tif: 'Ioc' },
    },
    nonce,
    // Named by the order, so that the trade can say why it ended.
    exit?.reason === code ? exit.decisionId : null,
  );
  const about = answer.kind === 'refused' ? noteRefusal(desk, desk.guardSigner, answer.message) : null;
  const held = desk.account?.positions.find((p) => p.coin === a.coin);
  // A book that took nothing, or a price too far: the position gets a stop while the close goes on (G10).
  if (about === 'order' && held !== undefined && !desk.closeRefused.has(a.coin))
    await noteCloseRefused(desk, held);
  const isExit = desk.exits.has(a.coin);
  desk.log[isExit ? 'info' : 'error']('position.closed-by-guard', {
    coin: a.coin,
    code,
    sz: a.sz,
    outcome: answer.kind,
  });
  return about === null ? `close ${answer.kind}` : `${REFUSED_FOR_NOW} (close, ${about})`;
}

const guardCloid = (desk: Desk, role: 'stop' | 'close', coin: string, nonce: number): string =>
  cloidOf(desk.digest, {
    salt: desk.cloidSalt,
    account: desk.reader.account,
    alertKey: `guard|${coin}|${nonce}`,
    role,
    index: 0,
    attempt: 0,
  });

/** Writes the intent, sends the leg, writes the outcome. The store may fail: protection does not depend on it. */
async function sendLeg(
  desk: Desk,
  leg: OrderLeg,
  nonce: number,
  decisionId: string | null = null,
): Promise<{ kind: 'placed' | 'refused' | 'unknown' | 'not-sent'; isArmed: boolean; message: string }> {
  const intent = newIntent(leg, {
    alertId: null,
    decisionId,
    signer: desk.guardSigner.address,
    nonce,
    expiresAfterMs: null,
    nowMs: desk.clock.nowMs(),
  });
  await recorded(desk, 'guard.not-recorded', () => desk.store.commitIntents([intent]));
  const outcome = await desk.guardSigner.order([leg], { grouping: 'na', nonce, expiresAfterMs: null });
  const first = outcome.kind === 'answered' ? outcome.legs[0] : undefined;
  const isRefused = outcome.kind === 'refused' || first?.kind === 'refused';
  const kind =
    outcome.kind === 'not-sent'
      ? 'not-sent'
      : isRefused
        ? 'refused'
        : first === undefined
          ? 'unknown'
          : 'placed';
  const message =
    outcome.kind === 'answered' ? (first?.kind === 'refused' ? first.message : '') : outcome.message;
  if (first?.kind === 'resting' && leg.role === 'stop') rememberStop(desk, intent, first.oid);
  await recorded(desk, 'guard.not-recorded', () =>
    desk.store.advanceIntent(leg.cloid, ['sending'], {
      state: kind === 'placed' ? 'acked' : kind === 'not-sent' ? 'never' : kind,
      oid: first !== undefined && 'oid' in first ? first.oid : null,
      filledSz: first?.kind === 'filled' ? first.sz : null,
      avgPx: first?.kind === 'filled' ? first.avgPx : null,
      reason:
        kind === 'placed'
          ? null
          : kind === 'refused'
            ? 'stop-refused'
            : kind === 'not-sent'
              ? 'not-sent'
              : 'outcome-unknown',
      message: message || null,
      updatedAtMs: desk.clock.nowMs(),
    }),
  );
  if (kind === 'unknown')
    track(
      desk,
      'guard.settle',
      inDoubt(desk, intent, () => settleUnknown(desk, [intent])),
    );
  return { kind, isArmed: first?.kind !== 'waiting' || first.armed, message };
}

async function cancelAll(
  desk: Desk,
  orders: readonly { coin: string; oid: number }[],
  coin: string,
): Promise<string> {
  const meta = desk.meta.get(coin);
  if (meta === undefined) return 'unknown coin';
  const nonce = desk.guardNonces.next();
  await recorded(desk, 'guard.not-recorded', () => desk.store.commitNonce(desk.guardSigner.address, nonce));
  forgetStops(
    desk,
    orders.map((o) => o.oid),
  );
  const answer = await desk.guardSigner.cancel(
    orders.map((o) => ({ assetId: meta.assetId, oid: o.oid })),
    { nonce, expiresAfterMs: nonce + CANCEL_EXPIRES_MS },
  );
  return answer.kind === 'answered' ? `cancelled ${orders.length} stop(s)` : `cancel ${answer.kind}`;
}
