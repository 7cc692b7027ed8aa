import { breakevenPx } from '../core/decide/breakeven-px.ts';
import type { Decision } from '../core/decide/types.ts';
import type { Intent } from '../core/execute/types.ts';
import type { AccountState } from '../core/guard/types.ts';
import type { Trade } from '../core/review/types.ts';
import { sign } from '../core/shared/coin.ts';
import type { Desk } from './desk.ts';

/** Where decisions wanted the stops of what is open or in doubt, and for how long, from the store: for the guard. */
export async function rememberPlans(desk: Desk): Promise<void> {
  const held = [
    ...(await unbookedEntries(desk)).map((i) => ({ ...i, entryPx: i.avgPx })),
    ...(await desk.store.unresolvedIntents())
      .filter((i) => i.role === 'entry')
      .map((i) => ({ ...i, entryPx: null })),
    ...(await desk.store.openTrades()),
  ];
  for (const { decisionId, entryPx } of held) {
    const decision = decisionId === null ? undefined : await desk.store.decision(decisionId);
    if (decision !== undefined) rememberPlan(desk, decision, entryPx);
  }
  for (const trade of await desk.store.openTrades())
    if (await hasTakenProfit(desk, trade)) moveToBreakeven(desk, trade);
}

/** One position has one entry price, but for rounding and what was filled and not booked yet; fraction. */
const SAME_ENTRY_FRACTION = 0.001;

export const isSameEntry = (entryPx: number, otherPx: number): boolean =>
  Math.abs(entryPx - otherPx) <= SAME_ENTRY_FRACTION * otherPx;

/**
 * Drops plans from the store whose position is another one by now: closed while no process ran, and another opened by
 * hand since. The old stop price may have been passed long ago, and the old time stop be over: it would be closed.
 */
export function forgetOthersPlans(desk: Desk, account: AccountState): void {
  for (const [coin, plan] of desk.plans) {
    const position = account.positions.find((p) => p.coin === coin);
    if (plan.recalledEntryPx === undefined || position === undefined) continue;
    if (plan.side === position.side && isSameEntry(plan.recalledEntryPx, position.entryPx)) {
      delete plan.recalledEntryPx;
      continue;
    }
    desk.plans.delete(coin);
    desk.plannedStops.delete(coin);
    desk.log.warn('plan.of-another-position', { coin, side: position.side, entryPx: position.entryPx });
  }
}

const DAY_MS = 86_400_000;

/** Entries that filled and have no trade, oldest first: the process died, or the disk was full, before it was booked. */
async function unbookedEntries(desk: Desk): Promise<Intent[]> {
  const sinceMs = desk.clock.nowMs() - DAY_MS;
  const { items } = await desk.store.listIntents({ limit: 500, sinceMs });
  const booked = new Set((await desk.store.tradesSince(sinceMs)).map((t) => t.decisionId));
  return items
    .filter((i) => i.role === 'entry' && (i.filledSz ?? 0) > 0 && !booked.has(i.decisionId))
    .toReversed();
}

/** Whether a take profit of ours has filled, also in part. */
async function hasTakenProfit(desk: Desk, { coin, openedAtMs, exitedSz }: Trade): Promise<boolean> {
  if (exitedSz === 0) return false;
  for (const { cloid } of await desk.store.fillsOf(coin, openedAtMs)) {
    const intent = cloid === null ? undefined : await desk.store.intent(cloid);
    if (intent?.role === 'take-profit') return true;
  }
  return false;
}

/** After the first take profit the rest of a trade shall not lose: its planned stop goes to break-even, never back. */
export function moveToBreakeven(desk: Desk, { coin, side, entryPx }: Trade): void {
  const planned = desk.plannedStops.get(coin);
  const meta = desk.meta.get(coin);
  if (planned === undefined || meta === undefined || desk.plans.get(coin)?.side !== side) return;
  const px = breakevenPx(side, entryPx, meta.szDecimals);
  if (sign(side) * (px - planned) <= 0) return;
  desk.plannedStops.set(coin, px);
  desk.log.info('stop.to-breakeven', { coin, fromPx: planned, toPx: px });
}

/**
 * From the moment its entry is sent the guard knows what a position is to have.
 * @param recalledEntryPx of a position from before this process; null: not known
 */
export function rememberPlan(
  desk: Desk,
  { id: decisionId, plan, decidedAtMs }: Decision,
  recalledEntryPx: number | null = null,
): void {
  if (plan === null) return;
  const { coin, side, stopPx, entryLimitPx } = plan;
  desk.plannedStops.set(coin, stopPx);
  const riskPx = Math.abs(entryLimitPx - stopPx);
  const recalled = recalledEntryPx === null ? {} : { recalledEntryPx };
  const timeStopAtMs = timeStopOf(plan);
  desk.plans.set(coin, { side, timeStopAtMs, decisionId, riskPx, decidedAtMs, ...recalled });
}

/** What a decision planned is over: its entry did not fill, or its trade has ended. */
export function endPlan(desk: Desk, { coin, decisionId }: Pick<Trade, 'coin' | 'decisionId'>): void {
  if (decisionId === null || desk.plans.get(coin)?.decisionId !== decisionId) return;
  desk.plans.delete(coin);
  desk.plannedStops.delete(coin);
}

/** Decisions from before plans had a time stop have none. */
const timeStopOf = (plan: object): number | null =>
  'timeStopAtMs' in plan && typeof plan.timeStopAtMs === 'number' ? plan.timeStopAtMs : null;
