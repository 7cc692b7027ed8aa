import type { FillContext } from '../core/review/fold-trades.ts';
import { foldFill } from '../core/review/fold-trades.ts';
import type { Fill, Trade } from '../core/review/types.ts';
import type { Desk } from './desk.ts';
import { unprotectedMsOf } from './observe-protection.ts';

/** Fills are asked for from a little before the newest one we have: the same millisecond may hold several. */
const OVERLAP_MS = 60_000;

/**
 * Reads fills the store does not have yet and folds them into trades, in the venue's order. Idempotent: fills are
 * keyed by tid, so reading one twice changes nothing. Skipped while the account has not changed: see `needsFills`.
 */
export async function takeFills(desk: Desk): Promise<void> {
  if (!(await needsFills(desk))) return;
  const newestMs = await desk.store.newestFillMs();
  const sinceMs = newestMs === null ? desk.startedAtMs - OVERLAP_MS : newestMs - OVERLAP_MS;
  await applyFills(desk, await desk.reader.fillsSince(sinceMs));
}

/** Fills cost request weight; they are worth it when positions differ from the open trades, or a trade just changed size. */
async function needsFills(desk: Desk): Promise<boolean> {
  const open = await desk.store.openTrades();
  const positions = desk.account?.positions ?? [];
  if (open.length !== positions.length) return true;
  return positions.some((p) => {
    const t = open.find((x) => x.coin === p.coin);
    return t === undefined || t.side !== p.side || Math.abs(t.enteredSz - t.exitedSz - p.sz) > 1e-9;
  });
}

/** Stores new fills and updates their trades. Called with what a read or the feed brought, in any order, repeatedly. */
export async function applyFills(desk: Desk, fills: readonly Fill[]): Promise<void> {
  const fresh = await desk.store.recordFills(fills);
  if (fresh.length === 0) return;
  const open = new Map((await desk.store.openTrades()).map((t) => [t.coin, t]));
  for (const fill of fresh) {
    const ctx = await contextOf(desk, fill);
    for (const trade of foldFill(open.get(fill.coin), fill, ctx, (f) =>
      desk.digest(`trade|${f.coin}|${f.tid}`).slice(0, 24),
    )) {
      const measured = {
        ...trade,
        unprotectedMs: Math.max(trade.unprotectedMs, unprotectedMsOf(desk, trade.coin)),
      };
      if (measured.closedAtMs === null) open.set(trade.coin, measured);
      else {
        open.delete(trade.coin);
        await bookFunding(desk, measured);
        continue;
      }
      await desk.store.saveTrade(measured);
    }
    desk.log.info('fill', { coin: fill.coin, px: fill.px, sz: fill.sz, isBuy: fill.isBuy, role: ctx.role });
  }
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
    riskUsd: decision?.plan?.riskUsd ?? null,
    decisionMarkPx: decision?.plan?.markPx ?? null,
  };
}
