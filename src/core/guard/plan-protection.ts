/*
 * The guard's thinking half. From one complete reading of the account to the list of what must be done, in order.
 * Invariants (each has a property test in tests/core/guard):
 *  G1  a position with one valid full-size stop and nothing else stop-like needs no action
 *  G2  every other position gets exactly one action that ends with one valid full-size stop, or a close
 *  G3  an order is cancelled only by an action that keeps or places a full-size valid stop first, or when the
 *      coin has no position
 *  G4  a placed stop stands on the losing side of the mark, inside the liquidation price, at the position's size
 *  G5  a position whose stop price the mark has passed is closed, never given a stop farther away (but see G10)
 *  G6  on a coin without a position only a reduce-only order of ours (our cloid), older than the grace, is cancelled
 *  G7  a position whose exit is due is closed reduce-only, whatever its stops are; they stay until it is gone. Once the
 *      venue has refused the close, a missing stop is placed beside it
 *  G8  an opening order of ours is cancelled while entries are off; nobody else's ever is
 *  G9  a stop of ours that is looser than the plan has become is moved to the plan, never away; one placed by hand stays,
 *      and so does ours once the mark has passed the plan
 *  G10 while the venue refuses the close of a position that must be closed, it gets a stop half-way to its liquidation
 *      price, and the close is tried on beside it
 */
import type { Side } from '../shared/coin.ts';
import { sign } from '../shared/coin.ts';
import type { ReasonCode } from '../shared/reason-codes.ts';
import { roundPx } from '../shared/round.ts';
import { coveredSz, faultOfStop, impliedMarkPx, isStopLike } from './check-stop.ts';
import type { AccountState, OpenOrder, Position } from './types.ts';

export interface ProtectionPolicy {
  /** Where the decision wanted the stop, by coin; absent for positions we did not open. USD per coin. */
  plannedStopPx: Readonly<Record<string, number>>;
  /** Mark price by coin. Without one, the mark is the one that the position's own result implies. */
  markPx: Readonly<Record<string, number>>;
  szDecimals: Readonly<Record<string, number>>;
  /** Distance of a stop nobody planned, from the entry, bps. */
  defaultStopBps: number;
  /** Coins whose repairs failed this often in a row are closed instead. */
  repairFailures: Readonly<Record<string, number>>;
  repairFailuresMax: number;
  /** Coins that must be closed and whose close the venue refused (no book within the price's bound). */
  closeRefused: readonly string[];
  /** A stop without a position may belong to an entry in flight: younger than this it is left alone, ms. */
  orphanGraceMs: number;
  /** Coins with an entry in flight or in doubt: their lone stops are left alone. */
  unresolvedCoins: readonly string[];
  /** Is this client order id one of ours? */
  isOurs: (cloid: string) => boolean;
  /** Exits that are due, by coin: positions of that side are closed. */
  exits?: Readonly<Record<string, { code: ReasonCode; side: Side }>>;
  /** Entries are off: resting orders of ours that could open a position must go. */
  areEntriesOff?: boolean;
}

export type GuardAction =
  | { kind: 'place-stop'; coin: string; side: Side; sz: number; triggerPx: number; thenCancel: OpenOrder[] }
  | { kind: 'cancel'; coin: string; orders: OpenOrder[] }
  /** `slippageFraction`: how far beyond the mark the worst price of the close may lie. */
  | { kind: 'close'; coin: string; side: Side; sz: number; markPx: number; slippageFraction: number };

export interface Finding {
  coin: string;
  code: ReasonCode;
  message: string;
  action: GuardAction;
}

/** Room kept between a placed stop and the liquidation price, share of the distance from mark to liquidation. */
const LIQUIDATION_ROOM_FRACTION = 0.15;
/** A close that stands in for a stop takes what there is. */
export const PROTECTIVE_SLIPPAGE_FRACTION = 0.1;
/** An exit can wait for the next look: what a thin book leaves within this is closed then. */
const EXIT_SLIPPAGE_FRACTION = 0.03;

