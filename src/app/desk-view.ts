import { isStopLike } from '../core/guard/check-stop.ts';
import { judgeMargin } from '../core/guard/judge-margin.ts';
import { planProtection, protectingStop } from '../core/guard/plan-protection.ts';
import type { AccountState, Position } from '../core/guard/types.ts';
import type { ReasonCode } from '../core/shared/reason-codes.ts';
import { alertsIntoQueue } from './alert-queue.ts';
import { changeCoin, coinSettings } from './coin-settings.ts';
import type { Desk } from './desk.ts';
import { guardLateAfterMs, track } from './desk.ts';
import { exampleAlert } from './example-alert.ts';
import { exitPosition } from './exit-position.ts';
import { applyFeedback, feedbackView } from './feedback.ts';
import { markOf, policyOf } from './guard-policy.ts';
import { unprotectedMsOf } from './observe-protection.ts';
import type { MarketView } from './market-book.ts';
import { setTradingState } from './trading-state.ts';
import { quotaFacts } from './watch-quota.ts';
import { heartbeatFeeds } from './watch-heartbeats.ts';
import type { BridgeView, HealthView, PositionView } from './ports.ts';

/** The running desk as the HTTP layer sees it: reads from memory, and a nudge. */
export function deskView(desk: Desk): BridgeView {
  return {
    wake: () => track(desk, 'wake', alertsIntoQueue(desk)),
    health: () => healthOf(desk),
    positions: () => {
      const { account } = desk;
      if (account === null) return null;
      const items = account.positions.map((p) => positionOf(desk, account, p));
      return { readAtMs: account.readAtMs, equityUsd: account.equityUsd, items };
    },
    zones: (coin) => desk.market.zones(coin),
    market: (coin) => marketOf(desk, coin),
    feedback: {
      view: () => feedbackView(desk),
      apply: (version) => applyFeedback(desk, version, 'operator over HTTP'),
    },
    setTradingState: (state, reason) => setTradingState(desk, state, reason, 'operator'),
    coin: (coin) => coinSettings(desk, coin),
    changeCoin: (coin, changes) => changeCoin(desk, coin, changes, 'operator over HTTP'),
    flatten: (coin) => exitPosition(desk, coin, 'flatten'),
    exampleAlert: (coin) => exampleAlert(desk, coin),
  };
}

/** A day, and room for the sample before it. */
const OPEN_INTEREST_MS = 86_400_000 + 900_000;

function marketOf({ market, meta, clock, params }: Desk, coin: string): MarketView | null {
  const map = market.zoneMap(coin);
  if (map === null) return null;
  return {
    map,
    candles: market.candles(coin),
    fundingHourlyFraction: market.mark(coin)?.fundingHourlyFraction ?? null,
    marginTiers: meta.get(coin)?.marginTiers ?? [],
    realised: market.realised(coin),
    marketWide: market.marketWide(),
    ratios: market.ratios(coin),
    openInterest: market.openInterest(coin, clock.nowMs() - OPEN_INTEREST_MS),
    minutes: market.minutes(coin),
    fundingElsewhere: market.fundingElsewhere(coin),
    mode: params.find((p) => p.coin === coin)?.signalMode ?? 'day',
  };
}

