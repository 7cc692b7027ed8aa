import type { ExitCode } from '../decide/exit-for.ts';
import type { Side } from '../shared/coin.ts';
import type { Fill, Trade } from './types.ts';

/** What a fill belongs to, looked up by its cloid: the decision that sent it and what it risked. */
export interface FillContext {
  alertId: string | null;
  decisionId: string | null;
  strategy: string | null;
  role: 'entry' | 'stop' | 'take-profit' | 'close' | null;
  /** Why a decision wanted it closed; null for everything else. */
  exitCode?: ExitCode | null;
  riskUsd: number | null;
  decisionMarkPx: number | null;
}

const signedSz = (f: Fill): number => (f.isBuy ? f.sz : -f.sz);

/** Removes float residue of sums of lots: sizes have at most 8 decimals on any venue coin. */
const clean = (x: number): number => Math.round(x * 1e8) / 1e8;

/**
 * Applies one fill to the open trade of its coin. A fill that crosses zero closes the trade and opens the next one:
 * fees and pnl are split by size. Prices are size-weighted averages.
 * @returns the trades that changed, at most two, in order
 */
export function foldFill(
  open: Trade | undefined,
  f: Fill,
  ctx: FillContext,
  tradeId: (f: Fill) => string,
): Trade[] {
  const before = clean(f.startPosition);
  const delta = signedSz(f);
  const after = clean(before + delta);
  if (open === undefined) return openedFrom(before, after, f, ctx, tradeId);
  if (Math.sign(before) !== (open.side === 'long' ? 1 : -1))
    return [endedUnseen(open, f), ...openedFrom(before, after, f, ctx, tradeId)];
  if (Math.sign(before) === Math.sign(delta)) return [increased(open, f, after)];
  const closingSz = Math.min(Math.abs(delta), Math.abs(before));
  const share = closingSz / f.sz;
  const reduced = decreased(open, f, ctx, closingSz, share, after);
  if (after !== 0 && Math.sign(after) !== Math.sign(before))
    return [reduced, opened(f, ctx, after, Math.abs(after), `${tradeId(f)}-flip`, 1 - share)];
  return [reduced];
}

/**
 * Without an open trade only a fill that starts flat, or crosses zero, opens one. A position that was there before
 * anybody looked has no entry price to account from: its fills are left out until it is flat.
 */
function openedFrom(
  before: number,
  after: number,
  f: Fill,
  ctx: FillContext,
  tradeId: (f: Fill) => string,
): Trade[] {
  if (after === 0) return [];
  if (before === 0) return [opened(f, ctx, after, f.sz, tradeId(f))];
  if (Math.sign(after) === Math.sign(before)) return [];
  return [opened(f, ctx, after, Math.abs(after), `${tradeId(f)}-flip`, Math.abs(after) / f.sz)];
}

function opened(f: Fill, ctx: FillContext, after: number, sz: number, id: string, feeShare = 1): Trade {
  const side: Side = after > 0 ? 'long' : 'short';
  const s = after > 0 ? 1 : -1;
  const feesUsd = f.feeUsd * feeShare;
  const isOurs = ctx.role === 'entry';
  return {
    id,
    coin: f.coin,
    side,
    strategy: isOurs ? ctx.strategy : null,
    alertId: isOurs ? ctx.alertId : null,
    decisionId: isOurs ? ctx.decisionId : null,
    openedAtMs: f.timeMs,
    closedAtMs: null,
    entryPx: f.px,
    exitPx: null,
    sz,
    pnlUsd: 0,
    feesUsd,
    fundingUsd: 0,
    netPnlUsd: -feesUsd,
    rMultiple: isOurs && ctx.riskUsd ? -feesUsd / ctx.riskUsd : null,
    slippageBps:
      isOurs && ctx.decisionMarkPx ? (s * (f.px - ctx.decisionMarkPx) * 10_000) / ctx.decisionMarkPx : null,
    unprotectedMs: 0,
    exitReason: null,
    plannedRiskUsd: isOurs ? ctx.riskUsd : null,
    decisionMarkPx: isOurs ? ctx.decisionMarkPx : null,
    enteredSz: sz,
    exitedSz: 0,
  };
}

/**
 * The trade of a position that was gone before this fill: what closed it was never seen, so its exit price stays
 * unknown and its result is that of the fills that are there.
 */
const endedUnseen = (t: Trade, next: Fill): Trade => ({
  ...t,
  closedAtMs: next.timeMs,
  exitReason: 'manual',
});

function withNet(t: Trade): Trade {
  const netPnlUsd = t.pnlUsd - t.feesUsd + t.fundingUsd;
  return { ...t, netPnlUsd, rMultiple: t.plannedRiskUsd ? netPnlUsd / t.plannedRiskUsd : null };
}

function increased(t: Trade, f: Fill, after: number): Trade {
  const enteredSz = clean(t.enteredSz + f.sz);
  const entryPx = (t.entryPx * t.enteredSz + f.px * f.sz) / enteredSz;
  const s = t.side === 'long' ? 1 : -1;
  return withNet({
    ...t,
    entryPx,
    enteredSz,
    sz: Math.max(t.sz, Math.abs(after)),
    feesUsd: t.feesUsd + f.feeUsd,
    slippageBps: t.decisionMarkPx ? (s * (entryPx - t.decisionMarkPx) * 10_000) / t.decisionMarkPx : null,
  });
}

function decreased(
  t: Trade,
  f: Fill,
  ctx: FillContext,
  closingSz: number,
  share: number,
  after: number,
): Trade {
  const exitedSz = clean(t.exitedSz + closingSz);
  const isClosed = after === 0 || Math.sign(after) !== (t.side === 'long' ? 1 : -1);
  return withNet({
    ...t,
    exitPx: ((t.exitPx ?? 0) * t.exitedSz + f.px * closingSz) / exitedSz,
    exitedSz,
    pnlUsd: t.pnlUsd + f.closedPnlUsd,
    feesUsd: t.feesUsd + f.feeUsd * share,
    closedAtMs: isClosed ? f.timeMs : null,
    exitReason: exitReasonOf(f, ctx),
  });
}

function exitReasonOf(f: Fill, ctx: FillContext): Trade['exitReason'] {
  if (f.liquidation !== null) return 'liquidation';
  if (ctx.role === null || ctx.role === 'entry') return 'manual';
  return ctx.role === 'close' ? (ctx.exitCode ?? 'close') : ctx.role;
}
