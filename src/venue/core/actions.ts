// One signed action applied to the state: checks of the envelope, then the action itself, then the answer.
import {
  approveAgent,
  approveBuilder,
  moveIsolatedMargin,
  sendUsd,
  topUpIsolated,
  updateLeverage,
} from './account.ts';
import { cancelItems, modifyOrder } from './cancel.ts';
import { type LegHook, type OrderActionWire, placeOrders, type Status } from './place.ts';
import { runScheduledCancel } from './price.ts';
import { actingAccount, spendNonce, spendQuota } from './signer.ts';
import type { Account, VenueState } from './types.ts';
import type { OrderWire } from './validate.ts';

/** The actions the venue knows, as they stand on the wire after canonical re-serialisation. */
export type ActionWire =
  | (OrderActionWire & { builder?: { b: string; f: number } })
  | { type: 'cancel'; cancels: { a: number; o: number }[]; f?: true }
  | { type: 'cancelByCloid'; cancels: { asset: number; cloid: string }[]; f?: true }
  | { type: 'modify'; oid: number | string; order: OrderWire; a?: true }
  | { type: 'batchModify'; modifies: { oid: number | string; order: OrderWire }[]; a?: true }
  | { type: 'updateLeverage'; asset: number; isCross: boolean; leverage: number }
  | { type: 'updateIsolatedMargin'; asset: number; isBuy: boolean; ntli: number }
  | { type: 'topUpIsolatedOnlyMargin'; asset: number; leverage: string }
  | { type: 'scheduleCancel'; time?: number }
  | { type: 'reserveRequestWeight'; weight: number }
  | { type: 'setReferrer'; code: string }
  | { type: 'createSubAccount'; name: string }
  | { type: 'noop' };

export type UserActionWire =
  | { type: 'approveAgent'; agentAddress: string; agentName?: string | null }
  | { type: 'approveBuilderFee'; maxFeeRate: string; builder: string }
  | { type: 'usdSend'; destination: string; amount: string }
  | { type: 'withdraw3'; destination: string; amount: string };

export interface SignedAction {
  signer: string;
  nonce: number;
  vaultAddress: string | null;
  expiresAfter: number | null;
}

export type Answer =
  | { status: 'ok'; response: { type: string; data?: { statuses: Status[] } } }
  | { status: 'err'; response: string };

const err = (response: string): Answer => ({ status: 'err', response });
const DONE: Answer = { status: 'ok', response: { type: 'default' } };
const orErr = (refused: string | null): Answer => (refused === null ? DONE : err(refused));
const statuses = (type: string, list: Status[]): Answer => ({
  status: 'ok',
  response: { type, data: { statuses: list } },
});

function itemsOf(action: ActionWire): number {
  if (action.type === 'order') return Math.max(1, action.orders.length);
  if (action.type === 'cancel' || action.type === 'cancelByCloid') return Math.max(1, action.cancels.length);
  return action.type === 'batchModify' ? Math.max(1, action.modifies.length) : 1;
}

const WEIGHT_MAX = 200;
const EXPIRED_UNITS = 5;

/** Everything between a recovered signer and the action: account, expiry, nonce, weight, quota. */
function admit(s: VenueState, e: SignedAction, action: ActionWire): Account | string {
  const a = actingAccount(s, e.signer, e.vaultAddress);
  if (typeof a === 'string') return a;
  if (e.expiresAfter !== null && e.expiresAfter < s.nowMs) {
    a.actionsUsed += EXPIRED_UNITS;
    return 'Action already expired';
  }
  const nonce = spendNonce(s, e.signer, e.nonce);
  if (nonce !== null) return nonce;
  const items = itemsOf(action);
  if (items > WEIGHT_MAX) return `Signed action over weight limit of ${WEIGHT_MAX}.`;
  const isCancel = action.type === 'cancel' || action.type === 'cancelByCloid';
  const quota = spendQuota(s, a, items, isCancel);
  if (quota !== null) return quota;
  if (s.rules.postOnly && action.type === 'order' && !action.orders.every(isPostOnly)) {
    return 'Only post-only orders allowed immediately after a network upgrade';
  }
  return a;
}

const isPostOnly = (w: OrderWire): boolean => 'limit' in w.t && w.t.limit.tif === 'Alo';

/** Applies one L1 action. The nonce is spent even when the action is then refused. */
export function applyAction(s: VenueState, e: SignedAction, action: ActionWire, legHook?: LegHook): Answer {
  const a = admit(s, e, action);
  return typeof a === 'string' ? err(a) : perform(s, a, action, legHook);
}