/** What must be done so that every position has exactly one valid stop of its size. Pure; empty = all is well. */
export function planProtection(account: AccountState, policy: ProtectionPolicy): Finding[] {
  const stops = account.openOrders.filter(isStopLike);
  const held = new Set(account.positions.map((p) => p.coin));
  const isOurs = (o: OpenOrder): boolean => o.cloid !== null && policy.isOurs(o.cloid);
  const findings = account.positions.flatMap((p) => {
    const exit = policy.exits?.[p.coin];
    const own = stops.filter((o) => o.coin === p.coin);
    if (exit?.side !== p.side) return protectPosition(p, own, policy);
    const closing = exitFinding(p, exit.code, policy);
    if (!policy.closeRefused.includes(p.coin)) return [closing];
    return [closing, ...protectPosition(p, own, policy).filter((f) => f.action.kind === 'place-stop')];
  });
  const orphans = account.openOrders.filter(
    (o) =>
      !held.has(o.coin) &&
      !o.isUnarmedChild &&
      o.reduceOnly &&
      isOurs(o) &&
      !policy.unresolvedCoins.includes(o.coin) &&
      account.readAtMs - o.timestampMs >= policy.orphanGraceMs,
  );
  for (const o of orphans)
    findings.push(
      cancelFinding(o, 'stop-orphan', `an order to reduce at ${o.triggerPx ?? o.limitPx} without a position`),
    );
  if (policy.areEntriesOff === true)
    for (const o of account.openOrders)
      if (!o.reduceOnly && isOurs(o))
        findings.push(
          cancelFinding(o, 'entry-resting', `an order to open at ${o.limitPx} while entries are off`),
        );
  return findings;
}

const exitFinding = (p: Position, code: ReasonCode, policy: ProtectionPolicy): Finding => ({
  coin: p.coin,
  code,
  message: `${p.side} ${p.sz} is to be closed`,
  action: closeOf(p, policy.markPx[p.coin] ?? impliedMarkPx(p), EXIT_SLIPPAGE_FRACTION),
});

const closeOf = (p: Position, markPx: number, slippageFraction: number): GuardAction => ({
  kind: 'close',
  coin: p.coin,
  side: p.side,
  sz: p.sz,
  markPx,
  slippageFraction,
});

const cancelFinding = (o: OpenOrder, code: ReasonCode, message: string): Finding => ({
  coin: o.coin,
  code,
  message,
  action: { kind: 'cancel', coin: o.coin, orders: [o] },
});

function protectPosition(p: Position, stops: readonly OpenOrder[], policy: ProtectionPolicy): Finding[] {
  const markPx = policy.markPx[p.coin] ?? impliedMarkPx(p);
  const armed = stops.filter((o) => !o.isUnarmedChild);
  const judged = armed.map((order) => ({ order, fault: faultOfStop(order, p, markPx) }));
  const valid = judged.filter((j) => j.fault === null).map((j) => j.order);
  const lot = 10 ** -(policy.szDecimals[p.coin] ?? 0);
  const isFull = (o: OpenOrder): boolean => Math.abs(coveredSz(o, p) - p.sz) < lot / 2;
  const keep = preferred(valid.filter(isFull), p, policy);
  if (keep !== undefined) {
    // On a coin with a position the guard owns every stop: exactly one may outlive the pass (docs/safety.md).
    const surplus = armed.filter((o) => o.oid !== keep.oid);
    if (surplus.length === 0 && policy.closeRefused.includes(p.coin)) return [closeOn(p, markPx)];
    if (surplus.length === 0) return tighten(p, keep, markPx, policy);
    return [
      {
        coin: p.coin,
        code: 'stop-duplicate',
        message: `${surplus.length} stop(s) beside the one at ${keep.triggerPx}`,
        action: { kind: 'cancel', coin: p.coin, orders: surplus },
      },
    ];
  }
  const { code, message } = describeGap(judged, p, valid);
  return [{ coin: p.coin, code, message, action: repair(p, armed, markPx, policy) }];
}

/** G10, once its stop stands. */
const closeOn = (p: Position, markPx: number): Finding => ({
  coin: p.coin,
  code: 'close-refused',
  message: 'it must be closed, and the venue has refused that so far; a stop stands meanwhile',
  action: closeOf(p, markPx, PROTECTIVE_SLIPPAGE_FRACTION),
});

/** G9. The plan moves when profit has been taken; the position keeps its stop until the new one stands. */
function tighten(p: Position, keep: OpenOrder, markPx: number, policy: ProtectionPolicy): Finding[] {
  const planned = policy.plannedStopPx[p.coin];
  const isOurs = keep.cloid !== null && policy.isOurs(keep.cloid);
  if (planned === undefined || keep.triggerPx === null || !isOurs) return [];
  if (sign(p.side) * (planned - keep.triggerPx) <= 0) return [];
  const action = repair(p, [keep], markPx, policy);
  if (action.kind !== 'place-stop') return [];
  const message = `the stop at ${keep.triggerPx} is looser than the plan, ${planned}`;
  return [{ coin: p.coin, code: 'stop-behind-plan', message, action }];
}

const byRank =
  (rank: (o: OpenOrder) => number) =>
  (a: OpenOrder, b: OpenOrder): number =>
    rank(a) - rank(b) || a.oid - b.oid;

/**
 * Of several full stops: a hand-placed one that is tighter than the plan wins (the trader knows something), else the
 * one nearest to the plan; without a plan the tightest. Ties go to the oldest order.
 */