function healthOf(desk: Desk): HealthView {
  const nowMs = desk.clock.nowMs();
  const notReady: HealthView['notReady'] = [];
  if (!desk.isRecovered) notReady.push({ code: 'not-ready', message: 'recovering from the last stop' });
  if (desk.tradingState !== 'ACTIVE')
    notReady.push({
      code: 'state-not-active',
      message: `trading state is ${desk.tradingState}: no new entries (${desk.tradingStateNote.reason})`,
    });
  if (desk.account === null)
    notReady.push({ code: 'account-unreadable', message: 'the account has not been read yet' });
  const lateAfterMs = guardLateAfterMs(desk.guardIntervalMs);
  if (desk.guardLastOkMs === null || nowMs - desk.guardLastOkMs > lateAfterMs)
    notReady.push({ code: 'guard-late', message: 'the guard has not passed recently' });
  const { isLow, actionsLeft, openOrders } = quotaFacts(desk);
  if (isLow)
    notReady.push({ code: 'quota-low', message: 'what the venue still takes is kept for protection' });
  const { clockSkewMs } = desk;
  if (clockSkewMs === null || Math.abs(clockSkewMs) > desk.limits.clockSkewMsMax)
    notReady.push({ code: 'clock-skew', message: `the venue's clock is ${clockSkewMs ?? 'unknown'} ms off` });
  const enabled = desk.params.filter((p) => p.enabled && desk.meta.has(p.coin));
  const isFresh = (coin: string): boolean =>
    nowMs - (desk.market.mark(coin)?.markAtMs ?? Number.NEGATIVE_INFINITY) <= desk.limits.markAgeMsMax;
  // Old and the last reading failed: where marks are read when they are needed, old alone says nothing.
  const failed = desk.market.feeds()[0]?.message ?? null;
  if (failed !== null && !enabled.some((p) => isFresh(p.coin)))
    notReady.push({ code: 'market-stale', message: `no mark price of any coin is fresh: ${failed}` });
  if (!enabled.some((p) => desk.market.zoneMap(p.coin) !== null))
    notReady.push({ code: 'zones-missing', message: 'no liquidation map yet: market data is still loading' });
  return {
    guardLastOkMs: desk.guardLastOkMs,
    guardIntervalMs: desk.guardIntervalMs,
    notReady,
    mode: desk.mode,
    dataSource: desk.dataSource(),
    tradingState: desk.tradingState,
    tradingStateNote: desk.tradingStateNote,
    venue: { clockSkewMs, actionsLeft, openOrders, accountFeed: desk.feed },
    feeds: [...desk.market.feeds(), ...heartbeatFeeds(desk)],
    startedAtMs: desk.startedAtMs,
  };
}

function positionOf(desk: Desk, account: AccountState, p: Position): PositionView {
  const markPx = desk.market.mark(p.coin)?.markPx ?? null;
  const szDecimals = desk.meta.get(p.coin)?.szDecimals ?? 0;
  const stop = protectingStop(p, account, markOf(desk, p), szDecimals);
  const finding = planProtection({ ...account, positions: [p] }, policyOf(desk)).find(
    (f) => f.coin === p.coin,
  );
  return {
    coin: p.coin,
    side: p.side,
    sz: p.sz,
    entryPx: p.entryPx,
    markPx,
    liquidationPx: p.liquidationPx,
    leverage: p.leverage,
    marginUsedUsd: p.marginUsedUsd,
    unrealizedPnlUsd: p.unrealizedPnlUsd,
    stop:
      stop === undefined || stop.triggerPx === null
        ? null
        : { triggerPx: stop.triggerPx, sz: stop.sz, oid: stop.oid, cloid: stop.cloid },
    takeProfits: account.openOrders
      .filter((o) => o.coin === p.coin && o.reduceOnly && !isStopLike(o) && !o.isUnarmedChild)
      .map((o) => ({ px: o.triggerPx ?? o.limitPx, sz: o.sz, oid: o.oid })),
    isProtected: stop !== undefined,
    reason: stop === undefined ? (finding?.code ?? 'stop-missing') : null,
    unprotectedMs: unprotectedMsOf(desk, p.coin),
    warnings: warningsOf(desk, account, p),
  };
}

function warningsOf(desk: Desk, account: AccountState, p: Position): ReasonCode[] {
  const thin = judgeMargin({ ...account, positions: [p] }, policyOf(desk).markPx).map((w) => w.code);
  const exit = desk.exits.get(p.coin);
  return exit === undefined ? thin : [...thin, exit.reason];
}