/** The action itself, for an account that was found entitled to it. */
export function perform(s: VenueState, a: Account, action: ActionWire, legHook?: LegHook): Answer {
  runScheduledCancel(s, a);
  switch (action.type) {
    case 'order':
      return applyOrders(s, a, action, legHook);
    case 'cancel':
      return applyCancels(
        s,
        a,
        'cancel',
        action.cancels.map((x) => ({ asset: x.a, id: x.o })),
        action.f,
      );
    case 'cancelByCloid':
      return applyCancels(
        s,
        a,
        'cancel',
        action.cancels.map((x) => ({ asset: x.asset, id: x.cloid })),
        action.f,
      );
    case 'modify': {
      const { status } = modifyOrder(s, a, action, { always: action.a === true, legHook });
      return typeof status === 'object' && 'error' in status ? err(String(status['error'])) : DONE;
    }
    case 'batchModify':
      return statuses(
        'order',
        action.modifies.map((m) => modifyOrder(s, a, m, { always: action.a === true, legHook }).status),
      );
    case 'updateLeverage':
      return orErr(updateLeverage(s, a, action));
    case 'updateIsolatedMargin':
      return orErr(moveIsolatedMargin(s, a, action.asset, action.ntli));
    case 'topUpIsolatedOnlyMargin':
      return orErr(topUpIsolated(s, a, action.asset, Number(action.leverage)));
    case 'scheduleCancel':
      return orErr(scheduleCancel(s, a, action.time));
    case 'reserveRequestWeight':
      return orErr(reserve(s, a, action.weight));
    case 'createSubAccount':
      return err(volumeGate('Cannot create sub-accounts', 100_000, a));
    case 'setReferrer':
    case 'noop':
      return DONE;
  }
}

function applyOrders(
  s: VenueState,
  a: Account,
  action: Extract<ActionWire, { type: 'order' }>,
  legHook?: LegHook,
): Answer {
  const fee = action.builder?.f ?? 0;
  if (action.builder !== undefined && (a.builders.get(action.builder.b) ?? -1) < fee) {
    return err('Builder fee has not been approved');
  }
  const out = placeOrders(s, a, action, { builderFeePpm: fee * 10, legHook });
  return typeof out === 'string' ? err(out) : statuses('order', out);
}

function applyCancels(
  s: VenueState,
  a: Account,
  type: string,
  items: { asset: number; id: number | string }[],
  isFast: true | undefined,
): Answer {
  return statuses(type, cancelItems(s, a, items, isFast === true));
}

const volumeGate = (what: string, required: number, a: Account): string =>
  `${what} until enough volume traded. Required: $${required}. Traded: $${(a.volume / 1e6).toFixed(2)}.`;

function scheduleCancel(s: VenueState, a: Account, time: number | undefined): string | null {
  if (a.volume < 1_000_000_000_000) return volumeGate('Cannot set scheduled cancel time', 1_000_000, a);
  if (time !== undefined && time < s.nowMs + 5_000) {
    return 'Scheduled cancel time too early, must be at least 5 seconds from now.';
  }
  a.scheduledCancelMs = time ?? null;
  return null;
}

/** Buys quota at 0.0005 USDC a unit. */
function reserve(s: VenueState, a: Account, weight: number): string | null {
  const cost = weight * 500;
  if (a.usd < cost) return 'Insufficient USDC balance for the requested weight.';
  a.usd -= cost;
  s.house.usd += cost;
  a.totals.fees += cost;
  a.actionsReserved += weight;
  return null;
}

/** Actions signed as typed data by the account's own key: an agent's signature is just a stranger here. */
export function applyUserAction(
  s: VenueState,
  signer: string,
  nonce: number,
  action: UserActionWire,
): Answer {
  const a = s.accounts.get(signer);
  if (a === undefined) return err(`Must deposit before performing actions. User: ${signer}`);
  const spent = spendNonce(s, signer, nonce);
  if (spent !== null) return err(spent);
  switch (action.type) {
    case 'approveAgent':
      return orErr(approveAgent(s, a, action.agentAddress, action.agentName ?? ''));
    case 'approveBuilderFee':
      return orErr(approveBuilder(a, action.builder, action.maxFeeRate));
    case 'usdSend':
      return orErr(sendUsd(s, a, action.amount, action.destination));
    case 'withdraw3':
      return orErr(sendUsd(s, a, action.amount, null));
  }
}
