import { exitOf } from '../core/decide/exit-for.ts';
import { isOurCloid } from '../core/execute/cloid.ts';
import type { FillContext } from '../core/review/fold-trades.ts';
import { foldFill } from '../core/review/fold-trades.ts';
import { orderFills } from '../core/review/order-fills.ts';
import { endPlan, moveToBreakeven } from './remember-plans.ts';
import type { Fill, Trade } from '../core/review/types.ts';
import type { Desk } from './desk.ts';
import { unprotectedMsOf } from './observe-protection.ts';
import { reduceFor } from './trading-state.ts';

/** Fills are asked for from a little before the last complete reading: it may have lagged, and clocks differ, ms. */
const OVERLAP_MS = 60_000;
/** A position opened and closed between two looks changes nothing that a look could show: they are read anyway, ms. */
const READ_EVERY_MS = 40_000;
/** After a start: a day in any case, because fills come in any order, and back to the newest known one, ms. */
const MISSED_MS_MIN = 86_400_000;
/** The venue keeps 10,000 fills: longer ago than this they may be somebody else's too many, ms. */
const MISSED_MS_MAX = 30 * 86_400_000;
/** A fill the feed has not told of after this long it will not tell of, ms. */
const FEED_LAG_MS = 10_000;

/** When fills were last read whole, by our clock, ms. Readings alone count: the feed may lose one and tell the next. */
const readWholeAtMs = new WeakMap<Desk, number>();

/**
 * Reads fills the store does not have yet and folds them into trades, in the venue's order. Idempotent: fills are
 * keyed by tid, so reading one twice changes nothing. Skipped while the account has not changed: see `needsFills`.
 */
export async function takeFills(desk: Desk): Promise<void> {
  if (!(await needsFills(desk))) return;
  const startedAtMs = desk.clock.nowMs();
  const lastMs = readWholeAtMs.get(desk);
  const sinceMs = lastMs === undefined ? await missedSince(desk, startedAtMs) : lastMs - OVERLAP_MS;
  const fresh = await applyFills(desk, await desk.reader.fillsSince(Math.max(desk.bornAtMs, sinceMs)));
  readWholeAtMs.set(desk, startedAtMs);
  const untold = fresh.filter((f) => desk.clock.nowMs() - f.timeMs > FEED_LAG_MS);
  if (desk.feed !== 'up' || untold.length === 0) return;
  // Connected, and yet it has kept fills to itself: sockets die like that for hours.
  desk.feed = 'deaf';
  desk.log.warn('account-feed.deaf', { fills: untold.length });
}

/** From when on fills may be missing in the store: nobody looked while no process ran, for a night or a week. */
async function missedSince(desk: Desk, nowMs: number): Promise<number> {
  const newestMs = (await desk.store.newestFillMs()) ?? desk.bornAtMs;
  return Math.max(nowMs - MISSED_MS_MAX, Math.min(nowMs - MISSED_MS_MIN, newestMs - OVERLAP_MS));
}

/** Fills cost request weight; they are worth it now and then, and when positions differ from the open trades. */
async function needsFills(desk: Desk): Promise<boolean> {
  const ageMs = desk.clock.nowMs() - (readWholeAtMs.get(desk) ?? Number.NEGATIVE_INFINITY);
  if (Math.abs(ageMs) >= READ_EVERY_MS) return true;
  const open = await desk.store.openTrades();
  const positions = desk.account?.positions ?? [];
  if (open.length !== positions.length) return true;
  return positions.some((p) => {
    const t = open.find((x) => x.coin === p.coin);
    return t === undefined || t.side !== p.side || Math.abs(t.enteredSz - t.exitedSz - p.sz) > 1e-9;
  });
}

/**
 * Stores new fills and folds the trades they touch again from the last flat moment, so that it does not matter in
 * which order reads and the feed bring them. One at a time per desk.
 * @returns those that were new
 */
export function applyFills(desk: Desk, fills: readonly Fill[]): Promise<Fill[]> {
  return desk.fillsMutex.run(async () => {
    const fresh = await unrecorded(desk, fills);
    for (const f of fresh) desk.filledAtMs.set(f.coin, desk.clock.nowMs());
    for (const coin of new Set(fresh.map((f) => f.coin)))
      await refold(
        desk,
        coin,
        fresh.filter((f) => f.coin === coin),
      );
    // Last: a fill whose trade could not be written is read and folded again.
    return desk.store.recordFills(fresh);
  });
}

async function unrecorded(desk: Desk, fills: readonly Fill[]): Promise<Fill[]> {
  const byTid = new Map(fills.filter((f) => f.timeMs >= desk.bornAtMs).map((f) => [f.tid, f]));
  for (const [coin, ofCoin] of Map.groupBy(byTid.values(), (f) => f.coin)) {
    const sinceMs = Math.min(...ofCoin.map((f) => f.timeMs));
    for (const { tid } of await desk.store.fillsOf(coin, sinceMs)) byTid.delete(tid);
  }
  return [...byTid.values()];
}