function preferred(full: readonly OpenOrder[], p: Position, policy: ProtectionPolicy): OpenOrder | undefined {
  const planned = policy.plannedStopPx[p.coin];
  const s = sign(p.side);
  /** Smaller is tighter: nearer to the mark. */
  const looseness = (o: OpenOrder): number => -s * (o.triggerPx ?? 0);
  if (planned === undefined) return [...full].sort(byRank(looseness))[0];
  const isForeign = (o: OpenOrder): boolean => o.cloid === null || !policy.isOurs(o.cloid);
  const tighterByHand = full.filter((o) => isForeign(o) && looseness(o) < -s * planned);
  if (tighterByHand.length > 0) return tighterByHand.sort(byRank(looseness))[0];
  return [...full].sort(byRank((o) => Math.abs((o.triggerPx ?? 0) - planned)))[0];
}

function describeGap(
  judged: readonly { order: OpenOrder; fault: ReasonCode | null }[],
  p: Position,
  valid: readonly OpenOrder[],
): { code: ReasonCode; message: string } {
  const total = valid.reduce((sum, o) => sum + coveredSz(o, p), 0);
  if (valid.length > 0)
    return total < p.sz
      ? { code: 'stop-too-small', message: `stops cover ${total} of ${p.sz}` }
      : { code: 'stop-too-large', message: `stops cover ${total}, the position is ${p.sz}` };
  const faulty = judged[0];
  return faulty?.fault
    ? {
        code: faulty.fault,
        message: `the stop at ${faulty.order.triggerPx} does not protect (${faulty.fault})`,
      }
    : { code: 'stop-missing', message: `no stop for ${p.side} ${p.sz}` };
}

function repair(
  p: Position,
  armed: readonly OpenOrder[],
  markPx: number,
  policy: ProtectionPolicy,
): GuardAction {
  const s = sign(p.side);
  const close = policy.closeRefused.includes(p.coin)
    ? backstop(p, armed, markPx, policy)
    : closeOf(p, markPx, PROTECTIVE_SLIPPAGE_FRACTION);
  if ((policy.repairFailures[p.coin] ?? 0) >= policy.repairFailuresMax) return close;
  const wanted = policy.plannedStopPx[p.coin] ?? p.entryPx * (1 - (s * policy.defaultStopBps) / 10_000);
  const inside =
    p.liquidationPx === null
      ? wanted
      : p.liquidationPx + s * LIQUIDATION_ROOM_FRACTION * Math.abs(markPx - p.liquidationPx);
  // Toward the mark when the wanted price lies beyond the liquidation price.
  const exact = s * (wanted - inside) < 0 ? inside : wanted;
  if (s * (markPx - exact) <= 0 || !(exact > 0)) return close;
  const triggerPx = roundPx(exact, policy.szDecimals[p.coin] ?? 0, p.side === 'long' ? 'up' : 'down');
  if (s * (markPx - triggerPx) <= 0) return close;
  return { kind: 'place-stop', coin: p.coin, side: p.side, sz: p.sz, triggerPx, thenCancel: [...armed] };
}

/**
 * G10: half-way from the mark to the liquidation price. In a falling market the marks we read are behind: the worse of
 * the market's and the one that the position's own result implies counts, or the venue would refuse this stop too.
 */
function backstop(
  p: Position,
  armed: readonly OpenOrder[],
  markPx: number,
  policy: ProtectionPolicy,
): GuardAction {
  const s = sign(p.side);
  const worst = s * Math.min(s * markPx, s * impliedMarkPx(p));
  const end = p.liquidationPx ?? worst * (1 - (2 * s * policy.defaultStopBps) / 10_000);
  const szDecimals = policy.szDecimals[p.coin] ?? 0;
  const triggerPx = roundPx((worst + end) / 2, szDecimals, p.side === 'long' ? 'up' : 'down');
  if (s * (worst - triggerPx) <= 0 || s * (triggerPx - end) <= 0)
    return closeOf(p, markPx, PROTECTIVE_SLIPPAGE_FRACTION);
  return { kind: 'place-stop', coin: p.coin, side: p.side, sz: p.sz, triggerPx, thenCancel: [...armed] };
}

/** The stop that counts for a position, if any: what the page and `/api/v1/positions` show. */
export function protectingStop(
  p: Position,
  account: AccountState,
  markPx: number | null,
  szDecimals: number,
): OpenOrder | undefined {
  const lot = 10 ** -szDecimals;
  return account.openOrders.find(
    (o) =>
      o.coin === p.coin &&
      isStopLike(o) &&
      faultOfStop(o, p, markPx ?? impliedMarkPx(p)) === null &&
      coveredSz(o, p) >= p.sz - lot / 2,
  );
}
