import { coinOfTicker } from '../core/alert/coin-of-ticker.ts';
import type { AnyAlert } from '../core/alert/schema.ts';
import { cascadeBars } from '../core/decide/cascade-bars.ts';
import type { CascadeFacts, DecideInput } from '../core/decide/decide-input.ts';
import { INPUT_VERSION } from '../core/decide/decide-input.ts';
import { legStartMs } from '../core/decide/leg.ts';
import type { Decision } from '../core/decide/types.ts';
import type { Desk } from './desk.ts';
import { guardLateAfterMs } from './desk.ts';
import type { StoredAlert } from './ports.ts';
import { entryOf, recentEntries } from './recent-entries.ts';
import { feedbackInput } from './feedback.ts';
import { heldFacts } from './held-facts.ts';
import { signalFacts } from './signal-book.ts';
import { quotaFacts } from './watch-quota.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/** What the last hour, day and week used up of the limits, from the store: a restart does not reset a limit. */
export interface History extends Pick<
  DecideInput['exposure'],
  'alertsLastHour' | 'dayRiskUsd' | 'dayLossUsd' | 'weekLossUsd' | 'recent'
> {
  /** Newest stop or liquidation by coin, ms. */
  stopsAtMs: ReadonlyMap<string, number>;
  /** Orders that were decided at this moment and not sent yet: the quota does not know of them. */
  legsAhead: number;
}

/** Read once for all alerts that are decided together. */
export async function readHistory(desk: Desk): Promise<History> {
  const nowMs = desk.clock.nowMs();
  const [totals, trades, recent] = await Promise.all([
    desk.store.usage(nowMs - HOUR_MS, nowMs - DAY_MS),
    desk.store.tradesSince(nowMs - WEEK_MS),
    recentEntries(desk),
  ]);
  const lossSince = (sinceMs: number): number =>
    Math.max(
      0,
      -trades.filter((t) => (t.closedAtMs ?? 0) >= sinceMs).reduce((sum, t) => sum + t.netPnlUsd, 0),
    );
  const stopsAtMs = new Map<string, number>();
  for (const t of trades)
    if (t.closedAtMs !== null && (t.exitReason === 'stop' || t.exitReason === 'liquidation'))
      stopsAtMs.set(t.coin, Math.max(t.closedAtMs, stopsAtMs.get(t.coin) ?? 0));
  return {
    alertsLastHour: totals.entryAlerts,
    dayRiskUsd: totals.riskUsd,
    dayLossUsd: lossSince(nowMs - DAY_MS),
    weekLossUsd: lossSince(nowMs - WEEK_MS),
    recent,
    stopsAtMs,
    legsAhead: 0,
  };
}

/** What the next decision of the same moment sees: an approval has used up some of the limits. */
export function withDecision(h: History, d: Decision): History {
  const entry = entryOf(d);
  return entry === null
    ? h
    : {
        ...h,
        dayRiskUsd: h.dayRiskUsd + entry.riskUsd,
        recent: [...h.recent, entry],
        legsAhead: h.legsAhead + d.legs.length,
      };
}

/**
 * Everything one decision rests on, from memory and what was read of the store: no round trip stands between an alert
 * and its order. Called under the decide mutex, so that what it sees of pending entries is complete.
 */
export function collectInput(
  desk: Desk,
  stored: StoredAlert,
  decisionId: string,
  { stopsAtMs, legsAhead, ...history }: History,
): DecideInput {
  const nowMs = desk.clock.nowMs();
  const { alert } = stored;
  const feedback = feedbackInput(desk);
  const mapped = coinOfTicker(alert.ticker, new Set(desk.meta.keys())) ?? null;
  const coin = mapped?.coin;
  const market = coin === undefined ? null : desk.market.mark(coin);
  const { bins: _pictures, ...zones } = (coin === undefined ? null : desk.market.zoneMap(coin)) ?? {
    bins: null,
  };
  return {
    inputVersion: INPUT_VERSION,
    nowMs,
    decisionId,
    alertId: stored.id,
    alert,
    mapped,
    tradingState: desk.tradingState,
    clock: { skewMs: desk.clockSkewMs, isUnknownForLong: desk.clockSkewMs === null && desk.account !== null },
    quota: quotaFacts(desk, legsAhead),
    params: desk.params.find((p) => p.coin === coin) ?? null,
    meta: coin === undefined ? null : (desk.meta.get(coin) ?? null),
    market:
      market === null
        ? null
        : {
            markPx: market.markPx,
            markAtMs: market.markAtMs,
            fundingHourlyFraction: market.fundingHourlyFraction,
          },
    zones: 'coin' in zones ? zones : null,
    signals: coin === undefined ? null : signalFacts(desk, coin),
    cascade: cascadeOf(desk, coin, alert),
    ...(feedback !== undefined && { feedback }),
    account: accountOf(desk),
    ...(alert.kind === 'signal.fading' && { held: coin === undefined ? null : heldFacts(desk, coin) }),
    guard: { lastOkMs: desk.guardLastOkMs, lateAfterMs: guardLateAfterMs(desk.guardIntervalMs) },
    exposure: {
      pending: notYetHeld(desk).map(([c, p]) => ({
        coin: c,
        side: p.side,
        notionalUsd: p.notionalUsd,
      })),
      plannedCoins: [...desk.plans.keys()],
      // A position on its way out is as good as a doubt: no entry beside it.
      unresolvedCoins: [...desk.unresolved.keys(), ...desk.exits.keys()],
      lastStopAtMs: (coin === undefined ? undefined : stopsAtMs.get(coin)) ?? null,
      ...history,
    },
    limits: desk.limits,
  };
}

/** What is known of the cascade that an alert says is over. Null parts: not known. */
export function cascadeOf(desk: Desk, coin: string | undefined, alert: AnyAlert): CascadeFacts {
  if (coin === undefined || alert.kind !== 'cascade.exhaustion')
    return { washout: null, velocity: null, bars: null };
  const sinceMs = legStartMs(alert);
  return {
    washout: desk.market.washout(coin, alert.side, sinceMs),
    velocity: desk.market.realised(coin)?.velocity[alert.side] ?? null,
    bars: cascadeBars(desk.market.candles(coin), alert.side, sinceMs),
  };
}

function accountOf(desk: Desk): DecideInput['account'] {
  if (desk.account === null) return null;
  const { readAtMs, equityUsd, withdrawableUsd, positions } = desk.account;
  return {
    readAtMs,
    equityUsd,
    withdrawableUsd: withdrawableUsd - marginAheadUsd(desk),
    positions: positions.map((p) => ({
      coin: p.coin,
      side: p.side,
      notionalUsd: p.sz * (desk.market.mark(p.coin)?.markPx ?? p.entryPx),
    })),
  };
}

/** Margin that entries on their way will take: the reading still calls it free. Of a coin without parameters all of it. */
const marginAheadUsd = (desk: Desk): number =>
  notYetHeld(desk).reduce((sum, [coin, { notionalUsd }]) => {
    const leverage = desk.params.find((p) => p.coin === coin)?.leverage ?? 1;
    return sum + notionalUsd / Math.min(leverage, desk.meta.get(coin)?.maxLeverage ?? 1);
  }, 0);

/** Entries on their way, without those the newest reading shows: they would count twice. */
function notYetHeld(desk: Desk): [string, Desk['pending'] extends Map<string, infer P> ? P : never][] {
  const held = new Set(desk.account?.positions.map((p) => p.coin));
  return [...desk.pending].filter(([coin]) => !held.has(coin));
}