/** @param added fills not folded before: they are logged, and a trade they close is closed now */
async function refold(desk: Desk, coin: string, added: readonly Fill[]): Promise<void> {
  const fresh = new Set(added.map((f) => f.tid));
  const firstMs = Math.min(...added.map((f) => f.timeMs));
  const before = (await desk.store.openTrades()).find((t) => t.coin === coin);
  const known = await desk.store.fillsOf(coin, Math.min(firstMs, before?.openedAtMs ?? firstMs));
  const fills = orderFills([...known, ...added]);
  const changed = new Map<string, Trade>();
  let open: Trade | undefined;
  let hasTakenProfit = false;
  for (const fill of fills) {
    const ctx = await contextOf(desk, fill);
    for (const trade of foldFill(open, fill, ctx, (f) =>
      desk.digest(`trade|${f.coin}|${f.tid}`).slice(0, 24),
    )) {
      open = trade.closedAtMs === null ? trade : undefined;
      if (fresh.has(fill.tid) || changed.has(trade.id)) changed.set(trade.id, trade);
    }
    if (fresh.has(fill.tid) && ctx.role === null) noteStranger(desk, fill);
    if (fresh.has(fill.tid))
      desk.log.info('fill', { coin, px: fill.px, sz: fill.sz, isBuy: fill.isBuy, role: ctx.role });
    hasTakenProfit ||= fresh.has(fill.tid) && ctx.role === 'take-profit';
  }
  if (hasTakenProfit && open !== undefined) moveToBreakeven(desk, open);
  for (const trade of changed.values()) {
    // Another position may be there already, opened by hand: it is not what was planned.
    if (trade.closedAtMs !== null) endPlan(desk, trade);
    const unprotectedMs =
      trade.id === before?.id
        ? Math.max(before.unprotectedMs, unprotectedMsOf(desk, coin))
        : unprotectedMsOf(desk, coin);
    if (trade.closedAtMs === null) await desk.store.saveTrade({ ...trade, unprotectedMs });
    else await bookFunding(desk, { ...trade, unprotectedMs });
  }
}

/**
 * A position opened by an order with our prefix that this database does not know: another bridge trades the account, or
 * an older copy of the database runs. (A stranger's random id has our prefix once in 65,536 times.) What only reduces is
 * the guard's in a process of its own.
 */
function noteStranger(desk: Desk, fill: Fill): void {
  const isOpening = fill.isBuy ? fill.startPosition >= 0 : fill.startPosition <= 0;
  if (isOpening && isOurCloid(fill.cloid))
    reduceFor(
      desk,
      'second-instance',
      `${fill.coin} was opened by an order of ours that this database does not know`,
    );
}

/** A closed trade's funding is read once, when it closes; unreadable funding leaves the trade without it, and says so. */
async function bookFunding(desk: Desk, trade: Trade): Promise<void> {
  let fundingUsd = 0;
  try {
    const payments = await desk.reader.fundingSince(trade.openedAtMs);
    fundingUsd = payments
      .filter((p) => p.coin === trade.coin && p.timeMs <= (trade.closedAtMs ?? 0))
      .reduce((sum, p) => sum + p.usd, 0);
  } catch (e) {
    desk.log.warn('funding.unreadable', {
      coin: trade.coin,
      message: e instanceof Error ? e.message : 'unknown',
    });
  }
  const netPnlUsd = trade.pnlUsd - trade.feesUsd + fundingUsd;
  const rMultiple = trade.plannedRiskUsd ? netPnlUsd / trade.plannedRiskUsd : null;
  await desk.store.saveTrade({ ...trade, fundingUsd, netPnlUsd, rMultiple });
  desk.log.info('position.closed', { coin: trade.coin, netPnlUsd, exitReason: trade.exitReason });
}

async function contextOf(desk: Desk, fill: Fill): Promise<FillContext> {
  const none: FillContext = {
    alertId: null,
    decisionId: null,
    strategy: null,
    role: null,
    riskUsd: null,
    decisionMarkPx: null,
  };
  const intent = fill.cloid === null ? undefined : await desk.store.intent(fill.cloid);
  if (intent === undefined) return none;
  const decision = intent.decisionId === null ? undefined : await desk.store.decision(intent.decisionId);
  return {
    alertId: intent.alertId,
    decisionId: intent.decisionId,
    strategy: decision?.strategy ?? null,
    role: intent.role,
    exitCode: decision === undefined ? null : (exitOf(decision)?.code ?? null),
    riskUsd: decision?.plan?.riskUsd ?? null,
    decisionMarkPx: decision?.plan?.markPx ?? null,
  };
}
